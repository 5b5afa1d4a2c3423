// Package corpus scores the branches on recorded telemetry with labels, which
// lies beside the repository and is not part of it.
package corpus

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
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
	"smew/internal/reference"
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
		if strings.HasPrefix(row[1], "line ") {
			v.record = shownNumber(t, filepath.Join(dir, filepath.FromSlash(v.file)), v.record)
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

// shownNumber is what a hunt calls the record of a line: the number that the
// event has in its log, where the line tells it, else the line's own.
func shownNumber(t *testing.T, file string, line int64) int64 {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for n := int64(1); lines.Scan(); n++ {
		if n < line {
			continue
		}
		var record struct{ RecordNumber int64 }
		if json.Unmarshal(lines.Bytes(), &record) == nil && record.RecordNumber > 0 {
			return record.RecordNumber
		}
		return line
	}
	t.Fatalf("%s has no line %d", file, line)
	return 0
}

// copiesOf lists the files that hold each event.
func copiesOf(truth []verdict) map[string][]string {
	files := map[string][]string{}
	for _, v := range truth {
		files[v.event] = append(files[v.event], v.file)
	}
	return files
}

// run hunts the whole corpus without an allowlist: what is scored is detection.
func run(t *testing.T, dir, pack string, files fs.FS) *finding.Result {
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
	if branches, err = branch.Select(branches, nil, pack); err != nil {
		t.Fatal(err)
	}
	none, err := allow.Load(nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := hunt.Run(ctx, e, hunt.Request{
		Files: set, SQL: files, Branches: branches, Allow: none, AsOf: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Threads: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// hit is what a hunt says of one record.
type hit struct {
	branches []string // that fired on it
	score    int      // of its case
	caseID   string   // that case's id
}

// hits are the records that were hit, by file (relative to the corpus) and record.
type hits map[string]map[int64]hit

func hitsOf(t *testing.T, dir string, r *finding.Result) hits {
	for _, s := range r.Summary.Skipped {
		if base := filepath.Base(s.File); base != "README.md" && base != "truth.tsv" {
			t.Errorf("%s was not read: %s", s.File, s.Reason)
		}
	}
	fired := hits{}
	for _, c := range r.Cases {
		for _, e := range c.Evidence {
			for _, s := range append([]finding.Source{e.Source}, e.Also...) {
				name, err := filepath.Rel(dir, s.File)
				if err != nil {
					t.Fatal(err)
				}
				fired.add(filepath.ToSlash(name), s.Record, c, e)
			}
		}
	}
	return fired
}

// add notes one record of an event. A number may stand in a file twice: then it has
// what was hit of either.
func (h hits) add(file string, record int64, c finding.Case, e finding.Event) {
	if h[file] == nil {
		h[file] = map[int64]hit{}
	}
	one := h[file][record]
	for _, b := range e.Branches {
		one.branches = append(one.branches, b.Name)
	}
	slices.Sort(one.branches)
	if one.caseID == "" || c.Score > one.score {
		one.score, one.caseID = c.Score, c.ID
	}
	h[file][record] = one
}

// of gives what was hit of a labelled record. Of an event that several files hold one
// copy is told of.
func (h hits) of(v verdict, copies map[string][]string) hit {
	for _, file := range append([]string{v.file}, copies[v.event]...) {
		if got := h[file][v.record]; len(got.branches) > 0 {
			return got
		}
	}
	return hit{}
}

// TestCorpusSeed: the seed's branches fire exactly where truth.tsv says, and
// nowhere else.
func TestCorpusSeed(t *testing.T) {
	dir := folder(t)
	truth := readTruth(t, dir)
	fired, copies := hitsOf(t, dir, run(t, dir, "seed", smewsql.Files)), copiesOf(truth)
	labelled := map[string]map[int64]bool{}
	for _, v := range truth {
		if labelled[v.file] == nil {
			labelled[v.file] = map[int64]bool{}
		}
		labelled[v.file][v.record] = true
		if got := fired.of(v, copies).branches; !slices.Equal(got, v.fires) {
			t.Errorf("%s record %d (%s): fired %v, truth says %v", v.file, v.record, v.label, got, v.fires)
		}
	}
	for file, records := range fired {
		for record, got := range records {
			if !labelled[file][record] {
				t.Errorf("%s record %d: fired %v, but truth does not list it", file, record, got.branches)
			}
		}
	}
}

// crowd is the one file that holds most of the labelled records, all of one attack.
const crowd = "evtx_mdecrevoisier/TA0002-Execution/T1569.002-Service execution/ID7000,7009,7045-Payload deployed via service - Tchopper.evtx"

// unseen are true records that no branch can find, with the reason.
var unseen = map[string]string{}

// TestCorpus scores the core pack on every labelled record: what is true is found,
// what is labelled negative is hit by nothing.
func TestCorpus(t *testing.T) {
	dir := folder(t)
	truth := readTruth(t, dir)
	fired := hitsOf(t, dir, run(t, dir, "core", smewsql.Files))
	score(t, truth, fired)
	unlabelled(t, truth, fired)
}

// TestCorpusWithoutToolNames: with every tool's name switched off the branches find
// the same, by what is done and not by what it is called.
func TestCorpusWithoutToolNames(t *testing.T) {
	dir := folder(t)
	truth := readTruth(t, dir)
	own := t.TempDir()
	if err := os.WriteFile(filepath.Join(own, "settings.csv"), []byte("setting,value,source\nknown_tool_names,off,this test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := reference.Overlay(smewsql.Files, []string{own}, "")
	if err != nil {
		t.Fatal(err)
	}
	score(t, truth, hitsOf(t, dir, run(t, dir, "core", files)))
}

// tally counts the records of one group of labels.
type tally struct {
	all, hit, high int
	scores         []int // of the cases of what was hit, each case once
	cases          map[string]bool
}

func (c *tally) add(got hit) {
	c.all++
	if len(got.branches) == 0 {
		return
	}
	c.hit++
	if got.score >= 60 {
		c.high++
	}
	if !c.cases[got.caseID] {
		c.cases[got.caseID] = true
		c.scores = append(c.scores, got.score)
	}
}

// spread is the lowest, the middle and the highest score of the cases.
func (c *tally) spread() string {
	if len(c.scores) == 0 {
		return ""
	}
	slices.Sort(c.scores)
	return fmt.Sprintf("; %d cases, scores %d to %d, median %d; %d in a case of 60 or more",
		len(c.scores), c.scores[0], c.scores[len(c.scores)-1], c.scores[len(c.scores)/2], c.high)
}

func score(t *testing.T, truth []verdict, fired hits) {
	copies := copiesOf(truth)
	counts := map[string]*tally{}
	for _, v := range truth {
		got := fired.of(v, copies)
		group := groupOf(v)
		if counts[group] == nil {
			counts[group] = &tally{cases: map[string]bool{}}
		}
		counts[group].add(got)
		reason, excepted := unseen[v.event]
		switch {
		case isTrue(v) && len(got.branches) == 0 && !excepted:
			t.Errorf("not found: %s of %s record %d", v.kind, v.file, v.record)
		case isTrue(v) && len(got.branches) == 0:
			t.Logf("not found, as known: %s of %s record %d: %s", v.kind, v.file, v.record, reason)
		case isTrue(v) && v.file != crowd:
			t.Logf("true: score %3d, case %s, %s of %s record %d: %s", got.score, got.caseID, v.kind, v.file, v.record, strings.Join(got.branches, " "))
		case strings.HasPrefix(v.label, "NEG") && len(got.branches) > 0:
			t.Errorf("negative hit: %s of %s record %d: %v", v.kind, v.file, v.record, got.branches)
		}
	}
	for _, group := range []string{"true", "true, of the one large file", "negative", "benign that the seed hits", "related", "other techniques, or ambiguous"} {
		c := counts[group]
		if c == nil {
			t.Errorf("no record is labelled as %s", group)
			continue
		}
		t.Logf("%-34s %3d of %3d hit (%.0f %%)%s", group, c.hit, c.all, 100*float64(c.hit)/float64(c.all), c.spread())
	}
}

func isTrue(v verdict) bool { return strings.HasPrefix(v.label, "TP") }

func groupOf(v verdict) string {
	switch {
	case isTrue(v) && v.file == crowd:
		return "true, of the one large file"
	case isTrue(v):
		return "true"
	case strings.HasPrefix(v.label, "NEG"):
		return "negative"
	case strings.HasPrefix(v.label, "FP"):
		return "benign that the seed hits"
	case strings.HasPrefix(v.label, "RELATED"):
		return "related"
	}
	return "other techniques, or ambiguous"
}

// unlabelled looks at the files that are true or negative as a whole, and tells of
// what else was hit.
func unlabelled(t *testing.T, truth []verdict, fired hits) {
	for _, want := range []struct {
		file string
		hit  bool
	}{
		{"linux_pberba/systemd_auditd_1.txt", true},
		{"linux_pberba/generators_sysmon_1.xml", true},
		{"macos_santa_fixtures/launch_item_add.json", true},
		{"macos_santa_fixtures/launch_item_remove.json", false},
	} {
		if got := len(fired[want.file]) > 0; got != want.hit {
			t.Errorf("%s: hit %t, want %t", want.file, got, want.hit)
		}
	}
	labelled := map[string]bool{}
	for _, v := range truth {
		labelled[v.file+"|"+strconv.FormatInt(v.record, 10)] = true
	}
	for file, records := range fired {
		if strings.HasPrefix(file, "otrf_log4shell_sentinel/") || file == "msticpy/auditd_log.txt" {
			t.Errorf("%s has nothing of T1543, and was hit: %+v", file, records)
		}
		for record, got := range records {
			if !labelled[file+"|"+strconv.FormatInt(record, 10)] {
				t.Logf("hit, without a label: %s record %d: %s", file, record, strings.Join(got.branches, " "))
			}
		}
	}
}
