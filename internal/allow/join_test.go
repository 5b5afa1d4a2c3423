package allow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	tiworker = `initiating_process_path: C:\Windows\WinSxS\*\TiWorker.exe`
	tag      = "action: tag"
)

func lower(points string) string { return "action: down-rank " + points }

// vendor is an entry that may hide, all but its id and further lines.
const vendor = `initiating_process_path: C:\Program Files\V\setup.exe; payload_path: C:\Program Files\V\**.exe; ` +
	"service_name: Vendor*; signer: Vendor Inc* | action: suppress"

// hidden is an event that vendor covers.
func hidden(id string) event {
	return event{ID: id, Path: `c:\program files\v\setup.exe`, Payload: `c:\program files\v\a.exe`, Service: "VendorX", Signer: "Vendor Inc.", Hard: false}
}

func (v event) of(change func(*event)) event {
	change(&v)
	return v
}

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
			[]string{"os | " + tiworker + "; branches: [W04] | " + lower("40")},
			[]event{
				{ID: "hit", Path: worker, Branches: []string{"W04"}},
				{ID: "same name elsewhere", Path: `c:\users\x\winsxs\amd64_x\tiworker.exe`, Branches: []string{"W04"}},
				{ID: "deeper than one folder", Path: `c:\windows\winsxs\a\b\tiworker.exe`, Branches: []string{"W04"}},
				{ID: "name only", Path: `tiworker.exe`, Branches: []string{"W04"}},
				{ID: "dotted capital i", Path: "c:\\w\u0130ndows\\winsxs\\amd64_x\\tiworker.exe", Branches: []string{"W04"}},
				{ID: "look-alike letter", Path: "c:\\window\u017f\\winsxs\\amd64_x\\tiworker.exe", Branches: []string{"W04"}},
				{ID: "line break", Path: worker + "\n", Branches: []string{"W04"}},
			},
			[]verdict{{"hit", "os", "down-rank", 40}},
		},
		{
			"a second branch keeps an event from being hidden",
			[]string{"v | branches: [W04, w10]; " + vendor},
			[]event{
				hidden("both known").of(func(v *event) { v.Branches = []string{"W04", "W10"} }),
				hidden("one unknown").of(func(v *event) { v.Branches = []string{"W02", "W04"} }),
				hidden("none").of(func(v *event) { v.Branches = []string{} }),
			},
			[]verdict{{"both known", "v", "suppress", 40}},
		},
		{
			"a down-rank needs one of its branches",
			[]string{`dr | initiating_process_path: C:\Windows\CCM\CcmExec.exe; branches: [w01] | ` + lower("20")},
			[]event{
				{ID: "one", Path: `c:\windows\ccm\ccmexec.exe`, Branches: []string{"W01", "W03"}},
				{ID: "other", Path: `c:\windows\ccm\ccmexec.exe`, Branches: []string{"W03"}},
			},
			[]verdict{{"one", "dr", "down-rank", 20}},
		},
		{
			"to hide, the signer must be recorded and be the entry's",
			[]string{"v | " + vendor},
			[]event{
				hidden("1 signed"),
				hidden("2 signed by another").of(func(v *event) { v.Signer = "Vendor In" }),
				hidden("3 not recorded").of(func(v *event) { v.Signer = nil }),
				hidden("4 empty").of(func(v *event) { v.Signer = "" }),
				hidden("5 another name").of(func(v *event) { v.Service = "x" }),
			},
			[]verdict{{"1 signed", "v", "suppress", 40}, {"3 not recorded", "v", "down-rank", 40}, {"4 empty", "v", "down-rank", 40}},
		},
		{
			"to lower by a signer, it must be recorded",
			[]string{`s | payload_path: C:\Program Files\V\**; signer: vendor inc. | ` + lower("7")},
			[]event{hidden("1"), hidden("2").of(func(v *event) { v.Signer = nil }), hidden("3").of(func(v *event) { v.Signer = "" })},
			[]verdict{{"1", "s", "down-rank", 7}},
		},
		{
			"where it holds",
			[]string{
				"short | account: ann | " + lower("1") + "; scope: {devices: [ws01, srv-*]}",
				"long | account: ann | " + lower("2") + "; scope: {devices: [WS01.corp.example]}",
				"fleet | account: ann | " + lower("3") + "; scope: fleet",
			},
			[]event{
				{ID: "1", Account: "ann", Device: "WS01"},
				{ID: "2", Account: "ann", Device: "ws01.corp.example"},
				{ID: "3", Account: "ann", Device: "ws01.other"},
				{ID: "4", Account: "ann", Device: "ws011"},
				{ID: "5", Account: "ann", DeviceID: "ws01", Device: "x"},
				{ID: "6", Account: "ann", DeviceID: "srv-1.a", Device: "srv-1"},
				{ID: "7", Account: "ann"},
				{ID: "8", Account: "bob", Device: "ws01"},
			},
			[]verdict{
				{"1", "fleet", "down-rank", 3},
				{"1", "short", "down-rank", 1},
				{"2", "fleet", "down-rank", 3},
				{"2", "long", "down-rank", 2},
				{"2", "short", "down-rank", 1},
				{"3", "fleet", "down-rank", 3},
				{"3", "short", "down-rank", 1},
				{"4", "fleet", "down-rank", 3},
				{"5", "fleet", "down-rank", 3},
				{"5", "short", "down-rank", 1},
				{"6", "fleet", "down-rank", 3},
				{"6", "short", "down-rank", 1},
				{"7", "fleet", "down-rank", 3},
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
			[]event{{ID: "empty"}},
			nil,
		},
		{
			"disguised paths match nothing",
			[]string{`dr | initiating_process_path: C:\Tools\** | ` + lower("5"), `pay | payload_path: C:\Tools\** | ` + lower("5")},
			[]event{
				{ID: "plain", Path: `c:\tools\x.exe`},
				{ID: "dot in name", Path: `c:\tools\a.b\.c\x..y.exe`},
				{ID: "up", Path: `c:\tools\..\temp\x.exe`},
				{ID: "up payload", Payload: `c:\tools\..\temp\x.exe`},
				{ID: "trailing dot", Path: `c:\tools\x.exe.`},
				{ID: "trailing space", Path: `c:\tools\x.exe `},
				{ID: "space folder", Path: `c:\tools \x.exe`},
				{ID: "space folder below", Path: `c:\tools\system32 \x.exe`},
				{ID: "stream", Path: `c:\tools\x.txt:x.exe`},
				{ID: "stream payload", Payload: `c:\tools\x.txt:x.exe`},
			},
			[]verdict{{"dot in name", "dr", "down-rank", 5}, {"plain", "dr", "down-rank", 5}},
		},
		{
			"accounts",
			[]string{
				`any | account: Svc_Ansible | ` + lower("5"),
				`corp | account: CORP\svc_* | ` + lower("6"),
			},
			[]event{
				{ID: "1 corp", Domain: "corp", Account: "SVC_ANSIBLE"},
				{ID: "2 other", Domain: "OTHER", Account: "svc_ansible"},
				{ID: "3 no domain", Account: "svc_ansible"},
				{ID: "4 longer", Domain: "corp", Account: "xsvc_ansible"},
				{ID: "5 account is the domain", Domain: "svc_ansible", Account: "x"},
				{ID: "6 backslash in the name", Account: `corp\svc_x`},
				{ID: "7 look-alike", Domain: "other", Account: "svc_ans\u0130ble"},
			},
			[]verdict{
				{"1 corp", "any", "down-rank", 5},
				{"1 corp", "corp", "down-rank", 6},
				{"2 other", "any", "down-rank", 5},
				{"3 no domain", "any", "down-rank", 5},
			},
		},
		{
			"all keys must hold, any pattern of a key",
			[]string{`e | initiating_process_path: [C:\Windows\System32\cmd.exe, C:\Windows\System32\mmc.exe]; ` +
				`service_name: Vendor*; process_command: ['** create **', '** config **']; ` +
				`initiating_process_command: '**setup**' | ` + lower("9") + "; scope: {devices: srv-*}"},
			[]event{
				{ID: "all", Path: `c:\windows\system32\mmc.exe`, Service: "VendorX", Device: "SRV-1.corp", Command: "sc.exe config VendorX\nx", InitCommand: "Setup.cmd"},
				{ID: "no command", Path: `c:\windows\system32\mmc.exe`, Service: "VendorX", Device: "srv-1", InitCommand: "setup"},
				{ID: "no path", Service: "VendorX", Device: "srv-1", Command: "sc create x", InitCommand: "setup"},
				{ID: "other device", Path: `c:\windows\system32\mmc.exe`, Service: "VendorX", Device: "pc-1", Command: "sc config x", InitCommand: "setup"},
			},
			[]verdict{{"all", "e", "down-rank", 9}},
		},
		{
			"entries of commands or branches alone can tag",
			[]string{"cmd | process_command: '**NVDisplay**' | " + tag, "br | branches: [W03] | " + tag},
			[]event{
				{ID: "a", Command: "x nvdisplay y"},
				{ID: "b", Branches: []string{"W03"}},
			},
			[]verdict{{"a", "cmd", "tag", 0}, {"b", "br", "tag", 0}},
		},
		{
			"wildcard characters of LIKE and RE2 stand for themselves",
			[]string{
				`a | service_name: 'a_b%c^d*efg' | ` + tag,
				`b | service_name: 'x.y+(z)[1]{2}$' | ` + tag,
			},
			[]event{
				{ID: "1", Service: "A_b%C^d--efg"},
				{ID: "2", Service: "axb%c^d-efg"},
				{ID: "3", Service: "x.y+(z)[1]{2}$"},
				{ID: "4", Service: "xay+(z)[1]{2}$"},
			},
			[]verdict{{"1", "a", "tag", 0}, {"3", "b", "tag", 0}},
		},
		{"no entries", nil, []event{{ID: "x"}}, nil},
		{"no events", []string{"v | " + vendor}, nil, nil},
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
		`quote | process_command: "it's;drop table x --'\""; account: x | `+lower("7"),
		`off | account: host1 | `+tag+"; enabled: false",
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
	var id, reason, ticket, created, expires, command, none string
	if err := e.Scan(t.Context(), `select count(*) over (), EntryId, Reason, Ticket, Created::varchar, Expires::varchar,
		ProcessCommand[1], (Signer is null and Branches is null)::varchar from allowlist_entries`,
		&n, &id, &reason, &ticket, &created, &expires, &command, &none); err != nil {
		t.Fatal(err)
	}
	got := []any{n, id, reason, ticket, created, expires, command, none}
	want := []any{1, "quote", list.Entries[0].Reason, "CHG-1", "2026-11-24", "2027-05-20", `(?s)^it's;drop table x --'"$`, "true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("allowlist_entries (-want +got):\n%s", diff)
	}
}
