package validate

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/scenario"
)

// words is text of the kinds that break a reader: quotes, percents, what XML and
// JSON escape, two spaces, other alphabets.
var words = rapid.StringOfN(rapid.RuneFrom([]rune(`ab C%"'\<>&;=$|^~–é漢😀	 `)), 1, 40, -1)

// sentence does not begin or end with a blank, and is not the dash that Windows
// writes for nothing.
var sentence = rapid.Custom(func(t *rapid.T) string { return "x" + words.Draw(t, "text") + "y" })

func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// random is the text of a scenario's events on a platform, and what the command
// lines in it are.
func random(platform string, t *rapid.T) (events string, commands []string) {
	program, parent := `C:\Windows\System32\cmd.exe`, "explorer"
	if platform != "windows" {
		program, parent = "/bin/sh", map[string]string{"linux": "bash", "macos": "zsh"}[platform]
	}
	var b strings.Builder
	for i := range rapid.IntRange(1, 4).Draw(t, "processes") {
		text := sentence.Draw(t, "command")
		commands = append(commands, text)
		fmt.Fprintf(&b, "  - process: {id: p%d, image: %s, command: %s, args: [sh, %s], parent: %s}\n", i, quoted(program), quoted(text), quoted(text), parent)
		parent = fmt.Sprintf("p%d", i)
	}
	path := sentence.Filter(func(s string) bool { return !strings.ContainsAny(s, `\`) })
	if platform != "windows" {
		for _, action := range []string{"created", "modified", "deleted"} {
			fmt.Fprintf(&b, "  - file: {by: p0, action: %s, path: %s}\n", action, quoted("/etc/"+path.Draw(t, "path")))
		}
		fmt.Fprintf(&b, "  - file: {by: p0, action: renamed, from: %s, path: %s}\n", quoted("/a/"+path.Draw(t, "from")), quoted("/b/"+path.Draw(t, "to")))
		fmt.Fprintf(&b, "  - file: {by: p0, action: created, from: %s, path: %s}\n", quoted("/c/"+path.Draw(t, "target")), quoted("/d/"+path.Draw(t, "link")))
		return b.String(), commands
	}
	name := path.Draw(t, "service")
	fmt.Fprintf(&b, "  - create_service: {service: %s, display: %s, image: %s, by: p0, type: %s, start: %s}\n",
		quoted(name), quoted(sentence.Draw(t, "display")), quoted(sentence.Draw(t, "image")),
		rapid.SampledFrom([]string{"own", "share", "kernel", "filesys"}).Draw(t, "type"),
		rapid.SampledFrom([]string{"boot", "system", "auto", "demand", "disabled"}).Draw(t, "start"))
	fmt.Fprintf(&b, "  - config_service: {service: %s, by: p0, set: {ImagePath: %s}}\n", quoted(name), quoted(sentence.Draw(t, "other image")))
	fmt.Fprintf(&b, "  - registry: {by: p0, action: set, key: %s, value: %s, type: %s, data: %d}\n",
		quoted(`HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\`+name+`\Parameters`), quoted(path.Draw(t, "value")),
		rapid.SampledFrom([]string{"REG_SZ", "REG_DWORD", "REG_QWORD", "REG_BINARY", "REG_MULTI_SZ"}).Draw(t, "kind"), rapid.IntRange(0, 1<<31).Draw(t, "data"))
	fmt.Fprintf(&b, "  - powershell: {by: p0, text: %s}\n", quoted(sentence.Draw(t, "script")))
	b.WriteString("  - logon: {user: 'LAB\\bob', type: 3, address: 10.0.0.9}\n  - network: {by: services, direction: inbound, address: 'fe80::1', port: 135}\n")
	fmt.Fprintf(&b, "  - image_load: {by: svchost, path: %s}\n", quoted(`C:\`+path.Draw(t, "dll")))
	b.WriteString("  - driver_load: {path: 'C:\\x.sys', signed: false}\n")
	fmt.Fprintf(&b, "  - delete_service: {service: %s, by: p0}\n", quoted(name))
	return b.String(), commands
}

// TestRenderedRecordsAreRead: every record that is rendered, of the built-in
// scenarios and of made-up ones with the worst of texts, is read back; none is
// rejected, passed over or taken for a copy, and command lines come back as they
// were.
func TestRenderedRecordsAreRead(t *testing.T) {
	_, list := builtIn(t)
	wanted := map[string]string{} // command lines by device and text
	for _, platform := range scenario.Platforms {
		for i := range 12 {
			var commands []string
			events := rapid.Custom(func(t *rapid.T) string {
				var text string
				text, commands = random(platform, t)
				return text
			}).Example(i)
			s := parse(t, fmt.Sprintf("%s_%d", platform, i), platform, events, "{}")
			list = append(list, s)
			for _, kind := range s.Telemetry {
				if slices.Contains([]string{"defender", "sysmon", "security"}, kind) { // the others join arguments
					for _, c := range commands {
						wanted[scenario.DeviceName(s.ID, kind)+" "+c] = s.ID
					}
				}
			}
		}
	}
	req := request(t, nil, list)
	req.Branches = append(req.Branches, card(t, "A01", nil, "DeviceProcessEvents", `select Timestamp, DeviceId, DeviceName, ReportId, SourceTable, SourceFile, SourceRecord,
    'Made' as DetectionType, ProcessCommandLine
from DeviceProcessEvents where true`))
	r := &run{Request: req, dir: filepath.Join(t.TempDir(), "telemetry"), rendered: map[string]*scenario.Rendering{}}
	records := 0
	for _, kind := range scenario.Kinds() {
		if err := r.render(kind); err != nil {
			t.Fatal(err)
		}
		records += r.rendered[kind].Records
	}
	result, err := r.hunt(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.unread(result); err != nil {
		t.Error(err)
	}
	c := result.Summary.Counts
	if c.RowsRead != int64(records) || c.RowsKept != c.RowsRead {
		t.Errorf("%d records rendered, %d read, %d kept, %d rejected, %d of kinds without a table", records, c.RowsRead, c.RowsKept, c.Rejected, c.Others)
	}
	for _, e := range result.Events() {
		delete(wanted, e.DeviceName+" "+e.ProcessCommandLine)
	}
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		t.Errorf("a command line is lost: %q", key)
	}
}
