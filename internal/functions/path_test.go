package functions_test

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/engine"
)

func TestImage(t *testing.T) {
	e := open(t)
	columns := []string{"command", "image_path", "image_args", "image_stem"}
	for _, r := range readTable(t, "image.tsv", columns...) {
		for i, function := range columns[1:] {
			compare(t, e, r, r.cells[1+i], function, r.cells[0])
		}
	}
}

func TestFullPath(t *testing.T) {
	e := open(t)
	for _, r := range readTable(t, "full_path.tsv", "folder", "file", "full_path") {
		compare(t, e, r, r.cells[2], "full_path", r.cells[0], r.cells[1])
	}
}

var commandParts = []string{
	"C:", `C:\`, `\??\`, `\\?\`, `\SystemRoot\`, "%TEMP%", "%%COMSPEC%%", "%", `"`, `\`, "/", ":", "system32", "Program Files", "cmd", "a.exe", "b.SYS",
	".exe", " ", "  ", "\t", "\n", " -k", " /c", "é", "İ", "\u212a", ",", "..", "x",
}

// TestPathLaws: whatever the text, an image path is folded and canonical, its
// stem is a piece of it, and a full path ends in its file's name.
func TestPathLaws(t *testing.T) {
	e := open(t)
	command := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(commandParts), 0, 8).Draw(t, "parts"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		commands := rapid.SliceOfN(command, 20, 20).Draw(t, "commands")
		rows, err := e.Query(context.Background(), `
			select c, image_path(c), image_stem(c), image_args(c), fold(image_path(c)), full_path('C:\Windows', c)
			from (select unnest(`+engine.QuoteTexts(commands)+`) as c)`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var c, path, stem, args, folded, full string
			if err := rows.Scan(&c, &path, &stem, &args, &folded, &full); err != nil {
				t.Fatal(err)
			}
			switch {
			case path != folded:
				t.Errorf("%q: %q is not in lower case", c, path)
			case strings.ContainsAny(stem, `\/`) || !strings.Contains(path, stem):
				t.Errorf("%q: stem %q of %q", c, stem, path)
			case !strings.Contains(strings.ReplaceAll(c, "%%", "%"), args):
				t.Errorf("%q: arguments %q are not in it", c, args)
			case c != "" && full != `c:\windows\`+foldASCII(c):
				t.Errorf("%q: full path %q", c, full)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	})
}
