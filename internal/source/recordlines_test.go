package source

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestRecordLines(t *testing.T) {
	for in, want := range map[string]string{
		"Record 1\n{\n  \"a\": 1\n}\nRecord 2\r\n{}\n": "{\n  \"a\": 1\n}\n{}\n",
		"Record 1\n":          "",
		"Record 1\nRecord 22": "Record 22",
		"Record 1\n{\"a\":\"Record 2\"}\n Record 3\nRecord x\n":           "{\"a\":\"Record 2\"}\n Record 3\nRecord x\n",
		"Record 1\n" + strings.Repeat("x", 100) + "Record 2\nRecord 3\ny": strings.Repeat("x", 100) + "Record 2\ny",
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(in), "byte by byte": iotest.OneByteReader(strings.NewReader(in))} {
			got, err := io.ReadAll(withoutRecordLines(r, hasRecordLines([]byte(in))))
			if err != nil || string(got) != want {
				t.Errorf("%s, %q: %q, %v", name, in, got, err)
			}
		}
	}
	if hasRecordLines([]byte("Records 1\n")) || hasRecordLines([]byte("\nRecord 1\n")) {
		t.Error("other lines are taken for them")
	}
}

// What evtx_dump prints is read as it is, without a record lost or rejected.
func TestEvtxDumpText(t *testing.T) {
	json := "Record 1\n{\n  \"Event\": {\n    \"System\": {\n      \"EventID\": 4688,\n      \"Channel\": \"Security\",\n      \"Computer\": \"pc\"\n    }\n  }\n}\nRecord 2\n{\n  \"Event\": {\n    \"System\": {\n      \"EventID\": 4689,\n      \"Channel\": \"Security\",\n      \"Computer\": \"pc\"\n    }\n  }\n}\n"
	xml := "Record 1\n<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Event><System><EventID>1</EventID></System></Event>\nRecord 2\n<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Event><System><EventID>2</EventID></System></Event>\n"
	for name, tt := range map[string]struct{ text, source string }{"json": {json, "evtx_dump"}, "xml": {xml, "windows_xml"}} {
		f := openOne(t, name, tt.text)
		if f.Mapping == nil || f.Mapping.Name != tt.source {
			t.Fatalf("%s: taken for %s", name, f.Kind)
		}
		rows := readOne(t, f)
		if len(rows) != 2 || rows[0].Reason != "" || rows[1].Reason != "" || strings.Contains(rows[0].Text+rows[1].Text, "Record") {
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

// A syslog export begins with whatever the machine logged first.
func TestALogThatBeginsWithOtherThings(t *testing.T) {
	plain := `{"Type":"Syslog","Computer":"h","SyslogMessage":"CRON[1]: session opened"}` + "\n"
	event := `{"Type":"Syslog","Computer":"h","SyslogMessage":"<Event><System><Provider Name=\"Linux-Sysmon\"/></System></Event>"}` + "\n"
	f := openOne(t, "syslog", strings.Repeat(plain, 100)+event)
	if f.Mapping == nil || f.Mapping.Name != "log_analytics_events" {
		t.Errorf("taken for %s", f.Kind)
	}
}
