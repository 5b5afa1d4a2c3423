package branch

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile is the largest branch file that is read, maxCard the largest card.
const (
	maxFile = 1 << 20
	maxCard = 64 << 10
)

// maxDepth is how deep a card may nest; a card needs two levels. The YAML
// parser recurses.
const maxDepth = 8

const noCard = "has no card: a branch file opens with /*, its card in YAML (id: …), and */; smew branches show W01 prints one"

// Parse reads one branch file. The error holds every mistake found, each an
// [*Error] whose line and column are those of the file.
func Parse(path string, text []byte) (Branch, error) {
	at := func(line, column int, format string, args ...any) error {
		return &Error{Path: path, Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
	}
	if len(text) > maxFile {
		return Branch{}, at(0, 0, "is larger than %d KiB: not a branch", maxFile>>10)
	}
	if !utf8.Valid(text) {
		return Branch{}, at(0, 0, "is not UTF-8 text: save it as UTF-8")
	}
	// NewReplacer and not two calls: a lone carriage return ends a line too.
	whole := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(string(text), "\ufeff"))
	if i := strings.IndexByte(whole, 0); i >= 0 {
		line, column := place(whole, i)
		return Branch{}, at(line, column, "has a NUL character")
	}
	open := len(whole) - len(strings.TrimLeft(whole, " \t\n"))
	if !strings.HasPrefix(whole[open:], "/*") {
		return Branch{}, at(1, 0, noCard)
	}
	size := strings.Index(whole[open+2:], "*/")
	if size < 0 {
		line, column := place(whole, open)
		return Branch{}, at(line, column, "the card that begins here has no end: write */ after it")
	}
	if size > maxCard {
		return Branch{}, at(0, 0, "has a card larger than %d KiB", maxCard>>10)
	}
	end := open + 2 + size
	b := Branch{Path: path, Text: whole}
	b.setQuery(whole, end+2)
	// Blank lines take the place of what stands before the card, so that the
	// positions of its YAML are positions of the file.
	line, column := place(whole, open+2)
	padded := strings.Repeat("\n", line-1) + strings.Repeat(" ", column-1) + whole[open+2:end]
	errs := b.readCard(padded)
	if b.SQL == "" {
		errs = append(errs, at(b.SQLLine, 0, "has a card and no query after it"))
	}
	if err := errors.Join(errs...); err != nil {
		return Branch{}, err
	}
	return b, nil
}

// setQuery takes the text after the card, without the blank lines before it
// and the semicolon that may end it.
func (b *Branch) setQuery(whole string, from int) {
	rest := whole[from:]
	trimmed := strings.TrimLeft(rest, " \t\n")
	b.SQLLine, _ = place(whole, from+len(rest)-len(trimmed))
	b.SQL = strings.TrimRight(strings.TrimSuffix(strings.TrimRight(trimmed, " \t\n"), ";"), " \t\n")
}

// place is the line and column, from 1, of a byte of text.
func place(text string, offset int) (line, column int) {
	before := text[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// readCard reads the YAML into b.Card.
func (b *Branch) readCard(text string) []error {
	file, err := b.parseYAML(text)
	if err != nil {
		return []error{err}
	}
	keys, err := b.cardPlaces(file)
	if err != nil {
		return []error{err}
	}
	var errs []error
	if unknown := b.unknownKeys(keys); len(unknown) > 0 {
		errs = append(errs, unknown...)
	}
	if err := b.decode(text); err != nil && len(errs) == 0 {
		return []error{err}
	}
	missing := map[string]bool{}
	for _, k := range cardKeys {
		if _, ok := keys.at[k.name]; k.required && !ok {
			missing[k.name] = true
			errs = append(errs, &Error{b.Path, keys.first.Line, keys.first.Column, "the card has no " + k.name})
		}
	}
	for _, f := range b.check() {
		if at, ok := keys.at[f.key]; ok {
			errs = append(errs, &Error{b.Path, at.Line, at.Column, f.message})
		}
	}
	return append(errs, b.emptyLists(keys, missing)...)
}

// emptyLists finds lists that must say something and do not.
func (b *Branch) emptyLists(keys cardPlaces, missing map[string]bool) []error {
	var errs []error
	for _, l := range []struct {
		key  string
		list []string
	}{{"pack", b.Pack}, {"tables", b.Tables}, {"misses", b.Misses}, {"falsepositives", b.FalsePositives}} {
		if len(l.list) == 0 && !missing[l.key] {
			at := keys.at[l.key]
			errs = append(errs, &Error{b.Path, at.Line, at.Column, l.key + " is empty: name at least one"})
		}
	}
	return errs
}

// parseYAML parses the card. A panic of the library becomes an error: the text
// is anybody's.
func (b *Branch) parseYAML(text string) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			file, err = nil, &Error{Path: b.Path, Message: fmt.Sprintf("its card is not readable as YAML: %v", r)}
		}
	}()
	tokens := lexer.Tokenize(text)
	if err := b.checkTokens(tokens); err != nil {
		return nil, err
	}
	file, err = parser.Parse(tokens, 0)
	if err != nil {
		return nil, b.yamlError(err)
	}
	return file, nil
}

