// Package testkit is what the tests of several packages share: the files of a folder, a
// result as the bytes that two hunts are compared by, and where two such texts part.
package testkit

import (
	"bytes"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"smew/internal/finding"
	"smew/internal/report"
)

// FilesBelow lists the files below a folder.
func FilesBelow(t testing.TB, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// JSON is a hunt's result in full.
func JSON(t testing.TB, r *finding.Result) []byte {
	t.Helper()
	write, err := report.New("json")
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := write(&text, r, report.Options{ShowSuppressed: true}); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// FirstDifference shows the first lines that differ.
func FirstDifference(a, b []byte) string {
	one, two := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	at := 0
	for at < min(len(one), len(two)) && one[at] == two[at] {
		at++
	}
	from := max(0, at-8)
	show := func(l []string) string { return strings.Join(l[min(from, len(l)):min(at+6, len(l))], "\n") }
	return fmt.Sprintf("line %d:\n%s\n--- or ---\n%s", at+1, show(one), show(two))
}
