// Package change reads change calendars: which ticket lets whom work on which
// device, and when.
//
// # What a ticket can do
//
// A ticket never hides anything. An event on its device, by its account, within its
// window is lowered by 25 if the ticket names the service, by 10 if it names none;
// one that names another service does nothing, nor does any ticket outside its window.
// What that does to a case, and that a hard reason pierces it, is for
// sql/hunt/lowered.sql to say.
//
// # Order of calls
//
// [Load] reads the files, gives their records to the mapping (sql/changes/columns.sql),
// which says what the columns mean, and checks what comes back; any mistake is an
// [*Error] that lists them all, and no hunt should start on it. [Calendar.Attach] hands
// the windows to the engine, and sql/hunt/changes.sql joins them.
//
// # Names
//
// Devices and accounts are exact, without regard to the case of A to Z. Of a device's
// name and an account's domain the part before the first dot will do on either side:
// ws01 is ws01.corp.example, CORP is corp.example. See [sameName].
package change

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Window is one ticket's permission: one account on one device or group of devices,
// for some time.
type Window struct {
	Ticket  string
	Device  string // as written; "" if Group is given
	Group   string
	Account Account
	Start   time.Time // UTC; within
	End     time.Time // UTC; no longer within
	Service string    // pattern of the service's name; "" if the ticket names none

	File string // where it was read
	Line int
}

// Account is who a ticket is for.
type Account struct {
	Text   string // as written
	Domain string // in lower case; "" is any domain
	Name   string // in lower case
}

// Void is a line of a calendar that permits nothing, such as a ticket that was
// canceled.
type Void struct {
	File   string
	Line   int
	Ticket string
	Reason string
}

// Calendar is every window of every file of a run.
type Calendar struct {
	Windows []Window            // in the order of their content, whatever files they stand in
	Groups  map[string][]string // devices, sorted, of each group that a window names; all in lower case
	Voids   []Void              // in the order of files and lines
}

// Hash names the content of the calendar: 64 hex digits that change with any window
// and with the devices of a group that a window names, but not with the form of
// files or the order in which they are given.
func (c *Calendar) Hash() string {
	windows := slices.Clone(c.Windows)
	for i := range windows {
		windows[i].File, windows[i].Line = "", 0
	}
	text, err := json.Marshal(struct {
		Windows []Window
		Groups  map[string][]string
	}{windows, c.Groups}) // maps in the order of their keys
	if err != nil {
		panic(err) // nothing in a Window can fail to marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// place is what a window is for, as a key in SQL.
func (w *Window) place() string {
	if w.Group != "" {
		return "group " + fold(w.Group)
	}
	return "device " + fold(w.Device)
}

// placeText is the same for people.
func (w *Window) placeText() string {
	if w.Group != "" {
		return "group " + w.Group
	}
	return w.Device
}

// span says when the window is: 2026-09-20 18:00 to 20:00 UTC.
func (w *Window) span() string {
	layout := "2006-01-02 15:04"
	if w.Start.Truncate(time.Minute) != w.Start || w.End.Truncate(time.Minute) != w.End {
		layout = "2006-01-02 15:04:05.999999999"
	}
	end := w.End.Format(layout)
	if w.Start.Format(time.DateOnly) == w.End.Format(time.DateOnly) {
		end = end[len("2006-01-02 "):]
	}
	return w.Start.Format(layout) + " to " + end + " UTC"
}

// reason says why an event is lowered.
func (w *Window) reason() string {
	return fmt.Sprintf("change ticket %s for %s, %s", w.Ticket, w.Account.Text, w.span())
}

// byContent orders windows by what they say.
func byContent(a, b Window) int {
	return cmp.Or(
		a.Start.Compare(b.Start), a.End.Compare(b.End), cmp.Compare(a.Ticket, b.Ticket),
		cmp.Compare(a.place(), b.place()), cmp.Compare(a.Account.Text, b.Account.Text), cmp.Compare(a.Service, b.Service),
		cmp.Compare(a.Device, b.Device), cmp.Compare(a.Group, b.Group),
	)
}

// fold is lower case for A to Z alone, as the macro fold in sql/functions/kql.sql.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// host is the part of a name before its first dot; an IPv4 address has no parts. It
// is change_host in sql/hunt/change_names.sql.
func host(name string) string {
	if strings.Trim(name, "0123456789.") == "" {
		return name
	}
	before, _, _ := strings.Cut(name, ".")
	return before
}

// sameName reports whether two names, in lower case, of a device or a domain are one:
// they are equal, or one of them has no dot and is the first part of the other.
func sameName(a, b string) bool {
	if strings.Contains(a, ".") && strings.Contains(b, ".") {
		return a == b
	}
	return host(a) == host(b)
}
