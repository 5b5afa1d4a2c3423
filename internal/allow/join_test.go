package allow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	tiworker = `initiating_process_path: C:\Windows\WinSxS\*\TiWorker.exe`
	suppress = "action: suppress"
	tag      = "action: tag"
)

func lower(points string) string { return "action: down-rank; points: " + points }

// Rows in, rows out: one event or a few, some entries, and what is allowed.
func TestJoin(t *testing.T) {
	const worker = `c:\windows\winsxs\amd64_x\tiworker.exe`
	tests := []struct {
		name    string
		entries []string
		events  []event
		want    []verdict
	}{
		{
			"a writer by full path, for its branch",
			[]string{"os | " + tiworker + "; branches: [W04] | " + suppress},
			[]event{
				{ID: "hit", Path: worker, Branches: []string{"W04"}, Hard: false},
				{ID: "same name elsewhere", Path: `c:\users\x\winsxs\amd64_x\tiworker.exe`, Branches: []string{"W04"}, Hard: false},
				{ID: "deeper than one folder", Path: `c:\windows\winsxs\a\b\tiworker.exe`, Branches: []string{"W04"}, Hard: false},
				{ID: "name only", Path: `tiworker.exe`, Branches: []string{"W04"}, Hard: false},
				{ID: "dotted capital i", Path: "c:\\w\u0130ndows\\winsxs\\amd64_x\\tiworker.exe", Branches: []string{"W04"}, Hard: false},
				{ID: "look-alike letter", Path: "c:\\window\u017f\\winsxs\\amd64_x\\tiworker.exe", Branches: []string{"W04"}, Hard: false},
				{ID: "line break", Path: worker + "\n", Branches: []string{"W04"}, Hard: false},
			},
			[]verdict{{"hit", "os", "suppress", 0}},
		},
		{
			"a second branch keeps the event",
			[]string{"os | " + tiworker + "; branches: [W04, W10] | " + suppress},
			[]event{
				{ID: "both known", Path: worker, Branches: []string{"W04", "W10"}, Hard: false},
				{ID: "one unknown", Path: worker, Branches: []string{"W02", "W04"}, Hard: false},
				{ID: "none", Path: worker, Branches: []string{}, Hard: false},
			},
			[]verdict{{"both known", "os", "suppress", 0}},
		},
		{
			"a down-rank needs one of its branches",
			[]string{`dr | initiating_process_path: C:\Windows\CCM\CcmExec.exe; branches: [w01] | ` + lower("20")},
			[]event{
				{ID: "one", Path: `c:\windows\ccm\ccmexec.exe`, Branches: []string{"W01", "W03"}, Hard: false},
				{ID: "other", Path: `c:\windows\ccm\ccmexec.exe`, Branches: []string{"W03"}, Hard: false},
			},
			[]verdict{{"one", "dr", "down-rank", -20}},
		},
		{
			"hard reasons pierce",
			[]string{
				"os | " + tiworker + "; branches: [W04] | " + suppress,
				`dr | initiating_process_path: C:\Windows\WinSxS\** | ` + lower("20"),
				`label | initiating_process_path: C:\Windows\WinSxS\** | ` + tag,
			},
			[]event{
				{ID: "hard", Path: worker, Branches: []string{"W04"}, Hard: true},
				{ID: "unknown", Path: worker, Branches: []string{"W04"}, Hard: nil},
			},
			[]verdict{
				{"hard", "dr", "pierced", 0},
				{"hard", "label", "tag", 0},
				{"hard", "os", "pierced", 0},
				{"unknown", "dr", "pierced", 0},
				{"unknown", "label", "tag", 0},
				{"unknown", "os", "pierced", 0},
			},
		},
		{
			"unknown values match nothing",
			[]string{
				"svc | service_name: 'a*bcd*'; account: 'adm*in*' | " + lower("5"),
				"user | account: '*\\adm*in*' | " + lower("5"),
				`pay | payload_path: C:\Windows\** | ` + lower("5"),
				"cmd | process_command: '**abc**' | " + tag,
			},
			[]event{{ID: "empty", Hard: false}},
			nil,
		},
		{
			"disguised paths match nothing",
			[]string{`dr | initiating_process_path: C:\Windows\** | ` + lower("5"), `pay | payload_path: C:\Windows\** | ` + lower("5")},
			[]event{
				{ID: "plain", Path: `c:\windows\x.exe`, Hard: false},
				{ID: "dot in name", Path: `c:\windows\a.b\.c\x..y.exe`, Hard: false},
				{ID: "up", Path: `c:\windows\..\temp\x.exe`, Hard: false},
				{ID: "up payload", Payload: `c:\windows\..\temp\x.exe`, Hard: false},
				{ID: "trailing dot", Path: `c:\windows\x.exe.`, Hard: false},
				{ID: "trailing space", Path: `c:\windows\x.exe `, Hard: false},
				{ID: "space folder", Path: `c:\windows \x.exe`, Hard: false},
				{ID: "space folder below", Path: `c:\windows\system32 \x.exe`, Hard: false},
				{ID: "stream", Path: `c:\windows\x.txt:x.exe`, Hard: false},
				{ID: "stream payload", Payload: `c:\windows\x.txt:x.exe`, Hard: false},
			},
			[]verdict{{"dot in name", "dr", "down-rank", -5}, {"plain", "dr", "down-rank", -5}},
		},
		{
			"accounts",
			[]string{
				`any | account: Svc_Ansible | ` + lower("5"),
				`corp | account: CORP\svc_* | ` + lower("6"),
			},
			[]event{
				{ID: "1 corp", Domain: "corp", Account: "SVC_ANSIBLE", Hard: false},
				{ID: "2 other", Domain: "OTHER", Account: "svc_ansible", Hard: false},
				{ID: "3 no domain", Account: "svc_ansible", Hard: false},
				{ID: "4 longer", Domain: "corp", Account: "xsvc_ansible", Hard: false},
				{ID: "5 account is the domain", Domain: "svc_ansible", Account: "x", Hard: false},
				{ID: "6 backslash in the name", Account: `corp\svc_x`, Hard: false},
				{ID: "7 look-alike", Domain: "other", Account: "svc_ans\u0130ble", Hard: false},
			},
			[]verdict{
				{"1 corp", "any", "down-rank", 0},
				{"1 corp", "corp", "down-rank", -6},
				{"2 other", "any", "down-rank", -5},
				{"3 no domain", "any", "down-rank", -5},
			},
		},
		{
			"all keys must hold, any pattern of a key",
			[]string{`e | initiating_process_path: [C:\Windows\System32\cmd.exe, C:\Windows\System32\mmc.exe]; ` +
				`service_name: Vendor*; device: srv-*; process_command: ['** create **', '** config **']; ` +
				`initiating_process_command: '**setup**' | ` + lower("9")},
			[]event{
				{ID: "all", Path: `c:\windows\system32\mmc.exe`, Service: "VendorX", Device: "SRV-1.corp", Command: "sc.exe config VendorX\nx", InitCommand: "Setup.cmd", Hard: false},
				{ID: "no command", Path: `c:\windows\system32\mmc.exe`, Service: "VendorX", Device: "srv-1", InitCommand: "setup", Hard: false},
				{ID: "no path", Service: "VendorX", Device: "srv-1", Command: "sc create x", InitCommand: "setup", Hard: false},
				{ID: "other device", Path: `c:\windows\system32\mmc.exe`, Service: "VendorX", Device: "pc-1", Command: "sc config x", InitCommand: "setup", Hard: false},
			},
			[]verdict{{"all", "e", "down-rank", -9}},
		},
		{
			"entries of commands or branches alone can tag",
			[]string{"cmd | process_command: '**NVDisplay**' | " + tag, "br | branches: [W03] | " + tag},
			[]event{
				{ID: "a", Command: "x nvdisplay y", Hard: false},
				{ID: "b", Branches: []string{"W03"}, Hard: false},
			},
			[]verdict{{"a", "cmd", "tag", 0}, {"b", "br", "tag", 0}},
		},
		{
			"the strongest of a class, classes add, 40 at most",
			[]string{
				`installer:a | device: host1 | ` + lower("10"),
				`installer:b | device: host1 | ` + lower("25"),
				`installer:c | device: host1 | ` + lower("25"),
				`developer:d | device: host1 | ` + lower("10"),
				`administrator:e | device: host1 | ` + lower("8"),
			},
			[]event{{ID: "x", Device: "HOST1", Hard: false}},
			[]verdict{
				{"x", "a", "down-rank", 0},
				{"x", "b", "down-rank", -25},
				{"x", "c", "down-rank", 0},
				{"x", "d", "down-rank", -10},
				{"x", "e", "down-rank", -5},
			},
		},
		{
			"wildcard characters of LIKE and RE2 stand for themselves",
			[]string{
				`a | service_name: 'a_b%c^d*efg' | ` + tag,
				`b | service_name: 'x.y+(z)[1]{2}$' | ` + tag,
			},
			[]event{
				{ID: "1", Service: "A_b%C^d--efg", Hard: false},
				{ID: "2", Service: "axb%c^d-efg", Hard: false},
				{ID: "3", Service: "x.y+(z)[1]{2}$", Hard: false},
				{ID: "4", Service: "xay+(z)[1]{2}$", Hard: false},
			},
			[]verdict{{"1", "a", "tag", 0}, {"3", "b", "tag", 0}},
		},
		{"no entries", nil, []event{{ID: "x", Hard: false}}, nil},
		{"no events", []string{"os | " + tiworker + "; branches: [W04] | " + suppress}, nil, nil},
	}
	e := open(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := &List{}
			if tt.entries != nil {
				list = entriesOf(t, tt.entries...)
			}
			if err := list.Attach(t.Context(), e, today); err != nil {
				t.Fatal(err)
			}
			found(t, e, tt.events...)
			if diff := cmp.Diff(tt.want, join(t, e)); diff != "" {
				t.Errorf("allowed (-want +got):\n%s", diff)
			}
		})
	}
}

