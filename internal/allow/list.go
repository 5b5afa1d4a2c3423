package allow

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"smew/internal/yamltree"
)

// List is every entry of every file of a run, by id.
type List struct {
	Entries []Entry
	Files   int // that they stand in
}

// Load reads the .yaml and .yml files below dir of builtin, then those of
// extra: files, or folders with all below them. builtin may be nil. The error
// is an [*Error] with the mistakes of all files, among them an id used twice,
// a file that cannot be read and a folder without such files.
func Load(builtin fs.FS, dir string, extra []string) (*List, error) {
	return LoadFor(nil, builtin, dir, extra)
}

// LoadFor is [Load] where an entry may name only the branches of these ids; without
// any, it may name what it likes.
func LoadFor(branches []string, builtin fs.FS, dir string, extra []string) (*List, error) {
	l := loader{first: map[string]Entry{}, seen: map[string]bool{}, branches: branches}
	if builtin != nil {
		l.folder(builtin, dir, dir, func(file string) ([]byte, error) {
			return readFile(yamltree.MaxFile,
				func() (fs.FileInfo, error) { return fs.Stat(builtin, file) },
				func() (fs.File, error) { return builtin.Open(file) },
			)
		}, func(file string) folder {
			return func(name string) ([]byte, error) { return fs.ReadFile(builtin, path.Join(path.Dir(file), name)) }
		})
	}
	for i := range l.entries {
		l.entries[i].BuiltIn = true
	}
	for _, name := range extra {
		l.extra(name)
	}
	if len(l.problems) > 0 {
		return nil, &Error{Problems: l.problems}
	}
	slices.SortFunc(l.entries, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	return &List{Entries: l.entries, Files: l.files}, nil
}

// loader collects entries and problems over files.
type loader struct {
	entries  []Entry
	problems []Problem
	first    map[string]Entry // by id
	seen     map[string]bool  // the user's files, by absolute path
	files    int              // read
	branches []string         // ids that an entry may name; any if there are none
}

// fail reports a file or folder that cannot be read.
func (l *loader) fail(name string, err error) {
	// The name stands before it already.
	l.problems = append(l.problems, Problem{File: name, Message: plain(err).Error()})
}

// extra loads a file or folder that the user named.
func (l *loader) extra(name string) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		l.fail(name, err)
	case info.IsDir():
		l.folder(os.DirFS(name), ".", name, func(file string) ([]byte, error) {
			return l.readOnce(filepath.Join(name, filepath.FromSlash(file)))
		}, func(file string) folder {
			return inFolder(filepath.Dir(filepath.Join(name, filepath.FromSlash(file))))
		})
	default:
		text, err := l.readOnce(name)
		l.file(name, text, err, inFolder(filepath.Dir(name)))
	}
}

// inFolder reads files of the user's folder, and nothing outside of it, wherever a
// link may point.
func inFolder(dir string) folder {
	return func(name string) ([]byte, error) {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		name = filepath.FromSlash(name)
		return readFile(maxListFile,
			func() (fs.FileInfo, error) { return root.Stat(name) },
			func() (fs.File, error) { return root.Open(name) },
		)
	}
}

// readOnce reads one of the user's files, and nothing when it was read before.
func (l *loader) readOnce(name string) ([]byte, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		abs = name
	}
	if l.seen[abs] {
		return nil, errSeen
	}
	l.seen[abs] = true
	return readFile(yamltree.MaxFile,
		func() (fs.FileInfo, error) { return os.Stat(name) },
		func() (fs.File, error) { return os.Open(name) },
	)
}

var errSeen = errors.New("read before")

// folder loads the YAML files below dir of fsys; shown is its name for users.
func (l *loader) folder(fsys fs.FS, dir, shown string, read func(string) ([]byte, error), beside func(string) folder) {
	found := false
	err := fs.WalkDir(fsys, dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := strings.ToLower(path.Ext(file)); d.IsDir() || ext != ".yaml" && ext != ".yml" {
			return nil
		}
		found = true
		name := file
		if dir == "." {
			name = filepath.Join(shown, filepath.FromSlash(file))
		}
		text, err := read(file)
		l.file(name, text, err, beside(file))
		return nil
	})
	if err == nil && !found {
		err = errors.New("no .yaml file in this folder")
	}
	if err != nil {
		l.fail(shown, err)
	}
}

// file takes in the text of one file.
func (l *loader) file(name string, text []byte, err error, beside folder) {
	if errors.Is(err, errSeen) {
		return
	}
	if err != nil {
		l.fail(name, err)
		return
	}
	l.files++
	entries, err := parse(name, text, beside, l.branches)
	var bad *Error
	if errors.As(err, &bad) {
		l.problems = append(l.problems, bad.Problems...)
	}
	p := newProblems(name, text)
	for _, e := range entries {
		if other, ok := l.first[e.ID]; ok {
			p.add(position{Line: e.Line, Column: e.column}, "id %q is used twice: first in %s:%d", e.ID, other.File, other.Line)
			continue
		}
		l.first[e.ID] = e
		l.entries = append(l.entries, e)
	}
	l.problems = append(l.problems, p.list...)
}

// readFile reads up to just past the limit, so that [Parse] can refuse a file
// that is too large without holding all of it. A pipe or device, which might
// never end, is not opened.
func readFile(limit int64, stat func() (fs.FileInfo, error), open func() (fs.File, error)) ([]byte, error) {
	info, err := stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	f, err := open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// Active splits the enabled entries into those that hold on the day of asOf
// and those that have expired. The day on which an entry was created is no
// bound: what is known today explains last month's events too, and the
// [List.Hash] that a run records says which list it used.
func (l *List) Active(asOf time.Time) (active, expired []Entry) {
	for _, e := range l.Entries {
		switch {
		case !e.Enabled:
		case e.Expired(asOf):
			expired = append(expired, e)
		default:
			active = append(active, e)
		}
	}
	return active, expired
}

// Hash names the content of the list: 64 hex digits that change with any
// entry or with the devices of a list, but not with comments, layout, or the names
// of the files that they stand in.
func (l *List) Hash() string {
	entries := slices.Clone(l.Entries)
	for i := range entries {
		entries[i].File, entries[i].Line, entries[i].Scope.List = "", 0, ""
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	text, err := json.Marshal(entries) // maps in the order of their keys
	if err != nil {
		panic(err) // nothing in an Entry can fail to marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
