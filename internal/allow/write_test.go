package allow

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Whatever an entry holds, what is written reads back as it was.
func TestYAMLReadsBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(
			rapid.String(),
			rapid.StringOf(rapid.RuneFrom([]rune("aZ0'\"\\:#-?{}[]&!|>%@`,~= .*_\u202e\u2028\u00a0\U000e0001é"))),
			rapid.SampledFrom([]string{"true", "No", "null", "~", "1e3", "0x1f", "2026-11-24", ".nan", "- a", "a: b", "a #b", "<<", "---", "..."}),
		)
		e := Entry{
			ID: "one", Class: Installer, Action: DownRank, Points: 7, Enabled: rapid.Bool().Draw(rt, "enabled"),
			Created: today.Truncate(24 * time.Hour), Expires: today.Truncate(24*time.Hour).AddDate(0, 0, 9),
			Match: Match{Account: {"ann"}},
		}
		for _, key := range []string{ServiceName, ProcessCommand, Signer} {
			for range rapid.IntRange(0, 2).Draw(rt, "patterns") {
				if s := text.Draw(rt, key); CheckPattern(key, s) == "" && Literal(s) == "" {
					e.Match[key] = append(e.Match[key], s)
				}
			}
		}
		if s := text.Draw(rt, "device"); CheckDevice(s) == "" {
			e.Scope.Devices = []string{s}
		}
		for _, to := range []*string{&e.Reason, &e.Owner, &e.Ticket, &e.Source} {
			*to = "x"
			if s := text.Draw(rt, "text"); controls(s) == "" && s == strings.Join(strings.Fields(s), " ") && s != "" {
				*to = s
			}
		}
		written := e.YAML()
		got, err := Parse("a.yaml", []byte(written))
		if err != nil {
			rt.Fatalf("%v\n%s", err, written)
		}
		if diff := cmp.Diff([]Entry{e}, got, cmpopts.IgnoreUnexported(Entry{}), cmpopts.IgnoreFields(Entry{}, "File", "Line")); diff != "" {
			rt.Fatalf("read back (-want +got):\n%s\n%s", diff, written)
		}
	})
}

func TestYAML(t *testing.T) {
	e := Entry{
		ID: "one", Class: Installer, Action: Suppress, Enabled: true, Reason: "it's: so", Created: today, Expires: today,
		Scope: Scope{Devices: []string{"ws01", "ws02"}, List: "a.csv"},
		Match: Match{Branches: {"W01"}, ServiceName: {"a\u202eb", "no"}, PayloadPath: {`C:\a b.exe`}},
	}
	want := `entries:
  - id: one
    class: installer
    scope:
      devices: [ws01, ws02]
    match:
      service_name: ["a\u202eb", 'no']
      payload_path: 'C:\a b.exe'
      branches: W01
    action: suppress
    reason: 'it''s: so'
    owner: ''
    created: 2026-11-24
    expires: 2026-11-24
`
	if diff := cmp.Diff(want, e.YAML()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A text that may be written literally means itself and nothing else.
func TestLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"a%b_c^d.e": "", "ü İ": "", "a*b": "it has a star in it, which a pattern reads as any text",
		"a\nb": "it has a control character in it", "a\x00": "it has a control character in it", "\xff": "it is not UTF-8 text",
	} {
		if got := Literal(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
