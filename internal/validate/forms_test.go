package validate

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/term"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// shown is a matrix with a cell of every kind.
func shown() *Matrix {
	cells := func(states ...Cell) []Cell {
		for i := range states {
			states[i].Branch = []string{"L18", "W01", "W02", "W03", "W05"}[i]
			states[i].Broken = broken(states[i].State, states[i].Promise)
		}
		return states
	}
	m := &Matrix{
		Branches: []Branch{
			{ID: "L18", Name: "SystemdUnitWritten", Technique: "T1543.002", Platform: "linux", Tests: []string{}, Proven: []string{}},
			{ID: "W01", Name: "NewServiceCreation", Technique: "T1543.003", Platform: "windows", Tests: []string{"T1543.003/one"}, Proven: []string{"T1543.003/one"}},
			{ID: "W02", Name: "SuspiciousServiceBinary", Technique: "T1543.003", Platform: "windows", Tests: []string{}, Proven: []string{}},
			{ID: "W03", Name: "UnusualParentService", Technique: "T1543.003", Platform: "windows", Tests: []string{}, Proven: []string{}},
			{ID: "W05", Name: "ServiceInstallEvent", Technique: "T1543.003", Platform: "windows", Tests: []string{}, Proven: []string{}},
		},
		Unproven: []string{"L18"},
	}
	row := func(telemetry string, recorded bool, c []Cell) Row {
		return Row{
			Scenario: "T1543.003/one", Title: "A service is created by a title that is longer than a line and has \u202eodd | <text>", Technique: "T1543.003",
			Atomic: "981e2942-e433-44e9-afc1-8c957a1496b6", Platform: "windows", Telemetry: telemetry, Recorded: recorded, Cells: c,
		}
	}
	m.Rows = []Row{
		row("defender", true, cells(Cell{State: Silent, Promise: MustNotFire}, Cell{State: Fired, Promise: MustFire}, Cell{State: Silent, Promise: MustFire}, Cell{State: Fired, Promise: MustNotFire}, Cell{State: Fired})),
		row("security", true, cells(Cell{State: NotVisible, Promise: MustNotFire}, Cell{State: Fired, Promise: MustFire}, Cell{State: NotVisible, Promise: MustNotFire}, Cell{State: NotVisible, Promise: MustNotFire}, Cell{State: Silent, Promise: MustNotFire})),
		row("powershell", false, cells(Cell{State: NotVisible}, Cell{State: NotVisible}, Cell{State: NotVisible}, Cell{State: NotVisible}, Cell{State: NotVisible})),
	}
	m.Rows = append(m.Rows, Row{
		Scenario: "T1112/two", Title: "Nothing to do with services", Technique: "T1112", Platform: "windows", Telemetry: "defender", Recorded: true,
		Cells: cells(Cell{State: NotVisible}, Cell{State: Silent, Promise: MustNotFire}, Cell{State: Silent, Promise: MustNotFire}, Cell{State: Silent, Promise: MustNotFire}, Cell{State: Silent}),
	})
	m.Broken = []Break{
		{Scenario: "T1543.003/one", Telemetry: "defender", Branch: "W02", Promise: MustFire, State: Silent, Message: "W02 must fire, and it did not fire"},
		{Scenario: "T1543.003/one", Telemetry: "defender", Branch: "W03", Promise: MustNotFire, State: Fired, Message: "W03 must not fire, and it fired"},
		{Branch: "L18", Message: "the card of L18 names the test T1543.002/unit, which is no scenario"},
	}
	m.Counts = Counts{Scenarios: 2, Fired: 4, Silent: 7, NotVisible: 9, Unjudged: 8, Broken: 3}
	return m
}

// forms are the writers, by the name of their golden file.
var forms = map[string]func(w io.Writer, m *Matrix) error{
	"table":    func(w io.Writer, m *Matrix) error { return WriteTable(w, m, Options{Width: 80}) },
	"table_40": func(w io.Writer, m *Matrix) error { return WriteTable(w, m, Options{Width: 40}) },
	"color":    func(w io.Writer, m *Matrix) error { return WriteTable(w, m, Options{Width: 80, Color: true}) },
	"json":     WriteJSON,
	"markdown": WriteMarkdown,
	"layer":    func(w io.Writer, m *Matrix) error { return WriteNavigator(w, m, "0.0.0") },
}

