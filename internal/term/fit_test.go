package term

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFit(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{
		{"", 5, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"abcd", 1, "…"},
		{"abcd", 0, ""},
		{"abcd", -1, ""},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"}, // the second would need column 4
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
	}
	for _, tt := range tests {
		if got := Fit(tt.in, tt.width); got != tt.want {
			t.Errorf("Fit(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestLineOfMegabytesIsCutBeforeItIsRead(t *testing.T) {
	long := strings.Repeat("\x1b", 50<<20)
	want := `\x1b\x1b\…`
	if got := Line(long, 10); got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
	if n := testing.AllocsPerRun(1, func() { Line(long, 10) }); n > 1000 {
		t.Errorf("Line allocated %.0f times", n)
	}
}

func TestLineShowsThatItWasCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "s")
		width := rapid.IntRange(-1, 40).Draw(t, "width")
		got := Line(s, width)
		if Columns(got) > max(width, 0) {
			t.Fatalf("Line(%+q, %d) = %+q has %d columns", s, width, got, Columns(got))
		}
		if width > 0 && got != Sanitize(s) && !strings.HasSuffix(got, Ellipsis) {
			t.Fatalf("Line(%+q, %d) = %+q hides that something is missing", s, width, got)
		}
	})
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name  string
		in    string
		width int
		most  int
		want  []string
	}{
		{"empty", "", 10, 0, nil},
		{"fits", "one two", 10, 0, []string{"one two"}},
		{"at a space", "one two three", 9, 0, []string{"one two", "three"}},
		{"just at the end of a word", "one two three", 7, 0, []string{"one two", "three"}},
		{"a word longer than the line", "abcdefghij", 4, 0, []string{"abcd", "efgh", "ij"}},
		{"a path is not torn at an early space", "a bcdefghijkl", 8, 0, []string{"a bcdefg", "hijkl"}},
		{"no more than two lines", "one two three four", 9, 2, []string{"one two", "three fo…"}},
		{"wide", "日本語", 4, 0, []string{"日本", "語"}},
		{"narrower than a character", "日本", 1, 0, []string{"日", "本"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Wrap(tt.in, tt.width, tt.most)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWrapLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Sanitize(hostile().Draw(t, "s"))
		width := rapid.IntRange(2, 30).Draw(t, "width")
		lines := Wrap(s, width, 0)
		for _, line := range lines {
			if Columns(line) > width {
				t.Fatalf("Wrap(%q, %d) has the line %q", s, width, line)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeeze(strings.Join(lines, "")), squeeze(s); got != want {
			t.Fatalf("Wrap(%q, %d) = %q", s, width, lines)
		}
	})
}
