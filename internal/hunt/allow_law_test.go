package hunt_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smew/internal/allow"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/scenario"
	smewsql "smew/sql"
)

// someScenarios renders every n-th scenario as one kind of telemetry would record it.
func someScenarios(t testing.TB, telemetry string, n int) string {
	t.Helper()
	all, err := scenario.LoadAll(smewsql.Files, "fixtures", nil)
	if err != nil {
		t.Fatal(err)
	}
	var some []*scenario.Scenario
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	dir := t.TempDir()
	for _, f := range scenario.Render(telemetry, some).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// signedDriver is a driver that a vendor's installer registers and whose signature is
// recorded as it is loaded: what an entry may hide.
func signedDriver() []event {
	const image = `C:\Windows\System32\drivers\acme.sys`
	setup := []any{
		"InitiatingProcessFileName", "setup.exe", "InitiatingProcessFolderPath", `C:\Program Files\Acme\setup.exe`,
		"InitiatingProcessCommandLine", "setup.exe", "InitiatingProcessAccountName", "eve",
	}
	return []event{
		registry(1, "RegistryKey", services+"acme", "RegistryValueName", "ImagePath", "RegistryValueData", image).with(setup...),
		registry(2, "RegistryKey", services+"acme", "RegistryValueName", "Start", "RegistryValueData", "1", "RegistryValueType", "Dword").with(setup...),
		{
			"table": "DeviceEvents", "Timestamp": at(3), "ReportId": 3, "DeviceId": "id-pc1", "DeviceName": "pc1.corp.example", "ActionType": "DriverLoad",
			"FileName": "acme.sys", "FolderPath": image, "AdditionalFields": `{"Signature":"Acme Ltd","SignatureStatus":"Valid"}`,
		},
	}
}

// hiding is the entry that hides [signedDriver].
const hiding = `  - id: hide-acme
    class: installer
    match:
      initiating_process_path: 'C:\Program Files\Acme\**'
      payload_path: 'C:\Windows\System32\drivers\acme.sys'
      service_name: acme
      signer: Acme Ltd
    action: suppress
    reason: a test
    owner: tests
    created: 2026-11-01
    expires: 2027-02-01
`

// TestTheLawOfTheAllowlist: whatever the entries, no case goes, none changes its id or
// its evidence, none gains, none with a hard reason is hidden or loses a point, and what
// is shown and what is hidden are all there is.
func TestTheLawOfTheAllowlist(t *testing.T) {
	own := t.TempDir()
	stream(t, filepath.Join(own, "a.json"), signedDriver()...)
	req := hunt.Request{Branches: every(t), ShowSuppressed: true}
	result, e := runOn(t, req, someScenarios(t, "defender", 8), own)
	before := index(t, result.Cases)
	req.SQL, req.AsOf = smewsql.Files, asOf
	ctx := t.Context()
	again := func(t require, list *allow.List, all bool) []finding.Case {
		req.ShowSuppressed = all
		result, err := hunt.Again(ctx, e, req, list)
		if err != nil {
			t.Fatalf("%v", err)
		}
		return result.Cases
	}
	candidates := candidatesOf(result)
	hidden, lowered, pierced := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		list := drawEntries(rt, t, candidates)
		after := again(rt, list, true)
		for _, c := range after {
			was, ok := before[c.ID]
			if !ok {
				rt.Fatalf("the case %s is new: %s", c.ID, c.Title)
			}
			checkLaw(rt, was, c)
			switch {
			case c.Suppressed:
				hidden++
			case c.Raw < was.Raw:
				lowered++
			case len(c.Allowlist) > 0 && pierces(c):
				pierced++
			}
		}
		if len(after) != len(before) {
			rt.Errorf("%d cases, %d without entries", len(after), len(before))
		}
		shown := again(rt, list, false)
		for _, c := range shown {
			if c.Suppressed {
				rt.Errorf("%s is hidden and shown", c.Title)
			}
		}
		if n := count(after, func(c finding.Case) bool { return c.Suppressed }); len(shown)+n != len(after) {
			rt.Errorf("%d shown and %d hidden of %d", len(shown), n, len(after))
		}
	})
	if diff := cmp.Diff(before, index(t, again(t, &allow.List{}, true))); diff != "" {
		t.Errorf("without entries it is not as it was:\n%s", diff)
	}
	t.Logf("%d cases hidden, %d lowered, %d pierced", hidden, lowered, pierced)
	if hidden == 0 || lowered == 0 || pierced == 0 {
		t.Error("a law was not tried")
	}
}

