package branch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// LoadAll reads the branches below dir in fsys, which are the built-in ones,
// and those below each of the user's folders, where a .sql file can be named
// instead. They come sorted by id. The error joins every mistake of every file:
// a hunt with a branch missing would look clean.
func LoadAll(fsys fs.FS, dir string, dirs []string) ([]Branch, error) {
	all, err := Load(fsys, dir)
	errs := []error{err}
	for _, d := range dirs {
		own, err := loadDir(d)
		all, errs = append(all, own...), append(errs, err)
	}
	if err := errors.Join(append(errs, duplicates(all))...); err != nil {
		return nil, err
	}
	sortByID(all)
	return all, nil
}

// loadDir reads the user's own branches from a folder or one file.
func loadDir(name string) ([]Branch, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("branches: %w", err)
	}
	parent, base := name, "."
	if !info.IsDir() {
		parent, base = filepath.Dir(name), filepath.Base(name)
	}
	branches, err := load(os.DirFS(parent), base, func(p string) string { return filepath.Join(parent, filepath.FromSlash(p)) })
	if err == nil && len(branches) == 0 {
		err = fmt.Errorf("branches: %s has no .sql file", name)
	}
	return branches, err
}

// Load reads every .sql file below dir, sorted by id, and joins the mistakes of
// all of them into one error. Names that begin with a dot are passed over.
func Load(fsys fs.FS, dir string) ([]Branch, error) {
	branches, err := load(fsys, dir, func(p string) string { return p })
	if err := errors.Join(err, duplicates(branches)); err != nil {
		return nil, err
	}
	sortByID(branches)
	return branches, nil
}

// load is Load without the look for duplicates. shown is the name a message
// gives to a path.
func load(fsys fs.FS, dir string, shown func(string) string) ([]Branch, error) {
	var branches []Branch
	var errs []error
	err := fs.WalkDir(fsys, dir, func(p string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("branches: %w", err))
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
		case p != dir && strings.HasPrefix(path.Base(p), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir() && strings.EqualFold(path.Ext(p), ".sql"):
			b, err := readBranch(fsys, p, shown(p))
			if err != nil {
				errs = append(errs, err)
				break
			}
			branches = append(branches, b)
		}
		return nil
	})
	return branches, errors.Join(append(errs, err)...)
}

func readBranch(fsys fs.FS, name, shown string) (Branch, error) {
	// A pipe under that name would be waited for without end.
	if info, err := fs.Stat(fsys, name); err == nil && !info.Mode().IsRegular() {
		return Branch{}, fmt.Errorf("branches: %s: not a regular file", shown)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return Branch{}, fmt.Errorf("branches: %w", err)
	}
	defer f.Close()
	// One byte more than Parse takes: a huge file is refused, never read.
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Branch{}, fmt.Errorf("branches: %w", err)
	}
	return Parse(shown, text)
}

// duplicates finds ids and names that two files share. A name is what people
// type, so case does not tell two apart.
func duplicates(branches []Branch) error {
	var errs []error
	first := map[string]string{}
	for _, b := range branches {
		for _, k := range [][2]string{{"id", b.ID}, {"name", b.Name}} {
			key := k[0] + " " + strings.ToLower(k[1])
			if other, ok := first[key]; ok {
				errs = append(errs, &Error{Path: b.Path, Message: fmt.Sprintf("%s %s is taken by %s", k[0], k[1], other)})
				continue
			}
			first[key] = b.Path
		}
	}
	return errors.Join(errs...)
}

func sortByID(branches []Branch) {
	slices.SortFunc(branches, func(a, b Branch) int { return strings.Compare(a.ID, b.ID) })
}

// Select chooses branches by id, name or detection type, in any case, and of
// those given all, or the ones of one pack. Without names and without a pack it
// chooses every branch. A name or pack that is not there is an error that names
// its nearest spellings; so is a choice that leaves nothing.
func Select(branches []Branch, names []string, pack string) ([]Branch, error) {
	var unknown []string
	wanted := map[string]bool{}
	for _, name := range names {
		found := false
		for _, b := range branches {
			if b.answersTo(name) {
				wanted[b.ID], found = true, true
			}
		}
		if !found {
			unknown = append(unknown, fmt.Sprintf("%q%s", name, didYouMean(name, spellings(branches))))
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("no branch is called %s", strings.Join(unknown, ", nor "))
	}
	if packs := packsOf(branches); pack != "" && !slices.Contains(packs, pack) {
		return nil, fmt.Errorf("no branch is in pack %q: there is %s", pack, strings.Join(packs, ", "))
	}
	chosen := slices.DeleteFunc(slices.Clone(branches), func(b Branch) bool {
		return (len(names) > 0 && !wanted[b.ID]) || (pack != "" && !slices.Contains(b.Pack, pack))
	})
	if len(chosen) == 0 && len(names) > 0 {
		return nil, fmt.Errorf("none of %s is in pack %q", strings.Join(names, ", "), pack)
	}
	return chosen, nil
}

func (b *Branch) answersTo(name string) bool {
	return strings.EqualFold(name, b.ID) || strings.EqualFold(name, b.Name) || strings.EqualFold(name, b.DetectionType)
}

func spellings(branches []Branch) []string {
	var list []string
	for _, b := range branches {
		list = append(list, b.ID, b.Name, b.DetectionType)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func packsOf(branches []Branch) []string {
	var list []string
	for _, b := range branches {
		list = append(list, b.Pack...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Hash names the content of a set of branches, cards and queries: 12
// hexadecimal digits, the same wherever the files lie and in whatever order.
func Hash(branches []Branch) string {
	sorted := slices.Clone(branches)
	sortByID(sorted)
	var content bytes.Buffer
	encoder := json.NewEncoder(&content)
	for _, b := range sorted {
		// Strings and numbers only, written to memory: it cannot fail.
		if err := encoder.Encode(struct {
			Card Card
			SQL  string
		}{b.Card, b.SQL}); err != nil {
			panic(err)
		}
	}
	sum := sha256.Sum256(content.Bytes())
	return hex.EncodeToString(sum[:6])
}
