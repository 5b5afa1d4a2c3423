package allow

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every built-in entry says where its fact comes from, stands in the file of
// its class, and every class has one that is enabled.
func TestBuiltin(t *testing.T) {
	list := builtin(t)
	enabled := map[Class]int{}
	for _, e := range list.Entries {
		if e.Source == "" {
			t.Errorf("%s has no source", e.ID)
		}
		if strings.Contains(e.Source, "not confirmed") && e.Enabled {
			t.Errorf("%s is enabled though not confirmed", e.ID)
		}
		if e.Enabled {
			enabled[e.Class]++
		}
	}
	for _, c := range Classes {
		if enabled[c] == 0 {
			t.Errorf("no enabled entry of class %s", c)
		}
	}
	if active, expired := list.Active(today); len(active) == 0 || len(expired) > 0 {
		t.Errorf("%d active, expired %v", len(active), ids(expired))
	}
}

// Nothing built in hides: no telemetry of today records all that hiding asks for. An
// entry that does is named here, for it must be meant.
func TestBuiltinSuppress(t *testing.T) {
	var got []string
	for _, e := range builtin(t).Entries {
		if e.Action == Suppress {
			got = append(got, e.ID)
		}
	}
	if diff := cmp.Diff([]string(nil), got); diff != "" {
		t.Errorf("suppressing entries (-want +got):\n%s", diff)
	}
}

// example is an event that the entry describes: its stars filled in.
func example(e Entry, fill string) event {
	first := func(key string) string {
		if len(e.Match[key]) == 0 {
			return ""
		}
		return strings.NewReplacer("**", fill, "*", fill).Replace(strings.ToLower(e.Match[key][0]))
	}
	return event{
		ID: e.ID, Branches: e.Match[Branches], Domain: "corp", Account: first(Account),
		Service: first(ServiceName), Command: first(ProcessCommand), Path: first(InitiatingProcessPath),
		InitCommand: first(InitiatingProcessCommand), Payload: first(PayloadPath), Signer: first(Signer), Hard: false,
	}
}

