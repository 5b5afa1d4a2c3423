package scenario

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

// maxFile is the largest file that is read.
const maxFile = 1 << 20

// maxDepth is how deep lists and maps may nest. A scenario needs five levels; the
// parser recurses, and its time grows with the square of the depth.
const maxDepth = 16

// lineBreaks are what YAML takes for the end of a line.
var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// readYAML parses the text into the body of its one document, or adds to p why it
// could not.
func readYAML(p *problems, text []byte) ast.Node {
	switch {
	case len(text) > maxFile:
		p.add(position{}, "the file is larger than %d KiB", maxFile>>10)
		return nil
	case !utf8.Valid(text):
		p.add(position{}, "the file is not UTF-8 text")
		return nil
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
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
// anybody's.
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
		message := syntax.GetMessage()
		if strings.Contains(message, "escape character") {
			message += "; in double quotes YAML reads a backslash as an escape, so use single quotes"
		}
		p.add(tokenPosition(syntax.GetToken()), "%s", message)
		return
	}
	p.add(position{}, "%v", err)
}

// checkTokens refuses, before anything recurses, nesting without end, and what
// YAML has that a scenario has no use for.
func checkTokens(p *problems, list token.Tokens) bool {
	var flow, line, dashes int
	for _, t := range list {
		at := tokenPosition(t)
		if at.line != line {
			line, dashes = at.line, 0
		}
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType, token.MappingKeyType:
			p.add(at, "%q has a meaning in YAML that is not used here; put the text in single quotes", t.Value)
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
	}
	return len(p.list) == 0
}

// onlyDocument gives the body of the file's one document.
func onlyDocument(p *problems, file *ast.File) ast.Node {
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			p.add(nodePosition(doc.Body), "a second YAML document; write one scenario a file")
			return nil
		}
		body = doc.Body
	}
	if body == nil {
		p.add(position{}, "the file is empty; a scenario has %s", strings.Join(scenarioKeys, ", "))
	}
	return body
}

func tokenPosition(t *token.Token) position {
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
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

// scalarText gives a scalar as text: what stands there, whether or not YAML would
// read it as a number or a truth.
func scalarText(n ast.Node) (string, bool) {
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
