package change

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxFile    = 64 << 20 // a calendar that people keep, not data
	maxRecords = 200_000
	// maxField is how many bytes of a field are looked at: no value of a window may
	// be as long, and descriptions are not read.
	maxField = 4 << 10
)

// table is a CSV file: its header in the spelling of [header], and its records.
type table struct {
	File    string
	Header  []string
	Records []record
}

// record is a line of a CSV file, or several if a value is quoted over several.
type record struct {
	File   string
	Line   int // where it begins
	Fields map[string]string
}

// readFile reads a file up to just past the limit. A pipe or device, which might
// never end, is not opened.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, plain(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return text, plain(err)
}

// plain is an error of the file system without the path, which messages begin with.
func plain(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// parse reads the text of a CSV file. Mistakes go to p; nil is returned if there is no
// use in looking further.
func parse(p *problems, file string, text []byte) *table {
	text, problem := plainText(text)
	if problem != "" {
		p.add(file, 0, "%s", problem)
		return nil
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if !bytes.Contains(first, []byte(",")) && bytes.Contains(first, []byte(";")) {
		r.Comma = ';' // as spreadsheets write it where the comma is in numbers
	}
	names, err := r.Read()
	if err != nil {
		p.addCSV(file, err)
		return nil
	}
	t := &table{File: file, Header: header(names)}
	line, _ := r.FieldPos(0)
	if problem := checkHeader(t.Header); problem != "" {
		p.add(file, line, "%s", problem)
		return nil
	}
	return t.read(p, r)
}

// plainText is the text without a byte order mark, or what is wrong with it.
func plainText(text []byte) ([]byte, string) {
	const save = "; save it as CSV UTF-8"
	switch {
	case len(text) > maxFile:
		return nil, fmt.Sprintf("is larger than %d MiB, which no change calendar is", maxFile>>20)
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}), bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return nil, "is UTF-16 text" + save
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return nil, "is a workbook or an archive" + save
	case !utf8.Valid(text):
		return nil, "is not UTF-8 text" + save
	case bytes.IndexByte(text, 0) >= 0:
		line := 1 + bytes.Count(text[:bytes.IndexByte(text, 0)], []byte("\n"))
		return nil, fmt.Sprintf("has a NUL byte in line %d, as UTF-16 text does%s", line, save)
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), ""
}

// header spells the names of columns as the mapping asks for them: in lower case, a
// run of spaces, dots, dashes and underscores as one underscore.
func header(names []string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune(" \t\r\n.-_", r) })
		list[i] = strings.Join(words, "_")
	}
	return list
}

func checkHeader(names []string) string {
	for i, name := range names {
		if name != "" && slices.Contains(names[:i], name) {
			return fmt.Sprintf("the column %s is there twice", quote(name))
		}
	}
	return ""
}

// read reads the records below the header.
func (t *table) read(p *problems, r *csv.Reader) *table {
	for {
		values, err := r.Read()
		if errors.Is(err, io.EOF) {
			return t
		}
		if err != nil {
			p.addCSV(t.File, err)
			return t
		}
		line, _ := r.FieldPos(0)
		if !slices.ContainsFunc(values, func(v string) bool { return strings.TrimSpace(v) != "" }) {
			continue // a row of a spreadsheet that nobody filled in
		}
		if len(values) != len(t.Header) {
			p.add(t.File, line, "has %d values where the first line names %d columns", len(values), len(t.Header))
			continue
		}
		if len(t.Records) == maxRecords {
			p.add(t.File, line, "more than %d lines, which no change calendar has", maxRecords)
			return t
		}
		fields := make(map[string]string, len(values))
		for i, v := range values {
			if t.Header[i] != "" {
				fields[t.Header[i]] = clip(strings.TrimSpace(v))
			}
		}
		t.Records = append(t.Records, record{File: t.File, Line: line, Fields: fields})
	}
}

// clip cuts a value where no check lets it be as long.
func clip(s string) string {
	if len(s) <= maxField {
		return s
	}
	return strings.ToValidUTF8(s[:maxField], "")
}

// addCSV adds what is wrong with the form of a file.
func (p *problems) addCSV(file string, err error) {
	var bad *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		p.add(file, 0, "is empty; its first line names the columns")
	case errors.As(err, &bad):
		p.add(file, bad.Line, "column %d: %v; nothing behind it was read", bad.Column, bad.Err)
	default:
		p.add(file, 0, "%v", err)
	}
}

// The columns of a list of device groups, as [header] spells them. Defender's
// DeviceInfo has a column MachineGroup.
var (
	groupDevice = []string{"devicename", "device_name", "device"}
	groupName   = []string{"devicegroup", "device_group", "group", "machinegroup", "machine_group"}
)

// readGroups reads which devices are in which groups: by the group's name in lower
// case, the devices in lower case, sorted.
func readGroups(p *problems, file string) map[string][]string {
	groups := map[string][]string{}
	text, err := readFile(file)
	if err != nil {
		p.add(file, 0, "%v", err)
		return groups
	}
	t := parse(p, file, text)
	if t == nil {
		return groups
	}
	device, group := firstOf(t.Header, groupDevice), firstOf(t.Header, groupName)
	if device == "" || group == "" {
		p.add(file, 1, "has the columns %s; a list of device groups has DeviceName and DeviceGroup", columnList(t.Header))
		return groups
	}
	for _, r := range t.Records {
		name := r.Fields[device]
		if problem := checkDevice(name); problem != "" {
			p.add(file, r.Line, "%s", problem)
			continue
		}
		// A device in no group has none: that is how exports say it.
		if g := fold(r.Fields[group]); g != "" {
			groups[g] = append(groups[g], fold(name))
		}
	}
	for g, devices := range groups {
		slices.Sort(devices)
		groups[g] = slices.Compact(devices)
	}
	return groups
}

func firstOf(names, wanted []string) string {
	for _, w := range wanted {
		if slices.Contains(names, w) {
			return w
		}
	}
	return ""
}

// maxColumns is how many columns a message lists.
const maxColumns = 25

func columnList(names []string) string {
	var list []string
	for i, name := range names {
		if i == maxColumns {
			return strings.Join(list, ", ") + fmt.Sprintf(" and %d more", len(names)-maxColumns)
		}
		list = append(list, quote(name))
	}
	return strings.Join(list, ", ")
}