// No enabled entry is dead, and none survives moving its programs to a folder
// of the user's or stripping their folders.
func TestBuiltinEntriesMatch(t *testing.T) {
	e := open(t)
	list := builtin(t)
	if err := list.Attach(t.Context(), e, today); err != nil {
		t.Fatal(err)
	}
	active, _ := list.Active(today)
	var events []event
	for _, entry := range active {
		there := example(entry, "x1")
		elsewhere, bare := there, there
		elsewhere.ID += " elsewhere"
		bare.ID += " bare"
		for _, p := range []*string{&elsewhere.Path, &elsewhere.Payload} {
			*p = strings.Replace(*p, `c:\`, `c:\users\eve\`, 1)
			if strings.HasPrefix(*p, "/") {
				*p = "/home/eve" + *p
			}
		}
		for _, p := range []*string{&bare.Path, &bare.Payload} {
			*p = (*p)[strings.LastIndexAny(*p, `\/`)+1:]
		}
		events = append(events, there, elsewhere, bare)
	}
	found(t, e, events...)
	hits := map[string]bool{}
	for _, v := range join(t, e) {
		id, variant, _ := strings.Cut(v.Event, " ")
		hits[v.Event+"|"+v.Entry] = true
		if id == v.Entry && variant != "" {
			t.Errorf("%s matches its programs %s", v.Entry, variant)
		}
	}
	for _, entry := range active {
		if !hits[entry.ID+"|"+entry.ID] {
			t.Errorf("%s does not match %+v", entry.ID, example(entry, "x1"))
		}
	}
}

// What the seed query's five classes of false positives look like, and what
// looks like them and is not.
func TestBuiltinClasses(t *testing.T) {
	tests := []struct {
		event event
		want  []string // entry action points
	}{
		{
			event{
				ID: "msi service", Path: `c:\windows\system32\msiexec.exe`, InitCommand: `C:\Windows\system32\msiexec.exe /V`,
				Payload: `c:\program files\vendor\agent.exe`, Branches: []string{"W04"},
			},
			[]string{"msiexec-program-files down-rank 25"},
		},
		{
			event{
				ID: "msi sc.exe", Path: `c:\windows\syswow64\msiexec.exe`, InitCommand: `C:\Windows\syswow64\MsiExec.exe -Embedding 0A1B E Global\MSI0000`,
				Command: `sc.exe create Agent binPath= "C:\Program Files\Vendor\agent.exe"`,
			},
			[]string{"msiexec-command-program-files down-rank 15"},
		},
		{event{
			ID: "msi from a user's folder", Path: `c:\windows\system32\msiexec.exe`, InitCommand: `msiexec.exe /V`,
			Command: `sc.exe create x binPath= C:\Users\eve\a.exe`,
		}, nil},
		{event{
			ID: "called msiexec", Path: `c:\users\eve\msiexec.exe`, InitCommand: `msiexec.exe /V`, Payload: `c:\program files\x\a.exe`,
		}, nil},
		{event{ID: "sccm", Path: `c:\windows\ccm\ccmexec.exe`, Command: `sc.exe config x start= auto`}, []string{"sccm-client down-rank 20"}},
		{event{ID: "called ccmexec", Path: `c:\windows\temp\ccm\ccmexec.exe`}, nil},
		{
			event{ID: "ansible", Path: `c:\windows\system32\wsmprovhost.exe`, Domain: "CORP", Account: "svc_ansible"},
			[]string{"ansible-windows down-rank 15"},
		},
		{event{ID: "remoting by another", Path: `c:\windows\system32\wsmprovhost.exe`, Account: "eve"}, nil},
		{
			event{
				ID: "malwarebytes", Service: "MBAMInstallerService", Branches: []string{"W02"},
				Payload: `c:\users\ann\appdata\local\temp\mbaminstallerservice.exe`,
			},
			[]string{"malwarebytes-installer down-rank 15"},
		},
		{event{
			ID: "impostor of malwarebytes", Service: "MBAMInstallerService", Branches: []string{"W02"},
			Payload: `c:\users\ann\appdata\local\temp\x.exe`,
		}, nil},
		{
			event{ID: "developer", Payload: `c:\users\ann\source\repos\svc\src\bin\debug\net8.0\svc.exe`, Branches: []string{"W02"}},
			[]string{"dev-source-tree-payload down-rank 15"},
		},
		{
			event{ID: "administrator", Domain: "CORP", Account: "adm-ann", Path: `c:\windows\system32\cmd.exe`, Command: "sc config x start= auto"},
			[]string{"admin-console-change down-rank 10"},
		},
		{event{ID: "administrator, other branch too", Account: "ann", Path: `c:\windows\system32\cmd.exe`}, nil},
		{
			event{ID: "servicing", Path: `c:\windows\winsxs\amd64_servicingstack_1\tiworker.exe`, Branches: []string{"W04"}},
			[]string{"os-servicing down-rank 40"},
		},
		{event{ID: "servicing, other branch", Path: `c:\windows\winsxs\amd64_1\tiworker.exe`, Branches: []string{"W02"}}, nil},
		{
			event{ID: "driver", Path: `c:\windows\system32\drvinst.exe`, Branches: []string{"W04"}, Payload: `c:\windows\system32\drivers\x.sys`},
			[]string{"os-driver-install down-rank 25", "os-driver-install-payload down-rank 25"},
		},
	}
	e := open(t)
	if err := builtin(t).Attach(t.Context(), e, today); err != nil {
		t.Fatal(err)
	}
	var events []event
	for _, tt := range tests {
		tt.event.Hard = false
		events = append(events, tt.event)
	}
	found(t, e, events...)
	got := map[string][]string{}
	for _, v := range join(t, e) {
		got[v.Event] = append(got[v.Event], fmt.Sprintf("%s %s %d", v.Entry, v.Action, v.Points))
	}
	for _, tt := range tests {
		if !slices.Equal(got[tt.event.ID], tt.want) {
			t.Errorf("%s: got %q, want %q", tt.event.ID, got[tt.event.ID], tt.want)
		}
	}
}
