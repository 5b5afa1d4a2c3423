package source

import (
	"net/url"
	"path/filepath"
	"strings"
	"time"
)

// clockSkew is how much earlier than its event a record may seem to have been
// received.
const clockSkew = time.Hour

// defaultLate is how long after its event a record is still looked for.
// Samples of the streaming API lag by up to six hours; a laptop that was off
// over a weekend reports on Monday.
const defaultLate = 72 * time.Hour

// FolderWindow reads the time that a file's folders state in their names:
//
//	y=2026/m=09/d=20/h=10/m=00    storage account, Log Analytics rule (m: month, then minute)
//	year=2026/month=09/day=20/hour=10
//	timestamp=2026-09-20T10       Log Analytics export job; colons may be %3A
//
// in any case, to any depth. The window is as wide as the deepest folder says,
// and an hour below hours: PT1H.json lies in m=00 and holds the hour. Whatever
// is not plainly a date (a month 13, a day without a month, two years) gives
// no window at all, for a wrong one would lose evidence.
func FolderWindow(path string) (from, to time.Time, ok bool) {
	date := folderDate{year: -1, month: -1, day: -1, hour: -1, minute: -1}
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == filepath.Separator })
	for i, part := range parts {
		key, value, isPair := strings.Cut(part, "=")
		if i == len(parts)-1 || !isPair {
			continue // the last part is the file
		}
		if !date.take(strings.ToLower(key), value) {
			return time.Time{}, time.Time{}, false
		}
	}
	return date.window()
}

// folderDate is what the folders said so far; -1 is nothing.
type folderDate struct {
	year, month, day, hour, minute int
	stamp                          *Window
}

// take reads one key=value folder. It is false if the folders make no date.
func (d *folderDate) take(key, value string) bool {
	if key == "m" {
		key = "month"
		if d.hour >= 0 {
			key = "minute"
		}
	}
	switch key {
	case "y", "year":
		return len(value) == 4 && set(&d.year, value, 1970, 2199, true)
	case "month":
		return set(&d.month, value, 1, 12, d.year >= 0)
	case "d", "day":
		return set(&d.day, value, 1, 31, d.month >= 0)
	case "h", "hour":
		return set(&d.hour, value, 0, 23, d.day >= 0)
	case "minute":
		return set(&d.minute, value, 0, 59, d.hour >= 0)
	case "timestamp":
		if d.stamp != nil {
			return false
		}
		w, ok := stampWindow(value)
		d.stamp = &w
		return ok
	}
	return true // some other key, such as tenantId
}

// set reads a number into a field that is still free, below one that is not.
func set(field *int, value string, low, high int, nested bool) bool {
	if *field >= 0 || !nested || len(value) == 0 || len(value) > 4 {
		return false
	}
	n := 0
	for _, c := range []byte(value) {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	*field = n
	return n >= low && n <= high
}

// stampWindow reads the value of a timestamp= folder.
func stampWindow(value string) (Window, bool) {
	value, err := url.PathUnescape(value)
	if err != nil {
		return Window{}, false
	}
	value = strings.TrimSuffix(value, "Z")
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return Window{day, day.AddDate(0, 0, 1)}, true
	}
	for _, layout := range []string{"2006-01-02T15", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, value); err == nil {
			return Window{t, t.Add(time.Hour)}, true
		}
	}
	return Window{}, false
}

func (d *folderDate) window() (from, to time.Time, ok bool) {
	if d.stamp != nil {
		return d.stamp.From, d.stamp.To, d.year < 0
	}
	if d.year < 0 {
		return time.Time{}, time.Time{}, false
	}
	from = time.Date(d.year, time.Month(max(d.month, 1)), max(d.day, 1), max(d.hour, 0), max(d.minute, 0), 0, 0, time.UTC)
	switch {
	case d.hour >= 0:
		to = from.Add(time.Hour)
	case d.day >= 0:
		to = from.AddDate(0, 0, 1)
	case d.month >= 0:
		to = from.AddDate(0, 1, 0)
	default:
		to = from.AddDate(1, 0, 0)
	}
	// The 30th of February would be some other day.
	return from, to, d.day < 0 || from.Day() == d.day
}

// excludes says whether a folder of that date holds no event of the window. A
// folder's date is when a record was received, which is never before its event
// but may be long after it.
func (w *Window) excludes(folder Window, late time.Duration) bool {
	if w == nil {
		return false
	}
	if !w.From.IsZero() && !folder.To.After(w.From.Add(-clockSkew)) {
		return true
	}
	return !w.To.IsZero() && !folder.From.Before(w.To.Add(late))
}
