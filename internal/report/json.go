package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"smew/internal/finding"
	"smew/internal/term"
)

// What is said in jsoncase.go of the forms of a case holds for the summary's.

type jsonSummary struct {
	Type   string      `json:"type,omitempty"`
	Window jsonWindow  `json:"window"`
	Tables []jsonTable `json:"tables"`
	*finding.Summary
}

type jsonWindow struct {
	Since    *string `json:"since"`
	Until    *string `json:"until"`
	Resolved string  `json:"resolved,omitempty"`
}

type jsonTable struct {
	*finding.Table
	First   *string  `json:"first"`
	Last    *string  `json:"last"`
	GapDays []string `json:"gap_days"`
}

func newJSONSummary(kind string, s *finding.Summary) jsonSummary {
	c := *s
	c.Branches = orEmpty(c.Branches)
	c.NotRun = eachWith(c.NotRun, func(b *finding.BranchSkipped) { b.Files = orEmpty(b.Files) })
	c.Suppressed = orEmpty(c.Suppressed)
	c.Expired = orEmpty(c.Expired)
	c.Rejected = eachWith(c.Rejected, func(r *finding.Rejected) { r.Records = orEmpty(r.Records) })
	c.Skipped = orEmpty(c.Skipped)
	c.Notes = orEmpty(c.Notes)
	bySeverity := map[finding.Severity]int64{}
	for _, severity := range finding.Severities {
		bySeverity[severity] = 0
	}
	for severity, n := range s.Counts.BySeverity {
		bySeverity[severity] = n
	}
	c.Counts.BySeverity = bySeverity
	out := jsonSummary{
		Type:    kind,
		Window:  jsonWindow{Since: stamp(s.Window.Since), Until: stamp(s.Window.Until), Resolved: s.Window.Resolved},
		Tables:  []jsonTable{},
		Summary: &c,
	}
	for i := range s.Tables {
		t := &s.Tables[i]
		out.Tables = append(out.Tables, jsonTable{Table: t, First: stamp(t.First), Last: stamp(t.Last), GapDays: orEmpty(t.GapDays)})
	}
	return out
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// eachWith is a copy of the list, every element changed by change.
func eachWith[T any](list []T, change func(*T)) []T {
	out := make([]T, len(list))
	copy(out, list)
	for i := range out {
		change(&out[i])
	}
	return out
}

// writeJSON writes {"cases": […], "summary": {…}}, a case at a time.
func writeJSON(w io.Writer, r *finding.Result, _ Options) error {
	_, _ = io.WriteString(w, "{\n  \"cases\": [")
	for i := range r.Cases {
		text, err := encode(newJSONCase("", &r.Cases[i]), "    ")
		if err != nil {
			return fmt.Errorf("case %s: %w", r.Cases[i].ID, err)
		}
		if i > 0 {
			_, _ = io.WriteString(w, ",")
		}
		_, _ = io.WriteString(w, "\n    "+text)
	}
	if len(r.Cases) > 0 {
		_, _ = io.WriteString(w, "\n  ")
	}
	text, err := encode(newJSONSummary("", &r.Summary), "  ")
	if err != nil {
		return fmt.Errorf("summary: %w", err)
	}
	_, err = io.WriteString(w, "],\n  \"summary\": "+text+"\n}\n")
	return err
}

// WriteJSON writes a value as indented JSON that a terminal may show.
func WriteJSON(w io.Writer, v any) error {
	text, err := encode(v, "")
	if err == nil {
		_, err = io.WriteString(w, text+"\n")
	}
	return err
}

// encode is indented JSON after a prefix on every line but the first.
func encode(v any, prefix string) (string, error) {
	flat, err := encodeFlat(v)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(flat), prefix, "  "); err != nil {
		return "", err
	}
	return b.String(), nil
}

// encodeFlat is JSON on one line that is safe to print.
func encodeFlat(v any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // <, > and & are everyday in command lines
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	return string(escapeUnsafe(bytes.TrimSuffix(b.Bytes(), []byte("\n")))), nil
}

// escapeUnsafe writes as \uXXXX what encoding/json leaves and a terminal must
// not see: DEL, C1 controls, bidi and other invisible characters. Outside of
// strings JSON is ASCII, so any of them is inside one, where the escape means
// the same.
func escapeUnsafe(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		if c := text[i]; c < 0x7f {
			out = append(out, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1: // in JSON that came ready-made
			out = append(out, `\ufffd`...)
		case term.Safe(r):
			out = append(out, text[i:i+size]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}
