package report

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/finding"
)

func TestSquash(t *testing.T) {
	for raw, want := range map[int]int{-500: 0, -1: 0, 0: 0, 10: 15, 26: 35, 55: 60, 60: 63, 100: 81, 115: 85, 150: 92, 10_000: 100} {
		if got := squash(raw); got != want {
			t.Errorf("squash(%d) = %d, want %d", raw, got, want)
		}
	}
}

func TestSquashText(t *testing.T) {
	for raw, want := range map[int]string{
		115: "100 × (1 − e^(−115/60)) = 85",
		-5:  "100 × (1 − e^(−0/60)) = 0, for a sum below 0 counts as 0",
	} {
		if got := squashText(raw); got != want {
			t.Errorf("squashText(%d) = %q, want %q", raw, got, want)
		}
	}
}

func TestFloorText(t *testing.T) {
	hard := []finding.Reason{{Text: "pipe", Floor: 60}, {Text: "other", Floor: 35}, {Text: "tool", Floor: 60}}
	tests := []struct {
		c    finding.Case
		want string
	}{
		{finding.Case{Raw: 10}, "no floor: no reason holds the score up"},
		{finding.Case{Raw: 10, Floor: 60, Reasons: hard}, "held to at least 60, so 15 becomes 60: pipe; tool"},
		{finding.Case{Raw: 115, Floor: 60, Reasons: hard}, "held to at least 60, which 85 is: pipe; tool"},
	}
	for _, tt := range tests {
		if got := floorText(&tt.c); got != tt.want {
			t.Errorf("floorText = %q, want %q", got, tt.want)
		}
	}
}

func TestUncounted(t *testing.T) {
	c := remoteCase()
	tests := []struct {
		bases map[string]int
		want  string
	}{
		{nil, "not added: W01, W06; of branches that see one act only the largest base counts"},
		{map[string]int{"W01": 8, "W03": 45, "W06": 0}, "not added: W01 +8, W06 +0; of branches that see one act only the largest base counts"},
	}
	for _, tt := range tests {
		if got := uncounted(&c, tt.bases); got != tt.want {
			t.Errorf("uncounted = %q, want %q", got, tt.want)
		}
	}
	c.Branches = c.Branches[1:2]
	if got := uncounted(&c, nil); got != "" {
		t.Errorf("uncounted = %q for the one branch that counts", got)
	}
}

var (
	pointsLine = regexp.MustCompile(`(?m)^  +([+-]\d+)  [a-z]+ `)
	sumLine    = regexp.MustCompile(`(?m)^ +(-?\d+)  sum$`)
	squashLine = regexp.MustCompile(`(?m)^ +100 × .* = (\d+)`)
)

// What is printed can be added up: the points of the lines make the sum, the sum the
// squashed score, and that or the floor the score.
func TestArithmeticAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := finding.Case{ID: "3fa2b1c0d9e85544", Severity: finding.Low}
		for i := range rapid.IntRange(0, 12).Draw(t, "reasons") {
			r := finding.Reason{
				ID: fmt.Sprint("r", i), Group: rapid.SampledFrom([]string{"base", "payload", "corroboration", "benign"}).Draw(t, "group"),
				Points: rapid.IntRange(-99, 99).Draw(t, "points"), Text: "some words", Floor: rapid.SampledFrom([]int{0, 0, 60}).Draw(t, "floor"),
			}
			c.Raw += r.Points
			c.Floor = max(c.Floor, r.Floor)
			c.Reasons = append(c.Reasons, r)
		}
		c.Score = max(squash(c.Raw), c.Floor)
		var b bytes.Buffer
		if err := Explain(&b, "table", &c, &finding.Summary{}, Options{Width: rapid.IntRange(60, 200).Draw(t, "width")}); err != nil {
			t.Fatal(err)
		}
		sum := 0
		lines := pointsLine.FindAllStringSubmatch(b.String(), -1)
		for _, l := range lines {
			n, _ := strconv.Atoi(l[1])
			sum += n
		}
		if len(lines) != len(c.Reasons) || only(t, sumLine, b.String()) != sum || sum != c.Raw {
			t.Fatalf("%d lines of %d reasons sum to %d, raw %d, in\n%s", len(lines), len(c.Reasons), sum, c.Raw, b.String())
		}
		if squashed := only(t, squashLine, b.String()); max(squashed, c.Floor) != c.Score {
			t.Fatalf("%d and floor %d do not make %d", squashed, c.Floor, c.Score)
		}
	})
}

// only is the one number that a pattern finds.
func only(t *rapid.T, pattern *regexp.Regexp, text string) int {
	found := pattern.FindAllStringSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("%s found %d times in\n%s", pattern, len(found), text)
	}
	n, _ := strconv.Atoi(found[0][1])
	return n
}

func TestExplainRefusesOtherFormats(t *testing.T) {
	c := bareCase()
	err := Explain(&bytes.Buffer{}, "csv\x1b", &c, &finding.Summary{}, Options{})
	if err == nil || err.Error() != `no format "csv\x1b": want table, json, markdown` {
		t.Errorf("error %v", err)
	}
}

func TestExplainReturnsTheErrorOfTheDestination(t *testing.T) {
	c := remoteCase()
	for range 500 { // more than a buffer holds
		c.Evidence = append(c.Evidence, c.Evidence[0])
	}
	for _, format := range ExplainFormats() {
		if err := Explain(&broken{}, format, &c, &finding.Summary{}, Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestExplainSaysHowMuchEvidenceIsMissing(t *testing.T) {
	c := remoteCase()
	for i := range 1000 {
		e := c.Evidence[0]
		e.ID = fmt.Sprint(i)
		c.Evidence = append(c.Evidence, e)
		c.Related = append(c.Related, c.Related[0])
		c.Reasons[1].Events = append(c.Reasons[1].Events, e.ID)
	}
	for format, want := range map[string][]string{
		"table":    {"Evidence: 1,002 events that", "and 952 more (use --format json)", "and 981 more (use --format json)", "evidence 1, 2, 3, 4, 5, 6 and 996 more"},
		"markdown": {"and 902 more (use --format json)", "and 901 more (use --format json)", "evidence 1, 2, 3, 4, 5, 6 and 996 more"},
	} {
		text := strings.Join(strings.Fields(string(explained(t, format, &c, Options{}))), " ")
		for _, part := range want {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not say %q", format, part)
			}
		}
	}
}
