package allow

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smew/internal/yamltree"
)

const good = `# a comment
entries:
  - id: sccm
    class: it_management
    match:
      initiating_process_path: [C:\Windows\CCM\CcmExec.exe, '\\srv\share\x\*.exe']
      account: CORP\svc_*
      branches: [W01]
    scope: {devices: [ws-*, srv01]}
    action: down-rank 20
    reason: >-
      two
      lines
    owner: SOC
    created: 2026-11-24
    expires: 2027-05-23
    ticket: 12345
    source: "a \"quoted\" fact"
  - {id: off, class: developer, match: {account: build}, action: tag, reason: r, owner: o, created: 2026-01-01, expires: 2026-01-01, enabled: false}
`

func TestParse(t *testing.T) {
	got, err := Parse("a.yaml", []byte("\ufeff"+strings.ReplaceAll(good, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	want := []Entry{
		{
			ID: "sccm", Class: ITManagement, Action: DownRank, Points: 20, Reason: "two lines", Owner: "SOC",
			Match: Match{
				InitiatingProcessPath: {`C:\Windows\CCM\CcmExec.exe`, `\\srv\share\x\*.exe`},
				Account:               {`CORP\svc_*`},
				Branches:              {"W01"},
			},
			Scope:  Scope{Devices: []string{"ws-*", "srv01"}},
			Ticket: "12345", Source: `a "quoted" fact`, Created: day(2026, 11, 24), Expires: day(2027, 5, 23),
			Enabled: true, File: "a.yaml", Line: 3,
		},
		{
			ID: "off", Class: Developer, Action: Tag, Reason: "r", Owner: "o", Match: Match{Account: {"build"}},
			Created: day(2026, 1, 1), Expires: day(2026, 1, 1), File: "a.yaml", Line: 19,
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Entry{})); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for _, none := range []string{"entries: []", "entries: []\n---\n", "# x\nentries: []\n"} {
		if got, err := Parse("a.yaml", []byte(none)); err != nil || len(got) != 0 {
			t.Errorf("%q: %v, %v", none, got, err)
		}
	}
}

// base is a valid entry; each case below changes one of its lines. The lines
// are numbered from 2 (id) to 12.
var base = []string{
	"entries:",
	"  - id: one",
	"    class: it_management",
	"    match:",
	`      initiating_process_path: C:\Windows\CCM\CcmExec.exe`,
	"    action: down-rank 20",
	"    scope: fleet",
	"    reason: why",
	"    owner: SOC",
	"    created: 2026-11-24",
	"    expires: 2027-05-20",
}

// with gives the base with line n replaced ("" removes it).
func with(n int, line string) string {
	lines := append([]string(nil), base...)
	lines[n-1] = line
	var kept []string
	for _, l := range lines {
		if l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n") + "\n"
}

// suppressing gives the base as a suppress entry with these match lines.
func suppressing(match ...string) string {
	return strings.NewReplacer(
		base[4]+"\n", "      "+strings.Join(match, "\n      ")+"\n",
		"down-rank 20", "suppress",
	).Replace(strings.Join(base, "\n") + "\n")
}

// Each rule, with its message and the place it points at.
func TestParseProblems(t *testing.T) {
	const (
		path    = "      initiating_process_path: "
		writer  = `initiating_process_path: C:\Program Files\V\setup.exe`
		payload = `payload_path: C:\Program Files\V\a.exe`
		service = "service_name: vsvc"
		signer  = "signer: Vendor"
	)
	tests := []struct {
		name, text string
		want       []string // "line:column: part of the message"
	}{
		{"unknown key", with(9, "    ownr: SOC"), []string{`2:5: the entry has no owner`, `9:5: unknown key "ownr"; an entry has id, class`}},
		{"unknown top key", "entry: []\n", []string{`1:1: unknown key "entry"`, `1:1: no entries`}},
		{"unknown match key", with(5, "      process: x"), []string{`5:7: unknown key "process"; a match has initiating_process_path`}},
		{"no id", with(2, "  - ticket: x"), []string{"2:5: the entry has no id"}},
		{"no class", with(3, ""), []string{"2:5: the entry has no class"}},
		{"no reason", with(8, ""), []string{"2:5: the entry has no reason"}},
		{"empty reason", with(8, "    reason: ' '"), []string{"8:13: reason: empty"}},
		{"null reason", with(8, "    reason:"), []string{"8:12: reason: expected text"}},
		{"no owner", with(9, ""), []string{"2:5: the entry has no owner"}},
		{"no expires", with(11, ""), []string{"2:5: the entry has no expires"}},
		{"no match", strings.ReplaceAll(with(4, ""), base[4]+"\n", ""), []string{"2:5: the entry has no match"}},
		{"empty match", with(5, ""), []string{"4:11: match: empty; give at least one of initiating_process_path"}},
		{"empty match map", strings.ReplaceAll(with(4, "    match: {}"), base[4]+"\n", ""), []string{"4:12: match: empty"}},
		{"match is text", strings.ReplaceAll(with(4, "    match: x"), base[4]+"\n", ""), []string{"4:12: match: empty"}},
		{"empty list", with(5, path+"[]"), []string{"5:32: initiating_process_path: an empty list"}},
		{"empty pattern", with(5, path+"''"), []string{"5:32: initiating_process_path: an empty pattern"}},
		{"null pattern", with(5, path+"[~]"), []string{"5:33: initiating_process_path: expected text"}},
		{"nested list", with(5, path+"[[a]]"), []string{"5:33: initiating_process_path: expected text"}},
		{"bad class", with(3, "    class: admin"), []string{`3:12: class: "admin" is none of installer, it_management`}},
		{"bad action", with(6, "    action: hide"), []string{`6:13: action: "hide" is none of suppress, down-rank 25, tag`}},
		{"service manager", with(5, path+`C:\WINDOWS\System32\services.exe`), []string{`5:32: initiating_process_path: "C:\\WINDOWS\\System32\\services.exe" can never match: it does what others ask`}},
		{"generic host alone", with(5, path+`C:\Windows\System32\cmd.exe`), []string{`5:32: initiating_process_path: "C:\\Windows\\System32\\cmd.exe" runs on behalf of others`}},
		{"signer alone", with(5, "      signer: Microsoft Windows"), []string{"4:5: match: a name or a command line is anybody's choice"}},
		{"wide signer", with(5, path+"C:\\a.exe\n      signer: '*'"), []string{`6:15: signer: "*" matches nearly everything`}},
		{"name and scope", strings.Replace(with(5, "      service_name: Updater"), "scope: fleet", "scope: {devices: ws01}", 1), []string{"4:5: match: a name or a command line"}},
		{"bad id", with(2, "  - id: One Two"), []string{`2:9: id: "One Two" is not made of`}},
		{"bad date", with(10, "    created: 24.11.2026"), []string{`10:14: created: "24.11.2026" is no date like`}},
		{"no such day", with(11, "    expires: 2027-02-30"), []string{`11:14: expires: "2027-02-30" is no date`}},
		{"reversed", with(11, "    expires: 2026-11-23"), []string{"11:14: expires: before created"}},
		{"too long", with(11, "    expires: 2027-05-24"), []string{"11:14: expires: more than 180 days after created; at the latest 2027-05-23"}},
		{
			"too long for the system", strings.Replace(with(11, "    expires: 2031-11-25"), "it_management", "operating_system", 1),
			[]string{"11:14: expires: more than 5 years"},
		},
		{"points missing", with(6, "    action: down-rank"), []string{"6:13: action: a down-rank says how much it takes off, 1 to 40: down-rank 25"}},
		{"points zero", with(6, "    action: down-rank 0"), []string{"6:13: action: a down-rank says how much"}},
		{"points many", with(6, "    action: down-rank 41"), []string{"6:13: action: a down-rank says"}},
		{"points negative", with(6, "    action: down-rank -20"), []string{"6:13: action: a down-rank says"}},
		{"points float", with(6, "    action: down-rank 2.5"), []string{"6:13: action: a down-rank says"}},
		{"points twice", with(6, "    action: down-rank 20 20"), []string{"6:13: action: a down-rank says"}},
		{"points of a tag", with(6, "    action: tag 5"), []string{"6:13: action: only a down-rank has points; write tag alone"}},
		{"action is a list", with(6, "    action: [down-rank, 5]"), []string{"6:13: action: expected text"}},
		{"points by themselves", with(6, "    action: down-rank\n    points: 25"), []string{"7:5: points: say it in the action: write action: down-rank 25"}},
		{"points of text", with(6, "    action: down-rank\n    points: \x1b"), []string{"write action: down-rank 25"}},
		{"points and points", with(6, "    action: down-rank 20\n    points: 20"), []string{"7:5: points: say it in the action: write action: down-rank 20"}},
		{"enabled is text", with(8, "    reason: r\n    enabled: 'no'"), []string{"9:14: enabled: expected true or false"}},

		{"scope of another word", with(7, "    scope: all"), []string{`7:12: scope: "all": scope is fleet, {devices: [ws-*, srv01]} or {device_list: FILE.csv}`}},
		{"scope null", with(7, "    scope:"), []string{"7:11: scope: scope is fleet"}},
		{"scope is a list", with(7, "    scope: [ws01]"), []string{"7:12: scope: scope is fleet"}},
		{"scope of nothing", with(7, "    scope: {}"), []string{"7:12: scope: scope is fleet"}},
		{"scope of both", with(7, "    scope: {devices: a, device_list: b.csv}"), []string{"7:12: scope: scope is fleet"}},
		{"scope of another key", with(7, "    scope: {device: ws01}"), []string{`7:13: scope: unknown key "device"; scope is fleet`}},
		{"no devices", with(7, "    scope: {devices: []}"), []string{"scope: an empty list of devices; leave out scope for the whole fleet"}},
		{"wide devices", with(7, "    scope: {devices: ['*']}"), []string{`7:23: scope: devices: "*" is every device`}},
		{"empty device", with(7, "    scope: {devices: [a, '']}"), []string{"7:26: scope: devices: an empty pattern"}},
		{"device of two words", with(7, "    scope: {devices: a b}"), []string{`7:22: scope: devices: "a b" is not the name of a device`}},
		{"device in the match", with(5, "      device: ws01"), []string{"5:7: device: where an entry holds is its scope: write scope: {devices: [ws-*]} beside match"}},
		{"device list in no folder", with(7, "    scope: {device_list: a.csv}"), []string{"7:26: scope: device_list: this text lies in no folder"}},
		{"device list above", with(7, "    scope: {device_list: ../a.csv}"), []string{`7:26: scope: device_list: "../a.csv" must lie beside the allowlist file`}},
		{"device list from the root", with(7, "    scope: {device_list: /etc/passwd}"), []string{`must lie beside the allowlist file`}},
		{"device list on a drive", with(7, `    scope: {device_list: 'C:\a.csv'}`), []string{`write the name with / and without a drive`}},
		{"device list empty", with(7, `    scope: {device_list: ''}`), []string{`the name of the file is empty`}},

		{"id twice", strings.Join(base, "\n") + "\n" + strings.Join(base[1:], "\n"), []string{`12:5: id "one" is used twice: first in line 2`}},
		{"key twice", with(8, "    reason: a\n    reason: b"), []string{`9:5: mapping key "reason" already defined`}},

		{"everything", with(5, path+"'*'"), []string{`5:32: initiating_process_path: "*" does not begin at a root`}},
		{"everything deep", with(5, path+"'**'"), []string{"5:32: initiating_process_path: "}},
		{"any x.exe", with(5, path+`'**\x.exe'`), []string{"5:32: initiating_process_path: "}},
		{"any exe", with(5, path+"'*.exe'"), []string{"5:32: initiating_process_path: "}},
		{"bare name", with(5, path+"msiexec.exe"), []string{`5:32: initiating_process_path: "msiexec.exe" does not begin at a root`}},
		{"bare name in a list", with(5, path+"\n        - C:\\Windows\\x.exe\n        - setup.exe"), []string{`7:11: initiating_process_path: "setup.exe" does not`}},
		{"whole drive", with(5, path+`C:\**`), []string{"5:32: initiating_process_path: \"c:\\\\**\" is too wide: spell out the first folder"}},
		{"any first folder", with(5, path+`C:\*\x.exe`), []string{"is too wide"}},
		{"first folder in part", with(5, path+`C:\Program Files*\Vendor\x.exe`), []string{"is too wide"}},
		{"any share", with(5, path+`\\srv\*\x.exe`), []string{"is too wide"}},
		{"unix root", with(5, path+`/**`), []string{"is too wide"}},
		{"unix first folder", with(5, path+`/*/x`), []string{"is too wide"}},
		{"any drive", with(5, path+`'?:\Windows\x.exe'`), []string{"does not begin at a root"}},
		{"variable", with(5, path+`'%SystemRoot%\x.exe'`), []string{"can never match: write the folder out"}},
		{"slashes", with(5, path+`C:/Windows/x.exe`), []string{"does not begin at a root"}},
		{"mixed slashes", with(5, path+`C:\Windows/x.exe`), []string{"no Windows path contains"}},
		{"device prefix", with(5, path+`'\\?\C:\Windows\x.exe'`), []string{"can never match"}},
		{"folder only", with(5, path+`C:\Windows\`), []string{"add ** for everything below"}},
		{"dots", with(5, path+`C:\Windows\..\x.exe`), []string{"ends in a dot"}},
		{"stream", with(5, path+`C:\Windows\x:y.exe`), []string{"second colon"}},
		{"question mark", with(5, path+`C:\Windows\?.exe`), []string{"no Windows path contains"}},
		{"unquoted star", with(5, `      account: *\adm`), []string{"5:16: YAML reads a leading * as an alias"}},
		{"tab by escape", with(5, path+`"C:\temp\x.exe"`), []string{"5:32: initiating_process_path: the text holds a control character"}},
		{"too long a pattern", with(5, path+`C:\Windows\`+strings.Repeat("x", 600)), []string{"characters is too long"}},
		{"too many stars", with(5, path+`C:\Windows\`+strings.Repeat("**x", 9)), []string{"at most 8 runs"}},
		{"wide account", with(5, "      account: '*'"), []string{`account: "*" matches nearly everything`}},
		{"wide account of a domain", with(5, `      account: CORP\*`), []string{`matches nearly everything`}},
		{"account of three parts", with(5, `      account: A\B\C`), []string{`is not an account`}},
		{"wide service", with(5, "      service_name: '*a*b'"), []string{`matches nearly everything`}},
		{"wide command", with(5, "      process_command: '*.exe'"), []string{`matches nearly everything`, `anybody's choice`}[:1]},
		{"branch pattern", with(5, "      branches: ['W*']"), []string{`"W*" is not the id of a branch`}},
		{"name alone", with(5, "      service_name: Updater"), []string{"4:5: match: a name or a command line is anybody's choice"}},
		{"command alone", with(5, "      process_command: '**ansible**'"), []string{"4:5: match: a name or a command line"}},

		{"suppress by path alone", suppressing(`initiating_process_path: C:\Windows\CCM\CcmExec.exe`), []string{
			"4:5: match: to suppress, an entry names initiating_process_path, payload_path, service_name, signer; there is no payload_path, no service_name, no signer; use action: down-rank 40",
		}},
		{"suppress by account", suppressing("account: admin", "branches: [W01]"), []string{"there is no initiating_process_path, no payload_path, no service_name, no signer"}},
		{"suppress by branches", suppressing(writer, payload, signer, "branches: [W04]"), []string{"there is no service_name; use"}},
		{"suppress without a signer", suppressing(writer, payload, service), []string{"there is no signer; use"}},
		{"suppress without a writer", suppressing(payload, service, signer), []string{"there is no initiating_process_path; use"}},
		{"suppress for the writer of users", suppressing(`initiating_process_path: C:\Users\x\y.exe`, payload, service, signer), []string{`5:32: initiating_process_path: "C:\\Users\\x\\y.exe" cannot suppress: it is not below`}},
		{"suppress payload of users", suppressing(writer, `payload_path: C:\ProgramData\x.exe`, service, signer), []string{`6:21: payload_path: "C:\\ProgramData\\x.exe" cannot suppress`}},
		{"suppress root", suppressing(writer, `payload_path: C:\x.exe`, service, signer), []string{"cannot suppress: it is not below"}},
		{"suppress own folder", suppressing(writer, `payload_path: C:\Tools\x.exe`, service, signer), []string{"cannot suppress: it is not below"}},
		{"suppress share", suppressing(writer, `payload_path: \\srv\share\x.exe`, service, signer), []string{"cannot suppress: it is not below"}},
		{"suppress temp", suppressing(writer, `payload_path: C:\Windows\Temp\x.exe`, service, signer), []string{"users can write below a folder named temp"}},
		{"suppress temp by stars", suppressing(writer, `payload_path: C:\Windows\*\x.exe`, service, signer), []string{`it also covers c:\windows\temp\, where users can write`}},
		{"suppress Windows", suppressing(writer, `payload_path: C:\Windows\**`, service, signer), []string{`it also covers c:\windows\temp\`}},

		{"empty file", "", []string{"0:0: the file is empty"}},
		{"only a comment", "# x\n", []string{"0:0: the file is empty"}},
		{"a list", "- a\n", []string{"1:1: an allowlist is a list under entries:"}},
		{"text", "abc\n", []string{"1:1: an allowlist is a list under entries:"}},
		{"entries is null", "entries:\n", []string{"1:10: entries is not a list"}},
		{"entry is text", "entries:\n  - abc\n", []string{"2:5: an entry is a mapping with the keys id, class"}},
		{"two documents", "entries: []\n---\nentries: []\n", []string{"3:1: a second YAML document"}},
		{"syntax", "entries: [\n", []string{"1:10: sequence end token ']' not found"}},
		{"anchor", "entries: &a []\n", []string{`1:10: "&" has a meaning in YAML that is not used here`}},
		{"tag", "entries: !!seq []\n", []string{`1:10: "!!seq" has a meaning`}},
		{"merge", "entries:\n  - <<: {}\n", []string{`2:5: "<<" has a meaning`}},
		{"not UTF-8", "entries: \xff\n", []string{"0:0: the file is not UTF-8 text"}},
		{"UTF-16", "\xff\xfee\x00n\x00", []string{"0:0: the file is not UTF-8 text"}},
		{"too large", "entries: []\n" + strings.Repeat("#\n", yamltree.MaxFile/2), []string{"0:0: the file is larger than 1024 KiB"}},
		{"deep flow", "entries: " + strings.Repeat("[", 500_000), []string{"1:26: nested too deeply"}},
		{"deep list", strings.Repeat("- ", 300_000), []string{"1:33: nested too deeply"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			entries, err := Parse("bad.yaml", []byte(tt.text))
			var bad *Error
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, %v; want an *Error\n%s", entries, err, tt.text)
			}
			if entries != nil {
				t.Errorf("entries beside an error: %v", entries)
			}
			var got []string
			for _, p := range bad.Problems {
				got = append(got, fmt.Sprintf("%d:%d: %s", p.Line, p.Column, p.Message))
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %d problems, want %d:\n%s", len(got), len(tt.want), strings.Join(got, "\n"))
			}
			for i, want := range tt.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("problem %d:\n got %s\nwant …%s…", i, got[i], want)
				}
			}
		})
	}
}

// All mistakes of a file come at once, in the order of its lines, each with
// its line of the source.
func TestErrorText(t *testing.T) {
	text := strings.NewReplacer("class: it_management", "class: x", "owner: SOC", "ownr: \x1b[31mSOC").Replace(strings.Join(base, "\n"))
	_, err := Parse("dir/bad.yaml", []byte(text))
	if err == nil {
		t.Fatal("no error")
	}
	want := strings.Join([]string{
		"dir/bad.yaml:2:5: the entry has no owner",
		"   2 |   - id: one",
		"     |     ^",
		`dir/bad.yaml:3:12: class: "x" is none of installer, it_management, security_product, developer, administrator, operating_system`,
		"   3 |     class: x",
		"     |            ^",
		`dir/bad.yaml:9:5: unknown key "ownr"; an entry has id, class, scope, match, action, reason, owner, created, expires, ticket, enabled, source`,
		"   9 |     ownr: ·[31mSOC",
		"     |     ^",
	}, "\n")
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestExcerptOfLongLine(t *testing.T) {
	p := newProblems("x", []byte(strings.Repeat("a", 5000)+"!"+strings.Repeat("b", 1_000_000)))
	p.add(position{Line: 1, Column: 5001}, "here")
	lines := strings.Split(p.list[0].Excerpt, "\n")
	if len(lines) != 2 || len(lines[0]) > 120 || lines[0][strings.Index(lines[1], "^")] != '!' {
		t.Errorf("caret does not point at the place:\n%s", p.list[0].Excerpt)
	}
	p.add(position{Line: 9, Column: 1}, "beyond the file")
	if got := p.list[1].Excerpt; got != "" {
		t.Errorf("excerpt of no line: %q", got)
	}
}

// Whatever the file, Parse ends, does not panic, and gives either entries that
// keep the rules or problems that name a place in the file.
func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add(strings.Join(base, "\n"))
	f.Add(suppressing(`initiating_process_path: C:\Program Files\V\a.exe`, `payload_path: C:\Program Files\V\b.exe`, "service_name: v", "signer: V"))
	f.Add(strings.Replace(good, "[ws-*, srv01]", "[a, b, c d]", 1))
	f.Add(with(7, "    scope: {device_list: x/y.csv}"))
	for _, s := range []string{
		"entries: []", "", "\x00", "entries:\n- ", "entries: [{}]", "entries: [{id: }]", "? a\n: b", "entries: |\n  x\n", "%YAML 1.2\n---\nentries: []",
		"entries:\n  - match: {branches: [~, 1, 2.5, true, .nan, 0x10]}", "a: &a [*a]", "\r000", "\"entries\": [", "{entries: [[[[]]]]}", "entries: {a: 1}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := Parse("f.yaml", []byte(text))
		if err != nil {
			var bad *Error
			if !errors.As(err, &bad) || len(bad.Problems) == 0 || entries != nil {
				t.Fatalf("%v, %v", entries, err)
			}
			for _, p := range bad.Problems {
				if p.File != "f.yaml" || p.Message == "" || p.Line < 0 || p.Line > len(newProblems("", []byte(text)).lines) {
					t.Errorf("problem without a place: %+v", p)
				}
			}
			return
		}
		for _, e := range entries {
			if e.ID == "" || e.Reason == "" || e.Owner == "" || len(e.Match) == 0 || e.Expires.Before(e.Created) {
				t.Errorf("entry breaks the rules: %+v", e)
			}
			if (e.Action == DownRank) != (e.Points > 0) || e.Points > maxPoints {
				t.Errorf("points: %+v", e)
			}
			for key, list := range e.Match {
				k, ok := keyKind(key)
				if !ok || len(list) == 0 {
					t.Errorf("match %q: %q", key, list)
				}
				for _, glob := range list {
					if k == pathKind && !strings.ContainsAny(glob, `\/`) {
						t.Errorf("bare name: %q", glob)
					}
				}
			}
		}
	})
}
