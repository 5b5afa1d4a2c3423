package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/finding"
)

func casesOf(ids ...string) *finding.Result {
	r := &finding.Result{}
	for _, id := range ids {
		r.Cases = append(r.Cases, finding.Case{
			ID: id, Score: 60, DeviceName: "ws01", Title: "Service of " + id, Evidence: []finding.Event{{ID: "e" + id[1:]}},
		})
	}
	return r
}

func TestFindCase(t *testing.T) {
	r := casesOf("aaaa000000000001", "aaaa000000000002", "bbbb000000000003")
	tests := []struct {
		id    string
		want  string // id of the case
		fails string // in the error and its hint
		code  int
	}{
		{"bbbb000000000003", "bbbb000000000003", "", 0},
		{"BBBB", "bbbb000000000003", "", 0},
		{" aaaa000000000002 ", "aaaa000000000002", "", 0},
		{"aaaa", "", "2 cases begin with \"aaaa\"\naaaa000000000001   60  ws01  Service of aaaa000000000001\naaaa000000000002 ", ExitUsage},
		{"cccc", "", "no case \"cccc\" in these files; give the paths", ExitData},
		{"ebbb0", "", "no case \"ebbb0\" in these files; that is an event; its case is bbbb000000000003", ExitData},
		{"", "", `"" is no case id`, ExitUsage},
		{"bbb", "", `"bbb" is too little of a case id; give 4 digits or more`, ExitUsage},
		{"bbbb0000000000031", "", "is no case id", ExitUsage},
		{"sampledata", "", `"sampledata" is no case id; an id is 16 hex digits`, ExitUsage},
		{"b\x1b[2J", "", `"b\x1b[2j" is no case id`, ExitUsage},
	}
	for _, tt := range tests {
		c, err := findCase(r, tt.id)
		if tt.fails == "" {
			if err != nil || c.ID != tt.want {
				t.Errorf("findCase(%q) = %v, %v", tt.id, c, err)
			}
			continue
		}
		var f *failure
		if !errors.As(err, &f) || f.code != tt.code || f.hint == "" || !strings.Contains(f.Error()+"; "+f.hint, tt.fails) {
			t.Errorf("findCase(%q): %v, want %q and exit status %d", tt.id, err, tt.fails, tt.code)
		}
	}
}

// A title of several lines must not make lines in the list of cases.
func TestSeveralCasesAreALineEach(t *testing.T) {
	r := &finding.Result{}
	for i := range 30 {
		r.Cases = append(r.Cases, finding.Case{ID: fmt.Sprintf("aaaa0000000000%02d", i), DeviceName: "a\nb", Title: "x\nsmew: fine\x1b[2J"})
	}
	_, err := findCase(r, "aaaa")
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 12 || lines[11] != "and 20 more" || strings.ContainsRune(err.Error(), '\x1b') {
		t.Errorf("%d lines: %q", len(lines), err)
	}
}

// Every beginning leads to its case, or to an error; never to another's.
func TestABeginningFindsItsOwnCase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[0-3]{16}`), 1, 30, rapid.ID).Draw(t, "ids")
		id := rapid.SampledFrom(ids).Draw(t, "id")
		begins := id[:rapid.IntRange(caseIDLeast, caseIDDigits).Draw(t, "digits")]
		same := 0
		for _, other := range ids {
			if strings.HasPrefix(other, begins) {
				same++
			}
		}
		c, err := findCase(casesOf(ids...), begins)
		if (err == nil) != (same == 1) || err == nil && c.ID != id {
			t.Fatalf("%s of %d alike: %v, %v", begins, same, c, err)
		}
	})
}
