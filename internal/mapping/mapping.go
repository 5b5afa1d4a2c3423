// Package mapping knows the sources: folders of SQL that turn the records of a
// format into rows of tables.
//
// A source is a folder with map.sql: a card in YAML that says how its records
// are cut and recognised, and a SELECT that gives every record the columns of an
// event. The table files beside it, or in the folder of its family, are SELECTs
// that make rows of one table out of the events of one kind:
//
//	sql/sources/nxlog/map.sql                                 family: windows
//	sql/sources/windows/DeviceProcessEvents.sysmon_1.sql
//
// A hunter adds a source by adding a folder; nothing here knows any by name.
package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	smewsql "smew/sql"
)

// How the records of a source are cut out of a file.
const (
	JSON  = "json"   // objects: lines, arrays, documents
	CSV   = "csv"    // rows below a header, as objects
	EVTX  = "evtx"   // Windows event logs
	XML   = "xml"    // <Event> elements, wherever they are
	Audit = "auditd" // the lines of one audit event
)

var cuts = []string{JSON, CSV, EVTX, XML, Audit}

// Source is one source: how its records are recognised, and the SELECT that
// makes events of them.
type Source struct {
	Name   string // the folder's
	Title  string // what a file of it is, in words
	Cut    []string
	Family string // folder of the table files
	Path   string // of map.sql
	SQL    string // the SELECT
	Own    bool   // of the user's, not built in

	recognise []alternative
}

// Kind is one table file: the rows that one kind of event gives one table.
type Kind struct {
	Table string // as the file is named
	Name  string // sysmon_1
	Path  string
	SQL   string
	Own   bool // of the user's, not built in
}

// Set is all the sources known. The zero value knows none.
type Set struct {
	sources []*Source
	kinds   map[string][]Kind // by family
	boots   map[string]Kind   // by family
}

// BuiltIn are the sources that come with smew.
var BuiltIn = sync.OnceValue(func() *Set {
	s, err := Load(nil)
	if err != nil {
		panic(err) // a test loads them
	}
	return s
})

// Load reads the built-in sources and those in the user's folders. A folder of
// the user's is a source itself (it holds map.sql) or holds one folder for each;
// table files in a folder named as a built-in family are added to that family.
// The error names the file, and the line where it can.
func Load(dirs []string) (*Set, error) {
	s := &Set{kinds: map[string][]Kind{}, boots: map[string]Kind{}}
	builtIn, err := fs.Sub(smewsql.Files, "sources")
	if err != nil {
		return nil, err
	}
	errs := []error{s.add(builtIn, builtInFolder)}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("sources folder: %w", err))
		case !info.IsDir():
			errs = append(errs, fmt.Errorf("sources folder %s: not a folder", dir))
		case exists(filepath.Join(dir, mapFile)):
			errs = append(errs, s.addFolder(os.DirFS(dir), ".", filepath.Base(filepath.Clean(dir)), dir))
		default:
			errs = append(errs, s.add(os.DirFS(dir), dir))
		}
	}
	errs = append(errs, s.check())
	return s, errors.Join(errs...)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

const builtInFolder = "sql/sources"

const (
	mapFile = "map.sql"
	// bootsFile of a family selects SourceFile, DeviceName and Timestamp of the
	// events that say when a device booted.
	bootsFile = "boots.sql"
)

// add reads every folder of a tree.
func (s *Set) add(tree fs.FS, from string) error {
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		return fmt.Errorf("sources folder %s: %w", from, err)
	}
	var errs []error
	found := false
	for _, entry := range entries {
		// Defender's two shapes are columns already: the loader reads them itself.
		if !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") || strings.HasPrefix(entry.Name(), "defender_") {
			continue
		}
		found = true
		errs = append(errs, s.addFolder(tree, entry.Name(), entry.Name(), path.Join(filepath.ToSlash(from), entry.Name())))
	}
	if !found {
		errs = append(errs, fmt.Errorf("sources folder %s: no folder with a %s in it", from, mapFile))
	}
	return errors.Join(errs...)
}

// addFolder reads one folder: a source, table files, or both.
func (s *Set) addFolder(tree fs.FS, dir, name, from string) error {
	names, err := fs.Glob(tree, path.Join(dir, "*.sql"))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("source %s: no %s in it", from, mapFile)
	}
	own := from != path.Join(builtInFolder, name)
	var errs []error
	for _, file := range names {
		text, err := fs.ReadFile(tree, file)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		at := path.Join(from, path.Base(file))
		if path.Base(file) == bootsFile {
			s.boots[name] = Kind{Name: "boots", Path: at, SQL: statement(string(text)), Own: own}
			continue
		}
		if path.Base(file) == mapFile {
			source, err := parse(at, name, text, own)
			if err == nil {
				err = s.addSource(source)
			}
			errs = append(errs, err)
			continue
		}
		errs = append(errs, s.addKind(name, at, string(text), own))
	}
	return errors.Join(errs...)
}

func (s *Set) addSource(source *Source) error {
	if other := s.Lookup(source.Name); other != nil {
		return fmt.Errorf("%s: there is a source %s already (%s): name the folder otherwise", source.Path, source.Name, other.Path)
	}
	s.sources = append(s.sources, source)
	return nil
}

func (s *Set) addKind(family, at, text string, own bool) error {
	table, kind, ok := strings.Cut(strings.TrimSuffix(path.Base(at), ".sql"), ".")
	if !ok || table == "" || kind == "" {
		return fmt.Errorf("%s: a table file is named <Table>.<kind>.sql, as DeviceProcessEvents.sysmon_1.sql", at)
	}
	for _, k := range s.kinds[family] {
		if k.Table == table && k.Name == kind {
			return fmt.Errorf("%s: there is such a table file already (%s)", at, k.Path)
		}
	}
	s.kinds[family] = append(s.kinds[family], Kind{Table: table, Name: kind, Path: at, SQL: statement(text), Own: own})
	return nil
}

// check finds sources without a table file.
func (s *Set) check() error {
	var errs []error
	slices.SortFunc(s.sources, func(a, b *Source) int { return cmp.Compare(a.Name, b.Name) })
	for _, source := range s.sources {
		if len(s.kinds[source.Family]) == 0 {
			errs = append(errs, fmt.Errorf("%s: no table file (<Table>.<kind>.sql) in its family %s", source.Path, source.Family))
		}
	}
	for _, kinds := range s.kinds {
		slices.SortFunc(kinds, func(a, b Kind) int {
			return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Name, b.Name))
		})
	}
	return errors.Join(errs...)
}

// Sources lists the sources by name.
func (s *Set) Sources() []*Source { return s.sources }

// Kinds lists the table files of a source's family, by table and name.
func (s *Set) Kinds(source *Source) []Kind { return s.kinds[source.Family] }

// Boots is the statement that finds a family's boots; false if it knows none.
func (s *Set) Boots(source *Source) (Kind, bool) {
	k, ok := s.boots[source.Family]
	return k, ok
}

// Lookup finds a source by name, nil if there is none.
func (s *Set) Lookup(name string) *Source {
	for _, source := range s.sources {
		if source.Name == name {
			return source
		}
	}
	return nil
}

// Cuts tells whether the source reads records cut that way.
func (s *Source) Cuts(cut string) bool { return slices.Contains(s.Cut, cut) }

// statement is a SQL text without the semicolon that may end it.
func statement(text string) string {
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(text, " \t\r\n"), ";"), " \t\r\n")
}
