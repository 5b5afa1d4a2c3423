// Command gen rewrites sampledata/; see package sample.
//
//	go run ./internal/sample/gen [DIR]
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"smew/internal/sample"
)

func main() {
	dir := "sampledata"
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := write(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// write replaces the folder with the files as they should be.
func write(ctx context.Context, dir string) error {
	files, err := sample.Files(ctx)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "expect.tsv")); err != nil && !empty(dir) {
		return fmt.Errorf("%s is not empty and holds no expect.tsv: it does not look like sampledata", dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// empty tells whether a folder has no entries or does not exist.
func empty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return os.IsNotExist(err) || err == nil && len(entries) == 0
}
