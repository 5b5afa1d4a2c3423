package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Snapshot says what the lake is at one moment. It is never changed.
type Snapshot struct {
	Format int       `json:"format"`
	Number int64     `json:"number"`
	Made   time.Time `json:"made"`
	Smew   string    `json:"smew"`   // version that wrote it
	Hashes string    `json:"hashes"` // how the engine hashes: see [hashProbe]
	Runs   int64     `json:"runs"`   // how many runs have written
	Next   int32     `json:"next"`   // number of the next source file
	Data   []Data    `json:"data"`   // by path
	Meta   []Meta    `json:"meta"`   // by path
	// Gates says what the predicates are by which rows of Class 0 were chosen, by the
	// name that [Data.Gate] gives.
	Gates map[string][]string `json:"gates"`
	// Gone are files that are no longer of the lake and not deleted yet.
	Gone []string `json:"gone,omitempty"`
	// Forgotten is the day before which nothing is kept, or "".
	Forgotten string `json:"forgotten,omitempty"`
	// Sum is the hash of all this with Sum empty: a byte that turned over on a disk must not
	// become a lake with fewer events.
	Sum string `json:"sum"`
}

// Data is one Parquet file of rows.
type Data struct {
	Path  string `json:"path"` // relative, with slashes
	Table string `json:"table"`
	Days  []Day  `json:"days"` // in order; one with Date "" for rows without a time
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
	Sum   string `json:"sum,omitempty"` // of the file's bytes: see [sumOf]
	// Columns names the set of columns the file has; files of one set are read together.
	Columns string `json:"columns"`
	// Extra are columns that no table of the contract has.
	Extra []string `json:"extra,omitempty"`
	// Derived is the hash of the SQL that the derived columns were made by.
	Derived string `json:"derived"`
	// Gate names the predicates that Class was worked out by, in [Snapshot.Gates].
	Gate string `json:"gate,omitempty"`

	at string // where it is until its run is committed; "" if where it belongs
}

// Day is what one file has of one day.
type Day struct {
	Date string `json:"date"` // 2026-09-20, UTC
	Rows int64  `json:"rows"`
	// Print tells one set of rows from another, whichever files they are in: the sum of
	// a hash of each row's file and record.
	Print string `json:"print"`
}

// Meta is one Parquet file about source files.
type Meta struct {
	Path string `json:"path"`
	Kind string `json:"kind"`
	Rows int64  `json:"rows"`
	Sum  string `json:"sum,omitempty"` // of the file's bytes: see [sumOf]
}

// Snapshot reads the newest snapshot. A lake without one is empty.
func (l *Lake) Snapshot() (*Snapshot, error) {
	numbers, err := l.snapshots()
	if err != nil {
		return nil, err
	}
	if len(numbers) == 0 {
		if l.hasRows() {
			// A run writes a first snapshot before any row.
			return nil, fmt.Errorf("the lake %s has rows and no manifest: put %s back from a backup, or make a new lake of the sources", l.Dir, manifestDir)
		}
		return &Snapshot{Format: format, Gates: map[string][]string{}, Next: 1}, nil
	}
	name := snapshotName(numbers[len(numbers)-1])
	text, err := os.ReadFile(l.path(name))
	if err != nil {
		return nil, err
	}
	var s Snapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("the lake's manifest %s is damaged: %w: smew lake verify says more", name, err)
	}
	if sum, err := s.sum(); err != nil || sum != s.Sum {
		return nil, fmt.Errorf("the lake's manifest %s is damaged: its check sum is wrong: smew lake verify says more", name)
	}
	if s.Format != format {
		return nil, fmt.Errorf("the lake's manifest %s has layout %d, and this smew knows layout %d", name, s.Format, format)
	}
	for _, d := range s.Data {
		if !inside(d.Path, tablesDir) {
			return nil, fmt.Errorf("the lake's manifest %s names a file outside of it: %q", name, d.Path)
		}
		if err := d.check(); err != nil {
			return nil, fmt.Errorf("the lake's manifest %s, %s: %w", name, d.Path, err)
		}
	}
	for _, m := range s.Meta {
		if !inside(m.Path, manifestDir) {
			return nil, fmt.Errorf("the lake's manifest %s names a file outside of it: %q", name, m.Path)
		}
	}
	if s.Gates == nil {
		s.Gates = map[string][]string{}
	}
	return &s, nil
}

// sum is the check sum of a snapshot.
func (s *Snapshot) sum() (string, error) {
	bare := *s
	bare.Sum = ""
	text, err := json.Marshal(&bare)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// check refuses what a manifest of somebody else's may say and no lake has: tables and
// days become part of SQL and of paths.
func (d Data) check() error {
	if !plainName.MatchString(d.Table) {
		return fmt.Errorf("%q is no table's name", d.Table)
	}
	if len(d.Days) == 0 {
		return errors.New("has no days")
	}
	for _, day := range d.Days {
		if _, err := time.Parse(time.DateOnly, day.Date); err != nil && day.Date != "" {
			return fmt.Errorf("%q is no day", day.Date)
		}
	}
	return nil
}

var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)

