// Package corpus scores the branches on recorded telemetry with labels, which
// lies beside the repository and is not part of it.
package corpus

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/source"
	smewsql "smew/sql"
)

// folder finds ../shared/corpus beside the repository.
func folder(t *testing.T) string {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "truth.tsv")); err != nil {
		t.Skip("no recordings: ../shared/corpus is not beside the repository")
	}
	return dir
}

// verdict is one labelled record.
type verdict struct {
	file, kind, label string
	record            int64
	event             string   // the same in every file that holds the event
	fires             []string // ids of the seed branches that hit it
}

// seedBranch is how truth.tsv names the seed's branches.
var seedBranch = map[string]string{"B1": "W01", "B2": "W02", "B3": "W03", "B4": "W04"}

var digits = regexp.MustCompile(`\d+`)

func readTruth(t *testing.T, dir string) []verdict {
	f, err := os.Open(filepath.Join(dir, "truth.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []verdict
	for _, row := range rows[1:] {
		v := verdict{file: row[0], kind: row[4], label: row[6]}
		if v.record, err = strconv.ParseInt(digits.FindString(row[1]), 10, 64); err != nil {
			t.Fatalf("record %q of %s", row[1], v.file)
		}
		v.event = strings.Join([]string{row[1], row[2], row[3], row[4]}, "|")
		for _, name := range strings.FieldsFunc(row[5], func(r rune) bool { return strings.ContainsRune(", +", r) }) {
			if id, ok := seedBranch[name]; ok {
				v.fires = append(v.fires, id)
			}
		}
		slices.Sort(v.fires)
		list = append(list, v)
	}
	return list
}

// copiesOf lists the files that hold each event.
func copiesOf(truth []verdict) map[string][]string {
	files := map[string][]string{}
	for _, v := range truth {
		files[v.event] = append(files[v.event], v.file)
	}
	return files
}

// run hunts the whole corpus with the built-in branches and no allowlist: what
// is scored is detection.
func run(t *testing.T, dir string) *finding.Result {
	ctx := t.Context()
	e, err := engine.Open(ctx, engine.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	set, err := source.Open(ctx, []string{dir}, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	branches, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	none, err := allow.Load(nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := hunt.Run(ctx, e, hunt.Request{
		Files: set, SQL: smewsql.Files, Branches: branches, Allow: none, AsOf: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestCorpus scores every labelled record of a file that can be read: the seed
// branches must fire exactly where truth.tsv says, and nowhere else.
func TestCorpus(t *testing.T) {
	dir := folder(t)
	truth := readTruth(t, dir)
	result := run(t, dir)

	skipped := map[string]string{}
	for _, s := range result.Summary.Skipped {
		skipped[s.File] = s.Reason
	}
	fired := map[string]map[int64][]string{} // by file and record
	for _, f := range result.Findings {
		for _, s := range append([]finding.Source{f.Source}, f.Also...) {
			if fired[s.File] == nil {
				fired[s.File] = map[int64][]string{}
			}
			for _, b := range f.Branches {
				fired[s.File][s.Record] = append(fired[s.File][s.Record], b.Name)
			}
		}
	}

	copies := copiesOf(truth)
	missed := map[string][]string{} // by kind and file
	var scored, unread, positives, found, negatives, wrong int
	labelled := map[string]map[int64]bool{}
	for _, v := range truth {
		name := filepath.Join(dir, filepath.FromSlash(v.file))
		if _, ok := skipped[name]; ok {
			unread++
			continue
		}
		scored++
		if labelled[name] == nil {
			labelled[name] = map[int64]bool{}
		}
		labelled[name][v.record] = true
		got := fired[name][v.record]
		for _, file := range copies[v.event] {
			// Of an event that several files hold one copy is told of.
			if other := fired[filepath.Join(dir, filepath.FromSlash(file))][v.record]; len(got) == 0 {
				got = other
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, v.fires) {
			t.Errorf("%s record %d (%s): fired %v, truth says %v", v.file, v.record, v.label, got, v.fires)
		}
		switch {
		case strings.HasPrefix(v.label, "NEG"):
			negatives++
			if len(got) > 0 {
				wrong++
			}
		case len(v.fires) > 0:
			positives++
			if len(got) > 0 {
				found++
			}
		case strings.HasPrefix(v.label, "TP"):
			key := v.kind + " of " + v.file
			missed[key] = append(missed[key], fmt.Sprint(v.record))
		}
	}
	for file, records := range fired {
		for record, names := range records {
			if !labelled[file][record] {
				t.Errorf("%s record %d: fired %v, but truth does not list it", file, record, names)
			}
		}
	}
	if scored == 0 {
		t.Fatal("not one labelled record was in a file that could be read")
	}
	t.Logf("%d of %d labelled records are in files read; %d in formats not read yet (unknown, not clean)", scored, len(truth), unread)
	for _, key := range slices.Sorted(maps.Keys(missed)) {
		list := missed[key]
		shown := strings.Join(list[:min(len(list), 12)], ", ")
		t.Logf("true and not found, for no loaded branch describes it: %d of %s: %s", len(list), key, shown)
	}
	t.Logf("records that seed branches hit: %d of %d found; negatives hit: %d of %d", found, positives, wrong, negatives)
}
