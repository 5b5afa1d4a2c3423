package validate

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The layer format of the ATT&CK Navigator, version 4.5.
type layer struct {
	Name        string      `json:"name"`
	Versions    versions    `json:"versions"`
	Domain      string      `json:"domain"`
	Description string      `json:"description"`
	Sorting     int         `json:"sorting"`
	Layout      layout      `json:"layout"`
	Hide        bool        `json:"hideDisabled"`
	Techniques  []technique `json:"techniques"`
	Gradient    gradient    `json:"gradient"`
	Legend      []legend    `json:"legendItems"`
}

type versions struct {
	Navigator string `json:"navigator"`
	Layer     string `json:"layer"`
}

type layout struct {
	Layout   string `json:"layout"`
	ShowID   bool   `json:"showID"`
	ShowName bool   `json:"showName"`
	Expanded string `json:"expandedSubtechniques"`
}

type technique struct {
	ID       string     `json:"techniqueID"`
	Score    *int       `json:"score,omitempty"` // without one the Navigator leaves it uncoloured
	Comment  string     `json:"comment"`
	Enabled  bool       `json:"enabled"`
	Metadata []metadata `json:"metadata"`
	Show     bool       `json:"showSubtechniques"`
}

type metadata struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type gradient struct {
	Colors []string `json:"colors"`
	Min    int      `json:"minValue"`
	Max    int      `json:"maxValue"`
}

type legend struct {
	Label string `json:"label"`
	Color string `json:"color"`
}

// WriteNavigator writes a layer for the ATT&CK Navigator: a technique's score is
// the share, in percent, of its scenarios that must fire and did in at least one
// kind of telemetry.
func WriteNavigator(w io.Writer, m *Matrix, version string) error {
	l := layer{
		Name:        "smew validate",
		Versions:    versions{Navigator: "4.9.0", Layer: "4.5"},
		Domain:      "enterprise-attack",
		Description: "Score: the share of a technique's scenarios that branches of smew " + version + " find in at least one kind of telemetry.",
		Layout:      layout{Layout: "side", ShowID: true, ShowName: true, Expanded: "annotated"},
		Techniques:  []technique{},
		Gradient:    gradient{Colors: []string{"#d7453c", "#f2c14e", "#4d9d5b"}, Min: 0, Max: 100},
		Legend: []legend{
			{"no scenario found", "#d7453c"}, {"half of them", "#f2c14e"}, {"every scenario found", "#4d9d5b"},
		},
	}
	for _, id := range m.techniques() {
		if t, ok := m.technique(id); ok {
			l.Techniques = append(l.Techniques, t)
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(l)
}

// technique is what is known of one; not ok if that is nothing but near misses.
func (m *Matrix) technique(id string) (t technique, ok bool) {
	var must, found []string // scenarios
	hit := map[string]bool{} // branches that fire on the technique's scenarios
	for _, r := range m.Rows {
		if r.Technique != id {
			continue
		}
		for _, c := range r.Cells {
			if c.Promise == MustFire && !slices.Contains(must, r.Scenario) {
				must = append(must, r.Scenario)
			}
			if c.Promise == MustFire && c.State == Fired {
				hit[c.Branch] = true
				if !slices.Contains(found, r.Scenario) {
					found = append(found, r.Scenario)
				}
			}
		}
	}
	var names []string
	for _, b := range m.Branches {
		if b.Technique == id || hit[b.ID] {
			names = append(names, b.ID+" "+b.Name)
		}
	}
	t = technique{
		ID: id, Comment: strings.Join(names, "\n"), Enabled: true, Show: !strings.Contains(id, "."),
		Metadata: []metadata{
			{"scenarios that must be found", fmt.Sprint(len(must))},
			{"found", fmt.Sprint(len(found))},
			{"branches", fmt.Sprint(len(names))},
		},
	}
	if len(must) > 0 {
		score := 100 * len(found) / len(must)
		t.Score = &score
	}
	return t, len(names) > 0
}
