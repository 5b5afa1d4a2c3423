package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"

	"smew/internal/term"
)

// commands are what the scripts can say beyond testscript's own words. They
// make the files that a text archive cannot hold, and look at output closely.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":   exits,
	"event":   event,
	"bytes":   writeBytes,
	"append":  appendBytes,
	"pack":    pack,
	"cut":     cut,
	"utf16":   toUTF16,
	"bigline": bigLine,
	"events":  events,
	"begins":  begins,
	"narrow":  narrow,
	"safe":    safe,
}

// exits runs a program and holds its exit status: exits 2 smew hunt.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want := number(ts, neg, args, 2)
	got := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// event appends one event to a file of lines: event FILE [Column=value…]. Where
// not told otherwise it is the event of good.json. A value is Go's text without
// its quotes, so that '\u202e' and '\x1b' can be seen in the script.
func event(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 2)
	changed := map[string]any{}
	for _, arg := range args[1:] {
		name, value, ok := strings.Cut(arg, "=")
		if !ok {
			ts.Fatalf("event: %q is not Column=value", arg)
		}
		changed[name] = unquoted(ts, value)
	}
	appendTo(ts, unquoted(ts, args[0]), eventLine(changed))
}

// events appends N events that differ in ReportId and are hard to compress:
// events FILE N.
func events(ts *testscript.TestScript, neg bool, args []string) {
	n := number(ts, neg, args[1:], 1)
	var lines strings.Builder
	random := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		lines.WriteString(eventLine(map[string]any{"ReportId": strconv.Itoa(1_000_000 + i), "SHA256": fmt.Sprintf("%064x", random.Uint64())}))
	}
	appendTo(ts, args[0], lines.String())
}

func appendTo(ts *testscript.TestScript, name, text string) {
	file, err := os.OpenFile(ts.MkAbs(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	ts.Check(err)
	_, err = file.WriteString(text)
	ts.Check(errors.Join(err, file.Close()))
}

// hitID is the case of the event of good.json, and of others of that service that day.
const hitID = "1a5e9c3134b2ebc4"

// eventLine is one line of a Log Analytics export: a workbook creates a service.
func eventLine(changed map[string]any) string {
	columns := map[string]any{
		"Type":                               "DeviceProcessEvents",
		"TimeGenerated":                      "2026-09-18T15:42:11.0919976Z",
		"DeviceId":                           "9376e06cbfe680aabb10e88fa9f0dbdda45fe02c",
		"DeviceName":                         "ws-0141.corp.example",
		"ReportId":                           "4191",
		"ActionType":                         "ProcessCreated",
		"AccountDomain":                      "corp",
		"AccountName":                        "j.moreno",
		"FileName":                           "sc.exe",
		"FolderPath":                         `C:\Windows\System32\sc.exe`,
		"ProcessCommandLine":                 `sc.exe create WinUpdSync binPath= "C:\Users\Public\updsync.exe" start= auto`,
		"ProcessVersionInfoOriginalFileName": "sc.exe",
		"InitiatingProcessAccountName":       "j.moreno",
		"InitiatingProcessFileName":          "EXCEL.EXE",
		"InitiatingProcessFolderPath":        `c:\program files\microsoft office\root\office16\excel.exe`,
		"InitiatingProcessCommandLine":       "EXCEL.EXE Supplier_terms_Q3.xlsm",
		"InitiatingProcessParentFileName":    "OUTLOOK.EXE",
	}
	for name, value := range changed {
		columns[name] = value
	}
	line, err := json.Marshal(columns)
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(line) + "\n"
}

// writeBytes writes a file: bytes FILE 'text\x00' [times]. Name and text are
// Go's text without its quotes.
func writeBytes(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 3)
	times := 1
	if len(args) > 2 {
		times = number(ts, neg, args[2:], 1)
	}
	text := strings.Repeat(unquoted(ts, args[1]), times)
	ts.Check(os.WriteFile(ts.MkAbs(unquoted(ts, args[0])), []byte(text), 0o644))
}

// appendBytes is bytes for the end of a file: append FILE 'text\x00'.
func appendBytes(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 3)
	appendTo(ts, unquoted(ts, args[0]), unquoted(ts, args[1]))
}

