package change

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Whatever is in a file: every record stands at a line that the file has, one after
// the other, nothing is longer than is looked at, and what is said of mistakes cannot
// act on a terminal.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"ticket,device\nCHG1,ws01\n", "a;b\n1;2\n", "\ufeffa,b\r\n\"x\r\ny\",2\r\n", "a,a\n", "\"", "a\n\"b", ",\n,\n", "\x00", "\xff\xfe",
		"a,\x1b[2J\n\x1b]0;x\x07,\u202e\n", "a\n" + strings.Repeat("x", maxField+9) + "é\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := &problems{files: map[string]int{}}
		table := parse(p, "cal.csv", text)
		if table == nil && len(p.list) == 0 {
			t.Fatal("refused without a word")
		}
		lines := 1 + bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r"))
		if table != nil {
			last := 1
			for _, r := range table.Records {
				if r.Line <= last || r.Line > lines {
					t.Errorf("line %d after %d of %d", r.Line, last, lines)
				}
				last = r.Line
				for name, value := range r.Fields {
					if len(value) > maxField || !utf8.ValidString(value) || name == "" {
						t.Errorf("%q: %d bytes", name, len(value))
					}
				}
			}
		}
		for _, problem := range p.list {
			if problem.Line > lines || strings.ContainsFunc(problem.String(), func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q", problem)
			}
		}
	})
}

// A line of any text becomes a window or is refused, and what is said of it cannot act
// on a terminal.
func FuzzWindow(f *testing.F) {
	f.Add("CHG1", "ws01", "", `CORP\ann`, "2026-09-20T18:00Z", "2026-09-20T20:00Z", "", "Acme*")
	f.Add("=1+1", "*", "Servers", "ann@corp", "2026-10-25 02:30", "x", "Europe/Berlin", "**")
	f.Add("\x1b[2J", "\u202e", "\x00", `\`, "\n", strings.Repeat("9", 500), "..", "a\xff")
	f.Fuzz(func(t *testing.T, ticket, device, group, account, start, end, zone, service string) {
		c := newChecker(&problems{files: map[string]int{}}, "", map[string][]string{"servers": {"srv1"}}, true)
		w, ok := c.window(mapped{
			File: "cal.csv", Line: 2, Ticket: ticket, Device: device, Group: group, Account: account, Start: start, End: end, Zone: zone, Service: service,
		})
		if ok != (len(c.p.list) == 0) {
			t.Fatal("neither taken nor refused")
		}
		if ok {
			if !w.End.After(w.Start) || w.End.Sub(w.Start) > maxWindow || w.Account.Name == "" || (w.Device == "") == (w.Group == "") {
				t.Errorf("%+v", w)
			}
		}
		for _, problem := range c.p.list {
			text := problem.String()
			if len(text) > 1000 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q", text)
			}
		}
	})
}
