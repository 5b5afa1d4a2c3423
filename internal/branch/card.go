// Package branch reads detection branches: files of SQL that each open with a
// card, a block comment in strict YAML which says what the query finds, what it
// misses and what it mistakes.
//
//	/*
//	id: W01
//	name: NewServiceCreation
//	…
//	*/
//	select … from DeviceProcessEvents where …
//
// [Parse] reads one file, [LoadAll] the built-in folder and the user's own,
// [Select] chooses among them. [Needs] and [Lint] look into the query itself.
package branch

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Card is what a branch says about itself.
type Card struct {
	ID            string   `yaml:"id"`             // W01: short, unique, never used again for another
	Name          string   `yaml:"name"`           // NewServiceCreation: unique
	Title         string   `yaml:"title"`          // one line, for people
	DetectionType string   `yaml:"detection_type"` // the word its hits carry
	Technique     string   `yaml:"technique"`      // ATT&CK, T1543.003
	Platform      string   `yaml:"platform"`       // one of Platforms
	Pack          []string `yaml:"pack"`           // seed, core …
	Tables        []string `yaml:"tables"`         // what the query reads
	Score         int      `yaml:"score"`          // points of a hit by itself, 0 to 100
	Description   string   `yaml:"description"`

	Misses         []string `yaml:"misses"` // what it cannot see
	FalsePositives []string `yaml:"falsepositives"`
	References     []string `yaml:"references"`
	Deviations     []string `yaml:"deviations"` // from the query it was ported from
	Twins          []string `yaml:"twins"`      // ids that find the same thing: their points never add up
	Tests          []string `yaml:"tests"`      // folders of fixtures
}

// Branch is a card and the query it describes.
type Branch struct {
	Card
	Path    string // as given; messages name it
	SQL     string // the query, without the card
	SQLLine int    // line of the file that the query begins at, from 1
	Text    string // the whole file, line ends as \n
}

// Platforms are the words a card's platform may be.
var Platforms = []string{"windows", "linux", "macos", "containers"}

// cardKeys are the keys of a card in the order they are written.
var cardKeys = []struct {
	name     string
	required bool
}{
	{"id", true},
	{"name", true},
	{"title", true},
	{"detection_type", true},
	{"technique", true},
	{"platform", true},
	{"pack", true},
	{"tables", true},
	{"score", true},
	{"description", true},
	{"misses", true},
	{"falsepositives", true},
	{"references", false},
	{"deviations", false},
	{"twins", false},
	{"tests", false},
}

// Error is one mistake in a branch file.
type Error struct {
	Path    string
	Line    int // of the file, from 1; 0 when the mistake has no place
	Column  int // from 1, in characters
	Message string
}

// Error gives the mistake as path:line:column: message.
func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Path + ": " + e.Message
	case e.Column == 0:
		return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Column, e.Message)
}

// A word of each kind that other parts of smew, or another engine, take as it is.
var (
	idPattern        = regexp.MustCompile(`^[A-Z][A-Z0-9-]{1,31}$`)
	wordPattern      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)
	techniquePattern = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	packPattern      = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
)

// fault is what is wrong with the value of one key.
type fault struct{ key, message string }

// check lists what is wrong with the values of a card, in the order of its keys.
func (c *Card) check() []fault {
	var faults []fault
	add := func(key, format string, args ...any) {
		faults = append(faults, fault{key, fmt.Sprintf(format, args...)})
	}
	match := func(key, value string, pattern *regexp.Regexp, want string) {
		if !pattern.MatchString(value) {
			add(key, "%s %q is not %s", key, value, want)
		}
	}
	match("id", c.ID, idPattern, "capital letters, digits and dashes, as W01")
	match("name", c.Name, wordPattern, "one word, as NewServiceCreation")
	match("detection_type", c.DetectionType, wordPattern, "one word, as NewServiceCreation")
	match("technique", c.Technique, techniquePattern, "an ATT&CK technique, as T1543.003")
	if !slices.Contains(Platforms, c.Platform) {
		add("platform", "platform %q is not one of %s", c.Platform, strings.Join(Platforms, ", "))
	}
	for _, p := range c.Pack {
		match("pack", p, packPattern, "a word in small letters, as core")
	}
	for _, t := range c.Tables {
		match("tables", t, wordPattern, "a table, as DeviceProcessEvents")
	}
	if c.Score < 0 || c.Score > 100 {
		add("score", "score %d is not between 0 and 100", c.Score)
	}
	for _, id := range c.Twins {
		match("twins", id, idPattern, "a branch's id, as W07")
	}
	return append(faults, c.checkTexts()...)
}

// checkTexts finds texts that are empty or would not stay on their line.
func (c *Card) checkTexts() []fault {
	var faults []fault
	check := func(key string, text string) {
		switch {
		case strings.TrimSpace(text) == "":
			faults = append(faults, fault{key, key + " is empty"})
		case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
			faults = append(faults, fault{key, key + " has a control character"})
		case key == "title" && strings.Contains(text, "\n"):
			faults = append(faults, fault{key, "title is more than one line"})
		}
	}
	check("title", c.Title)
	check("description", c.Description)
	for key, list := range c.lists() {
		for _, text := range list {
			check(key, text)
		}
	}
	slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(keyIndex(a.key), keyIndex(b.key)) })
	return slices.Compact(faults)
}

func (c *Card) lists() map[string][]string {
	return map[string][]string{
		"misses": c.Misses, "falsepositives": c.FalsePositives, "references": c.References,
		"deviations": c.Deviations, "tests": c.Tests,
	}
}

func keyIndex(name string) int {
	for i, k := range cardKeys {
		if k.name == name {
			return i
		}
	}
	return -1
}