// require is what a test and a property have in common.
type require interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// checkLaw compares a case with what it is without entries.
func checkLaw(t require, was, is finding.Case) {
	taken := 0
	for _, a := range is.Allowlist {
		taken -= a.Points
		if a.Points > 0 {
			t.Errorf("%s: entry %s adds %d", is.Title, a.Entry, a.Points)
		}
		if pierces(was) && a.Action != "pierced" && a.Action != "tag" {
			t.Errorf("%s has a hard reason and entry %s does %s", is.Title, a.Entry, a.Action)
		}
	}
	if pierces(was) && (is.Suppressed || is.Score != was.Score || is.Raw != was.Raw) {
		t.Errorf("%s has a hard reason and went from %d (%d) to %d (%d), hidden: %t", is.Title, was.Score, was.Raw, is.Score, is.Raw, is.Suppressed)
	}
	if taken > 40 || is.Raw != was.Raw-taken || is.Score > was.Score || is.Score < is.Floor {
		t.Errorf("%s: %d points taken, raw %d to %d, score %d to %d", is.Title, taken, was.Raw, is.Raw, was.Score, is.Score)
	}
	sum := 0
	for _, r := range is.Reasons {
		sum += r.Points
	}
	if sum != is.Raw {
		t.Errorf("%s: the reasons sum to %d, raw is %d", is.Title, sum, is.Raw)
	}
	if is.Suppressed && count(is.Evidence, func(e finding.Event) bool { return !e.Suppressed }) > 0 {
		t.Errorf("%s is hidden and has evidence that no entry covers", is.Title)
	}
	if diff := cmp.Diff(unchanged(was), unchanged(is)); diff != "" {
		t.Errorf("%s: an entry changes more than points:\n%s", is.Title, diff)
	}
}

// unchanged is what no entry may change of a case.
func unchanged(c finding.Case) finding.Case {
	c.Score, c.Raw, c.Severity, c.Suppressed, c.Allowlist = 0, 0, "", false, nil
	c.Reasons = slices.DeleteFunc(slices.Clone(c.Reasons), func(r finding.Reason) bool { return strings.HasPrefix(r.ID, "allowlist:") })
	c.Evidence = slices.Clone(c.Evidence)
	for i := range c.Evidence {
		c.Evidence[i].Suppressed, c.Evidence[i].Allowlist = false, nil
	}
	return c
}

func pierces(c finding.Case) bool {
	return slices.ContainsFunc(c.Reasons, func(r finding.Reason) bool { return r.Pierces })
}

func count[T any](list []T, is func(T) bool) int {
	n := 0
	for _, v := range list {
		if is(v) {
			n++
		}
	}
	return n
}

// index gives the cases by id; two of one are a failure.
func index(t testing.TB, cases []finding.Case) map[string]finding.Case {
	t.Helper()
	list := map[string]finding.Case{}
	for _, c := range cases {
		if _, twice := list[c.ID]; twice {
			t.Errorf("two cases have the id %s", c.ID)
		}
		list[c.ID] = c
	}
	return list
}

// candidate is what an entry could say of an event.
type candidate struct{ client, payload, service, account, command, device string }

func candidatesOf(result *finding.Result) []candidate {
	var list []candidate
	for _, c := range result.Cases {
		for _, e := range c.Evidence {
			list = append(list, candidate{c.Client, c.PayloadPath, c.ServiceName, e.Account, e.ProcessCommandLine, c.DeviceName})
		}
	}
	return list
}

// drawEntries makes some entries of what is there, as wide as the rules allow and
// wider: those that the rules refuse are left out.
func drawEntries(rt *rapid.T, t testing.TB, candidates []candidate) *allow.List {
	var all *allow.List
	n := rapid.IntRange(1, 12).Draw(rt, "entries")
	for i := range n {
		c := candidates[rapid.IntRange(0, len(candidates)-1).Draw(rt, "of")]
		path := filepath.Join(t.TempDir(), "own.yaml")
		text := "entries:\n" + drawEntry(rt, i, c)
		if i == 0 && rapid.Bool().Draw(rt, "hides") {
			text = "entries:\n" + hiding
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := allow.Load(nil, "", []string{path})
		switch {
		case err != nil:
		case all == nil:
			all = list
		default:
			all.Entries = append(all.Entries, list.Entries...)
		}
	}
	if all == nil {
		all = &allow.List{}
	}
	return all
}

func drawEntry(rt *rapid.T, i int, c candidate) string {
	var match []string
	add := func(key, value string, wide ...string) {
		if value != "" && !strings.ContainsAny(value, "*\n'") && rapid.IntRange(0, 2).Draw(rt, key) > 0 {
			value = rapid.SampledFrom(append(wide, value, value)).Draw(rt, "as")
			match = append(match, fmt.Sprintf("      %s: '%s'\n", key, value))
		}
	}
	add("initiating_process_path", c.client, folderOf(c.client)+`**`)
	add("payload_path", c.payload, folderOf(c.payload)+`**`)
	add("service_name", c.service, "*")
	add("account", c.account)
	add("process_command", c.command, "**")
	if len(match) == 0 {
		match = []string{"      service_name: '*'\n"}
	}
	action := rapid.SampledFrom([]string{"down-rank 40", "down-rank 40", "down-rank 7", "tag", "suppress"}).Draw(rt, "action")
	return fmt.Sprintf("  - id: entry-%d\n    class: %s\n    match:\n%s    action: %s\n    reason: a test\n    owner: tests\n    created: 2026-11-01\n    expires: 2027-02-01\n",
		i, rapid.SampledFrom([]string{"installer", "developer", "administrator"}).Draw(rt, "class"), strings.Join(match, ""), action)
}

func folderOf(path string) string { return path[:strings.LastIndexAny(path, `\/`)+1] }
