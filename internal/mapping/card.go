package mapping

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// maxFile is the largest map.sql that is read.
const maxFile = 1 << 20

// card is the YAML at the head of map.sql.
type card struct {
	Source    string     `yaml:"source"`
	Title     string     `yaml:"title"`
	Records   cutList    `yaml:"records"`
	Family    string     `yaml:"family"`
	Recognise [][]string `yaml:"recognise"`
}

// cutList is one way of cutting records or a list of them.
type cutList []string

// UnmarshalYAML reads a word or a list of words.
func (l *cutList) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*l = cutList{one}
		return nil
	}
	var many []string
	err := unmarshal(&many)
	*l = many
	return err
}

// parse reads one map.sql.
func parse(at, folder string, text []byte, own bool) (*Source, error) {
	if len(text) > maxFile || !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: not SQL: larger than %d KiB, or not UTF-8", at, maxFile>>10)
	}
	whole := strings.ReplaceAll(strings.TrimPrefix(string(text), "\ufeff"), "\r\n", "\n")
	start := strings.Index(whole, "/*")
	if start < 0 || strings.TrimSpace(whole[:start]) != "" {
		return nil, fmt.Errorf("%s:1: has no card: it begins with /*, a card in YAML (source: …), and */; smew sources --list names worked examples", at)
	}
	size := strings.Index(whole[start:], "*/")
	if size < 0 {
		return nil, fmt.Errorf("%s: the card has no end: write */ after it", at)
	}
	end := start + size
	c, err := readCard(at, strings.Repeat("\n", strings.Count(whole[:start], "\n"))+whole[start+2:end])
	if err != nil {
		return nil, err
	}
	s := &Source{Name: folder, Title: c.Title, Cut: c.Records, Family: c.Family, Path: at, Own: own, SQL: statement(strings.TrimLeft(whole[end+2:], " \t\n"))}
	if s.Family == "" {
		s.Family = folder
	}
	errs := c.check(at, folder, own)
	for _, list := range c.Recognise {
		a, err := newAlternative(list)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: recognise: %w", at, err))
		}
		s.recognise = append(s.recognise, a)
	}
	if s.SQL == "" {
		errs = append(errs, fmt.Errorf("%s: has a card and no select after it", at))
	}
	return s, errors.Join(errs...)
}

// readCard decodes the YAML. The text is anybody's, and a panic of the library
// is an error.
func readCard(at, text string) (c card, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: its card is not readable as YAML: %v", at, r)
		}
	}()
	err = yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(&c)
	var ye yaml.Error
	switch {
	case err == nil:
		return c, nil
	case errors.As(err, &ye) && ye.GetToken() != nil:
		p := ye.GetToken().Position
		return c, fmt.Errorf("%s:%d:%d: %s", at, p.Line, p.Column, ye.GetMessage())
	}
	return c, fmt.Errorf("%s: its card: %w", at, err)
}

func (c card) check(at, folder string, own bool) []error {
	var errs []error
	wrong := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: "+format, append([]any{at}, args...)...))
	}
	if c.Source != folder {
		wrong("source is %q, the folder %q: write the folder's name", c.Source, folder)
	}
	if c.Title == "" {
		wrong("title is missing: say in a few words what a file of it is")
	}
	if len(c.Records) == 0 {
		wrong("records is missing: one of %s", strings.Join(cuts, ", "))
	}
	named := false
	for _, cut := range c.Records {
		if !slices.Contains(cuts, cut) {
			wrong("records: %q is not one of %s", cut, strings.Join(cuts, ", "))
		}
		named = named || cut == JSON || cut == CSV
	}
	if (named || own) && len(c.Recognise) == 0 {
		wrong("recognise is missing: by which fields is a record known?")
	}
	return errs
}
