package lake

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	smewsql "smew/sql"
)

func (b *bench) forget(before string, dryRun bool) *Forgotten {
	b.t.Helper()
	f, err := b.l.Forget(b.t.Context(), ForgetRequest{Before: before, DryRun: dryRun, SQL: smewsql.Files, Engine: openEngine, Version: "test"})
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

func TestForgetDeletesWholeDays(t *testing.T) {
	b := filled(t)
	all := b.content("Timestamp")
	snapshot := b.snapshot().Number
	dry := b.forget("2026-03-04", true)
	if b.snapshot().Number != snapshot || !dry.DryRun {
		t.Error("a dry run changed the lake")
	}
	f := b.forget("2026-03-04", false)
	if f.Rows != 5 || f.Rows != dry.Rows || f.Deleted != dry.Deleted || f.Rewritten != dry.Rewritten || len(f.Tables) != 2 {
		t.Errorf("%+v\n%+v", f, dry)
	}
	if got := f.Tables[1]; got.Table != "DeviceProcessEvents" || got.Rows != 3 || len(got.Days) != 3 || got.Days[0] != (ForgottenDay{"2026-03-01", 1}) {
		t.Errorf("%+v", got)
	}
	want := slices.DeleteFunc(all, func(row string) bool { return !strings.Contains(row, "2026-03-0") || row < "" })
	want = slices.DeleteFunc(want, func(row string) bool {
		return strings.Contains(row, "03-01") || strings.Contains(row, "03-02") || strings.Contains(row, "03-03")
	})
	if got := b.content("Timestamp"); !slices.Equal(got, want) {
		t.Errorf("left: %v, want %v", got, want)
	}
	b.whole()
	st := b.status()
	if st.Forgotten != "2026-03-04" || st.Gone != 5 || st.Stored != 6 {
		t.Errorf("%+v", st)
	}
	for _, table := range st.Tables {
		if table.First < "2026-03-04" {
			t.Errorf("%+v", table)
		}
	}
	for _, note := range b.notes() {
		if strings.Contains(note, "2026-03-01") || strings.Contains(note, "2026-03-03") {
			t.Errorf("the manifest remembers %s", note)
		}
	}
	if r := b.ingest(); r.Known != 2 || r.Read != 0 {
		t.Errorf("read again: %+v", r)
	}
}

func TestWhatIsForgottenIsNotTakenInAgain(t *testing.T) {
	b := filled(t)
	b.forget("2026-03-05", false)
	// A file that grows is read whole again; late events, and events of days that stay.
	b.add("b.json", row("DeviceProcessEvents", "2026-03-02T10:00:00Z", 70)+row("DeviceProcessEvents", "2026-03-12T10:00:00Z", 71))
	r := b.ingest()
	if r.Stored != 1 || r.Forgotten != 1 || r.Before != 6 {
		t.Errorf("%+v", r)
	}
	b.whole()
	// Another export of it all.
	b.write("c.json", days("DeviceProcessEvents", "2026-03-01", 6, 1))
	if r := b.ingest(); r.Stored != 0 || r.Forgotten != 4 || r.Duplicates != 2 {
		t.Errorf("%+v", r)
	}
	b.whole()
	// The end of a file that is all forgotten is met once.
	b.add("c.json", row("DeviceProcessEvents", "2026-03-02T11:00:00Z", 80))
	if r := b.ingest(); r.Forgotten != 1 || r.Stored != 0 {
		t.Errorf("%+v", r)
	}
	b.add("c.json", row("DeviceProcessEvents", "2026-03-02T12:00:00Z", 81))
	if r := b.ingest(); r.Forgotten != 1 || r.Stored != 0 {
		t.Errorf("%+v", r)
	}
	b.whole()
	b.compact(nil)
	b.forget("2026-03-09", false)
	b.whole()
	if f := b.forget("2026-03-01", false); f.Rows != 0 || b.snapshot().Forgotten != "2026-03-09" {
		t.Errorf("%+v, before %s", f, b.snapshot().Forgotten)
	}
	b.forget("2026-03-13", false)
	b.whole()
	if st := b.status(); st.Stored != 0 || len(st.Tables) != 0 {
		t.Errorf("%+v", st)
	}
	if n := len(b.onDisk(tablesDir)); n != 0 {
		t.Errorf("%d files left", n)
	}
}

func TestForgetRefusesDaysToCome(t *testing.T) {
	b := filled(t)
	_, err := b.l.Forget(t.Context(), ForgetRequest{Before: time.Now().AddDate(0, 0, 2).Format(time.DateOnly), SQL: smewsql.Files, Engine: openEngine})
	if !errors.Is(err, ErrForgetsFuture) {
		t.Errorf("%v", err)
	}
	if _, err := b.l.Forget(t.Context(), ForgetRequest{Before: "soon"}); err == nil {
		t.Error("took a day that is none")
	}
}

func TestForgetDeletesOldSideFiles(t *testing.T) {
	b := filled(t)
	side := b.onDisk(rejectedDir)
	if len(side) == 0 {
		t.Fatal("no side file")
	}
	b.forget("2026-03-02", false)
	if got := b.onDisk(rejectedDir); !slices.Equal(got, side) {
		t.Errorf("deleted what was written later: %v", got)
	}
	old := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(b.l.path(side[0]), old, old); err != nil {
		t.Fatal(err)
	}
	if f := b.forget("2026-03-03", false); f.Rejected != 1 || len(b.onDisk(rejectedDir)) != len(side)-1 {
		t.Errorf("%+v, left %v", f, b.onDisk(rejectedDir))
	}
	b.whole()
}
