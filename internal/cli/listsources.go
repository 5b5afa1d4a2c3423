package cli

import (
	"io"
	"strings"

	"smew/internal/report"
	"smew/internal/term"
)

// knownSource is one source in `smew sources --list`; its JSON form is a contract.
type knownSource struct {
	Name    string   `json:"source"`
	Title   string   `json:"title"`
	Records []string `json:"records"`
	Family  string   `json:"family"`
	Map     string   `json:"map"`
	Tables  []string `json:"table_files"`
}

// listSources names the sources that files are recognised as, beside Defender's
// own exports.
func (a *app) listSources(f *sourcesFlags) error {
	set, err := f.source.load()
	if err != nil {
		return err
	}
	list := []knownSource{}
	for _, s := range set.Sources() {
		k := knownSource{Name: s.Name, Title: s.Title, Records: s.Cut, Family: s.Family, Map: s.Path, Tables: []string{}}
		for _, kind := range set.Kinds(s) {
			k.Tables = append(k.Tables, kind.Table+"."+kind.Name)
		}
		list = append(list, k)
	}
	return a.destination(&f.output, func(w io.Writer, _ report.Options) error {
		if f.output.format == "json" {
			return report.WriteJSON(w, list)
		}
		p := &lines{w: w}
		p.line("Defender's own exports (CSV, workbooks, JSON, Parquet), and:")
		for _, s := range list {
			p.line("\n%s: %s", term.Sanitize(s.Name), term.Sanitize(s.Title))
			p.line("  records: %s; mapped by %s", strings.Join(s.Records, ", "), term.Sanitize(s.Map))
			if s.Family == s.Name || firstOf(list, s) {
				p.line("  tables made in %s:", term.Sanitize(s.Family))
				for _, t := range s.Tables {
					p.line("    %s", term.Sanitize(t))
				}
			} else {
				p.line("  tables made in %s, as above", term.Sanitize(s.Family))
			}
		}
		return p.err
	})
}

// firstOf tells whether a source is the first in the list of its family.
func firstOf(list []knownSource, s knownSource) bool {
	for _, other := range list {
		if other.Family == s.Family {
			return other.Name == s.Name
		}
	}
	return false
}
