// Package reference reads what smew knows about the world as data: programs that
// run other people's code, places that users can write, Windows' own services,
// tools and their shapes. It is CSV under sql/reference, one file a table:
//
//	lolbin,what,source
//	mshta,runs scripts from a file or an address,https://lolbas-project.github.io/…
//
// The first column is the key. SQL reads a file NAME.csv in two ways, as the list
// reference_NAME() of its keys and as the table reference_NAME of all its columns,
// which are text. Lines that begin with # are comments.
//
// [Overlay] puts a user's own files beside the built-in ones: rows of a file of the
// same name are added to it, a file of a new name is a table of its own.
package reference

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Folder is where the files lie in the sql tree.
const Folder = "reference"

// weights is a file of the same folder that is no table: what reasons are worth.
const weights = "weights"

// Table is one file.
type Table struct {
	Name    string     // without folder and extension
	Columns []string   // the first is the key
	Rows    [][]string // as many values each as there are columns
}

// Keys lists the values of the first column, each once, in the file's order.
func (t *Table) Keys() []string {
	var keys []string
	seen := map[string]bool{}
	for _, r := range t.Rows {
		if !seen[r[0]] {
			seen[r[0]] = true
			keys = append(keys, r[0])
		}
	}
	return keys
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Names lists the tables of a sql tree, sorted.
func Names(files fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(files, Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".csv"); ok && name != weights {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Read reads one table of a sql tree.
func Read(files fs.FS, name string) (*Table, error) {
	file := path.Join(Folder, name+".csv")
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, err
	}
	return Parse("sql/"+file, name, text)
}

// Parse reads the text of one file; shown is what errors call it.
func Parse(shown, name string, text []byte) (*Table, error) {
	if !namePattern.MatchString(name) {
		return nil, fmt.Errorf("%s: a reference file is called by small letters, digits and underscores, as known_tools.csv", shown)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !utf8.Valid(text) {
		return nil, fmt.Errorf("%s: is not UTF-8 text", shown)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: is empty: its first line names the columns", shown)
	}
	t := &Table{Name: name, Columns: rows[0], Rows: rows[1:]}
	return t, t.check(shown)
}

func (t *Table) check(shown string) error {
	seen := map[string]bool{}
	for _, c := range t.Columns {
		if !namePattern.MatchString(c) {
			return fmt.Errorf("%s: the column %q is not called by small letters, digits and underscores", shown, c)
		}
		if seen[c] {
			return fmt.Errorf("%s: the column %s is there twice", shown, c)
		}
		seen[c] = true
	}
	for i, row := range t.Rows {
		if row[0] == "" {
			return fmt.Errorf("%s: row %d has no %s", shown, i+1, t.Columns[0])
		}
		for j, value := range row {
			if strings.ContainsFunc(value, unicode.IsControl) {
				return fmt.Errorf("%s: row %d: %s has a control character", shown, i+1, t.Columns[j])
			}
			if t.Columns[j] == "pattern" && t.Name == "known_tools" {
				if _, err := regexp.Compile(value); err != nil {
					return fmt.Errorf("%s: row %d: the pattern is no regular expression: %w", shown, i+1, err)
				}
			}
		}
	}
	return nil
}

func hasCapitals(s string) bool { return s != strings.ToLower(s) }

// Hash names the content of all tables of a sql tree: 12 hexadecimal digits.
func Hash(files fs.FS) (string, error) {
	names, err := Names(files)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, name := range names {
		text, err := fs.ReadFile(files, path.Join(Folder, name+".csv"))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(text))
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6]), nil
}

// text is the table as a file.
func (t *Table) text() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// Written to memory: it cannot fail.
	if err := w.WriteAll(append([][]string{t.Columns}, t.Rows...)); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// add takes the rows of another file of the same name. Its columns may come in any
// order; what it leaves out is empty, and what it has beyond is refused: it would
// be read by nobody.
func (t *Table) add(shown string, more *Table) error {
	at := make([]int, len(more.Columns))
	for i, c := range more.Columns {
		at[i] = slices.Index(t.Columns, c)
		if at[i] < 0 {
			return fmt.Errorf("%s: has a column %s; those of %s.csv are %s", shown, c, t.Name, strings.Join(t.Columns, ", "))
		}
	}
	if !slices.Contains(more.Columns, t.Columns[0]) {
		return fmt.Errorf("%s: lacks the column %s", shown, t.Columns[0])
	}
	small := !slices.ContainsFunc(t.Keys(), hasCapitals)
	for _, row := range more.Rows {
		merged := make([]string, len(t.Columns))
		for i, value := range row {
			merged[at[i]] = value
		}
		switch {
		case merged[0] == "":
			return fmt.Errorf("%s: a row has no %s", shown, t.Columns[0])
		case small && hasCapitals(merged[0]):
			return fmt.Errorf("%s: %q would never be met: the keys of %s.csv are compared in small letters", shown, merged[0], t.Name)
		}
		t.Rows = append(t.Rows, merged)
	}
	return nil
}
