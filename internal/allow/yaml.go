package allow

import (
	"github.com/goccy/go-yaml/ast"

	"smew/internal/yamltree"
)

type (
	position = yamltree.Position
	field    = yamltree.Field
)

// readYAML parses the text into the body of its one document, or adds to p why
// it could not.
func readYAML(p *problems, text []byte) ast.Node {
	if len(text) > yamltree.MaxFile {
		p.lines = nil
	}
	return yamltree.Read(text, yamltree.Words{
		Large:  "; split it",
		Alias:  "YAML reads a leading * as an alias; put the pattern in single quotes",
		Second: "a second YAML document; put all entries under one entries:",
		Empty:  "the file is empty; write entries: [] for an allowlist without entries",
	}, p.add)
}

// scalarText gives a scalar as text, but not a truth: no pattern is one.
func scalarText(n ast.Node) (string, bool) {
	if _, truth := n.(*ast.BoolNode); truth {
		return "", false
	}
	return yamltree.Text(n)
}
