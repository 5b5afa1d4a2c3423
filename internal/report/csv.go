package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"smew/internal/finding"
	"smew/internal/term"
)

// csvColumns are the columns of a case. Numbers are marked: they are ours
// and go out as they are, a minus sign included.
var csvColumns = []struct {
	name   string
	number bool
	value  func(c *finding.Case, s *finding.Summary) string
}{
	{"id", false, of(func(c *finding.Case) string { return c.ID })},
	{"score", true, of(func(c *finding.Case) string { return fmt.Sprint(c.Score) })},
	{"raw_score", true, of(func(c *finding.Case) string { return fmt.Sprint(c.Raw) })},
	{"floor", true, of(func(c *finding.Case) string { return fmt.Sprint(c.Floor) })},
	{"severity", false, of(func(c *finding.Case) string { return string(c.Severity) })},
	{"title", false, of(func(c *finding.Case) string { return c.Title })},
	{"first_event", false, of(func(c *finding.Case) string { return csvTime(&c.First) })},
	{"last_event", false, of(func(c *finding.Case) string { return csvTime(&c.Last) })},
	{"device_name", false, of(func(c *finding.Case) string { return c.DeviceName })},
	{"device_id", false, of(func(c *finding.Case) string { return c.DeviceID })},
	{"account", false, of(func(c *finding.Case) string { return c.Account })},
	{"account_from", false, of(func(c *finding.Case) string { return c.AccountFrom })},
	{"client", false, of(func(c *finding.Case) string { return c.Client })},
	{"service_name", false, of(func(c *finding.Case) string { return c.ServiceName })},
	{"payload", false, of(func(c *finding.Case) string { return c.Payload })},
	{"payload_path", false, of(func(c *finding.Case) string { return c.PayloadPath })},
	{"branches", false, of(func(c *finding.Case) string { return branchNames(c.Branches) })},
	{"detection_types", false, of(csvDetectionTypes)},
	{"techniques", false, of(csvTechniques)},
	{"telemetry_seen", false, of(func(c *finding.Case) string { return strings.Join(c.Seen, ", ") })},
	{"telemetry_missing", false, of(csvMissing)},
	{"reasons", false, of(csvReasons)},
	{"fleet_devices", true, of(func(c *finding.Case) string { return fmt.Sprint(c.Fleet.Devices) })},
	{"fleet_of", true, of(func(c *finding.Case) string { return fmt.Sprint(c.Fleet.Of) })},
	{"fleet_since", false, of(func(c *finding.Case) string { return csvTime(c.Fleet.Since) })},
	{"suppressed", false, of(func(c *finding.Case) string { return fmt.Sprint(c.Suppressed) })},
	{"allowlist", false, of(csvAllowlist)},
	{"evidence", true, of(func(c *finding.Case) string { return fmt.Sprint(len(c.Evidence)) })},
	{"source_files", false, of(csvFiles)},
	{"allowlist_version", false, func(_ *finding.Case, s *finding.Summary) string { return s.Versions.Allowlist }},
	{"weights_version", false, func(_ *finding.Case, s *finding.Summary) string { return s.Versions.Weights }},
	{"changes_version", false, func(_ *finding.Case, s *finding.Summary) string { return s.Versions.Changes }},
}

// of is a column that the case alone decides.
func of(value func(*finding.Case) string) func(*finding.Case, *finding.Summary) string {
	return func(c *finding.Case, _ *finding.Summary) string { return value(c) }
}

// writeCSV writes a header and a row per case, in UTF-8 without a byte
// order mark. Nothing is cut.
func writeCSV(w io.Writer, r *finding.Result, _ Options) error {
	out := csv.NewWriter(w)
	row := make([]string, len(csvColumns))
	for i, c := range csvColumns {
		row[i] = c.name
	}
	_ = out.Write(row) // the first error stays until Flush
	for i := range r.Cases {
		for j, c := range csvColumns {
			row[j] = c.value(&r.Cases[i], &r.Summary)
			if !c.number {
				row[j] = csvCell(row[j])
			}
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// plainNumber is what a spreadsheet reads as a number and not as a formula.
var plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// formula matches where a cell's formula could begin: at its start, and after
// a semicolon, which parts cells wherever the decimal sign is a comma. Spaces
// before it do not matter. Full-width forms of the signs count as the signs.
var formula = regexp.MustCompile(`(^|;)( *[=+\-@＝＋－＠])`)

// csvCell is text that a spreadsheet shows and does not run: what could begin
// a formula gets an apostrophe before it, and control characters, line breaks
// among them, become visible escapes.
//
// See https://owasp.org/www-community/attacks/CSV_Injection.
func csvCell(s string) string {
	if plainNumber.MatchString(s) {
		return s
	}
	return formula.ReplaceAllString(term.Sanitize(s), "${1}'${2}")
}

func csvTime(t *time.Time) string {
	if at := stamp(t); at != nil {
		return *at
	}
	return ""
}

func csvDetectionTypes(c *finding.Case) string {
	return joined(c.Branches, func(b finding.Branch) string { return b.DetectionType })
}

func csvTechniques(c *finding.Case) string {
	return distinct(c.Branches, func(b finding.Branch) string { return b.Technique })
}

func csvMissing(c *finding.Case) string {
	return joined(c.Missing, func(m finding.Missing) string { return m.Kind })
}

// csvReasons is "base of W01 +35, started by an Office program +25": text
// first, because a cell must not begin with a plus sign.
func csvReasons(c *finding.Case) string {
	return joined(c.Reasons, func(r finding.Reason) string { return fmt.Sprintf("%s %+d", r.Text, r.Points) })
}

// csvAllowlist is "helper (down-rank -10)".
func csvAllowlist(c *finding.Case) string {
	return joined(c.Allowlist, func(a finding.Applied) string {
		if a.Points == 0 {
			return fmt.Sprintf("%s (%s)", a.Entry, a.Action)
		}
		return fmt.Sprintf("%s (%s %d)", a.Entry, a.Action, a.Points)
	})
}

// csvFiles are the files that the evidence was read from, each once.
func csvFiles(c *finding.Case) string {
	return distinct(c.Evidence, func(e finding.Event) string { return e.Source.File })
}

func joined[T any](list []T, text func(T) string) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = text(v)
	}
	return strings.Join(parts, ", ")
}

// distinct is joined with each text once, where it comes first.
func distinct[T any](list []T, text func(T) string) string {
	seen := map[string]bool{}
	var parts []string
	for _, v := range list {
		if t := text(v); !seen[t] {
			seen[t] = true
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, ", ")
}