// An entry's text is data, whatever quotes it holds, and an expired or
// disabled entry is not attached.
func TestAttach(t *testing.T) {
	e := open(t)
	list := entriesOf(t,
		`quote | device: "it's; drop table x --'\"" | `+lower("7"),
		`off | device: host1 | `+tag+"; enabled: false",
	)
	list.Entries[0].Reason = `'"; \ $1 ? {"a":1}` + " \u202e"
	list.Entries[0].Ticket = "CHG-1"
	old := list.Entries[0]
	old.ID, old.Expires = "old", today.AddDate(0, 0, -1)
	list.Entries = append(list.Entries, old)
	if err := list.Attach(t.Context(), e, today); err != nil {
		t.Fatal(err)
	}
	var n int
	var id, reason, ticket, created, expires, device, none string
	if err := e.Scan(t.Context(), `select count(*) over (), EntryId, Reason, Ticket, Created::varchar, Expires::varchar,
		Device::varchar, (Account is null and Branches is null)::varchar from allowlist_entries`,
		&n, &id, &reason, &ticket, &created, &expires, &device, &none); err != nil {
		t.Fatal(err)
	}
	got := []any{n, id, reason, ticket, created, expires, none}
	want := []any{1, "quote", list.Entries[0].Reason, "CHG-1", "2026-11-24", "2027-05-20", "true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("allowlist_entries (-want +got):\n%s", diff)
	}
}
