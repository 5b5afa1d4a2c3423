// Package yamltree reads YAML that anybody may have written into a tree with places,
// for formats that are strict: what a format has no use for (anchors, tags, a second
// document, nesting without end) is refused before anything recurses, and a panic of
// the library is an error.
package yamltree

import (
	"bytes"
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

// MaxFile is the largest file that is read.
const MaxFile = 1 << 20

// maxDepth is how deep lists and maps may nest. Our formats need five levels; the
// parser recurses, and its time grows with the square of the depth.
const maxDepth = 16

// maxProblems is how many mistakes are looked for before the parser is tried.
const maxProblems = 100

// Position is a place in a file, from 1; the zero value is the file as a whole.
type Position struct{ Line, Column int }

// Words are what a format says of mistakes that are its own.
type Words struct {
	Large  string // after "the file is larger than 1024 KiB"; may be empty
	Alias  string // of a leading *; empty for what is said of an anchor
	Second string // of a second document
	Empty  string // of a file without one
}

// LineBreaks makes \n of what YAML takes for the end of a line. The library counts the
// line of a comment that ends in CR LF twice.
var LineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Read parses a text into the body of its one document; nil, and add was told why, if
// that cannot be.
func Read(text []byte, words Words, add func(at Position, format string, args ...any)) ast.Node {
	switch {
	case len(text) > MaxFile:
		add(Position{}, "the file is larger than %d KiB%s", MaxFile>>10, words.Large)
		return nil
	case !utf8.Valid(text):
		add(Position{}, "the file is not UTF-8 text")
		return nil
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	list, err := tokenize(LineBreaks.Replace(string(text)))
	if err != nil {
		add(Position{}, "%v", err)
		return nil
	}
	if !checkTokens(list, words, add) {
		return nil
	}
	file, err := parse(list)
	if err != nil {
		addSyntaxError(add, err)
		return nil
	}
	return onlyDocument(file, words, add)
}

func tokenize(text string) (list token.Tokens, err error) {
	defer recovered(&err)
	return lexer.Tokenize(text), nil
}

func parse(list token.Tokens) (file *ast.File, err error) {
	defer recovered(&err)
	return parser.Parse(list, 0)
}

func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("not readable as YAML: %v", r)
	}
}

func addSyntaxError(add func(Position, string, ...any), err error) {
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		add(Position{}, "%v", err)
		return
	}
	message := syntax.GetMessage()
	if strings.Contains(message, "escape character") {
		message += "; in double quotes YAML reads a backslash as an escape, so use single quotes"
	}
	add(tokenPosition(syntax.GetToken()), "%s", message)
}

// checkTokens refuses nesting without end, and anchors and aliases, with which a small
// file can stand for a huge one.
func checkTokens(list token.Tokens, words Words, add func(Position, string, ...any)) bool {
	var flow, line, dashes, problems int
	for _, t := range list {
		at := tokenPosition(t)
		if at.Line != line {
			line, dashes = at.Line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType, token.MappingKeyType:
			problems++
			if t.Type == token.AliasType && words.Alias != "" {
				add(at, "%s", words.Alias)
				break
			}
			add(at, "%q has a meaning in YAML that is not used here; put the text in single quotes", t.Value)
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			dashes++
		}
		if flow > maxDepth || dashes > maxDepth {
			add(at, "nested too deeply")
			return false
		}
		if problems >= maxProblems {
			break
		}
	}
	return problems == 0
}

// onlyDocument gives the body of the file's one document.
func onlyDocument(file *ast.File, words Words, add func(Position, string, ...any)) ast.Node {
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			add(MappingAt(doc.Body), "%s", words.Second)
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		add(Position{}, "%s", words.Empty)
	}
	return body
}

func tokenPosition(t *token.Token) Position {
	if t == nil || t.Position == nil {
		return Position{}
	}
	return Position{t.Position.Line, t.Position.Column}
}

// At is where a node stands.
func At(n ast.Node) Position {
	if n == nil {
		return Position{}
	}
	return tokenPosition(n.GetToken())
}

// Field is a key of a mapping with its value.
type Field struct {
	Name  string
	At    Position // of the key
	Value ast.Node
}

// ValueAt is where the value stands, or the key where there is none.
func (f Field) ValueAt() Position {
	if at := At(f.Value); at.Line > 0 {
		return at
	}
	return f.At
}

// Fields reads a mapping, in the order of the file.
func Fields(n ast.Node) ([]Field, bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		return nil, false
	}
	var list []Field
	for it := m.MapRange(); it.Next(); {
		key := it.Key()
		list = append(list, Field{Name: key.GetToken().Value, At: At(key), Value: it.Value()})
	}
	return list, true
}

// MappingAt is where a mapping begins: at its first key. (The parser puts the mapping
// itself at its first colon.)
func MappingAt(n ast.Node) Position {
	if list, ok := Fields(n); ok && len(list) > 0 {
		return list[0].At
	}
	return At(n)
}

// Text gives a scalar as text: what stands there, whether or not YAML would read it as
// a number or a truth.
func Text(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}
