package lake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"smew/internal/engine"
	"smew/internal/load"
	"smew/internal/source"
)

// A Parquet file may open and be counted, and have pages further on that cannot be
// read. Nothing of it is stored then: its rows are rejected, as a hunt over it says, and
// the step is done once more without it.

// damagedError says that a file's rows cannot be read.
type damagedError struct{ name, reason string }

func (e *damagedError) Error() string { return e.name + ": " + e.reason }

// damage tells a file that cannot be read from what else may have failed: it is read once
// more, all of it and nothing but it.
func (s *step) damage(ctx context.Context, file *source.File, table string, err error) error {
	if ctx.Err() != nil || diskFull(err) != err {
		return err
	}
	probe := s.e.Exec(ctx, "select bit_xor(hash(stored)) from read_parquet("+engine.QuotePaths([]string{file.Path})+", hive_partitioning = false) as stored")
	var ee *engine.Error
	if !errors.As(probe, &ee) || strings.HasPrefix(ee.Message, "Out of Memory") {
		return err
	}
	reason, _, _ := strings.Cut(ee.Message, "\n")
	return &damagedError{file.Name, "unreadable: reading " + table + ": " + reason}
}

// unreadable lists what cannot be read of the step's Parquet files, and why.
func (s *step) unreadable() []load.Rejection {
	list := s.loader.Account().Unreadable()
	for _, part := range s.loader.ParquetParts() {
		if reason, damaged := s.r.damaged[s.set.Files[part.File-1].Name]; damaged {
			list = append(list, load.Rejection{FileID: part.File, Reason: reason, Rows: part.Rows})
		}
	}
	return list
}

// notDamaged is a filter on the load's own rejections: those of damaged files are told
// by their damage.
func (s *step) notDamaged() string {
	ids := []string{"0"}
	for _, r := range s.unreadable() {
		ids = append(ids, fmt.Sprint(r.FileID))
	}
	return "SourceFileId not in (" + strings.Join(ids, ", ") + ")"
}
