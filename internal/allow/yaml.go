package allow

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile is the largest allowlist file that is read.
const maxFile = 1 << 20

// maxDepth is how deep lists and maps may nest. An entry needs four levels;
// the parser recurses, and its time grows with the square of the depth.
const maxDepth = 16

// readYAML parses the text into the body of its one document, or adds to p why
// it could not.
func readYAML(p *problems, text []byte) ast.Node {
	if len(text) > maxFile {
		p.lines = nil
		p.add(position{}, "the file is larger than %d KiB; split it", maxFile>>10)
		return nil
	}
	if !utf8.Valid(text) {
		p.add(position{}, "the file is not UTF-8 text")
		return nil
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	// The library counts the line of a comment that ends in CR LF twice.
	list, err := tokenize(lineBreaks.Replace(string(text)))
	if err != nil {
		p.add(position{}, "%v", err)
		return nil
	}
	if !checkTokens(p, list) {
		return nil
	}
	file, err := parse(list)
	if err != nil {
		addSyntaxError(p, err)
		return nil
	}
	return onlyDocument(p, file)
}

// tokenize and parse turn a panic of the library into an error: the text is
// anybody's, and a hunt must not die of it.
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

func addSyntaxError(p *problems, err error) {
	var syntax yaml.Error
	if errors.As(err, &syntax) {
		p.add(tokenPosition(syntax.GetToken()), "%s", syntax.GetMessage())
		return
	}
	p.add(position{}, "%v", err)
}

func tokenPosition(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
}

// checkTokens refuses, before anything recurses, what an allowlist has no use
// for: nesting without end, and anchors and aliases, with which a small file
// can stand for a huge one.
func checkTokens(p *problems, list token.Tokens) bool {
	var flow, line, dashes int
	for _, t := range list {
		at := tokenPosition(t)
		if at.line != line {
			line, dashes = at.line, 0
		}
		switch t.Type {
		case token.AnchorType, token.TagType, token.MergeKeyType, token.DirectiveType, token.MappingKeyType:
			p.add(at, "%q has a meaning in YAML that is not used here; put the text in single quotes", t.Value)
		case token.AliasType:
			p.add(at, "YAML reads a leading * as an alias; put the pattern in single quotes")
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			dashes++
		}
		if flow > maxDepth || dashes > maxDepth {
			p.add(at, "nested too deeply")
			return false
		}
		if len(p.list) >= maxProblems {
			break
		}
	}
	return len(p.list) == 0
}

// maxProblems is how many mistakes of one file are listed.
const maxProblems = 100

// onlyDocument gives the body of the file's one document.
func onlyDocument(p *problems, file *ast.File) ast.Node {
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			p.add(mappingAt(doc.Body), "a second YAML document; put all entries under one entries:")
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		p.add(position{}, "the file is empty; write entries: [] for an allowlist without entries")
	}
	return body
}

func nodePosition(n ast.Node) position {
	if n == nil {
		return position{}
	}
	return tokenPosition(n.GetToken())
}

// field is a key of a mapping with its value.
type field struct {
	name  string
	at    position // of the key
	value ast.Node
}

// valueAt is where the value stands, or the key where there is none.
func (f field) valueAt() position {
	if at := nodePosition(f.value); at.line > 0 {
		return at
	}
	return f.at
}

// fields reads a mapping, in the order of the file.
func fields(n ast.Node) ([]field, bool) {
	m, ok := n.(ast.MapNode)
	if !ok {
		return nil, false
	}
	var list []field
	for it := m.MapRange(); it.Next(); {
		key := it.Key()
		list = append(list, field{name: key.GetToken().Value, at: nodePosition(key), value: it.Value()})
	}
	return list, true
}

// mappingAt is where a mapping begins: at its first key. (The parser puts the
// mapping itself at its first colon.)
func mappingAt(n ast.Node) position {
	if list, ok := fields(n); ok && len(list) > 0 {
		return list[0].at
	}
	return nodePosition(n)
}

// scalarText gives a scalar as text: what stands there, whether or not YAML
// would read it as a number.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}
