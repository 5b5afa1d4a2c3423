package change

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var noPlace = cmpopts.IgnoreFields(Window{}, "File")

func TestACalendarOfOnesOwn(t *testing.T) {
	got := load(t, "\ufeffTicket,Device Name,Account,START,End,Service\r\n"+
		"CHG2,ws02,CORP\\bob,2026-09-21T08:00:00+02:00,2026-09-21T10:00:00+02:00,\r\n"+
		"\r\n,,,,,\r\n"+
		"CHG1,WS01.corp.example,ann@corp.example,2026-09-20T18:00Z,2026-09-20 20:00:30.5 UTC,Acme*\r\n")
	want := []Window{
		{
			Ticket: "CHG1", Device: "WS01.corp.example", Account: Account{"ann@corp.example", "corp.example", "ann"},
			Start: at(t, "2026-09-20T18:00:00Z"), End: at(t, "2026-09-20T20:00:30.5Z"), Service: "Acme*", Line: 5,
		},
		{
			Ticket: "CHG2", Device: "ws02", Account: Account{`CORP\bob`, "corp", "bob"},
			Start: at(t, "2026-09-21T06:00:00Z"), End: at(t, "2026-09-21T08:00:00Z"), Line: 2,
		},
	}
	if diff := cmp.Diff(want, got.Windows, noPlace); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
	if text := got.Windows[0].reason(); text != "change ticket CHG1 for ann@corp.example, 2026-09-20 18:00:00 to 20:00:30.5 UTC" {
		t.Error(text)
	}
	if text := got.Windows[1].reason(); text != `change ticket CHG2 for CORP\bob, 2026-09-21 06:00 to 08:00 UTC` {
		t.Error(text)
	}
}

// The export of a list of change_request as CSV has the names of the table's columns,
// times of the zone that its user has set, and descriptions over several lines.
func TestAnExportOfServiceNow(t *testing.T) {
	req := request(file(t, "change_request.csv", `"number","short_description","type","state","cmdb_ci","assignment_group","assigned_to","assigned_to.user_name","start_date","end_date","work_start"
"CHG0031","Agent, ""new""
version
","Normal","Scheduled","ws01","Endpoint team","Ann Smith","ann","2026-09-20 18:00:00","2026-09-20 20:00:00","2026-09-20 01:00:00"
"CHG0032","Undone","Normal","Canceled","ws02","Endpoint team","","","","",""
"CHG0033","Not yet","Normal","-4","ws02","Endpoint team","","","","",""
"CHG0034","Printer","Standard","Implement","ws02","Endpoint team","Bob","bob","2026-12-20 18:00:00","2026-12-20 20:00:00",""
`))
	req.Zone = "Europe/Berlin"
	got, err := Load(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want := []Window{
		{
			Ticket: "CHG0031", Device: "ws01", Account: Account{"ann", "", "ann"},
			Start: at(t, "2026-09-20T16:00:00Z"), End: at(t, "2026-09-20T18:00:00Z"), Line: 2,
		},
		{
			Ticket: "CHG0034", Device: "ws02", Account: Account{"bob", "", "bob"},
			Start: at(t, "2026-12-20T17:00:00Z"), End: at(t, "2026-12-20T19:00:00Z"), Line: 7,
		},
	}
	if diff := cmp.Diff(want, got.Windows, noPlace); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
	voids := []Void{
		{File: req.Files[0], Line: 5, Ticket: "CHG0032", Reason: "it was canceled"},
		{File: req.Files[0], Line: 6, Ticket: "CHG0033", Reason: "it is not approved"},
	}
	if diff := cmp.Diff(voids, got.Voids); diff != "" {
		t.Errorf("voids (-want +got):\n%s", diff)
	}
}

// A workbook's labels, saved with semicolons. The label Service is of a service of the
// business.
func TestLabelsOfServiceNow(t *testing.T) {
	got := load(t, "Number;Configuration item;Service;Assigned to;Planned start date;Planned end date;Time zone\n"+
		"CHG1;ws01;E-Mail;ann;2026-09-20 18:00:00;2026-09-20 20:00:00;+02:00\n")
	want := []Window{{
		Ticket: "CHG1", Device: "ws01", Account: Account{"ann", "", "ann"},
		Start: at(t, "2026-09-20T16:00:00Z"), End: at(t, "2026-09-20T18:00:00Z"), Line: 2,
	}}
	if diff := cmp.Diff(want, got.Windows, noPlace); diff != "" {
		t.Errorf("windows (-want +got):\n%s", diff)
	}
}

func TestGroups(t *testing.T) {
	req := request(file(t, "cal.csv", "ticket,group,account,start,end\nCHG1,Servers,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n"))
	req.Groups = file(t, "groups.csv", "DeviceName,DeviceGroup\nsrv2,servers\nSRV1.corp.example,Servers\nsrv2,SERVERS\nws01,\nws02,Desks\n")
	got, err := Load(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string][]string{"servers": {"srv1.corp.example", "srv2"}}, got.Groups); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	req.Groups = ""
	if got := refused(t, req); got != `cal.csv:2: the group "Servers" needs --device-groups FILE.csv, which says what devices are in it` {
		t.Error(got)
	}
}

