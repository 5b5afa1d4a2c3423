package evtx

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

type log struct {
	name string
	data []byte
}

// corpus are the recorded logs, which lie beside the repository.
func corpus(tb testing.TB) []log {
	logs := recordings(tb)
	if len(logs) == 0 {
		tb.Skip("no recordings: ../shared/corpus is not beside the repository")
	}
	return logs
}

func recordings(tb testing.TB) (logs []log) {
	dir := filepath.Join("..", "..", "..", "shared", "corpus")
	if _, err := os.Stat(dir); err != nil {
		return nil
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".evtx") {
			return err
		}
		data, err := os.ReadFile(path)
		logs = append(logs, log{filepath.Base(path), data})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return logs
}

// built is a log that is made here.
func built() log {
	system := el("System", el("Provider", attr("Name", txt("P"))), el("EventID", attr("Qualifiers", opt(1, typeUint16)), sub(0, typeUint16)), el("TimeCreated", attr("SystemTime", sub(2, typeFileTime))))
	inner := el("EventData", named("Image", sub(0, typeString)), named("Id", sub(1, typeHex64)))
	args := func(i byte) []arg {
		return []arg{raw(typeUint16, "851b"), {kind: typeNull}, {kind: typeFileTime, data: []byte{i, 0, 0, 0, 0, 0, 0xd7, 1}}}
	}
	b := newBuilder().record(fragment, template(event1(system, opt(3, typeBinXML)), append(args(0), xml(template(inner, str("C:\\a"), arg{kind: typeNull})))...), tokens(tokenEOF))
	for i := range 100 {
		text := strings.Repeat("C:\\Windows ", i%7)
		outer := append(args(byte(i)), xml(fragment, template(inner, str(text), arg{kind: typeHex64, data: make([]byte, 8)}), tokens(tokenEOF)))
		b.record(fragment, again(chunkHeaderSize+recordHeader+4+instanceHeader, outer...), tokens(tokenEOF))
	}
	return log{"built", b.log()}
}

// event is a record that was read.
type event struct {
	Record
	text string
}

// read reads a log to its end.
func read(tb testing.TB, data []byte) (events []event, problems []Record) {
	tb.Helper()
	r, err := NewReader(bytes.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	return drain(tb, r)
}

// drain reads what is left of a log. Each record is valid JSON, appended to
// what was there; one that is lost appends nothing.
func drain(tb testing.TB, r *Reader) (events []event, problems []Record) {
	tb.Helper()
	const before = "what is already there"
	buf := []byte(before)
	for {
		out, record, err := r.Next(buf[:len(before)])
		if errors.Is(err, io.EOF) {
			return events, problems
		}
		if err != nil {
			tb.Fatal(err)
		}
		buf = out
		if !bytes.HasPrefix(out, []byte(before)) {
			tb.Fatalf("record %d: dst was overwritten", record.ID)
		}
		out = out[len(before):]
		switch {
		case record.Problem == "" && (!json.Valid(out) || !utf8.Valid(out)):
			tb.Fatalf("record %d is not valid: %q", record.ID, out)
		case record.Problem == "":
			events = append(events, event{record, string(out)})
		case len(out) > 0:
			tb.Fatalf("record %d is lost (%s), but %q was appended", record.ID, record.Problem, out)
		default:
			problems = append(problems, record)
		}
	}
}

// object reads a JSON object, in which no member has the name of another.
func object(tb testing.TB, text string) map[string]any {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var fields map[string]any
	if err := d.Decode(&fields); err != nil {
		tb.Fatalf("%v in %s", err, text)
	}
	again, err := json.Marshal(fields)
	if err != nil {
		tb.Fatal(err)
	}
	if a, b := strings.Count(keysOf(text), "\n"), strings.Count(keysOf(string(again)), "\n"); a != b {
		tb.Fatalf("%d members, of which %d have a name of their own: %s", a, b, text)
	}
	return fields
}

// keysOf lists the keys of all objects in a text, one a line.
func keysOf(text string) string {
	var keys strings.Builder
	d := json.NewDecoder(strings.NewReader(text))
	var inObject []bool
	isKey := false
	for {
		token, err := d.Token()
		if err != nil {
			return keys.String()
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			inObject = append(inObject, token == json.Delim('{'))
			isKey = token == json.Delim('{')
			continue
		case json.Delim('}'), json.Delim(']'):
			inObject = inObject[:len(inObject)-1]
		default:
			if isKey {
				fmt.Fprintf(&keys, "%q\n", token)
				isKey = false
				continue
			}
		}
		isKey = len(inObject) > 0 && inObject[len(inObject)-1]
	}
}
