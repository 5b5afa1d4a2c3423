package fleet_test

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smew/internal/engine"
)

// truePositive is a record of a recording that is labelled as one.
type truePositive struct {
	file   string // relative to the corpus
	record int64  // as a finding shows it
	event  string // the same in every file that holds the event
}

// crowd is one attack that left 244 true records, each of a service of its own: it
// counts once, by the case that comes last.
const crowd = "evtx_mdecrevoisier/TA0002-Execution/T1569.002-Service execution/ID7000,7009,7045-Payload deployed via service - Tchopper.evtx"

var digits = regexp.MustCompile(`\d+`)

// truth reads the labels of ../shared/corpus; no folder where it is not there.
func truth(t *testing.T) (string, []truePositive) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "corpus"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "truth.tsv"))
	if err != nil {
		t.Log("no recordings: ../shared/corpus is not beside the repository, so only scenarios are put into the fleet")
		return "", nil
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []truePositive
	for _, row := range rows[1:] {
		if row[6] != "TP" && !strings.HasPrefix(row[6], "TP ") {
			continue
		}
		n, err := strconv.ParseInt(digits.FindString(row[1]), 10, 64)
		if err != nil {
			t.Fatalf("record %q of %s", row[1], row[0])
		}
		if strings.HasPrefix(row[1], "line ") {
			n = numberOfLine(t, filepath.Join(dir, filepath.FromSlash(row[0])), n)
		}
		list = append(list, truePositive{row[0], n, strings.Join(row[1:5], "|")})
	}
	return dir, list
}

// numberOfLine is the number that the event of a line has in its log, else the line's own.
func numberOfLine(t *testing.T, file string, line int64) int64 {
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

// label notes which records are true and gives the files that hold one, as units. Of an
// event that several files hold one copy is told of. A true record that nothing hits
// is told of: internal/corpus holds the branches to them.
func (w *world) label(dir string, labels []truePositive) []string {
	w.t.Helper()
	w.exec("create or replace temp table true_records (SourceFile varchar, Record bigint)")
	files := map[string][]string{}
	for _, l := range labels {
		files[l.event] = append(files[l.event], l.file)
	}
	hit := w.shownRecords()
	var units []string
	missed := map[string]bool{}
	for _, l := range labels {
		at := slices.IndexFunc(append([]string{l.file}, files[l.event]...), func(f string) bool {
			return hit[filepath.Join(dir, filepath.FromSlash(f))][l.record]
		})
		if at < 0 {
			missed[l.event] = true
			continue
		}
		file := filepath.Join(dir, filepath.FromSlash(append([]string{l.file}, files[l.event]...)[at]))
		w.exec("insert into true_records values (" + engine.QuoteText(file) + ", " + strconv.FormatInt(l.record, 10) + ")")
		if !slices.Contains(units, file) {
			units = append(units, file)
		}
	}
	if len(missed) > 0 {
		w.t.Errorf("%d true records are hit by nothing: %v", len(missed), missed)
	}
	return units
}

// shownRecords are the records of the evidence by file, all that tell of an event.
func (w *world) shownRecords() map[string]map[int64]bool {
	list := map[string]map[int64]bool{}
	for _, e := range w.found.Events() {
		for _, s := range append(slices.Clone(e.Also), e.Source) {
			if list[s.File] == nil {
				list[s.File] = map[int64]bool{}
			}
			list[s.File][s.Record] = true
		}
	}
	return list
}

// trueCases are the ids of the last judgement's cases that have a true record.
func (w *world) trueCases() map[string]bool {
	w.t.Helper()
	ids := map[string]bool{}
	rows, err := w.e.Query(w.ctx(), `
		with shown as (
			select CaseId, found_events.SourceFile, coalesce(RecordShown, found_events.SourceRecord) as Record
			from found_events
			left join row_facts on row_facts.SourceTable = found_events.SourceTable and row_facts.SourceFile = found_events.SourceFile
				and row_facts.SourceRecord = found_events.SourceRecord
			union all
			select CaseId, also_seen.SourceFile, RecordShown from also_seen inner join found_events on found_events.EventId = also_seen.EventId
		)
		select distinct CaseId from shown inner join true_records on true_records.SourceFile = shown.SourceFile and true_records.Record = shown.Record`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			w.t.Fatal(err)
		}
		ids[id] = true
	}
	return ids
}
