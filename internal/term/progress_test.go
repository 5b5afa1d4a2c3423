package term

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// clock is a time that moves only when told.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

// onTerminal is a progress that believes its buffer to be a terminal.
func onTerminal(t *testing.T) (*Progress, *bytes.Buffer, *clock) {
	t.Helper()
	t.Setenv("COLUMNS", "40")
	var b bytes.Buffer
	c := &clock{at: time.Date(2026, 9, 20, 0, 0, 0, 0, time.UTC)}
	p := NewProgress(&b, c.now)
	p.on = true
	return p, &b, c
}

// screen plays what was written on one line of a terminal.
func screen(t *testing.T, written string) string {
	t.Helper()
	var line []rune
	at := 0
	for _, r := range written {
		switch {
		case r == '\r':
			at = 0
		case r < ' ':
			t.Fatalf("control %q in %q", r, written)
		case at < len(line):
			line[at] = r
			at++
		default:
			line = append(line, r)
			at++
		}
	}
	return strings.TrimRight(string(line), " ")
}

func TestProgress(t *testing.T) {
	p, b, c := onTerminal(t)
	steps := []struct {
		after time.Duration
		done  int64
		total int64
		text  string
		want  string // the line a person sees
	}{
		{0, 0, 100, "a.csv", ""},
		{1900 * time.Millisecond, 10, 100, "a.csv", ""},
		{100 * time.Millisecond, 20, 100, "a.csv", "smew: 20 %, 8s left: a.csv"},
		{50 * time.Millisecond, 90, 100, "b.csv", "smew: 20 %, 8s left: a.csv"}, // too soon
		{50 * time.Millisecond, 21, 100, "b.csv", "smew: 21 %: b.csv"},          // went back: nothing known yet
		{8 * time.Second, 50, 100, "c\x1b[2J\n.csv", `smew: 50 %, 8s left: c\x1b[2J\n.csv`},
		{time.Second, 100, 100, "d.csv", "smew: 100 %: d.csv"},
		{time.Second, 5, 0, "branches", "smew: branches"},
		{time.Second, 1, 1 << 62, "ages", "smew: 0 %: ages"},
		{time.Hour, 1 << 60, 1 << 62, "more of it and a name too long for the line", "smew: 25 %, 3h00m left: more of it and…"},
		{time.Second, 200, 100, "grown.csv", "smew: 100 %: grown.csv"},
	}
	for i, s := range steps {
		c.advance(s.after)
		p.Update(s.done, s.total, s.text)
		if got := screen(t, b.String()); got != s.want {
			t.Errorf("step %d: %q, want %q", i, got, s.want)
		}
	}
	p.Done()
	if got := screen(t, b.String()); got != "" {
		t.Errorf("after Done the line is %q", got)
	}
	if !strings.HasSuffix(b.String(), "\r") {
		t.Error("Done leaves the cursor in the line")
	}
	b.Reset()
	p.Update(1, 2, "next")
	p.Done()
	if b.Len() != 0 {
		t.Errorf("short work after Done wrote %q", b)
	}
}

func TestProgressIsSilentOffTerminal(t *testing.T) {
	var b bytes.Buffer
	c := &clock{at: time.Unix(0, 0)}
	p := NewProgress(&b, c.now)
	for i := range int64(10) {
		p.Update(i, 10, "a.csv")
		c.advance(time.Minute)
	}
	p.Done()
	if b.Len() != 0 {
		t.Errorf("wrote %q", b.String())
	}
}

func TestMessageClearsProgress(t *testing.T) {
	p, b, c := onTerminal(t)
	printer := NewPrinter(b)
	printer.Attach(p)
	p.Update(1, 10, "a long name of a file")
	c.advance(5 * time.Second)
	p.Update(2, 10, "a long name of a file")
	shown := b.Len()
	printer.Warnf("short")
	after, message, found := strings.Cut(b.String()[shown:], "smew: warning: short\n")
	if !found || message != "" {
		t.Fatalf("message is not on a line of its own: %q", b.String()[shown:])
	}
	if line := screen(t, b.String()[:shown]+after); line != "" || !strings.HasSuffix(after, "\r") {
		t.Errorf("the message was printed into %q", line)
	}
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                 "1s",
		59 * time.Second:                  "59s",
		59*time.Second + 600e6:            "1m00s",
		80 * time.Second:                  "1m20s",
		3*time.Hour + 5*time.Minute + 1e9: "3h05m",
	} {
		if got := brief(d); got != want {
			t.Errorf("brief(%v) = %s, want %s", d, got, want)
		}
	}
}
