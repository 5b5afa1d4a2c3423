package term

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestPrinter(t *testing.T) {
	caret := errors.New("Binder Error: no column \"Tme\"\r\nLINE 2: \tselect Tme\n        \t       ^")
	tests := []struct {
		name  string
		print func(*Printer)
		want  string
	}{
		{"message", func(p *Printer) { p.Printf("read %d files", 3) }, "smew: read 3 files\n"},
		{"warning", func(p *Printer) { p.Warnf("skipped %s", "a.csv") }, "smew: warning: skipped a.csv\n"},
		{"error", func(p *Printer) { p.Errorf("%v", errors.New("no such table")) }, "smew: error: no such table\n"},
		{"hint", func(p *Printer) { p.Hint("try %s", "--since") }, "smew: hint: try --since\n"},
		{"newline at the end", func(p *Printer) { p.Printf("done\n") }, "smew: done\n"},
		{
			"a file name cannot make a line",
			func(p *Printer) { p.Warnf("skipped %s", "a\nsmew: error: all is lost\x1b[2J") },
			`smew: warning: skipped a\nsmew: error: all is lost\x1b[2J` + "\n",
		},
		{
			"quoted and bytes",
			func(p *Printer) { p.Printf("%q %s", "\x1b", []byte("\u202e")) },
			`smew: "\\x1b" \u202e` + "\n",
		},
		{
			"an error's lines are indented and its caret stays in place",
			func(p *Printer) { p.Errorf("%v", caret) },
			"smew: error: Binder Error: no column \"Tme\"\n  LINE 2:  select Tme\n                  ^\n",
		},
		{
			"a wrapped error cannot make a line of its own",
			func(p *Printer) { p.Errorf("%v", fmt.Errorf("open %s: %w", "x\nsmew: fine", caret)) },
			"smew: error: open x\n  smew: fine: Binder Error: no column \"Tme\"\n  LINE 2:  select Tme\n                  ^\n",
		},
		{"stringer", func(p *Printer) { p.Printf("%v", netip.MustParseAddr("::1")) }, "smew: ::1\n"},
		{"list", func(p *Printer) { p.Printf("%v", []string{"a\x1b"}) }, `smew: [a\x1b]` + "\n"},
		{"nil", func(p *Printer) { p.Printf("%v", nil) }, "smew: <nil>\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			tt.print(NewPrinter(&b))
			if b.String() != tt.want {
				t.Errorf("\n got %q\nwant %q", b.String(), tt.want)
			}
		})
	}
}

func TestPrinterBoundsAMessage(t *testing.T) {
	var b bytes.Buffer
	NewPrinter(&b).Errorf("%v", errors.New(strings.Repeat(strings.Repeat("x", 100_000)+"\n", 1000)))
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != maxErrorLines+1 || !strings.HasSuffix(lines[0], Ellipsis) || lines[maxErrorLines] != "  …" {
		t.Errorf("%d lines, the first of %d bytes, the last %q", len(lines), len(lines[0]), lines[len(lines)-1])
	}
}
