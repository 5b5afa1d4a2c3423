package prooftest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"smew/internal/engine"
	"smew/internal/lake"
)

// content is all that a lake says: its rows in every column but the number of their
// file, and its manifest with the files' names for their numbers. Two lakes of equal
// content are one to whoever asks.
type content struct{ rows, manifest, rejected []string }

func contentOf(t testing.TB, dir string) content {
	t.Helper()
	l, err := lake.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	snap, err := l.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEngine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	return content{rowsOf(t, e, l, snap), manifestOf(t, e, l, snap), rejectedOf(t, l)}
}

// rowsOf is every row as text, by table, sorted.
func rowsOf(t testing.TB, e *engine.Engine, l *lake.Lake, snap *lake.Snapshot) []string {
	t.Helper()
	files := map[string][]string{}
	for _, d := range snap.Data {
		files[d.Table] = append(files[d.Table], l.Path(d.Path))
	}
	var list []string
	for table, paths := range files {
		list = append(list, texts(t, e, "select "+engine.QuoteText(table+" ")+" || cast(to_json(r) as varchar) from (select * exclude (SourceFileId) from read_parquet("+
			engine.QuotePaths(paths)+", hive_partitioning = false, union_by_name = true)) as r")...)
	}
	slices.Sort(list)
	return list
}

// ofSource are the kinds of the manifest that hold as of the latest run that read a file;
// of the others all runs add up.
var ofSource = []string{"sources", "accounts", "doubts", "presence", "rejections"}

// adding says how those are put together: runs may note the same twice.
var adding = map[string]string{
	"places":     "select distinct Path, Hash from {rel}",
	"skipped":    "select distinct File, Reason, Harmless from {rel}",
	"devices":    "select distinct * from {rel}",
	"hours":      "select Account, Hour, Day, bit_or(Minutes) as Minutes from {rel} group by all",
	"boots":      "select distinct Device, Booted, names.Name from {rel} as said left join names on names.Number = said.Number",
	"duplicates": "select SourceTable, Day, names.Name, SourceRecord from {rel} as said left join names on names.Number = said.SourceFileId",
	"forgotten":  "select names.Name, SourceTable, sum(Rows) as Rows from {rel} as said left join names using (Number) group by all",
}

// manifestOf is every line of the manifest as text, by kind, sorted.
func manifestOf(t testing.TB, e *engine.Engine, l *lake.Lake, snap *lake.Snapshot) []string {
	t.Helper()
	relations := map[string]string{}
	for _, m := range snap.Meta {
		if relations[m.Kind] != "" {
			relations[m.Kind] += ", "
		}
		relations[m.Kind] += engine.QuoteText(l.Path(m.Path))
	}
	for kind, paths := range relations {
		relations[kind] = "read_parquet([" + paths + "], hive_partitioning = false)"
	}
	if relations["sources"] == "" {
		return nil
	}
	if err := e.Exec(t.Context(), "create or replace temp table names as select Number, max(Run) as Run, arg_max(Name, Run) as Name from "+relations["sources"]+" group by Number"); err != nil {
		t.Fatal(err)
	}
	var list []string
	for kind, rel := range relations {
		query := strings.ReplaceAll(adding[kind], "{rel}", rel)
		switch {
		case slices.Contains(ofSource, kind):
			query = "select names.Name as Source, said.* exclude (Number, Run) from " + rel + " as said inner join names on names.Number = said.Number and names.Run = said.Run"
		case query == "":
			t.Fatalf("the manifest has a kind that the proof does not know: %s", kind)
		}
		list = append(list, texts(t, e, "select "+engine.QuoteText(kind+" ")+" || cast(to_json(r) as varchar) from ("+query+") as r")...)
	}
	slices.Sort(list)
	return list
}

// rejectedOf is the lines of the side files, sorted.
func rejectedOf(t testing.TB, l *lake.Lake) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(l.Path("rejected"), "*"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...)
	}
	slices.Sort(list)
	return list
}

// same holds one lake to be the other.
func same(t testing.TB, want, got content) {
	t.Helper()
	for _, part := range []struct {
		name      string
		want, got []string
	}{{"rows", want.rows, got.rows}, {"manifest", want.manifest, got.manifest}, {"rejected lines", want.rejected, got.rejected}} {
		if missing, added := differences(part.want, part.got); len(missing)+len(added) > 0 {
			t.Errorf("%s: %d are missing and %d are too many:\n- %s\n+ %s", part.name, len(missing), len(added), first(missing), first(added))
		}
	}
}

// differences are what one sorted list has more than the other, each way.
func differences(want, got []string) (missing, added []string) {
	for len(want) > 0 || len(got) > 0 {
		switch {
		case len(got) == 0 || len(want) > 0 && want[0] < got[0]:
			missing, want = append(missing, want[0]), want[1:]
		case len(want) == 0 || got[0] < want[0]:
			added, got = append(added, got[0]), got[1:]
		default:
			want, got = want[1:], got[1:]
		}
	}
	return missing, added
}

// first shows the first few of a list.
func first(list []string) string {
	return strings.Join(list[:min(3, len(list))], "\n  ")
}
