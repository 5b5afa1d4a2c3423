package prooftest

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"smew/internal/engine"
	"smew/internal/lake"
	smewsql "smew/sql"
)

// check holds the lake to be the model's, row by row and count by count.
func (h *history) check(t *rapid.T) *lake.Verified {
	t.Helper()
	snap, err := h.l.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	e, err := openEngine(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	h.number(t, e, snap)
	h.compare(t, "rows", h.m.rows(), h.rows(t, e, snap))
	h.compare(t, "account", h.m.account(), h.account(t, e, snap))
	v, err := h.l.Verify(context.Background(), lake.VerifyRequest{SQL: smewsql.Files, Engine: openEngine})
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Faults)+len(v.Unchecked) > 0 {
		t.Errorf("verify: %+v %v", v.Faults, v.Unchecked)
	}
	return v
}

func (h *history) compare(t *rapid.T, what string, want, got []string) {
	t.Helper()
	if missing, added := differences(want, got); len(missing)+len(added) > 0 {
		t.Errorf("%s: missing\n  %s\ntoo many\n  %s", what, strings.Join(missing, "\n  "), strings.Join(added, "\n  "))
	}
}

// tidy holds that nothing lies about after a run that deletes, if nobody reads.
func (h *history) tidy(t *rapid.T, v *lake.Verified) {
	t.Helper()
	if h.reader == nil && len(v.Left) > 0 {
		t.Errorf("left over: %v", v.Left)
	}
}

// rows are those of a snapshot, sorted.
func (h *history) rows(t *rapid.T, e *engine.Engine, snap *lake.Snapshot) []string {
	t.Helper()
	files := map[string][]string{}
	for _, d := range snap.Data {
		files[d.Table] = append(files[d.Table], h.l.Path(d.Path))
	}
	var list []string
	for table, paths := range files {
		query := strings.NewReplacer("{table}", table, "{files}", "read_parquet("+engine.QuotePaths(paths)+", hive_partitioning = false, union_by_name = true)").Replace(rowsQuery)
		list = append(list, texts(t, e, query)...)
	}
	slices.Sort(list)
	return list
}

// manifest is a kind of the manifest's files as a relation: an empty one of some columns if
// there is none.
func (h *history) manifest(snap *lake.Snapshot, kind, empty string) string {
	var paths []string
	for _, m := range snap.Meta {
		if m.Kind == kind {
			paths = append(paths, h.l.Path(m.Path))
		}
	}
	if len(paths) == 0 {
		return "(select " + empty + " where false)"
	}
	return "read_parquet(" + engine.QuotePaths(paths) + ", hive_partitioning = false)"
}

// number tells the model which numbers its sources have: they decide between copies.
func (h *history) number(t *rapid.T, e *engine.Engine, snap *lake.Snapshot) {
	t.Helper()
	numbers := map[string]int{}
	for _, text := range texts(t, e, "select distinct Number || ' ' || Name from "+h.manifest(snap, "sources", "0 as Number, '' as Name")) {
		number, name, _ := strings.Cut(text, " ")
		numbers[name], _ = strconv.Atoi(number)
	}
	for _, s := range h.m.origins {
		s.number = numbers[s.name]
	}
}

// account is what the manifest says of each source, as [model.account] writes it.
func (h *history) account(t *rapid.T, e *engine.Engine, snap *lake.Snapshot) []string {
	t.Helper()
	parts := []string{"select 0 as Number, 0 as Rows where false"}
	for _, d := range snap.Data {
		parts = append(parts, "select SourceFileId, 1 from read_parquet("+engine.QuotePaths([]string{h.l.Path(d.Path)})+", hive_partitioning = false)")
	}
	list := texts(t, e, `
with latest as (select Number, max(Run) as Run, arg_max(Name, Run) as Name, arg_max(Read, Run) as Read from `+h.manifest(snap, "sources", "0 as Number, 0 as Run, '' as Name, 0 as Read")+` group by Number),
stored as (select Number, count(*) as Rows from (`+strings.Join(parts, " union all ")+`) group by Number),
copies as (select SourceFileId as Number, count(*) as Rows from `+h.manifest(snap, "duplicates", "0 as SourceFileId")+` group by Number),
rejected as (select said.Number, sum(Rows) as Rows from `+h.manifest(snap, "rejections", "0 as Number, 0 as Run, 0 as Rows")+` as said join latest on latest.Number = said.Number and latest.Run = said.Run group by said.Number),
forgotten as (select Number, sum(Rows) as Rows from `+h.manifest(snap, "forgotten", "0 as Number, 0 as Rows")+` group by Number)
select format('{}: {} read = {} stored + {} duplicates + {} rejected + {} forgotten', Name, Read,
	coalesce(stored.Rows, 0), coalesce(copies.Rows, 0), coalesce(rejected.Rows, 0), coalesce(forgotten.Rows, 0))
from latest left join stored using (Number) left join copies using (Number) left join rejected using (Number) left join forgotten using (Number)`)
	slices.Sort(list)
	return list
}
