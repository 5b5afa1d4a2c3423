package validate

import (
	"encoding/json"
	"io"
)

// WriteJSON writes the matrix with every cell.
func WriteJSON(w io.Writer, m *Matrix) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(m)
}
