package scenario

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// sample reads a scenario of testdata.
func sample(t *testing.T, name string) *Scenario {
	t.Helper()
	path := filepath.Join("testdata", name+".yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse("T1543/"+name, path, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestGolden pins the records of every kind of telemetry.
func TestGolden(t *testing.T) {
	for _, platform := range Platforms {
		s := sample(t, platform)
		for _, kind := range s.Telemetry {
			t.Run(platform+" "+kind, func(t *testing.T) {
				var got bytes.Buffer
				for _, f := range Render(kind, []*Scenario{s}).Files {
					got.WriteString("-- " + f.Name + " --\n")
					got.Write(f.Data)
				}
				path := filepath.Join("testdata", platform+"_"+kind+".golden")
				if *update {
					if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatalf("%v; run the test with -update", err)
				}
				if diff := cmp.Diff(string(want), got.String()); diff != "" {
					t.Errorf("%s differs; look at it, then run the test with -update\n%s", path, diff)
				}
			})
		}
	}
}

// TestEveryPlatformAndKindHasARecorder, and no recorder is for nothing.
func TestEveryPlatformAndKindHasARecorder(t *testing.T) {
	n := 0
	for platform, kinds := range kindsOf {
		for _, k := range kinds {
			n++
			if recorders[k+" "+platform] == nil {
				t.Errorf("nothing writes %s of %s", k, platform)
			}
		}
	}
	if n != len(recorders) {
		t.Errorf("%d recorders for %d kinds", len(recorders), n)
	}
}

// TestRenderingIsTheSameEachTime: a golden file, and a finding's id, rest on it.
func TestRenderingIsTheSameEachTime(t *testing.T) {
	all := []*Scenario{sample(t, "linux"), sample(t, "macos"), sample(t, "windows")}
	for _, kind := range Kinds() {
		if diff := cmp.Diff(Render(kind, all), Render(kind, all)); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

// wellFormed reports files that no reader of their kind would take.
func wellFormed(t *testing.T, f File) {
	t.Helper()
	switch {
	case strings.HasSuffix(f.Name, ".json"):
		for i, l := range bytes.Split(bytes.TrimSuffix(f.Data, []byte("\n")), []byte("\n")) {
			if !json.Valid(l) {
				t.Errorf("%s:%d is no JSON: %s", f.Name, i+1, l)
			}
		}
	case strings.HasSuffix(f.Name, ".xml"):
		var any struct{}
		if err := xml.Unmarshal(f.Data, &any); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

func TestSplitCommand(t *testing.T) {
	for _, c := range []struct {
		command string
		want    []string
	}{
		{"systemctl  enable x", []string{"systemctl", "enable", "x"}},
		{`bash -c "echo \"a\" > x; id"`, []string{"bash", "-c", `echo "a" > x; id`}},
		{`bash -c 'echo "a\b"' ''`, []string{"bash", "-c", `echo "a\b"`, ""}},
		{`a\ b "c\d" \\`, []string{"a b", `c\d`, `\`}},
		{"-bash", []string{"-bash"}},
		{"", nil},
	} {
		got, err := splitCommand(c.command)
		if err != nil {
			t.Errorf("%s: %v", c.command, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.command, diff)
		}
	}
	for _, command := range []string{`a "b`, `a 'b`, `a\`} {
		if got, err := splitCommand(command); err == nil {
			t.Errorf("%s: no error, but %q", command, got)
		}
	}
}

func TestProgramOfACommand(t *testing.T) {
	for command, want := range map[string]string{
		`"C:\Program Files\a.exe" -k`:       `C:\Program Files\a.exe`,
		`C:\Program Files\a b.exe -k x.exe`: `C:\Program Files\a b.exe`,
		`%COMSPEC% /c start`:                `%COMSPEC%`,
		`\??\C:\x.sys`:                      `\??\C:\x.sys`,
		`cmd /c echo`:                       `cmd`,
		`"`:                                 `"`,
	} {
		if got := program(command); got != want {
			t.Errorf("program(%s) = %s, want %s", command, got, want)
		}
	}
}
