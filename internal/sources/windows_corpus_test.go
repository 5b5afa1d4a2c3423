package sources

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"smew/internal/source"
)

// labelled is one record of ../shared/corpus/truth.tsv.
type labelled struct {
	file, host, kind, detail string
	record                   int64 // a line of JSON, the number of an event in EVTX
	time                     string
}

// windowsTelemetry says what the kinds of truth.tsv are called in rows.
var windowsTelemetry = map[string][]string{
	"PROC":    {"Sysmon 1", "Security 4688"},
	"REG13":   {"Sysmon 13"},
	"REG4657": {"Security 4657"},
	"SEC4697": {"Security 4697"},
	"SCM7045": {"System 7045"},
	"PS800":   {"PowerShell 800"},
	"PS4104":  {"PowerShell 4104"},
}

var windowsDigits = regexp.MustCompile(`\d+`)

// windowsTruth reads the labelled records of the Windows recordings.
func windowsTruth(t *testing.T) (dir string, list []labelled) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "truth.tsv"))
	if err != nil {
		t.Skip("no recordings: ../shared/corpus is not beside the repository")
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		if !strings.HasPrefix(row[0], "otrf/") && !strings.HasPrefix(row[0], "evtx_") {
			continue
		}
		l := labelled{file: row[0], time: row[2], host: row[3], kind: row[4], detail: row[7]}
		if l.record, err = strconv.ParseInt(windowsDigits.FindString(row[1]), 10, 64); err != nil {
			t.Fatal(err)
		}
		list = append(list, l)
	}
	return dir, list
}

// TestWindowsCorpus looks up every labelled record of the recordings and compares
// key, value, service and command with the label's own words.
func TestWindowsCorpus(t *testing.T) {
	dir, truth := windowsTruth(t)
	got := loadFiles(t, filepath.Join(dir, "otrf"), filepath.Join(dir, "evtx_mdecrevoisier"), filepath.Join(dir, "evtx_omerbenamram"))
	for _, r := range got.account.Rejected {
		t.Errorf("%s: %d rejected: %s", r.File, r.Rows, r.Reason)
	}
	for _, s := range got.account.Skipped {
		t.Errorf("%s: skipped: %s", s.File, s.Reason)
	}
	type place struct {
		file   string
		record int64
	}
	logs := map[string]bool{}
	for _, f := range got.files {
		logs[f.Name] = f.Format == source.EVTX
	}
	rows := map[place][]row{}
	for _, row := range got.rows {
		at := place{row.file, row.record}
		if logs[row.file] {
			at.record, _ = strconv.ParseInt(row.values["ReportId"], 10, 64)
		}
		rows[at] = append(rows[at], row)
	}
	found := 0
	for _, l := range truth {
		file := filepath.Join(dir, filepath.FromSlash(l.file))
		var match *row
		for _, row := range rows[place{file, l.record}] {
			for _, kind := range windowsTelemetry[l.kind] {
				if row.values["Telemetry"] == kind {
					match = &row
				}
			}
		}
		if match == nil {
			t.Errorf("%s record %d: no row of %s: %v", l.file, l.record, l.kind, rows[place{file, l.record}])
			continue
		}
		found++
		if problem := l.compare(*match); problem != "" {
			t.Errorf("%s record %d (%s): %s\n%s\n%v", l.file, l.record, l.kind, problem, l.detail, match.values)
		}
	}
	if found == 0 {
		t.Fatal("not one labelled record was found")
	}
	t.Logf("%d of %d labelled records have their row", found, len(truth))
}

