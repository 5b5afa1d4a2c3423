package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smew/internal/finding"
)

func TestNew(t *testing.T) {
	_, err := New("xm\x1bl")
	want := `no format "xm\\x1bl": want table, json, ndjson, csv, markdown`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// broken is a destination that has room for a few bytes only.
type broken struct{ room int }

var errFull = errors.New("no space left")

func (b *broken) Write(p []byte) (int, error) {
	if len(p) > b.room {
		return b.room, errFull
	}
	b.room -= len(p)
	return len(p), nil
}

func TestErrorOfTheDestinationIsReturned(t *testing.T) {
	r := fixture()
	for range 50 { // more than a buffer holds
		r.Cases = append(r.Cases, fixtureCases()...)
	}
	for _, format := range Formats() {
		for _, room := range []int{0, 5000} {
			writer, err := New(format)
			if err != nil {
				t.Fatal(err)
			}
			if err := writer(&broken{room}, r, Options{}); !errors.Is(err, errFull) {
				t.Errorf("%s, room for %d bytes: %v", format, room, err)
			}
			rows, _ := NewRows(format, &broken{room}, []string{"a"}, Options{})
			for i := 0; i < 5000 && err == nil; i++ {
				err = rows.Write([]any{"some text"})
			}
			if err == nil {
				err = rows.Close()
			}
			if !errors.Is(err, errFull) {
				t.Errorf("rows as %s, room for %d bytes: %v", format, room, err)
			}
		}
	}
	if err := Summary(&broken{}, &r.Summary, Options{}); !errors.Is(err, errFull) {
		t.Errorf("summary: %v", err)
	}
}

func TestSummaryIsThePartUnderTheTable(t *testing.T) {
	var b bytes.Buffer
	s := fixtureSummary()
	if err := Summary(&b, &s, Options{}); err != nil {
		t.Fatal(err)
	}
	_, under, _ := strings.Cut(string(write(t, "table", fixture(), Options{})), "─\n")
	if diff := cmp.Diff(under, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestVerdict(t *testing.T) {
	seen := []finding.Table{{Name: "A", Events: 1000}, {Name: "B", Events: 1}, {Name: "C"}}
	since := at("2026-09-20T00:00:00Z")
	tests := []struct {
		name    string
		summary finding.Summary
		opts    Options
		want    verdict
	}{
		{"nothing read", finding.Summary{}, Options{}, verdict{found: "Nothing was looked at: there are no events"}},
		{
			"nothing in the window",
			finding.Summary{Window: finding.Window{Since: &since}, Tables: []finding.Table{{Name: "A", Outside: 5}}},
			Options{},
			verdict{found: "Nothing was looked at: there are no events in the window"},
		},
		{
			"nothing found",
			finding.Summary{Tables: seen, Counts: finding.Counts{Devices: 1}},
			Options{},
			verdict{found: "Nothing found in 1,001 events of 2 tables on 1 device"},
		},
		{
			"all suppressed",
			finding.Summary{Tables: seen, Counts: finding.Counts{Devices: 1, Total: 2, Suppressed: 2}},
			Options{},
			verdict{
				found: "Nothing found that the allowlist does not suppress, in 1,001 events of 2 tables on 1 device",
				out:   []string{"2 suppressed by the allowlist"},
			},
		},
		{
			"suppressed ones shown",
			finding.Summary{Tables: seen, Counts: finding.Counts{Suppressed: 2, BySeverity: map[finding.Severity]int64{finding.Low: 1}}},
			Options{ShowSuppressed: true},
			verdict{found: "1 case: 0 high, 0 medium, 1 low, 0 informational"},
		},
		{
			"blind",
			finding.Summary{
				Tables: seen, Counts: finding.Counts{Rejected: 1},
				NotRun: []finding.BranchSkipped{
					{Name: "W01", Files: []string{"a"}},
					{Name: "W01", Files: []string{"b"}},
					{Name: "W02"},
					{Name: "W02", Files: []string{"a"}},
					{Name: "W03"},
				},
				Skipped: []finding.Skipped{{File: "x"}, {File: "y"}, {File: "empty", Harmless: true}},
			},
			Options{},
			verdict{
				found: "Nothing found in 1,001 events of 2 tables on 0 devices",
				blind: []string{"2 branches could not run", "1 branch could not run over everything", "1 row rejected", "2 files skipped"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, judge(&tt.summary, tt.opts), cmp.AllowUnexported(verdict{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLongListsSayHowMuchIsMissing(t *testing.T) {
	s := fixtureSummary()
	s.Rejected, s.Skipped, s.Notes, s.NotRun, s.Suppressed, s.Expired = nil, nil, nil, nil, nil, nil
	for i := range 1234 {
		name := fmt.Sprintf("f%04d", i)
		s.Rejected = append(s.Rejected, finding.Rejected{File: name, Reason: "r", Rows: 1})
		s.Skipped = append(s.Skipped, finding.Skipped{File: name, Reason: "r"})
		s.Notes = append(s.Notes, name)
		s.NotRun = append(s.NotRun, finding.BranchSkipped{Name: name, Reason: name, Files: []string{"a", "b", "c", "d", "e", "f", "g", "h"}})
		s.Suppressed = append(s.Suppressed, finding.EntryCount{Entry: name, BuiltIn: true})
		s.Expired = append(s.Expired, name)
	}
	r := &finding.Result{Summary: s}
	for format, want := range map[string]string{
		"table":    "and 1,224 more (use --format json)",
		"markdown": "and 1,184 more (use --format json)",
	} {
		text := string(write(t, format, r, Options{}))
		if n := strings.Count(text, want); n < 5 {
			t.Errorf("%s says %q %d times", format, want, n)
		}
		if !strings.Contains(text, "a, b, c, d, e, f and 2 more") {
			t.Errorf("%s does not cut the files of a branch", format)
		}
	}
	if text := string(write(t, "table", r, Options{})); !strings.Contains(text, "f0005 and 1,228 more") {
		t.Error("table does not count the expired entries")
	}
	if text := string(write(t, "json", r, Options{})); !strings.Contains(text, "f1233") {
		t.Error("json leaves entries out")
	}
}

// The user's own entries and tickets come before those of smew, and are never cut off.
func TestOwnEntriesComeFirst(t *testing.T) {
	s := fixtureSummary()
	s.Suppressed = nil
	for i := range 60 {
		s.Suppressed = append(s.Suppressed, finding.EntryCount{Entry: fmt.Sprintf("builtin%02d", i), BuiltIn: true, Action: "suppress"})
	}
	for i := range 55 {
		s.Suppressed = append(s.Suppressed, finding.EntryCount{Entry: fmt.Sprintf("CHG%02d", i), Action: "none"})
	}
	s.Suppressed = append(s.Suppressed, finding.EntryCount{Entry: "ours", Action: "down-rank"})
	r := &finding.Result{Summary: s}
	for _, format := range []string{"table", "markdown"} {
		text := string(write(t, format, r, Options{}))
		places := []int{strings.Index(text, "lowered by ours"), strings.Index(text, "by CHG00"), strings.Index(text, "by CHG54"), strings.Index(text, "and 60 more")}
		if slices.Min(places) < 0 || !slices.IsSorted(places) {
			t.Errorf("%s: order %v in\n%s", format, places, text)
		}
	}
}

// What is folded into a case is told below it, and among what is not shown; programs get
// every case by itself and are told nothing of it.
func TestAFloodIsFolded(t *testing.T) {
	r := fixture()
	r.Cases[1].Alike = &finding.Alike{Cases: 1241, First: at("2026-09-19T08:00:00Z"), Last: at("2026-09-19T09:30:00Z")}
	r.Summary.Counts.Folded = 1241
	const want = "and 1,241 more like these on this device, 2026-09-19 08:00:00 to 2026-09-19 09:30:00: --format json has them, or smew explain"
	for format, told := range map[string]int{"table": 1, "markdown": 1, "json": 0, "ndjson": 0, "csv": 0} {
		text := strings.Join(strings.Fields(string(write(t, format, r, Options{}))), " ")
		if strings.Count(text, want) != told || strings.Count(text, "1,241 like others that are shown") != told {
			t.Errorf("%s:\n%s", format, text)
		}
	}
}

// The label stands before what is said of who did it, though nobody is known.
func TestWhoDidItHasItsLabel(t *testing.T) {
	c := remoteCase()
	c.Evidence[1].InitiatingProcessFileName, c.Evidence[1].InitiatingProcessNote = "", "unknown: the event does not say which process"
	text := string(explained(t, "table", &c, Options{}))
	for _, want := range []string{"\n      by    unknown: the event does not say which process\n", "\n            from its start, by GUID\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// A file is opened by its path, so no part of that is left out.
func TestAFilesPathIsNotCut(t *testing.T) {
	file := "exports/" + strings.Repeat("resourceId=subscriptions/", 20) + "PT1H.json"
	c := fixtureCases()[0]
	c.Evidence[0].Source.File, c.Related[0].Source.File = file, file
	for _, format := range []string{"table", "markdown"} {
		text := string(explained(t, format, &c, Options{}))
		if n := strings.Count(strings.NewReplacer("\n", "", " ", "").Replace(text), file); n != 2 {
			t.Errorf("%s has the path %d times:\n%s", format, n, text)
		}
	}
}

func TestCaseSaysWhatTheAllowlistDid(t *testing.T) {
	tests := []struct {
		action string
		points int
		want   string
	}{
		{"suppress", -40, "    hid  allowlist msi: installers install services (soc)\n"},
		{"down-rank", -10, "    less allowlist msi: installers install services (soc)\n"},
		{"down-rank", 0, "    same allowlist msi: matches 1 of the case's 3 events\n"},
		{"pierced", 0, "    kept in spite of msi: installers install services (soc)\n"},
		{"change", -25, "    less ticket msi: installers install services (soc)\n"},
		{"change", 0, "    same ticket msi: matches 1 of the case's 3 events\n"},
		{"tag", 0, "    tag  allowlist msi: installers install services (soc)\n"},
	}
	for _, tt := range tests {
		c := bareCase()
		c.Suppressed = tt.action == "suppress"
		c.Allowlist = []finding.Applied{{Entry: "msi", Action: tt.action, Points: tt.points, Reason: "installers install services", Owner: "soc"}}
		if tt.points == 0 {
			c.Allowlist[0].Note = "matches 1 of the case's 3 events"
		}
		r := &finding.Result{Cases: []finding.Case{c}}
		if got := string(write(t, "table", r, Options{ShowSuppressed: true})); !strings.Contains(got, tt.want) {
			t.Errorf("no %q in\n%s", tt.want, got)
		}
		got := string(write(t, "markdown", r, Options{ShowSuppressed: true}))
		if strings.Contains(got, "(suppressed)") != c.Suppressed {
			t.Errorf("%s: marked wrongly in\n%s", tt.action, got)
		}
	}
}

// However many entries there are, those that hide something come first.
func TestEntriesThatHideComeFirst(t *testing.T) {
	s := finding.Summary{Suppressed: []finding.EntryCount{
		{Entry: "e1", Action: "tag", Cases: 1, Events: 1, Reason: "r"},
		{Entry: "e2", Action: "new", Cases: 1, Events: 2, Reason: "r"},
		{Entry: "e3", Action: "down-rank", Cases: 1, Events: 3, Reason: "r", Owner: "soc"},
		{Entry: "e4", Action: "pierced", Cases: 1, Events: 4, Reason: "r", Expires: "2027-01-01"},
		{Entry: "e5", Action: "suppress", Cases: 1, Events: 5, Reason: "r", Owner: "soc", Expires: "2027-01-01"},
		{Entry: "CHG1", Action: "change", Cases: 3, Events: 7, Reason: "r"},
	}}
	want := `Allowlist and change tickets
  1 case, 5 events suppressed by e5 (soc, until 2027-01-01): r
  1 case, 4 events kept in spite of e4 (until 2027-01-01): r
  1 case, 3 events lowered by e3 (soc): r
  3 cases, 7 events lowered by ticket CHG1: r
  1 case, 1 event tagged by e1: r
  1 case, 2 events new by e2: r
`
	var b bytes.Buffer
	if err := Summary(&b, &s, Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), want) {
		t.Errorf("want\n%s in\n%s", want, b.String())
	}
}

func TestActor(t *testing.T) {
	tests := []struct{ account, program, command, want string }{
		{"", "", "", ""},
		{`C\a`, "", "", `C\a`},
		{"", "sc.exe", "", "sc.exe"},
		{`C\a`, "sc.exe", "SC.EXE", `C\a, sc.exe`},
		{`C\a`, "sc.exe", "sc query", `C\a, sc.exe: sc query`},
		{"", "", "sc query", "sc query"},
	}
	for _, tt := range tests {
		e := finding.Event{Account: tt.account, InitiatingProcessFileName: tt.program, InitiatingProcessCommandLine: tt.command}
		if got := actor(&e); got != tt.want {
			t.Errorf("actor(%q, %q, %q) = %q, want %q", tt.account, tt.program, tt.command, got, tt.want)
		}
	}
}

func TestNDJSONEndsInTheSummary(t *testing.T) {
	lines := bytes.Split(bytes.TrimSpace(write(t, "ndjson", fixture(), Options{})), []byte("\n"))
	var types []string
	for _, line := range lines {
		var v struct{ Type string }
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		types = append(types, v.Type)
	}
	if diff := cmp.Diff([]string{"case", "case", "case", "summary"}, types); diff != "" {
		t.Error(diff)
	}
}

// fillCase makes empty lists of a case's nulls.
func fillCase(c *finding.Case) {
	c.Branches, c.Seen, c.Missing, c.Allowlist = orEmpty(c.Branches), orEmpty(c.Seen), orEmpty(c.Missing), orEmpty(c.Allowlist)
	c.Evidence, c.Related, c.Reasons, c.Fleet.Names = orEmpty(c.Evidence), orEmpty(c.Related), orEmpty(c.Reasons), orEmpty(c.Fleet.Names)
	for i := range c.Reasons {
		c.Reasons[i].Events = orEmpty(c.Reasons[i].Events)
	}
	for i := range c.Evidence {
		e := &c.Evidence[i]
		e.Branches, e.Reasons, e.Allowlist = orEmpty(e.Branches), orEmpty(e.Reasons), orEmpty(e.Allowlist)
	}
}

// The JSON form decodes into the domain types without loss.
func TestJSONRoundTrip(t *testing.T) {
	var got finding.Result
	if err := json.Unmarshal(write(t, "json", fixture(), Options{}), &got); err != nil {
		t.Fatal(err)
	}
	want := fixture()
	for i := range want.Cases {
		fillCase(&want.Cases[i])
	}
	for i := range want.Summary.Tables {
		want.Summary.Tables[i].GapDays = orEmpty(want.Summary.Tables[i].GapDays)
	}
	want.Summary.NotRun[1].Files = []string{}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Error(diff)
	}
}

func TestTimes(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	tests := []struct {
		in       time.Time
		programs string
		people   string
	}{
		{at("2026-09-20T10:11:12Z"), "2026-09-20T10:11:12.0000000Z", "2026-09-20 10:11:12"},
		{at("2026-09-20T10:11:12.9999999Z"), "2026-09-20T10:11:12.9999999Z", "2026-09-20 10:11:12"},
		{at("2026-09-20T10:11:12.123456789Z"), "2026-09-20T10:11:12.123456789Z", "2026-09-20 10:11:12"},
		{at("2026-09-20T10:11:12Z").In(zone), "2026-09-20T10:11:12.0000000Z", "2026-09-20 10:11:12"},
		{time.Time{}, "0001-01-01T00:00:00.0000000Z", "(no time)"},
	}
	for _, tt := range tests {
		if got := forPrograms(tt.in); got != tt.programs {
			t.Errorf("forPrograms(%v) = %s, want %s", tt.in, got, tt.programs)
		}
		if got := forPeople(tt.in); got != tt.people {
			t.Errorf("forPeople(%v) = %s, want %s", tt.in, got, tt.people)
		}
	}
}

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -100: "-100", -1000: "-1,000"} {
		if got := number(n); got != want {
			t.Errorf("number(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestRegistryValue(t *testing.T) {
	tests := []struct {
		key, name, data, want string
	}{
		{"", "", "", ""},
		{`HKLM\S\Services\X`, "Start", "2", `…\Services\X\Start = 2`},
		{`HKLM\S\Services\X`, "", "", `…\Services\X`},
		{`X`, "Start", "", `X\Start`},
		{"", "Start", "2", `\Start = 2`},
	}
	for _, tt := range tests {
		e := finding.Event{RegistryKey: tt.key, RegistryValueName: tt.name, RegistryValueData: tt.data}
		if got := registryValue(&e); got != tt.want {
			t.Errorf("registryValue(%q, %q, %q) = %q, want %q", tt.key, tt.name, tt.data, got, tt.want)
		}
	}
}