// checkTokens refuses what a card has no use for, before anything recurses.
func (b *Branch) checkTokens(tokens token.Tokens) error {
	var flow, line, dashes int
	for _, t := range tokens {
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType, token.MappingKeyType:
			return b.errorAt(t, fmt.Sprintf("%q has a meaning in YAML that a card does not use: put the text in quotes", t.Value))
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			dashes++
		}
		if flow > maxDepth || dashes > maxDepth {
			return b.errorAt(t, "the card is nested too deeply")
		}
	}
	return nil
}

// cardPlaces says where the keys of a card stand.
type cardPlaces struct {
	first *token.Position
	order []string
	at    map[string]*token.Position // of the value, or of the key where there is none
	key   map[string]*token.Position
}

func (b *Branch) cardPlaces(file *ast.File) (cardPlaces, error) {
	places := cardPlaces{at: map[string]*token.Position{}, key: map[string]*token.Position{}}
	if len(file.Docs) > 1 {
		return places, &Error{Path: b.Path, Line: 1, Message: "the card is more than one YAML document: take out the line ---"}
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return places, &Error{Path: b.Path, Line: 1, Message: noCard}
	}
	body, ok := file.Docs[0].Body.(ast.MapNode)
	if !ok {
		return places, b.errorAt(file.Docs[0].Body.GetToken(), "the card is not a list of keys (id: …)")
	}
	for it := body.MapRange(); it.Next(); {
		key := it.Key().GetToken()
		if places.first == nil {
			places.first = key.Position
		}
		places.order = append(places.order, key.Value)
		places.at[key.Value], places.key[key.Value] = key.Position, key.Position
		if v := it.Value(); v != nil && v.GetToken() != nil && v.Type() != ast.NullType {
			places.at[key.Value] = v.GetToken().Position
		}
	}
	if places.first == nil {
		return places, &Error{Path: b.Path, Line: 1, Message: noCard}
	}
	return places, nil
}

func (b *Branch) unknownKeys(places cardPlaces) []error {
	var errs []error
	known := make([]string, len(cardKeys))
	for i, k := range cardKeys {
		known[i] = k.name
	}
	for _, name := range places.order {
		if keyIndex(name) < 0 {
			at := places.key[name]
			errs = append(errs, &Error{b.Path, at.Line, at.Column, fmt.Sprintf("unknown key %q%s", name, didYouMean(name, known))})
		}
	}
	return errs
}

func (b *Branch) decode(text string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Error{Path: b.Path, Message: fmt.Sprintf("its card is not readable as YAML: %v", r)}
		}
	}()
	if err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(&b.Card); err != nil {
		return b.yamlError(err)
	}
	return nil
}

func (b *Branch) yamlError(err error) error {
	var ye yaml.Error
	if errors.As(err, &ye) && ye.GetToken() != nil {
		return b.errorAt(ye.GetToken(), ye.GetMessage())
	}
	return &Error{Path: b.Path, Message: "its card: " + err.Error()}
}

func (b *Branch) errorAt(t *token.Token, message string) error {
	if t == nil || t.Position == nil {
		return &Error{Path: b.Path, Message: message}
	}
	return &Error{b.Path, t.Position.Line, t.Position.Column, message}
}