// compare says what differs between a label and the row. Labels cut long text off.
func (l labelled) compare(row row) string {
	v := row.values
	if v["DeviceName"] != l.host {
		return "device " + v["DeviceName"]
	}
	if problem := l.compareTime(v); problem != "" {
		return problem
	}
	single := func(s string) string { return strings.ReplaceAll(s, "%%", "%") }
	parts := strings.Split(l.detail, " | ")
	var fields map[string]string
	if err := json.Unmarshal([]byte(v["AdditionalFields"]), &anyFields{&fields}); err != nil && v["AdditionalFields"] != "" {
		return err.Error()
	}
	switch l.kind {
	case "PROC":
		parent := strings.SplitN(l.detail, " | parent=", 2)
		command := strings.SplitN(parent[0], " | ", 2)
		rest := strings.SplitN(parent[1], " | ", 2)
		switch {
		case !strings.EqualFold(v["FileName"], command[0]):
			return "FileName"
		case v["ProcessCommandLine"] != single(command[1]):
			return "ProcessCommandLine"
		case !strings.EqualFold(v["InitiatingProcessFileName"], strings.TrimSpace(rest[0])):
			return "InitiatingProcessFileName"
		case len(rest) > 1 && strings.TrimSpace(v["InitiatingProcessCommandLine"]) != strings.TrimSpace(single(rest[1])):
			return "InitiatingProcessCommandLine"
		}
	case "REG13":
		data := strings.Join(parts[1:len(parts)-2], " | ")
		switch {
		case v["RegistryKey"]+`\`+v["RegistryValueName"] != parts[0]:
			return "RegistryKey, RegistryValueName"
		case !strings.HasPrefix(v["RegistryValueData"], single(data)):
			return "RegistryValueData"
		case "by="+v["InitiatingProcessFileName"] != parts[len(parts)-2]:
			return "InitiatingProcessFileName"
		case v["ActionType"] != "RegistryValueSet":
			return "ActionType"
		}
	case "REG4657":
		if v["RegistryKey"] != parts[0] || v["RegistryValueName"]+"="+v["RegistryValueData"] != parts[1] || "by="+v["InitiatingProcessFileName"] != parts[2] {
			return "registry"
		}
	case "SEC4697", "SCM7045":
		for name, path := range map[string][]string{"ServiceName": {"ServiceName"}, "ImagePath": {"ImagePath", "ServiceFileName"}} {
			if want := jsonStart(l.detail, path...); !strings.HasPrefix(fields[name], want) || want == "" {
				return name + ": " + want
			}
		}
		if v["ActionType"] != "ServiceInstalled" || (fields["ServiceNameIsDisplayName"] == "true") != (l.kind == "SCM7045") {
			return "ActionType, ServiceNameIsDisplayName"
		}
	case "PS800":
		if want := jsonStart(l.detail, "Data"); fields["Command"] != want {
			return "Command: " + want
		}
	case "PS4104":
		if fields["Command"] != jsonStart(l.detail, "ScriptBlockText") || fields["ScriptBlockId"] != jsonStart(l.detail, "ScriptBlockId") {
			return "Command, ScriptBlockId"
		}
	}
	return ""
}

// compareTime holds the row to the label's time: UtcTime, or the log's own, which
// is in doubt where a shipper stamped it.
func (l labelled) compareTime(v map[string]string) string {
	text, kind, _ := strings.Cut(l.time, " (")
	want, err := time.Parse("2006-01-02 15:04:05.999999999", strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z"))
	if err != nil {
		return err.Error()
	}
	got, err := time.Parse("2006-01-02 15:04:05.999999999", v["Timestamp"])
	if err != nil {
		return err.Error()
	}
	allowed := 2 * time.Microsecond // labels are of a decoder that counts in fractions of seconds
	if kind == "" && strings.HasPrefix(v["Telemetry"], "Sysmon") {
		allowed = time.Second // the label has the log's time, the row UtcTime
	}
	if d := got.Sub(want).Abs(); d > allowed {
		return "Timestamp is off by " + d.String()
	}
	if doubt := v["TimestampNote"] != ""; doubt != strings.HasPrefix(kind, "as recorded") {
		return "TimestampNote " + v["TimestampNote"]
	}
	return ""
}

// jsonStart is the text of the first of the members in JSON that may be cut off;
// of a list it is the first item.
func jsonStart(text string, names ...string) string {
	for _, name := range names {
		at := strings.Index(text, `"`+name+`": `)
		if at < 0 {
			continue
		}
		rest := strings.TrimPrefix(text[at+len(name)+4:], "[")
		if !strings.HasPrefix(rest, `"`) {
			continue
		}
		for end := len(rest); end > 0; end-- {
			for _, close := range []string{"", `"`} {
				var s string
				if json.NewDecoder(strings.NewReader(rest[:end]+close)).Decode(&s) == nil {
					return s
				}
			}
		}
	}
	return ""
}

// anyFields reads an object's members as text.
type anyFields struct{ to *map[string]string }

// UnmarshalJSON implements [json.Unmarshaler].
func (f *anyFields) UnmarshalJSON(text []byte) error {
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	*f.to = map[string]string{}
	for name, value := range members {
		switch value := value.(type) {
		case string:
			(*f.to)[name] = value
		default:
			encoded, err := json.Marshal(value)
			if err != nil {
				return err
			}
			(*f.to)[name] = string(encoded)
		}
	}
	return nil
}
