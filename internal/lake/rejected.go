package lake

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"smew/internal/source"
)

// mostText is how much of a rejected line is kept.
const mostText = 64 << 10

// rejectedLine is one line of the side file.
type rejectedLine struct {
	File   string `json:"file"`
	Record int64  `json:"record"`
	Reason string `json:"reason"`
	// Text is the line as it stands in a file of lines; of other formats it is not known
	// where a bad record begins and ends.
	Text string `json:"text,omitempty"`
}

func rejectedName(run int64) string { return fmt.Sprintf("%s/%06d.ndjson", rejectedDir, run) }

// writeRejected keeps the lines that were left out, with the reason.
func (s *step) writeRejected(ctx context.Context, n *notes, _ []fileCount) error {
	byFile, err := s.rejectedRows(ctx)
	if err != nil || len(byFile) == 0 {
		return err
	}
	at := filepath.Join(s.r.l.Work(), filepath.FromSlash(rejectedName(n.run)))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	f, err := os.Create(at)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for _, file := range s.set.Files {
		if err := s.writeLines(ctx, w, file, byFile[file.ID]); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// rejectedRows reads which records were left out, in order, by file of the step.
func (s *step) rejectedRows(ctx context.Context) (map[int32][]rejectedLine, error) {
	rows, err := s.e.Query(ctx, "select SourceFileId, SourceRecord, Reason from rejected_rows order by all")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	byFile := map[int32][]rejectedLine{}
	for rows.Next() {
		var id int32
		var line rejectedLine
		if err := rows.Scan(&id, &line.Record, &line.Reason); err != nil {
			return nil, err
		}
		line.File = s.set.Files[id-1].Name
		byFile[id] = append(byFile[id], line)
	}
	return byFile, rows.Err()
}

func (s *step) writeLines(ctx context.Context, w *bufio.Writer, file *source.File, lines []rejectedLine) error {
	wanted := map[int64]bool{}
	for _, line := range lines {
		wanted[line.Record] = true
	}
	texts, err := source.Text(ctx, file, wanted, mostText)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		texts = nil // it is gone or damaged: what is known of its lines is the reason
	}
	enc := json.NewEncoder(w)
	for _, line := range lines {
		line.Text = texts[line.Record]
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// placeRejected moves the side file of a run to where it belongs, and gives its name; ""
// if there is none.
func (l *Lake) placeRejected(run int64) (string, error) {
	name := rejectedName(run)
	at := filepath.Join(l.Work(), filepath.FromSlash(name))
	if _, err := os.Stat(at); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err := os.MkdirAll(l.path(rejectedDir), 0o755); err != nil {
		return "", err
	}
	return name, moveSynced(at, l.path(name))
}

// sweepRejected deletes the side file of a run that was killed before it was in: there is
// at most one, of the run after the last.
func (l *Lake) sweepRejected(last int64) error {
	err := os.Remove(l.path(rejectedName(last + 1)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
