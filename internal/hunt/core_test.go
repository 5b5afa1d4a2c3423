package hunt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/branch"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/reference"
	smewsql "smew/sql"
)

// core is one of the branches that come with smew.
func core(t testing.TB, id string) []branch.Branch {
	t.Helper()
	branches, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	if branches, err = branch.Select(branches, []string{id}, ""); err != nil {
		t.Fatal(err)
	}
	return branches
}

// on is a device as an event names it.
func on(device string) []any {
	return []any{"DeviceId", "id-" + device, "DeviceName", device + ".corp.example"}
}

// installed is a service that the service manager says was installed.
func installed(report int, device, service, image string) event {
	fields, _ := json.Marshal(map[string]string{"ServiceName": service, "ImagePath": image})
	return event{
		"table": "DeviceEvents", "Timestamp": at(report), "ReportId": report, "ActionType": "ServiceInstalled",
		"FolderPath": image, "AdditionalFields": string(fields), "InitiatingProcessFileName": "services.exe",
		"InitiatingProcessFolderPath": `C:\Windows\System32\services.exe`, "InitiatingProcessAccountName": "ada",
	}.with(on(device)...)
}

// reasonsOf are those of an event's reasons that are among these, sorted.
func reasonsOf(e finding.Event, among ...string) []string {
	list := []string{}
	for _, id := range e.Reasons {
		if slices.Contains(among, id) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// TestRemoteAccessIsToldOfWhereItIsRare: on fewer than three devices and on less than
// one in twenty of those with an install, of which there must be twenty.
func TestRemoteAccessIsToldOfWhereItIsRare(t *testing.T) {
	for _, c := range []struct {
		devices, with int
		want          int
	}{
		{41, 1, 1},
		{41, 2, 2},
		{40, 2, 0}, // one in twenty is not less
		{21, 1, 1},
		{19, 1, 0}, // too few to tell
		{60, 3, 0},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.with, c.devices), func(t *testing.T) {
			dir := t.TempDir()
			var rows []event
			for i := range c.devices {
				device := fmt.Sprintf("pc%d", i)
				rows = append(rows, installed(2*i+1, device, "Agent", `C:\Program Files\Vendor\agent.exe`))
				if i < c.with {
					rows = append(rows, installed(2*i+2, device, "Help Desk", `C:\Program Files (x86)\AnyDesk\AnyDesk.exe`))
				}
			}
			stream(t, filepath.Join(dir, "a.json"), rows...)
			found := events(t, run(t, hunt.Request{Branches: core(t, "W09")}, dir))
			if len(found) != c.want {
				t.Errorf("%d events, want %d", len(found), c.want)
			}
			for _, e := range found {
				if diff := cmp.Diff([]string{"rmm"}, reasonsOf(e, "rmm", "tool_dual_use", "tool_malware")); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// TestBothSidesOfARemoteServiceArePaired: the command on one machine, the install on
// the one that it names, within a minute.
func TestBothSidesOfARemoteServiceArePaired(t *testing.T) {
	const image = `C:\Program Files\Vendor\agent.exe`
	told := process(1, "ProcessCommandLine", `sc.exe \\pc2 create Upkeep binPath= "`+image+`"`)
	for _, c := range []struct {
		name   string
		target event
		want   map[int64][]string
	}{
		{"the same service there", installed(3, "pc2", "Upkeep", image), map[int64][]string{1: {"remote_pair"}, 3: {"remote_install", "remote_pair"}}},
		{"in other letters", installed(3, "PC2", "UPKEEP", image), map[int64][]string{1: {"remote_pair"}, 3: {"remote_install", "remote_pair"}}},
		{"another service", installed(3, "pc2", "Other", image), map[int64][]string{1: {}}},
		{"another machine", installed(3, "pc3", "Upkeep", image), map[int64][]string{1: {}}},
		{"two minutes later", installed(121, "pc2", "Upkeep", image), map[int64][]string{1: {}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			stream(t, filepath.Join(dir, "a.json"), told, c.target)
			got := map[int64][]string{}
			for _, e := range events(t, run(t, hunt.Request{Branches: core(t, "W08")}, dir)) {
				got[*e.ReportID] = reasonsOf(e, "remote_pair", "remote_install")
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	// An address may be any machine's.
	t.Run("by its address", func(t *testing.T) {
		dir := t.TempDir()
		stream(t, filepath.Join(dir, "a.json"),
			process(1, "ProcessCommandLine", `sc.exe \\10.0.0.2 create Upkeep binPath= "`+image+`"`), installed(3, "pc2", "Upkeep", image))
		if got := reports(run(t, hunt.Request{Branches: core(t, "W08")}, dir)); !slices.Equal(got, []int64{1, 3}) {
			t.Errorf("found %v", got)
		}
	})
}

// TestADriverOnAListIsFoundByItsHash, wherever it lies and whoever brings it: as it is
// loaded, and as its file is written.
func TestADriverOnAListIsFoundByItsHash(t *testing.T) {
	const (
		sha256 = "3f2a9c1be0d84b75a6c1f0e2d93b8a4751c6e7f80912a3b4c5d6e7f8091a2b3c"
		sha1   = "a6c1f0e2d93b8a4751c6e7f80912a3b4c5d6e7f8"
		other  = "0000000000000000000000000000000000000000000000000000000000000000"
		folder = `C:\Windows\System32\drivers\`
	)
	drivers := filepath.Join(t.TempDir(), "drivers.json")
	list := `[{"Tags":["old.sys"],"KnownVulnerableSamples":[{"Filename":"old.sys","SHA256":"` + sha256 + `","SHA1":"` + sha1 + `"}]}]`
	if err := os.WriteFile(drivers, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := reference.Overlay(smewsql.Files, nil, drivers)
	if err != nil {
		t.Fatal(err)
	}
	driver := func(report int, table, action, name string, pairs ...any) event {
		return event{
			"table": table, "Timestamp": at(report), "ReportId": report, "DeviceId": "id-pc1", "DeviceName": "pc1.corp.example", "ActionType": action,
			"FileName": name, "FolderPath": folder + name, "InitiatingProcessFileName": "msiexec.exe", "InitiatingProcessFolderPath": `C:\Windows\System32\msiexec.exe`,
		}.with(pairs...)
	}
	dir := t.TempDir()
	stream(t, filepath.Join(dir, "a.json"),
		driver(1, "DeviceEvents", "DriverLoad", "ours.sys", "SHA256", sha256),
		driver(2, "DeviceEvents", "DriverLoad", "ours.sys", "SHA256", other),
		driver(3, "DeviceFileEvents", "FileCreated", "ours.sys", "SHA1", sha1),
		driver(4, "DeviceFileEvents", "FileCreated", "old.sys", "SHA256", other),
		driver(5, "DeviceFileEvents", "FileCreated", "ours.dll", "SHA256", sha256),
	)
	result := run(t, hunt.Request{Branches: core(t, "W14"), SQL: files}, dir)
	if diff := cmp.Diff([]int64{1, 3}, reports(result)); diff != "" {
		t.Error(diff)
	}
	for _, e := range events(t, result) {
		c := caseOf(t, result, e.ID)
		if diff := cmp.Diff([]string{"loldrivers_hash"}, reasonsOf(e, "loldrivers_hash")); diff != "" || c.Score < 60 {
			t.Errorf("score %d: %s", c.Score, diff)
		}
	}
	if got := reports(run(t, hunt.Request{Branches: core(t, "W14")}, dir)); len(got) > 0 {
		t.Errorf("without the list: %v", got)
	}
}

// TestAToolsOwnWayOfWorkingIsNoEvidence: that PsExec's service comes over the network and
// is gone in seconds says little while it is called so and lies where PsExec puts it, and
// a lot otherwise.
func TestAToolsOwnWayOfWorkingIsNoEvidence(t *testing.T) {
	for _, c := range []struct {
		name, service, image string
		high                 bool
	}{
		{"PsExec", "PSEXESVC", `C:\Windows\PSEXESVC.exe`, false},
		{"its program elsewhere", "PSEXESVC", `C:\Windows\Help\PSEXESVC.exe`, true},
		{"its service by another name", "Upkeep", `C:\Windows\PSEXESVC.exe`, true},
		{"another program by its name", "PSEXESVC", `C:\Windows\upkeep.exe`, true},
		{"both by another name", "Upkeep", `C:\Windows\upkeep.exe`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			fields, _ := json.Marshal(map[string]string{"ServiceName": c.service, "ImagePath": c.image, "ClientProcessId": "0"})
			byManager := []any{"InitiatingProcessFileName", "services.exe", "InitiatingProcessFolderPath", `C:\Windows\System32\services.exe`}
			dir := t.TempDir()
			stream(t, filepath.Join(dir, "a.json"),
				installed(1, "pc1", c.service, c.image).with("AdditionalFields", string(fields)),
				process(2, append(byManager, "FileName", c.image[strings.LastIndex(c.image, `\`)+1:], "FolderPath", c.image, "ProcessCommandLine", c.image)...),
				registry(20, append(byManager, "RegistryKey", services+c.service, "RegistryValueName", "Start", "RegistryValueType", "Dword", "RegistryValueData", "4")...),
			)
			branches := slices.Concat(core(t, "W05"), core(t, "W09"), core(t, "W16"))
			best := 0
			for _, found := range run(t, hunt.Request{Branches: branches}, dir).Cases {
				best = max(best, found.Score)
			}
			if got := best >= 60; got != c.high || best < 40 {
				t.Errorf("score %d", best)
			}
		})
	}
}