// pack compresses: pack gzip|zstd TO FROM, or pack zip TO member=FROM…, where
// a member's name is written as it stands, wherever it leads.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 4)
	var packed bytes.Buffer
	switch args[0] {
	case "gzip":
		w := gzip.NewWriter(&packed)
		_, err := io.WriteString(w, ts.ReadFile(args[2]))
		ts.Check(errors.Join(err, w.Close()))
	case "zstd":
		w, err := zstd.NewWriter(&packed)
		ts.Check(err)
		_, err = io.WriteString(w, ts.ReadFile(args[2]))
		ts.Check(errors.Join(err, w.Close()))
	case "zip":
		w := zip.NewWriter(&packed)
		for _, arg := range args[2:] {
			name, from, _ := strings.Cut(arg, "=")
			member, err := w.Create(name)
			ts.Check(err)
			_, err = io.WriteString(member, ts.ReadFile(from))
			ts.Check(err)
		}
		ts.Check(w.Close())
	default:
		ts.Fatalf("pack: no %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), packed.Bytes(), 0o644))
}

// cut takes bytes off the end of a file: cut FILE N.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	n := number(ts, neg, args[1:], 1)
	name := ts.MkAbs(args[0])
	info, err := os.Stat(name)
	ts.Check(err)
	ts.Check(os.Truncate(name, info.Size()-int64(n)))
}

// toUTF16 writes a file anew in little-endian UTF-16 with a byte order mark.
func toUTF16(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 3)
	units := utf16.Encode([]rune("\ufeff" + ts.ReadFile(args[1])))
	text, err := binary.Append(nil, binary.LittleEndian, units)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o644))
}

// bigLine appends one JSON object of N MB on one line: bigline FILE N.
func bigLine(ts *testscript.TestScript, neg bool, args []string) {
	n := number(ts, neg, args[1:], 1)
	appendTo(ts, args[0], `{"a":"`+strings.Repeat("x", n<<20)+"\"}\n")
}

// begins holds the opening bytes of a file: begins FILE 'PAR1'.
func begins(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 3)
	text := ts.ReadFile(args[0])
	if want := unquoted(ts, args[1]); !strings.HasPrefix(text, want) {
		ts.Fatalf("%s begins with %q, want %q", args[0], text[:min(len(text), 20)], want)
	}
}

// narrow holds the width of each line, as a terminal draws it: narrow FILE 80.
func narrow(ts *testscript.TestScript, neg bool, args []string) {
	most := number(ts, neg, args[1:], 1)
	for i, line := range strings.Split(ts.ReadFile(args[0]), "\n") {
		if n := term.Columns(line); n > most {
			ts.Fatalf("%s:%d has %d columns: %s", args[0], i+1, n, line)
		}
	}
}

// safe holds that a terminal can be shown a file: safe FILE…. Nothing in it but
// line ends does anything other than draw a character.
func safe(ts *testscript.TestScript, neg bool, args []string) {
	number(ts, neg, append([]string{"0"}, args...), 2)
	for _, arg := range args {
		for i, line := range strings.Split(ts.ReadFile(arg), "\n") {
			for _, r := range strings.TrimSuffix(line, "\r") {
				if !term.Safe(r) {
					ts.Fatalf("%s:%d has %U: %q", arg, i+1, r, line)
				}
			}
		}
	}
}

// number reads a command's first argument, and refuses a negated command and
// one with fewer arguments than it needs.
func number(ts *testscript.TestScript, neg bool, args []string, least int) int {
	if neg || len(args) < least {
		ts.Fatalf("cannot be negated, or arguments are missing: %q", args)
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("not a number: %s", args[0])
	}
	return n
}

func unquoted(ts *testscript.TestScript, text string) string {
	s, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil {
		ts.Fatalf("%s: %v", fmt.Sprintf("%q", text), err)
	}
	return s
}
