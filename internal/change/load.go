package change

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// columnsFile is the mapping that is built in.
const columnsFile = "changes/columns.sql"

// Request says what calendars there are.
type Request struct {
	Files   []string // CSV
	Groups  string   // CSV of devices and their groups; "" if there is none
	Zone    string   // of times that tell none: see [Zone]; "" refuses them
	SQL     fs.FS    // with changes/columns.sql
	Columns string   // a mapping in its place, by file; "" for the built-in
	TempDir string
}

// Load reads calendars. The error is an [*Error] if it is the files that are wrong.
func Load(ctx context.Context, req Request) (*Calendar, error) {
	p := &problems{files: map[string]int{}}
	tables := readCalendars(p, req.Files)
	groups := map[string][]string{}
	if req.Groups != "" {
		if _, given := p.files[req.Groups]; !given {
			p.files[req.Groups] = len(p.files)
		}
		groups = readGroups(p, req.Groups)
	}
	m, err := readMapping(ctx, req)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	lines, err := mapAll(ctx, m, p, tables)
	if err != nil {
		return nil, err
	}
	return newChecker(p, req.Zone, groups, req.Groups != "").calendar(tables, lines)
}

// readCalendars reads the files; one that is given twice is one.
func readCalendars(p *problems, files []string) []*table {
	var tables []*table
	var seen []fs.FileInfo
	for _, file := range files {
		if _, given := p.files[file]; given {
			continue
		}
		p.files[file] = len(p.files)
		if info, err := os.Stat(file); err == nil {
			if slices.ContainsFunc(seen, func(other fs.FileInfo) bool { return os.SameFile(info, other) }) {
				continue
			}
			seen = append(seen, info)
		}
		text, err := readFile(file)
		if err != nil {
			p.add(file, 0, "%v", err)
			continue
		}
		if t := parse(p, file, text); t != nil {
			tables = append(tables, t)
		}
	}
	return tables
}

func readMapping(ctx context.Context, req Request) (*mapping, error) {
	name := "sql/" + columnsFile
	read := func() ([]byte, error) { return fs.ReadFile(req.SQL, columnsFile) }
	if req.Columns != "" {
		name = req.Columns
		read = func() ([]byte, error) { return readFile(req.Columns) }
	}
	text, err := read()
	if err == nil && strings.TrimSpace(string(text)) == "" {
		err = fmt.Errorf("is empty; sql/%s shows what it must give", columnsFile)
	}
	if err != nil {
		return nil, &Error{Problems: []Problem{{File: name, Message: plain(err).Error()}}}
	}
	return openMapping(ctx, name, string(text), req.TempDir)
}

// mapAll gives the records of the files whose columns will do to the mapping.
func mapAll(ctx context.Context, m *mapping, p *problems, tables []*table) ([]mapped, error) {
	before := len(p.list)
	if err := m.checkHeaders(ctx, p, tables); err != nil {
		return nil, err
	}
	var records []record
	for _, t := range tables {
		// Every line of a file without such a column would lack the same.
		if !slices.ContainsFunc(p.list[before:], func(b Problem) bool { return b.File == t.File }) {
			records = append(records, t.Records...)
		}
	}
	return m.run(ctx, records)
}
