package mapping

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const goodMap = `/*
source: mine
title: Mine
records: json
recognise:
  - [event.id, "kind=Start"]
*/
select SourceFile, SourceRecord, Reason, Record as Data from read_records();
`

const goodTable = "select SourceFile, SourceRecord, 'mine' as Telemetry, event_time(Data.t) as Timestamp from events\n"

// folder writes files below a new folder and returns it.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBuiltInSourcesAreWell(t *testing.T) {
	set := BuiltIn()
	for _, cut := range cuts {
		found := false
		for _, s := range set.Sources() {
			found = found || s.Cuts(cut)
		}
		if !found {
			t.Errorf("no source reads %s", cut)
		}
	}
}

func TestAFolderIsASourceOrHoldsThem(t *testing.T) {
	many := folder(t, map[string]string{
		"mine/map.sql":                           goodMap,
		"mine/DeviceProcessEvents.start.sql":     goodTable,
		"windows/DeviceEvents.application_1.sql": goodTable,
		"other/map.sql":                          strings.Replace(goodMap, "source: mine", "source: other\nfamily: mine", 1),
		".git/map.sql":                           "not SQL",
	})
	one := filepath.Join(folder(t, map[string]string{
		"solo/map.sql":                       strings.Replace(goodMap, "source: mine", "source: solo", 1),
		"solo/DeviceProcessEvents.start.sql": goodTable,
	}), "solo")
	set, err := Load([]string{many, one})
	if err != nil {
		t.Fatal(err)
	}
	for name, tables := range map[string][]string{
		"mine": {"DeviceProcessEvents.start"}, "other": {"DeviceProcessEvents.start"}, "solo": {"DeviceProcessEvents.start"},
	} {
		s := set.Lookup(name)
		if s == nil {
			t.Fatalf("no source %s", name)
		}
		var got []string
		for _, k := range set.Kinds(s) {
			got = append(got, k.Table+"."+k.Name)
		}
		if diff := cmp.Diff(tables, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if strings.Contains(s.SQL, ";") || !strings.HasPrefix(s.SQL, "select") {
			t.Errorf("%s: the select is %q", name, s.SQL)
		}
	}
	added := false
	for _, k := range set.Kinds(set.Lookup("evtx")) {
		added = added || k.Name == "application_1"
	}
	if !added {
		t.Error("the table file for a built-in family was not added to it")
	}
}

func TestMistakesAreNamed(t *testing.T) {
	card := func(old, new string) map[string]string {
		return map[string]string{"mine/map.sql": strings.Replace(goodMap, old, new, 1), "mine/DeviceProcessEvents.start.sql": goodTable}
	}
	for name, tt := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no card":         {map[string]string{"mine/map.sql": "select 1"}, "mine/map.sql:1: has no card"},
		"no end":          {map[string]string{"mine/map.sql": "/* source: mine"}, "the card has no end"},
		"unknown key":     {card("title: Mine", "titel: Mine"), `mine/map.sql:3:1: unknown field "titel"`},
		"not yaml":        {card("title: Mine", "title: [Mine"), "mine/map.sql:"},
		"other name":      {card("source: mine", "source: yours"), `source is "yours", the folder "mine"`},
		"no title":        {card("title: Mine\n", ""), "title is missing"},
		"unknown records": {card("records: json", "records: jsno"), `records: "jsno" is not one of json, csv, evtx, xml, auditd`},
		"no recognise":    {card("recognise:\n  - [event.id, \"kind=Start\"]\n", ""), "recognise is missing"},
		"empty condition": {card("[event.id, \"kind=Start\"]", "[]"), "an empty list of conditions"},
		"bad pattern":     {card("kind=Start", "kind~("), "missing closing )"},
		"no select":       {card("select SourceFile, SourceRecord, Reason, Record as Data from read_records();", ""), "no select after it"},
		"taken name":      {map[string]string{"evtx/map.sql": strings.Replace(goodMap, "source: mine", "source: evtx", 1)}, "there is a source evtx already (sql/sources/evtx/map.sql)"},
		"taken table":     {map[string]string{"windows/DeviceProcessEvents.sysmon_1.sql": goodTable}, "there is such a table file already"},
		"no tables":       {map[string]string{"mine/map.sql": goodMap}, "no table file"},
		"table's name":    {map[string]string{"mine/map.sql": goodMap, "mine/Process.sql": goodTable}, "a table file is named <Table>.<kind>.sql"},
		"nothing":         {map[string]string{"a.txt": "x"}, "no folder with a map.sql in it"},
		"binary":          {map[string]string{"mine/map.sql": "/*\xff*/"}, "not UTF-8"},
	} {
		_, err := Load([]string{folder(t, tt.files)})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
	if _, err := Load([]string{filepath.Join(t.TempDir(), "none")}); err == nil || !strings.Contains(err.Error(), "sources folder") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestRecognise(t *testing.T) {
	set, err := Load([]string{folder(t, map[string]string{
		"mine/map.sql":                       goodMap,
		"mine/DeviceProcessEvents.start.sql": goodTable,
		"wide/map.sql":                       strings.NewReplacer("source: mine", "source: wide\nfamily: mine", `[event.id, "kind=Start"]`, "[kind]").Replace(goodMap),
		"text/map.sql":                       strings.NewReplacer("source: mine", "source: text\nfamily: mine", "records: json", "records: auditd", `[event.id, "kind=Start"]`, `["text~(?i)^type=MINE"]`).Replace(goodMap),
	})})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		cut     string
		records []string
		source  string
		known   int
	}{
		{JSON, []string{`{"event":{"id":1},"kind":"START"}`}, "mine", 1},
		{JSON, []string{`{"event.id":1,"kind":"start"}`}, "mine", 1},
		{JSON, []string{`{"event":{"id":1},"kind":"stop"}`}, "wide", 1},
		{JSON, []string{`{"event":{"id":1},"kind":"start"}`, `{"kind":"stop"}`}, "wide", 2},
		{JSON, []string{`{"event":7,"kind":null}`, `{"x":1`}, "wide", 1},
		{JSON, []string{`{"other":1}`, `[1]`, `"x"`, ``}, "", 0},
		{Audit, []string{"type=mine x"}, "text", 1},
		{Audit, []string{"type=SYSCALL x"}, "auditd", 1},
	} {
		var records [][]byte
		for _, r := range tt.records {
			records = append(records, []byte(r))
		}
		got, known := set.Recognise(tt.cut, records)
		name := ""
		if got != nil {
			name = got.Name
		}
		if name != tt.source || known != tt.known {
			t.Errorf("%v: %s knows %d, want %s and %d", tt.records, name, known, tt.source, tt.known)
		}
	}
}