func TestForms(t *testing.T) {
	for name, write := range forms {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(&got, shown()); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v; run the test with -update", err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s differs; look at it, then run the test with -update\n%s", path, diff)
			}
		})
	}
}

func TestTheTableFitsAndIsSafe(t *testing.T) {
	for width, form := range map[int]string{80: "table", 40: "table_40"} {
		var got strings.Builder
		if err := forms[form](&got, shown()); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(got.String()) {
			line = strings.TrimSuffix(line, "\n")
			if term.Columns(line) > width {
				t.Errorf("%d columns: %s", term.Columns(line), line)
			}
			if line != term.Sanitize(line) {
				t.Errorf("not safe to print: %q", line)
			}
		}
	}
}

// TestEveryCellIsInJSONAndMarkdown, and nothing of it is lost.
func TestEveryCellIsInJSONAndMarkdown(t *testing.T) {
	m := shown()
	var text bytes.Buffer
	if err := WriteJSON(&text, m); err != nil {
		t.Fatal(err)
	}
	var back Matrix
	if err := json.Unmarshal(text.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(m, &back); diff != "" {
		t.Error(diff)
	}
	text.Reset()
	if err := WriteMarkdown(&text, m); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(text.String()) {
		if strings.HasPrefix(line, "| T1") && strings.Count(line, " | ") >= len(m.Branches) {
			rows++
		}
	}
	if rows != len(m.Rows) {
		t.Errorf("%d rows of %d", rows, len(m.Rows))
	}
}

// TestLayer holds the layer to the format that the Navigator documents: what is
// required, the words it takes, colours, and scores within the gradient.
func TestLayer(t *testing.T) {
	var text bytes.Buffer
	if err := WriteNavigator(&text, shown(), "0.0.0"); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(&text)
	d.DisallowUnknownFields()
	var l struct {
		Name, Domain, Description string
		Versions                  struct{ Attack, Navigator, Layer string }
		Sorting                   int
		HideDisabled              bool
		Layout                    struct {
			Layout, AggregateFunction, ExpandedSubtechniques string
			ShowID, ShowName                                 bool
		}
		Techniques []struct {
			TechniqueID, Tactic, Comment, Color string
			Score                               *float64
			Enabled, ShowSubtechniques          bool
			Metadata                            []struct{ Name, Value string }
		}
		Gradient struct {
			Colors             []string
			MinValue, MaxValue float64
		}
		LegendItems []struct{ Label, Color string }
	}
	if err := d.Decode(&l); err != nil {
		t.Fatal(err)
	}
	if l.Name == "" || l.Domain != "enterprise-attack" || l.Versions.Layer != "4.5" || l.Versions.Navigator < "4.9.0" {
		t.Errorf("head: %+v", l)
	}
	if l.Layout.Layout != "side" || l.Layout.ExpandedSubtechniques != "annotated" || len(l.Gradient.Colors) < 2 || l.Gradient.MaxValue <= l.Gradient.MinValue {
		t.Errorf("layout %+v, gradient %+v", l.Layout, l.Gradient)
	}
	scores := map[string]float64{}
	for _, q := range l.Techniques {
		scores[q.TechniqueID] = -1
		if q.Score != nil {
			scores[q.TechniqueID] = *q.Score
		}
		if q.TechniqueID == "T1543.003" && !strings.Contains(q.Comment, "W01 NewServiceCreation") {
			t.Errorf("comment of T1543.003: %q", q.Comment)
		}
	}
	// Of T1543.003 the one scenario is found; of T1543.002 there is none, and T1112 has
	// near misses alone.
	if diff := cmp.Diff(map[string]float64{"T1543.002": -1, "T1543.003": 100}, scores); diff != "" {
		t.Error(diff)
	}
}
