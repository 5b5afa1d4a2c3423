package lake

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"smew/internal/engine"
)

// sumOf is the check sum of a file and its size. It is there to find damage, not
// malice: whoever can change a file of a lake can change its manifest as well.
func sumOf(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli)) // the processor has an instruction for it
	if size, err = io.CopyBuffer(h, f, make([]byte, 1<<20)); err != nil {
		return "", 0, err
	}
	return fmt.Sprintf("crc32c:%08x", h.Sum32()), size, nil
}

// columnNames are the columns of a query.
func columnNames(ctx context.Context, e *engine.Engine, query string) (map[string]bool, error) {
	rows, err := e.Query(ctx, "select column_name from (describe "+query+")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names[name] = true
	}
	return names, rows.Err()
}
