package allow

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// folder reads a file by its name relative to the folder of an allowlist file.
type folder func(name string) ([]byte, error)

// The bounds of a list of devices: more is no list that somebody keeps.
const (
	maxListFile = 8 << 20
	maxDevices  = 200_000
)

// checkListName wants the name of a file that lies in the folder of the allowlist
// file or below, so that nothing else can be had read.
func checkListName(name string) string {
	switch {
	case name == "":
		return "the name of the file is empty"
	case controls(name) != "":
		return controls(name)
	case strings.ContainsAny(name, `\:`):
		return "write the name with / and without a drive"
	case path.IsAbs(name), !fs.ValidPath(name), name == ".":
		return fmt.Sprintf("%q must lie beside the allowlist file or below it: no leading /, no ..", name)
	}
	return ""
}

// joined is the name of a file beside another, for messages.
func joined(file, name string) string {
	return filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
}

// plain is an error of the file system without the path that it repeats.
func plain(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// deviceColumns are the names of the column that holds devices, in lower case.
var deviceColumns = []string{"devicename", "device"}

// parseDevices reads a CSV file with a header. Mistakes go to p, and then what is
// returned means nothing.
func parseDevices(p *problems, text []byte) []string {
	switch {
	case len(text) > maxListFile:
		p.lines = nil
		p.add(position{}, "the file is larger than %d MiB", maxListFile>>20)
		return nil
	case !utf8.Valid(text):
		p.add(position{}, "the file is not UTF-8 text")
		return nil
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.ReuseRecord, r.FieldsPerRecord = true, -1
	header, err := r.Read()
	if err != nil {
		p.addCSV(err, "the file is empty; it begins with a header that names the column DeviceName")
		return nil
	}
	column := slices.IndexFunc(header, func(name string) bool {
		return slices.Contains(deviceColumns, fold(strings.TrimSpace(name)))
	})
	if column < 0 {
		p.add(position{Line: 1, Column: 1}, "no column DeviceName or device in the header")
		return nil
	}
	return p.readDevices(r, column)
}

// readDevices reads the records below the header.
func (p *problems) readDevices(r *csv.Reader, column int) []string {
	var devices []string
	for len(p.list) < maxProblems {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			p.addCSV(err, "")
			return nil
		}
		if column >= len(record) {
			line, _ := r.FieldPos(0)
			p.add(position{Line: line, Column: 1}, "the record has no column DeviceName")
			continue
		}
		line, at := r.FieldPos(column)
		name := strings.TrimSpace(record[column])
		if problem := checkListed(name); problem != "" {
			p.add(position{Line: line, Column: at}, "%s", problem)
			continue
		}
		if devices = append(devices, fold(name)); len(devices) > maxDevices {
			p.add(position{Line: line, Column: at}, "more than %d devices; a scope like that is the fleet", maxDevices)
			return nil
		}
	}
	if len(devices) == 0 && len(p.list) == 0 {
		p.add(position{Line: 1, Column: 1}, "no device below the header, so the entry would hold nowhere")
	}
	return devices
}

// checkListed says what is wrong with a name in a list, or "".
func checkListed(name string) string {
	switch {
	case name == "":
		return "an empty name"
	case strings.Contains(name, "*"):
		return "a list holds names; patterns stand in the entry under scope: {devices: [...]}"
	}
	return checkDevice(name)
}

// addCSV adds what is wrong with the form of a CSV file; atEnd is said of one that
// has nothing in it.
func (p *problems) addCSV(err error, atEnd string) {
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		p.add(position{Line: bad.Line, Column: bad.Column}, "%v", bad.Err)
	case errors.Is(err, io.EOF):
		p.add(position{}, "%s", atEnd)
	default:
		p.add(position{}, "%v", err)
	}
}
