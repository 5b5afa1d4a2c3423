package reference

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxFile bounds a user's file: a list that people keep, not data.
const maxFile = 64 << 20

// Overlay is the sql tree with a user's own reference data in it: the .csv files of
// dirs, and a list of vulnerable drivers in one of LOLDrivers' own forms if drivers
// is not "". The error says which file is wrong, where and what to write.
func Overlay(base fs.FS, dirs []string, drivers string) (fs.FS, error) {
	if len(dirs) == 0 && drivers == "" {
		return base, nil
	}
	o := &overlay{FS: base, files: map[string][]byte{}}
	var errs []error
	for _, dir := range dirs {
		errs = append(errs, o.addFolder(dir))
	}
	if drivers != "" {
		errs = append(errs, o.addDrivers(drivers))
	}
	return o, errors.Join(errs...)
}

// overlay is a file system in which some files of one folder are replaced.
type overlay struct {
	fs.FS
	files map[string][]byte // by path
}

func (o *overlay) addFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("reference: %w", err)
	}
	found := false
	var errs []error
	for _, e := range entries {
		if !strings.EqualFold(filepath.Ext(e.Name()), ".csv") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		found = true
		errs = append(errs, o.addFile(filepath.Join(dir, e.Name())))
	}
	if !found {
		errs = append(errs, fmt.Errorf("reference: %s has no .csv file", dir))
	}
	return errors.Join(errs...)
}

func (o *overlay) addFile(name string) error {
	text, err := readLimited(name)
	if err != nil {
		return err
	}
	table := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	if table == weights {
		return fmt.Errorf("%s: weights are not data to add to", name)
	}
	more, err := Parse(name, table, text)
	if err != nil {
		return err
	}
	return o.add(name, more)
}

// add puts rows beside those of the table's name, or makes a new table.
func (o *overlay) add(shown string, more *Table) error {
	known, err := Read(o, more.Name)
	if errors.Is(err, fs.ErrNotExist) {
		known = more
	} else if err != nil {
		return err
	} else if err := known.add(shown, more); err != nil {
		return err
	}
	o.files[path.Join(Folder, more.Name+".csv")] = known.text()
	return nil
}

func readLimited(name string) ([]byte, error) {
	// A pipe under that name would be waited for without end.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: is larger than 64 MiB, which no reference list is", name)
	}
	return text, err
}

// ReadFile implements [fs.ReadFileFS].
func (o *overlay) ReadFile(name string) ([]byte, error) {
	if text, ok := o.files[name]; ok {
		return bytes.Clone(text), nil
	}
	return fs.ReadFile(o.FS, name)
}

// ReadDir implements [fs.ReadDirFS]: the folder's files and those that are new.
func (o *overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(o.FS, name)
	if err != nil || name != Folder {
		return entries, err
	}
	for file := range o.files {
		base := path.Base(file)
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == base }) {
			entries = append(entries, fs.FileInfoToDirEntry(newFile{base, int64(len(o.files[file]))}))
		}
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// newFile describes a file that only the overlay has.
type newFile struct {
	name string
	size int64
}

func (f newFile) Name() string     { return f.name }
func (newFile) IsDir() bool        { return false }
func (newFile) Mode() fs.FileMode  { return 0o444 }
func (f newFile) Size() int64      { return f.size }
func (newFile) ModTime() time.Time { return time.Time{} }
func (newFile) Sys() any           { return nil }
