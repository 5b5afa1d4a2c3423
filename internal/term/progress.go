package term

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

const (
	progressAfter = 2 * time.Second        // short work stays silent
	progressEvery = 100 * time.Millisecond // between two drawings
)

// Progress is one line on a terminal that says how far long work has come. It
// writes nothing unless the work lasts longer than two seconds and the writer
// is a terminal. It has no goroutine: it draws when it is told of progress,
// which may happen from several goroutines.
type Progress struct {
	mu  sync.Mutex
	w   io.Writer
	on  bool
	now func() time.Time

	begun time.Time // the first update since the last Done
	drawn time.Time
	shown int // columns on the screen now

	total, done int64 // of the phase
	phase       time.Time
}

// NewProgress returns a progress line on w, normally standard error. The clock
// is time.Now unless a test brings its own.
func NewProgress(w io.Writer, now func() time.Time) *Progress {
	if now == nil {
		now = time.Now
	}
	return &Progress{w: w, on: IsTerminal(w), now: now}
}

// Update says that done of total units are through, and what is being worked
// on; text may come from data. A total of 0 is unknown. Another total, or a
// done that goes back, begins a new phase, whose time left is reckoned anew.
func (p *Progress) Update(done, total int64, text string) {
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.begun.IsZero() {
		p.begun = now
	}
	if total != p.total || done < p.done || p.phase.IsZero() {
		p.phase = now
	}
	p.total, p.done = total, done
	if now.Sub(p.begun) < progressAfter || now.Sub(p.drawn) < progressEvery {
		return
	}
	p.drawn = now
	// The last column stays free: some terminals wrap when it is written.
	width := Width(p.w, 0) - 1
	p.draw(Line("smew: "+p.status(now)+text, width))
}

// Done clears the line. The next Update begins anew.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.begun, p.drawn, p.phase = time.Time{}, time.Time{}, time.Time{}
	p.done, p.total = 0, 0
}

// status is how far, and how long it may still take: "42 %, 1m20s left: ".
func (p *Progress) status(now time.Time) string {
	if p.total <= 0 {
		return ""
	}
	done := min(max(p.done, 0), p.total)
	// Floats, because a count of bytes times 100 may not fit.
	share := float64(done) / float64(p.total)
	spent := now.Sub(p.phase)
	if done == 0 || done == p.total || spent < progressAfter {
		return fmt.Sprintf("%d %%: ", int(share*100))
	}
	left := time.Duration(float64(spent) * (1 - share) / share)
	if left < 0 || left > 1000*time.Hour { // nobody can know
		return fmt.Sprintf("%d %%: ", int(share*100))
	}
	return fmt.Sprintf("%d %%, %s left: ", int(share*100), brief(left))
}

// draw replaces the line by text. Spaces wipe what the last one leaves over:
// every terminal obeys a carriage return.
func (p *Progress) draw(text string) {
	width := Columns(text)
	wipe := strings.Repeat(" ", max(0, p.shown-width))
	_, _ = io.WriteString(p.w, "\r"+text+wipe)
	p.shown = width
}

func (p *Progress) clear() {
	if p.shown == 0 {
		return
	}
	p.draw("")
	_, _ = io.WriteString(p.w, "\r")
}

// brief writes a duration in at most two units: 20s, 1m20s, 3h05m.
func brief(d time.Duration) string {
	seconds := int64(d.Round(time.Second) / time.Second)
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", max(1, seconds))
	case seconds < 3600:
		return fmt.Sprintf("%dm%02ds", seconds/60, seconds%60)
	default:
		return fmt.Sprintf("%dh%02dm", seconds/3600, seconds%3600/60)
	}
}
