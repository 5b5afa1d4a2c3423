package validate

import (
	"context"
	"strings"
	"testing"

	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/scenario"
	smewsql "smew/sql"
)

// builtIn reads the built-in branches and scenarios.
func builtIn(t *testing.T) ([]branch.Branch, []*scenario.Scenario) {
	t.Helper()
	branches, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	scenarios, err := scenario.LoadAll(smewsql.Files, "fixtures", nil)
	if err != nil {
		t.Fatal(err)
	}
	return branches, scenarios
}

// request is a validation of these branches, all of them built-in, over these
// scenarios.
func request(t *testing.T, branches []branch.Branch, scenarios []*scenario.Scenario) Request {
	t.Helper()
	var ids []string
	for _, b := range branches {
		ids = append(ids, b.ID)
	}
	return Request{
		SQL: smewsql.Files, Branches: branches, Scenarios: scenarios, Known: ids, BuiltIn: ids, Whole: true,
		TempDir: t.TempDir(), Threads: 2,
		Open: func(ctx context.Context) (*engine.Engine, error) {
			return engine.Open(ctx, engine.Options{TempDir: t.TempDir()})
		},
	}
}

func validate(t *testing.T, req Request) *Matrix {
	t.Helper()
	m, err := Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// parse reads a scenario; every event of it is put under the same head.
func parse(t *testing.T, name, platform, events, fires string) *scenario.Scenario {
	t.Helper()
	text := "title: made up\ntechnique: T1543.003\nplatform: " + platform + "\nabout: made up\nevents:\n" + events + "fires: " + fires + "\n"
	s, err := scenario.Parse("T1543.003/"+name, name+".yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// card makes a branch: a query under a card with these tests.
func card(t *testing.T, id string, tests []string, tables, query string) branch.Branch {
	t.Helper()
	text := "/*\nid: " + id + "\nname: Branch" + id + "\ntitle: made up\ndetection_type: Made\ntechnique: T1543.003\nplatform: windows\npack: [own]\ntables: [" + tables +
		"]\nscore: 10\ndescription: made up\nmisses: [much]\nfalsepositives: [many]\ntests: [" + strings.Join(tests, ", ") + "]\n*/\n" + query + "\n"
	b, err := branch.Parse(id+".sql", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// everyStart is a branch that hits every start of a program of this name.
func everyStart(t *testing.T, id, program string, tests ...string) branch.Branch {
	t.Helper()
	return card(t, id, tests, "DeviceProcessEvents", `select Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord,
    'Made' as DetectionType, ProcessCommandLine
from DeviceProcessEvents
where FileNameLower = '`+program+`'`)
}

const (
	startSC  = "  - process: {id: sc, image: 'C:\\Windows\\System32\\sc.exe', command: sc  query, parent: explorer}\n"
	startReg = "  - process: {id: reg, image: 'C:\\Windows\\System32\\reg.exe', command: reg  query, parent: explorer}\n"
)
