package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

// csvColumns are the columns of a finding. Numbers are marked: they are ours
// and go out as they are, a minus sign included.
var csvColumns = []struct {
	name   string
	number bool
	value  func(f *finding.Finding) string
}{
	{"id", false, func(f *finding.Finding) string { return f.ID }},
	{"score", true, func(f *finding.Finding) string { return fmt.Sprint(f.Score) }},
	{"raw_score", true, func(f *finding.Finding) string { return fmt.Sprint(f.Raw) }},
	{"severity", false, func(f *finding.Finding) string { return string(f.Severity) }},
	{"title", false, func(f *finding.Finding) string { return f.Title }},
	{"timestamp", false, csvTime},
	{"device_name", false, func(f *finding.Finding) string { return f.DeviceName }},
	{"device_id", false, func(f *finding.Finding) string { return f.DeviceID }},
	{"account", false, func(f *finding.Finding) string { return f.Account }},
	{"table", false, func(f *finding.Finding) string { return f.Table }},
	{"report_id", true, csvReportID},
	{"action_type", false, func(f *finding.Finding) string { return f.ActionType }},
	{"branches", false, func(f *finding.Finding) string { return branchNames(f.Branches) }},
	{"detection_types", false, csvDetectionTypes},
	{"techniques", false, csvTechniques},
	{"reasons", false, csvReasons},
	{"service_name", false, func(f *finding.Finding) string { return f.ServiceName }},
	{"payload", false, func(f *finding.Finding) string { return f.Payload }},
	{"file_name", false, func(f *finding.Finding) string { return f.FileName }},
	{"folder_path", false, func(f *finding.Finding) string { return f.FolderPath }},
	{"process_command_line", false, func(f *finding.Finding) string { return f.ProcessCommandLine }},
	{"registry_key", false, func(f *finding.Finding) string { return f.RegistryKey }},
	{"registry_value_name", false, func(f *finding.Finding) string { return f.RegistryValueName }},
	{"registry_value_data", false, func(f *finding.Finding) string { return f.RegistryValueData }},
	{"initiating_process_file_name", false, func(f *finding.Finding) string { return f.InitiatingProcessFileName }},
	{"initiating_process_folder_path", false, func(f *finding.Finding) string { return f.InitiatingProcessFolderPath }},
	{"initiating_process_command_line", false, func(f *finding.Finding) string { return f.InitiatingProcessCommandLine }},
	{"suppressed", false, func(f *finding.Finding) string { return fmt.Sprint(f.Suppressed) }},
	{"allowlist", false, csvAllowlist},
	{"source_file", false, func(f *finding.Finding) string { return f.Source.File }},
	{"source_record", true, func(f *finding.Finding) string { return fmt.Sprint(f.Source.Record) }},
	{"source_copies", true, func(f *finding.Finding) string { return fmt.Sprint(f.Source.Copies) }},
	{"telemetry", false, telemetryText},
	{"timestamp_note", false, func(f *finding.Finding) string { return f.TimestampNote }},
	{"initiating_process_note", false, func(f *finding.Finding) string { return f.InitiatingProcessNote }},
}

// writeCSV writes a header and a row per finding, in UTF-8 without a byte
// order mark. Nothing is cut.
func writeCSV(w io.Writer, r *finding.Result, _ Options) error {
	out := csv.NewWriter(w)
	row := make([]string, len(csvColumns))
	for i, c := range csvColumns {
		row[i] = c.name
	}
	_ = out.Write(row) // the first error stays until Flush
	for i := range r.Findings {
		for j, c := range csvColumns {
			row[j] = c.value(&r.Findings[i])
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

func csvTime(f *finding.Finding) string {
	if at := stamp(&f.Timestamp); at != nil {
		return *at
	}
	return ""
}

func csvReportID(f *finding.Finding) string {
	if f.ReportID == nil {
		return ""
	}
	return fmt.Sprint(*f.ReportID)
}

func csvDetectionTypes(f *finding.Finding) string {
	return joined(f.Branches, func(b finding.Branch) string { return b.DetectionType })
}

func csvTechniques(f *finding.Finding) string {
	seen := map[string]bool{}
	var list []string
	for _, b := range f.Branches {
		if !seen[b.Technique] {
			seen[b.Technique] = true
			list = append(list, b.Technique)
		}
	}
	return strings.Join(list, ", ")
}

// csvReasons is "base of W01 +35, started by an Office program +25": text
// first, because a cell must not begin with a plus sign.
func csvReasons(f *finding.Finding) string {
	return joined(f.Reasons, func(r finding.Reason) string { return fmt.Sprintf("%s %+d", r.Text, r.Points) })
}

func csvAllowlist(f *finding.Finding) string {
	return joined(f.Allowlist, func(a finding.Applied) string { return fmt.Sprintf("%s (%s)", a.Entry, a.Action) })
}

func joined[T any](list []T, text func(T) string) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = text(v)
	}
	return strings.Join(parts, ", ")
}
