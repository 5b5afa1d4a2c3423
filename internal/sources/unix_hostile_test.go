package sources

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUnixHostile puts hostile text into the samples' values, breaks them in many
// ways at random places, and reads them all: nothing may fail, and every record must
// be a row, rejected or counted as another kind of event. The seed is fixed, so a
// failure comes again.
func TestUnixHostile(t *testing.T) {
	const copies = 40
	random := rand.New(rand.NewPCG(5, 5))
	dir := t.TempDir()
	for i, sample := range samples(t, "unix") {
		text, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
		if text[0] == '[' || filepath.Ext(sample) == ".json" && len(lines) > 1 && !json.Valid(lines[0]) {
			lines = [][]byte{compact(t, text)} // a document
			text = append(lines[0], '\n')
		}
		var broken bytes.Buffer
		// The sample as it is comes first, so that the file is known for what it is.
		broken.Write(text)
		if filepath.Ext(sample) == ".csv" {
			lines = lines[1:]
		}
		for range copies {
			for _, line := range lines {
				if line[0] == '{' && random.IntN(3) > 0 {
					line = poisonLine(random, line)
				} else {
					line = breakLine(random, line)
				}
				broken.Write(line)
				broken.WriteByte('\n')
			}
		}
		name := fmt.Sprintf("%02d-%s", i, filepath.Base(sample))
		if err := os.WriteFile(filepath.Join(dir, name), broken.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := loadFiles(t, dir)
	account := got.account
	for _, s := range account.Skipped {
		t.Errorf("%s: skipped: %s", s.File, s.Reason)
	}
	seen := map[string]string{}
	for _, row := range got.rows {
		at := fmt.Sprint(filepath.Base(row.file), " ", row.record)
		if other, ok := seen[at]; ok {
			t.Errorf("%s is a row of %s and of %s", at, other, row.table)
		}
		seen[at] = row.table
		if row.values["Telemetry"] == "" || row.values["ActionType"] == "" || row.values["Timestamp"]+row.values["TimestampNote"] == "" {
			t.Errorf("%s: %v", at, row.values)
		}
		if fields, ok := row.values["AdditionalFields"]; ok && !json.Valid([]byte(fields)) {
			t.Errorf("%s: AdditionalFields is no JSON: %s", at, fields)
		}
	}
	if kept := account.RowsKept() + account.RowsDuplicate(); kept != int64(len(got.rows)) {
		t.Errorf("%d rows, the account has %d", len(got.rows), kept)
	}
	if account.RowsRejected() == 0 || account.RowsOther() == 0 || len(got.rows) < 1000 {
		t.Errorf("%d rows, %d rejected, %d others: what was broken was not read", len(got.rows), account.RowsRejected(), account.RowsOther())
	}
	t.Logf("%d records: %d rows, %d rejected, %d others", account.RowsRead(), len(got.rows), account.RowsRejected(), account.RowsOther())
}

// compact writes a document on one line; of an array, its first element.
func compact(t *testing.T, text []byte) []byte {
	t.Helper()
	if text[0] == '[' {
		var elements []json.RawMessage
		if err := json.Unmarshal(text, &elements); err != nil {
			t.Fatal(err)
		}
		text = elements[0]
	}
	var out bytes.Buffer
	if err := json.Compact(&out, text); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestUnixManyArguments: a command line of 100,000 arguments is read whole, in every
// source that puts it together.
func TestUnixManyArguments(t *testing.T) {
	const many = 100_000
	args, encoded := make([]string, many), make([]string, many)
	for i := range args {
		args[i] = fmt.Sprintf("a%d", i)
		encoded[i] = base64.StdEncoding.EncodeToString([]byte(args[i]))
	}
	want := strings.Join(args, " ")

	audit := []string{`type=SYSCALL msg=audit(1771149600.001:1): arch=c000003e syscall=59 success=yes ppid=1 pid=2 auid=0 uid=0 comm="x" exe="/bin/x"`}
	for from := 0; from < many; from += 500 {
		line := "type=EXECVE msg=audit(1771149600.001:1):"
		for i := from; i < from+500; i++ {
			line += fmt.Sprintf(" a%d=%X", i, args[i])
		}
		audit = append(audit, line)
	}
	object := func(format string, list []string) string {
		text, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(format, text)
	}
	for name, lines := range map[string][]string{
		"auditd":    audit,
		"auditbeat": {object(`{"@timestamp":"2026-02-15T10:00:00Z","agent":{"type":"endpoint"},"event":{"action":"exec"},"process":{"executable":"/bin/x","args":%s}}`, args)},
		"eslogger":  {object(`{"event_type":9,"seq_num":1,"time":"2026-02-15T10:00:00Z","process":{"audit_token":{"pid":1}},"event":{"exec":{"target":{"executable":{"path":"/bin/x"}},"args":%s}}}`, args)},
		"santa":     {object(`{"event_time":"2026-02-15T10:00:00Z","execution":{"target":{"executable":{"path":"/bin/x"}},"args":%s}}`, encoded)},
	} {
		got := loadFiles(t, writeFile(t, "x", lines...))
		if len(got.rows) != 1 || got.rows[0].table != "DeviceProcessEvents" {
			t.Errorf("%s: %d rows, rejected %v", name, len(got.rows), got.account.Rejected)
			continue
		}
		if command := got.rows[0].values["ProcessCommandLine"]; command != want {
			t.Errorf("%s: %d bytes of %d: %.60q", name, len(command), len(want), command)
		}
	}
}
