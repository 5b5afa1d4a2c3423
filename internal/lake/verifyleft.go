package lake

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Left is a file that lies in a lake and that its newest snapshot does not name: a run
// that was killed left it behind, or it was replaced while somebody read. The next run
// that writes removes it.
type Left struct {
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
}

// leftovers lists the files that no longer or not yet belong to the lake.
func (l *Lake) leftovers(snap *Snapshot) ([]Left, error) {
	named := map[string]bool{}
	for _, d := range snap.Data {
		named[d.Path] = true
	}
	for _, m := range snap.Meta {
		named[m.Path] = true
	}
	left := []Left{}
	for _, dir := range []string{tablesDir, manifestDir, workDir} {
		err := filepath.WalkDir(l.path(dir), func(name string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // deleted meanwhile
			case err != nil:
				return err
			case d.IsDir():
				return nil
			}
			rel, err := filepath.Rel(l.abs, name)
			if err != nil {
				return err
			}
			rel = filepath.ToSlash(rel)
			if named[rel] || !ours(rel) || isSnapshot(rel) {
				return nil
			}
			info, err := os.Stat(name)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			left = append(left, Left{rel, info.Size()})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return left, nil
}

// isSnapshot tells whether a file of the manifest is a snapshot: older ones are there
// until the next run.
func isSnapshot(name string) bool { return filepath.Ext(name) == ".json" }
