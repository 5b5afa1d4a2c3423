package scenario

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"smew/internal/yamltree"
)

type (
	position = yamltree.Position
	field    = yamltree.Field
)

// readYAML parses the text into the body of its one document, or adds to p why it
// could not.
func readYAML(p *problems, text []byte) ast.Node {
	return yamltree.Read(text, yamltree.Words{
		Second: "a second YAML document; write one scenario a file",
		Empty:  "the file is empty; a scenario has " + strings.Join(scenarioKeys, ", "),
	}, p.add)
}
