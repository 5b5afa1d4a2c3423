package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// alternative is conditions that must all hold for a record.
type alternative []condition

// condition asks that a path is present in a record, and perhaps what its value
// is.
type condition struct {
	path    string
	value   string         // compared without case, if equals
	pattern *regexp.Regexp // or matched
	equals  bool
}

func newAlternative(list []string) (alternative, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("an empty list of conditions holds for everything")
	}
	var a alternative
	for _, text := range list {
		c, err := newCondition(text)
		if err != nil {
			return nil, err
		}
		a = append(a, c)
	}
	return a, nil
}

func newCondition(text string) (condition, error) {
	at := strings.IndexAny(text, "=~")
	c := condition{path: text}
	if at < 0 {
		return c, nil
	}
	c.path = text[:at]
	if text[at] == '=' {
		c.value, c.equals = text[at+1:], true
		return c, nil
	}
	pattern, err := regexp.Compile(text[at+1:])
	if err != nil {
		return c, fmt.Errorf("%q: %w", text, err)
	}
	c.pattern = pattern
	return c, nil
}

// Recognise finds the source of records that were cut one way, given the first
// of them: the one that knows most. The second result is how many of them it
// knows. nil if none knows any.
func (s *Set) Recognise(cut string, records [][]byte) (best *Source, known int) {
	var parsed []any
	if cut == JSON || cut == CSV || cut == EVTX {
		parsed = decodeAll(records)
	} else {
		for _, r := range records {
			parsed = append(parsed, map[string]any{"text": string(r)})
		}
	}
	weight := 0
	var otherwise *Source // the one for whatever is cut so and nobody's own
	for _, source := range s.sources {
		if !source.Cuts(cut) {
			continue
		}
		if len(source.recognise) == 0 {
			otherwise = source
			continue
		}
		n, w := source.count(parsed)
		if n > known || n == known && n > 0 && w > weight {
			best, known, weight = source, n, w
		}
	}
	if best == nil && otherwise != nil {
		return otherwise, max(1, len(records))
	}
	return best, known
}

// Mixed names another source that recognises records which the given one does
// not: the file holds both, and is read as the one. The result is how many.
func (s *Set) Mixed(cut string, records [][]byte, read *Source) (other *Source, n int) {
	var left [][]byte
	for _, r := range records {
		if parsed := decodeAll([][]byte{r}); len(parsed) > 0 {
			if known, _ := read.count(parsed); known == 0 {
				left = append(left, r)
			}
		}
	}
	return s.Recognise(cut, left)
}

// Several tells whether more than one source reads records cut that way.
func (s *Set) Several(cut string) bool {
	n := 0
	for _, source := range s.sources {
		if source.Cuts(cut) {
			n++
		}
	}
	return n > 1
}

// count tells how many records a source recognises, and by how many conditions.
func (s *Source) count(records []any) (known, weight int) {
	for _, r := range records {
		for _, a := range s.recognise {
			if a.holds(r) {
				known, weight = known+1, max(weight, len(a))
				break
			}
		}
	}
	return known, weight
}

func decodeAll(records [][]byte) []any {
	var all []any
	for _, r := range records {
		d := json.NewDecoder(bytes.NewReader(r))
		d.UseNumber()
		var v any
		if d.Decode(&v) == nil {
			all = append(all, v)
		}
	}
	return all
}

func (a alternative) holds(record any) bool {
	for _, c := range a {
		if !c.holds(record) {
			return false
		}
	}
	return true
}

func (c condition) holds(record any) bool {
	value, ok := lookup(record, c.path)
	switch {
	case !ok:
		return false
	case c.equals:
		return strings.EqualFold(asText(value), c.value)
	case c.pattern != nil:
		return c.pattern.MatchString(asText(value))
	}
	return true
}

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case nil:
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// lookup follows a path with dots into an object. A key that holds dots itself
// counts too.
func lookup(record any, path string) (any, bool) {
	object, ok := record.(map[string]any)
	if !ok {
		return nil, false
	}
	if v, ok := object[path]; ok {
		return v, true
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if inner, ok := object[path[:i]]; ok {
			if v, ok := lookup(inner, path[i+1:]); ok {
				return v, true
			}
		}
	}
	return nil, false
}