func TestRefusedLines(t *testing.T) {
	const start, end = "2026-09-20T18:00:00Z", "2026-09-20T20:00:00Z"
	fields := func(change map[string]string) string {
		line := map[string]string{"ticket": "CHG1", "device": "ws01", "account": "ann", "start": start, "end": end}
		for k, v := range change {
			line[k] = v
		}
		var values []string
		for _, k := range []string{"ticket", "device", "group", "account", "start", "end", "service", "zone"} {
			values = append(values, `"`+strings.ReplaceAll(line[k], `"`, `""`)+`"`)
		}
		return strings.Join(values, ",") + "\n"
	}
	long := strings.Repeat("x", 1<<20)
	for _, c := range []struct {
		name   string
		change map[string]string
		want   string
	}{
		{"ticket", map[string]string{"ticket": " "}, "no ticket: what nobody asked for is no change"},
		{"formula", map[string]string{"ticket": "=cmd|' /C calc'!A0"}, `"=cmd|' /C calc'!A0" is no ticket: letters, digits and . _ - / # : only, 64 at most`},
		{"escape", map[string]string{"ticket": "CHG\x1b[2J"}, `"CHG\x1b[2J" is no ticket: letters, digits and . _ - / # : only, 64 at most`},
		{"place", map[string]string{"device": ""}, "neither a device nor a group: a ticket holds somewhere"},
		{"both", map[string]string{"group": "Servers"}, `both a device ("ws01") and a group ("Servers"): write a line for each`},
		{"unknown group", map[string]string{"device": "", "group": "Desks"}, `no device of the group "Desks" is in the file of --device-groups`},
		{"pattern", map[string]string{"device": "ws*"}, `"ws*" is a pattern: a device is written out; for many of them name a group`},
		{"two devices", map[string]string{"device": "ws01; ws02"}, `"ws01; ws02" is not one device: write a line for each`},
		{"over lines", map[string]string{"device": "ws01\nws02"}, `"ws01\nws02" is not one device: write a line for each`},
		{"sys_id", map[string]string{"device": "b0c4030ac0a800090152e7a4564ca36c"}, `"b0c4030ac0a800090152e7a4564ca36c" is a sys_id of ServiceNow and no device: export what it shows (sysparm_display_value=true)`},
		{"long device", map[string]string{"device": long}, `"` + long[:60] + `…" is too long for a device`},
		{"account", map[string]string{"account": ""}, "no account: a ticket is somebody's"},
		{"any account", map[string]string{"account": `CORP\*`}, `"CORP\\*" is a pattern: a ticket is for one account, written out`},
		{"person", map[string]string{"account": "Ann Smith"}, `"Ann Smith" looks like a person's name; give the account (in ServiceNow the column assigned_to.user_name)`},
		{"system", map[string]string{"account": `NT AUTHORITY\SYSTEM`}, `"NT AUTHORITY\\SYSTEM" is the operating system: all services run by it, so it is nobody's change`},
		{"network service", map[string]string{"account": "Network Service"}, `"Network Service" is the operating system: all services run by it, so it is nobody's change`},
		{"dot", map[string]string{"account": `.\ann`}, `".\\ann": write the device's name for the dot, or the user alone`},
		{"no user", map[string]string{"account": `CORP\`}, `"CORP\\" is not an account: DOMAIN\user, user@domain or user`},
		{"mixed", map[string]string{"account": `CORP\ann@corp`}, `"CORP\\ann@corp" is not an account: DOMAIN\user, user@domain or user`},
		{"two accounts", map[string]string{"account": "ann,bob"}, `"ann,bob" is not one account: write a line for each`},
		{"start", map[string]string{"start": ""}, "no start: a ticket holds from when to when"},
		{"end", map[string]string{"end": ""}, "no end: a ticket holds from when to when"},
		{"words", map[string]string{"start": "tomorrow"}, `start: "tomorrow" is no time; write 2026-09-20T18:00:00+02:00, or 2026-09-20 18:00:00 and its zone`},
		{"day first", map[string]string{"start": "20.09.2026 18:00"}, `start: "20.09.2026 18:00" is no time; write 2026-09-20T18:00:00+02:00, or 2026-09-20 18:00:00 and its zone`},
		{"day", map[string]string{"end": "2026-09-20"}, `end: "2026-09-20" is a day and no time; write when on that day`},
		{"30 February", map[string]string{"end": "2026-02-30 10:00Z"}, `end: "2026-02-30 10:00Z" is no time: there is no such day or hour`},
		{"year", map[string]string{"end": "9999-12-31 10:00Z"}, `end: "9999-12-31 10:00Z" is not a year that a ticket can be of`},
		{"abbreviation", map[string]string{"start": "2026-09-20 18:00 CEST"}, `start: "2026-09-20 18:00 CEST": what follows the time is neither Z nor an offset such as +02:00; write 2026-09-20T18:00:00+02:00, or 2026-09-20 18:00:00 and its zone`},
		{"no zone", map[string]string{"start": "2026-09-20 18:00:00"}, `start: "2026-09-20 18:00:00" has no zone; write an offset (2026-09-20T18:00:00+02:00), add a column timezone, or give --changes-zone Europe/Berlin`},
		{"unknown zone", map[string]string{"zone": "Europe/Berlim"}, `no zone "Europe/Berlim" is known; write Europe/Berlin, UTC or +02:00`},
		{"zone of a file", map[string]string{"zone": "../../etc/passwd"}, `no zone "../../etc/passwd" is known; write Europe/Berlin, UTC or +02:00`},
		{"short zone", map[string]string{"zone": "EST"}, `"EST" is not the name of a zone, and abbreviations mean different things; write Europe/Berlin, UTC or +02:00`},
		{"forward", map[string]string{"zone": "Europe/Berlin", "start": "2026-03-29 02:30:00"}, `start: "2026-03-29 02:30:00" does not exist in Europe/Berlin: clocks are put forward then; write it with its offset, 2026-09-20T18:00:00+02:00`},
		{"back", map[string]string{"zone": "Europe/Berlin", "start": "2026-10-25 02:30:00"}, `start: "2026-10-25 02:30:00" is there twice in Europe/Berlin: clocks are put back then; write it with its offset, 2026-09-20T18:00:00+02:00`},
		{"reversed", map[string]string{"start": end, "end": start}, `it ends ("2026-09-20T18:00:00Z") before or when it starts ("2026-09-20T20:00:00Z")`},
		{"nothing", map[string]string{"end": start}, `it ends ("2026-09-20T18:00:00Z") before or when it starts ("2026-09-20T18:00:00Z")`},
		{"standing", map[string]string{"end": "2026-10-21T18:00:01Z"}, "it lasts more than 31 days; what holds for longer is an allowlist entry"},
		{"stars", map[string]string{"service": "**"}, `the service "**" is any: leave it empty, and the ticket counts as one that names none`},
		{"wide", map[string]string{"service": "*a*"}, `the service "*a*" matches nearly everything; spell out three letters or digits at least`},
		{"ending", map[string]string{"service": "*.exe"}, `the service "*.exe" matches nearly everything; spell out three letters or digits at least`},
		{"runs", map[string]string{"service": strings.Repeat("ab**", 9)}, `the service "` + strings.Repeat("ab**", 9) + `" has more than 8 runs of **`},
		{"long service", map[string]string{"service": long}, `the service "` + long[:60] + `…" is too long: at most 512 characters`},
		{"control", map[string]string{"service": "a\tbcd"}, `the service "a\tbcd" has a control character`},
	} {
		t.Run(c.name, func(t *testing.T) {
			good := fields(map[string]string{"ticket": "CHG0", "device": "ws00"})
			req := request(file(t, "cal.csv", "ticket,device,group,account,start,end,service,zone\n"+good+fields(c.change)))
			req.Groups = file(t, "groups.csv", "device,group\nsrv1,Servers\n")
			if diff := cmp.Diff("cal.csv:3: "+c.want, refused(t, req)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	got := refused(t, request(
		file(t, "b.csv", "ticket,device,account,start,end\n,,,,\nCHG1,\"ws\n01\",,2026-09-20,x\n,ws01\n"),
		file(t, "a.csv", "ticket,device,account,start,end\n"+`CHG1,ws01,"ann"x,2026-09-20T18:00Z,2026-09-20T20:00Z`+"\n"),
		filepath.Join(t.TempDir(), "none.csv"),
	))
	want := `b.csv:3: "ws\n01" is not one device: write a line for each
b.csv:3: no account: a ticket is somebody's
b.csv:3: start: "2026-09-20" is a day and no time; write when on that day
b.csv:3: end: "x" is no time; write 2026-09-20T18:00:00+02:00, or 2026-09-20 18:00:00 and its zone
b.csv:5: has 2 values where the first line names 5 columns
a.csv:2: column 15: extraneous or missing " in quoted-field; nothing behind it was read
none.csv: no such file or directory`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestManyMistakesAreCut(t *testing.T) {
	got := refused(t, request(file(t, "cal.csv", "ticket,device,account,start,end\n"+strings.Repeat("x,,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n", 100))))
	if n := strings.Count(got, "\n"); n != maxShown || !strings.HasSuffix(got, "\nand 70 more") {
		t.Errorf("%d lines: %s", n+1, got)
	}
}

func TestRefusedFiles(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "cal.csv: is empty; its first line names the columns"},
		{"UTF-16", "\xff\xfet\x00i\x00", "cal.csv: is UTF-16 text; save it as CSV UTF-8"},
		{"UTF-16 without a mark", "t\x00i\x00\n\x00", "cal.csv: has a NUL byte in line 1, as UTF-16 text does; save it as CSV UTF-8"},
		{"NUL", "ticket\nCHG\x001\n", "cal.csv: has a NUL byte in line 2, as UTF-16 text does; save it as CSV UTF-8"},
		{"Latin 1", "ticket\nM\xfcller\n", "cal.csv: is not UTF-8 text; save it as CSV UTF-8"},
		{"workbook", "PK\x03\x04\x14\x00", "cal.csv: is a workbook or an archive; save it as CSV UTF-8"},
		{"twice", "Device Name,device.name\n", `cal.csv:1: the column "device_name" is there twice`},
		{
			"another list", "Name,\x1b[2JOwner,start\nx,y,z\n",
			`cal.csv:1: no column tells the ticket: it has "name", "\x1b[2jowner", "start"; looked for are ticket, ticket_number, change_number, number
cal.csv:1: no column tells the device or group: it has "name", "\x1b[2jowner", "start"; looked for are device, device_name, devicename, host, hostname, computer, cmdb_ci_name, cmdb_ci, configuration_item, device_group, devicegroup, group, u_device_group
cal.csv:1: no column tells the account: it has "name", "\x1b[2jowner", "start"; looked for are account, account_name, user, user_name, username, u_account, assigned_to_user_name, assigned_to_email, assigned_to
cal.csv:1: no column tells the end: it has "name", "\x1b[2jowner", "start"; looked for are end, end_time, end_date, planned_end_date`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, refused(t, request(file(t, "cal.csv", c.text)))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if got := refused(t, request(t.TempDir())); !strings.HasSuffix(got, ": not a regular file") {
		t.Error(got)
	}
	huge := filepath.Join(t.TempDir(), "huge.csv")
	if err := os.WriteFile(huge, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, maxFile+1); err != nil {
		t.Fatal(err)
	}
	if got := refused(t, request(huge)); got != "huge.csv: is larger than 64 MiB, which no change calendar is" {
		t.Error(got)
	}
}

func TestRefusedGroups(t *testing.T) {
	cal := file(t, "cal.csv", "ticket,device,account,start,end\n")
	for _, c := range []struct{ text, want string }{
		{"DeviceName,Team\nws01,x\n", `groups.csv:1: has the columns "devicename", "team"; a list of device groups has DeviceName and DeviceGroup`},
		{"DeviceName,DeviceGroup\n,Servers\nws*,Servers\n", "groups.csv:2: no device\ngroups.csv:3: \"ws*\" is a pattern: a device is written out; for many of them name a group"},
		{"", "groups.csv: is empty; its first line names the columns"},
	} {
		req := request(cal)
		req.Groups = file(t, "groups.csv", c.text)
		if diff := cmp.Diff(c.want, refused(t, req)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestOverlaps(t *testing.T) {
	const header = "ticket,device,group,account,start,end,service\n"
	const first = `CHG1,ws01,,CORP\ann,2026-09-20T18:00Z,2026-09-20T20:00Z,Acme*` + "\n"
	for _, c := range []struct {
		name, line string
		overlaps   bool
	}{
		{"same", `CHG2,ws01,,CORP\ann,2026-09-20T18:00Z,2026-09-20T20:00Z,Acme*`, true},
		{"other case, longer names", `CHG2,WS01.corp.example,,ANN@corp.example,2026-09-20T19:59:59+00:00,2026-09-20T21:00Z,ACME*`, true},
		{"before", `CHG2,ws01,,CORP\ann,2026-09-20T17:00Z,2026-09-20T18:00:01Z,Acme*`, true},
		{"around", `CHG2,ws01,,CORP\ann,2026-09-20T17:00Z,2026-09-20T22:00Z,Acme*`, true},
		{"where it ends", `CHG2,ws01,,CORP\ann,2026-09-20T20:00Z,2026-09-20T21:00Z,Acme*`, false},
		{"where it begins", `CHG2,ws01,,CORP\ann,2026-09-20T17:00Z,2026-09-20T18:00Z,Acme*`, false},
		{"other service", `CHG2,ws01,,CORP\ann,2026-09-20T18:00Z,2026-09-20T20:00Z,`, false},
		{"other account", `CHG2,ws01,,OTHER\ann,2026-09-20T18:00Z,2026-09-20T20:00Z,Acme*`, false},
		{"any domain", `CHG2,ws01,,ann,2026-09-20T18:00Z,2026-09-20T20:00Z,Acme*`, false},
		{"other device", `CHG2,ws02,,CORP\ann,2026-09-20T18:00Z,2026-09-20T20:00Z,Acme*`, false},
		{"group of that name", `CHG2,,ws01,CORP\ann,2026-09-20T18:00Z,2026-09-20T20:00Z,Acme*`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := request(file(t, "cal.csv", header+first), file(t, "more.csv", header+"CHG9,ws09,,ann,2026-09-20T18:00Z,2026-09-20T20:00Z,\n"+c.line+"\n"))
			req.Groups = file(t, "groups.csv", "device,group\nws01,ws01\n")
			if !c.overlaps {
				if _, err := Load(t.Context(), req); err != nil {
					t.Error(err)
				}
				return
			}
			got := refused(t, req)
			if !strings.HasPrefix(got, "more.csv:3: CHG2 overlaps CHG1 in ") || !strings.Contains(got, "cal.csv:2: both are for ") {
				t.Error(got)
			}
		})
	}
}

func TestGroupsOverlap(t *testing.T) {
	req := request(file(t, "cal.csv", "ticket,group,account,start,end\n"+
		"CHG1,Servers,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n"+
		"CHG2,Desks,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n"+
		"CHG3,SERVERS,ann,2026-09-20T19:00Z,2026-09-20T21:00Z\n"))
	req.Groups = file(t, "groups.csv", "device,group\nsrv1,servers\nws01,desks\n")
	want := "cal.csv:4: CHG3 overlaps CHG1 in cal.csv:2: both are for ann on group SERVERS (2026-09-20 19:00 to 21:00 UTC and " +
		"2026-09-20 18:00 to 20:00 UTC); make one window of them, or let one end where the other begins"
	got := strings.ReplaceAll(refused(t, req), filepath.Dir(req.Files[0])+string(filepath.Separator), "")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A file that is given twice is one file.
func TestAFileGivenTwice(t *testing.T) {
	cal := file(t, "cal.csv", "ticket,device,account,start,end\nCHG1,ws01,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n")
	other := filepath.Join(filepath.Dir(cal), "link.csv")
	if err := os.Symlink(cal, other); err != nil {
		t.Skip(err)
	}
	got, err := Load(t.Context(), request(cal, cal, other))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Windows) != 1 {
		t.Errorf("%d windows", len(got.Windows))
	}
}

func TestAMappingOfOnesOwn(t *testing.T) {
	req := request(file(t, "cal.csv", "RFC;Rechner;Wer;Von;Bis\nR1;ws01 ws02;ann;2026-09-20T18:00Z;2026-09-20T20:00Z\nalt;ws03;ann;2026-09-20T18:00Z;2026-09-20T20:00Z\n"))
	mine := `select File, Line, Fields['rfc'] as Ticket, unnest(string_split(Fields['rechner'], ' ')) as Device, null as DeviceGroup,
		Fields['wer'] as Account, Fields['von'] as StartText, Fields['bis'] as EndText, null as Zone, null as ServicePattern, null as Void
		from change_records where Fields['rfc'] <> 'alt';` + "\n"
	req.Columns = file(t, "mine.sql", mine)
	got, err := Load(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Windows) != 2 || got.Windows[0].Device != "ws01" || got.Windows[1].Device != "ws02" {
		t.Errorf("%+v", got.Windows)
	}
	if len(got.Voids) != 1 || got.Voids[0].Line != 3 || got.Voids[0].Reason != "the mapping leaves it out" {
		t.Errorf("%+v", got.Voids)
	}

	// It reads no file, whoever wrote it.
	secret := file(t, "secret.csv", "a\nb\n")
	for _, sql := range []string{
		"select * from read_csv('" + secret + "')", "select 1", "select 1 as File; drop table change_records", "(", "copy (select 1) to '" + secret + "'",
	} {
		req.Columns = file(t, "mine.sql", sql)
		if _, err := Load(t.Context(), req); err == nil || !strings.Contains(err.Error(), "mine.sql") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	req.Columns = file(t, "mine.sql", "\n")
	if got := refused(t, req); got != "mine.sql: is empty; sql/changes/columns.sql shows what it must give" {
		t.Error(got)
	}
}

func TestHash(t *testing.T) {
	const header = "ticket,device,account,start,end\n"
	const one, two = "CHG1,ws01,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n", "CHG2,ws02,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n"
	base := load(t, header+one+two).Hash()
	if len(base) != 64 {
		t.Error(base)
	}
	for name, text := range map[string]string{
		"order": header + two + one, "lines": header + "\n" + one + "\n" + two, "columns": "end,start,device,account,ticket\n" +
			"2026-09-20T22:00+02:00,2026-09-20T18:00Z,ws01,ann,CHG1\n2026-09-20T20:00Z,2026-09-20T18:00Z,ws02,ann,CHG2\n",
	} {
		if load(t, text).Hash() != base {
			t.Errorf("%s: another hash", name)
		}
	}
	parts, err := Load(t.Context(), request(file(t, "2.csv", header+two), file(t, "1.csv", header+one)))
	if err != nil {
		t.Fatal(err)
	}
	if parts.Hash() != base {
		t.Error("two files: another hash")
	}
	if load(t, header+one).Hash() == base {
		t.Error("a window less: the same hash")
	}
	groups := map[string]bool{}
	for _, text := range []string{"device,group\nws01,A\n", "device,group\nws01,A\nws02,a\n"} {
		req := request(file(t, "cal.csv", "ticket,group,account,start,end\nCHG1,A,ann,2026-09-20T18:00Z,2026-09-20T20:00Z\n"))
		req.Groups = file(t, "groups.csv", text)
		cal, err := Load(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		groups[cal.Hash()] = true
	}
	if len(groups) != 2 {
		t.Error("other devices in the group: the same hash")
	}
}