// inside tells whether a relative path stays in one folder of the lake: a manifest may
// come from somebody else.
func inside(name, dir string) bool {
	return name == path.Clean(name) && filepath.IsLocal(filepath.FromSlash(name)) && strings.HasPrefix(name, dir+"/")
}

// hasRows tells whether there are files of rows, whoever names them.
func (l *Lake) hasRows() bool {
	found := errors.New("found")
	return errors.Is(filepath.WalkDir(l.path(tablesDir), func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".parquet") {
			return found
		}
		return nil
	}), found)
}

func snapshotName(number int64) string { return fmt.Sprintf("%s/%08d.json", manifestDir, number) }

// snapshots lists the numbers of the snapshots there are, in order.
func (l *Lake) snapshots() ([]int64, error) {
	entries, err := os.ReadDir(l.path(manifestDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var numbers []int64
	for _, e := range entries {
		base, ok := strings.CutSuffix(e.Name(), ".json")
		if n, err := strconv.ParseInt(base, 10, 64); ok && err == nil && !e.IsDir() {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// clone is a snapshot to be changed and committed as the next.
func (s *Snapshot) clone() *Snapshot {
	next := *s
	next.Data, next.Meta, next.Gone = slices.Clone(s.Data), slices.Clone(s.Meta), slices.Clone(s.Gone)
	next.Gates = map[string][]string{}
	for name, gates := range s.Gates {
		next.Gates[name] = gates
	}
	return &next
}

// drop takes files out of the snapshot; they are deleted when nobody reads.
func (s *Snapshot) drop(gone func(path string) bool) {
	s.Data = slices.DeleteFunc(s.Data, func(d Data) bool {
		if gone(d.Path) {
			s.Gone = append(s.Gone, d.Path)
		}
		return gone(d.Path)
	})
	s.Meta = slices.DeleteFunc(s.Meta, func(m Meta) bool {
		if gone(m.Path) {
			s.Gone = append(s.Gone, m.Path)
		}
		return gone(m.Path)
	})
}

// commit writes the snapshot as the lake's next: from then on it is what readers see.
// The files that it names are where they belong.
func (l *Lake) commit(s *Snapshot, version string) error {
	s.Number++
	s.Made, s.Smew = time.Now().UTC().Truncate(time.Second), version
	slices.SortFunc(s.Data, func(a, b Data) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(s.Meta, func(a, b Meta) int { return strings.Compare(a.Path, b.Path) })
	used := map[string]bool{}
	for _, d := range s.Data {
		used[d.Gate] = true
	}
	for name := range s.Gates {
		if !used[name] {
			delete(s.Gates, name)
		}
	}
	var err error
	if s.Sum, err = s.sum(); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(l.path(manifestDir), 0o755); err != nil {
		return err
	}
	if err := writeFile(l.path(snapshotName(s.Number)), append(text, '\n')); err != nil {
		return err
	}
	return syncDir(l.path(manifestDir))
}

// Tidy removes what is no longer of the lake: files that a run which was killed left
// behind, and files that were replaced, if nobody reads. The caller holds the lock.
func (l *Lake) Tidy(s *Snapshot) error {
	if err := os.RemoveAll(l.Work()); err != nil {
		return err
	}
	if err := l.sweepRejected(s.Runs); err != nil {
		return err
	}
	_, err := l.alone(func() error {
		keep := map[string]bool{}
		for _, d := range s.Data {
			keep[d.Path] = true
		}
		for _, m := range s.Meta {
			keep[m.Path] = true
		}
		keep[snapshotName(s.Number)] = true
		for _, dir := range []string{tablesDir, manifestDir} {
			if err := l.sweep(dir, keep); err != nil {
				return err
			}
		}
		s.Gone = nil
		return nil
	})
	return err
}

// sweep deletes the files below a folder that are not to be kept, and folders that
// hold nothing any more.
func (l *Lake) sweep(dir string, keep map[string]bool) error {
	root := l.path(dir)
	var folders []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir():
			folders = append(folders, name)
			return nil
		}
		rel, err := filepath.Rel(l.abs, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if keep[rel] || !ours(rel) {
			return nil
		}
		return os.Remove(name)
	})
	if err != nil {
		return err
	}
	for _, name := range slices.Backward(folders) {
		if name != root {
			_ = os.Remove(name) // only if it is empty
		}
	}
	return nil
}

// ours tells whether a file is of a kind that smew writes: somebody's own file among
// them is not deleted.
func ours(name string) bool {
	return strings.HasSuffix(name, ".parquet") || strings.HasPrefix(name, manifestDir+"/") && strings.HasSuffix(name, ".json")
}
