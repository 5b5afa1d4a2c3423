package lake

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"smew/internal/engine"
	"smew/internal/view"
)

// Scan is one reading of some of a table's files: those whose rows were classed by the
// same predicates.
type Scan struct {
	r       *Reader
	t       *view.Table
	files   []Data
	w       Window
	stored  bool // the derived columns are as the present SQL makes them
	covered map[string]bool
	Rows    int64
}

// Scans groups the files of a table that a window touches into scans. files is the sql
// tree, by which it is known whether the stored derived columns are still right.
func (r *Reader) Scans(files fs.FS, t *view.Table, w Window) ([]*Scan, error) {
	made, err := madeBy(files, t)
	if err != nil {
		return nil, err
	}
	byKind := map[string]*Scan{}
	var scans []*Scan
	for _, d := range r.tableFiles(t.Name, w) {
		if d.Columns != columnsOf(t) {
			return nil, fmt.Errorf("%s was written by another version of smew, with other columns of %s: run smew lake compact --renew", d.Path, t.Name)
		}
		stored := d.Derived == made
		key := fmt.Sprint(stored, d.Gate)
		s := byKind[key]
		if s == nil {
			s = &Scan{r: r, t: t, w: w, stored: stored, covered: map[string]bool{}}
			for _, name := range r.Snapshot.Gates[d.Gate] {
				s.covered[name] = true
			}
			byKind[key] = s
			scans = append(scans, s)
		}
		s.files = append(s.files, d)
		s.Rows += d.Rows
	}
	return scans, nil
}

// Covers tells whether the rows of Class 0 are all that a predicate may be true of.
func (s *Scan) Covers(asked string) bool { return s.covered[asked] }

// Exactly tells whether they are chosen by these predicates and no others.
func (s *Scan) Exactly(asked []string) bool {
	if len(asked) != len(s.covered) {
		return false
	}
	return !slices.ContainsFunc(asked, func(name string) bool { return !s.covered[name] })
}

// Attach makes the scan's rows the table: those of Class 0, those of Class 1, or all.
func (s *Scan) Attach(ctx context.Context, e *engine.Engine, classes Classes) error {
	where := []string{string(classes)}
	if s.t.HasTime() {
		where = append(where, s.w.where())
	}
	relation := s.r.l.recorded(s.t, s.files, "lake_id(SourceFileId)", s.stored, strings.Join(where, " and "))
	if s.stored {
		return s.t.AttachStored(ctx, e, relation)
	}
	return s.t.Attach(ctx, e, relation)
}

// Classes chooses rows by Class.
type Classes string

// The rows that the branches of the ingest ask for, the others, and all.
const (
	First  Classes = "stored.Class = 0"
	Others Classes = "stored.Class <> 0"
	Both   Classes = "true"
)
