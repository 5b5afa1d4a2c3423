package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"smew/internal/yamltree"
)

// LoadAll reads the scenarios below dir in fsys, which are the built-in ones, and
// those below each of the user's folders, sorted by id. The error joins every
// mistake of every file.
func LoadAll(fsys fs.FS, dir string, dirs []string) ([]*Scenario, error) {
	all, err := load(fsys, dir, func(p string) string { return p })
	errs := []error{err}
	for _, d := range dirs {
		own, err := loadDir(d)
		all, errs = append(all, own...), append(errs, err)
	}
	if err := errors.Join(append(errs, duplicates(all))...); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *Scenario) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

func loadDir(name string) ([]*Scenario, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("fixtures: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("fixtures: %s is no folder", name)
	}
	list, err := load(os.DirFS(name), ".", func(p string) string { return filepath.Join(name, filepath.FromSlash(p)) })
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("fixtures: %s has no .yaml file", name)
	}
	return list, err
}

// load reads every .yaml file below dir. shown is the name a message gives to a
// path.
func load(fsys fs.FS, dir string, shown func(string) string) ([]*Scenario, error) {
	var list []*Scenario
	var errs []error
	err := fs.WalkDir(fsys, dir, func(p string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && p == dir:
			return nil
		case err != nil:
			errs = append(errs, fmt.Errorf("fixtures: %w", err))
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
		case p != dir && strings.HasPrefix(path.Base(p), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir() && (path.Ext(p) == ".yaml" || path.Ext(p) == ".yml"):
			s, err := readScenario(fsys, p, shown(p))
			if err != nil {
				errs = append(errs, err)
				break
			}
			list = append(list, s)
		}
		return nil
	})
	return list, errors.Join(append(errs, err)...)
}

func readScenario(fsys fs.FS, name, shown string) (*Scenario, error) {
	if info, err := fs.Stat(fsys, name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("fixtures: %s: not a regular file", shown)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("fixtures: %w", err)
	}
	defer f.Close()
	// One byte more than Parse takes: a huge file is refused, never read.
	text, err := io.ReadAll(io.LimitReader(f, yamltree.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("fixtures: %w", err)
	}
	id := path.Join(path.Base(path.Dir(name)), strings.TrimSuffix(path.Base(name), path.Ext(name)))
	return Parse(id, shown, text)
}

// duplicates finds ids that two files share, and devices.
func duplicates(list []*Scenario) error {
	var errs []error
	first := map[string]string{}
	for _, s := range list {
		key := DeviceName(s.ID, "")
		if other, ok := first[key]; ok {
			errs = append(errs, fmt.Errorf("%s: the id %s is taken by %s", s.Path, s.ID, other))
			continue
		}
		first[key] = s.Path
	}
	return errors.Join(errs...)
}
