package report

import (
	"fmt"
	"io"

	"smew/internal/finding"
)

// writeNDJSON writes a line {"type":"case",…} for every case and then
// one line {"type":"summary",…}. A reader that gets no summary line knows that
// the stream was cut.
func writeNDJSON(w io.Writer, r *finding.Result, _ Options) error {
	for i := range r.Cases {
		text, err := encodeFlat(newJSONCase("case", &r.Cases[i]))
		if err != nil {
			return fmt.Errorf("case %s: %w", r.Cases[i].ID, err)
		}
		_, _ = io.WriteString(w, text+"\n")
	}
	text, err := encodeFlat(newJSONSummary("summary", &r.Summary))
	if err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	_, err = io.WriteString(w, text+"\n")
	return err
}
