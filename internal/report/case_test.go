package report

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/finding"
	"smew/internal/term"
)

func TestWhoText(t *testing.T) {
	tests := []struct {
		account, from, client string
		width                 int
		want                  string
	}{
		{"", "", "", 70, "account not known"},
		{`C\a`, "", "", 70, `C\a`},
		{`C\a`, "process that asked", `C:\Windows\System32\sc.exe`, 70, `C\a (process that asked), by C:\Windows\System32\sc.exe`},
		{"", "", `C:\Windows\System32\sc.exe`, 70, `account not known, by C:\Windows\System32\sc.exe`},
		{`C\a`, "", `C:\Windows\System32\sc.exe`, 20, `C\a, by …\System32\sc.exe`},
		{"root", "", "/opt/vendor/agent/bin/agent", 20, "root, by …/bin/agent"},
	}
	for _, tt := range tests {
		c := finding.Case{Account: tt.account, AccountFrom: tt.from, Client: tt.client}
		if got := whoText(&c, tt.width); got != tt.want {
			t.Errorf("whoText(%q, %q, %q) = %q, want %q", tt.account, tt.from, tt.client, got, tt.want)
		}
	}
}

func TestSeenText(t *testing.T) {
	tests := []struct {
		name     string
		evidence []string
		seen     []string
		missing  []string
		want     string
	}{
		{"nothing", nil, nil, nil, ""},
		{"in the order of the act", []string{"run", "command", "command"}, []string{"command", "run"}, nil, "2 command, 1 run"},
		{"beside it", []string{"registry"}, []string{"registry", "install", "run"}, nil, "1 registry; beside it install, run"},
		{"missing", []string{"registry"}, []string{"registry"}, []string{"command", "file"}, "1 registry; could not be seen: command, file"},
		{"account", []string{"registry"}, []string{"registry"}, []string{"account"}, "1 registry"},
		{"only beside it", nil, []string{"file"}, []string{"command"}, "beside it file; could not be seen: command"},
		{"a kind of which nothing is known", []string{"new", "load"}, []string{"load", "new"}, nil, "1 load, 1 new"},
	}
	for _, tt := range tests {
		c := finding.Case{Seen: tt.seen}
		for _, kind := range tt.evidence {
			c.Evidence = append(c.Evidence, finding.Event{Kind: kind})
		}
		for _, kind := range tt.missing {
			c.Missing = append(c.Missing, finding.Missing{Kind: kind})
		}
		if got := seenText(&c); got != tt.want {
			t.Errorf("%s: seenText = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestFleetText(t *testing.T) {
	since := at("2026-09-19T08:00:00Z")
	tests := []struct {
		fleet finding.Fleet
		want  string
	}{
		{finding.Fleet{}, ""},
		{finding.Fleet{Devices: 1, Of: 1, Names: []string{"a"}}, "on 1 of 1 device: a"},
		{finding.Fleet{Devices: 1, Of: 1, Names: []string{""}}, "on 1 of 1 device: (no device)"},
		{finding.Fleet{Devices: 2, Of: 1000, Names: []string{"a", "b"}, Since: &since}, "on 2 of 1,000 devices: a, b; first seen 2026-09-19 08:00:00 UTC"},
		{finding.Fleet{Devices: 9, Of: 10, Names: []string{"a", "b", "c", "d", "e"}}, "on 9 of 10 devices: a, b, c, d, e and 4 more"},
	}
	for _, tt := range tests {
		if got := fleetText(&tt.fleet, 20); got != tt.want {
			t.Errorf("fleetText = %q, want %q", got, tt.want)
		}
	}
}

func TestRarityIsToldWithItsFleet(t *testing.T) {
	c := finding.Case{Reasons: []finding.Reason{{ID: "rare_one_device", Group: "rarity", Points: 15, Text: "no other device has it", Detail: "on 1 of 300 devices: ws01"}}}
	want := "+15 no other device has it (on 1 of 300 devices)"
	if got := whyText(&c, 80, 2); got != want {
		t.Errorf("whyText = %q, want %q", got, want)
	}
}

// The why of a case takes no more lines than it may, and accounts for every reason.
func TestWhyFitsAndCountsWhatItLeavesOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := finding.Case{Branches: []finding.Branch{{Name: "W01"}, {Name: "W05"}}}
		n := rapid.IntRange(1, 12).Draw(t, "n")
		for i := range n {
			words := strings.Repeat("w", rapid.IntRange(1, 60).Draw(t, "length"))
			c.Reasons = append(c.Reasons, finding.Reason{ID: fmt.Sprint(i), Points: rapid.IntRange(-40, 60).Draw(t, "points"), Text: words})
		}
		width := rapid.IntRange(51, 191).Draw(t, "width")
		text := whyText(&c, width, whyLines)
		if len(term.Wrap(text, width, 0)) > whyLines && strings.Contains(text, "; +") {
			t.Fatalf("%q takes more than %d lines of %d", text, whyLines, width)
		}
		more := 0
		if at := strings.LastIndex(text, "; and "); at >= 0 {
			fmt.Sscanf(text[at:], "; and %d more", &more)
		}
		told := strings.Count(text, "w ") + strings.Count(text, "w;")
		if strings.HasSuffix(text, "w") {
			told++
		}
		if told+more != n {
			t.Fatalf("%q tells %d and leaves out %d of %d reasons", text, told, more, n)
		}
	})
}

func TestEntriesThatDidMostComeFirst(t *testing.T) {
	c := bareCase()
	c.Allowlist = []finding.Applied{
		{Entry: "a", Action: "tag", Reason: "r"},
		{Entry: "b", Action: "down-rank", Reason: "r"},
		{Entry: "c", Action: "pierced", Reason: "r"},
		{Entry: "d", Action: "down-rank", Points: -5, Reason: "r"},
		{Entry: "e", Action: "suppress", Reason: "r"},
	}
	want := `    hid  allowlist e: r
    kept in spite of c: r
    less allowlist d: r
         and 2 more that match
`
	if got := string(write(t, "table", &finding.Result{Cases: []finding.Case{c}}, Options{})); !strings.Contains(got, want) {
		t.Errorf("want\n%s in\n%s", want, got)
	}
}

// Whatever is in a case, its block stays a block: one head, and few lines.
func TestBlocksAreCompact(t *testing.T) {
	for _, width := range []int{60, 80, 200} {
		text := string(write(t, "table", fixture(), Options{Width: width}))
		blocks := strings.Split(text, "\n\n")
		for _, block := range blocks[:3] {
			if n := strings.Count(strings.TrimPrefix(block, "SCORE"), "\n") + 1; n > 11 {
				t.Errorf("width %d: %d lines in\n%s", width, n, block)
			}
		}
	}
	if !strings.Contains(string(write(t, "table", fixture(), Options{})), "smew explain 3fa2b1c0d9e85544 PATH…") {
		t.Error("the table does not say how to go on")
	}
}
