package lake

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestIngestOfAFileThatVanishes(t *testing.T) {
	b := newBench(t)
	b.write("a.json", days("DeviceProcessEvents", "2026-03-01", 3, 1))
	b.write("b.json", days("DeviceProcessEvents", "2026-03-01", 3, 10))
	req := b.request()
	req.Progress = func(int64, int64, string) { _ = os.Remove(filepath.Join(b.dir, "b.json")) }
	r, err := b.l.Ingest(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unfinished) != 1 || !strings.HasSuffix(r.Unfinished[0], "b.json") {
		t.Errorf("%+v", r)
	}
	b.whole()
	b.write("b.json", days("DeviceProcessEvents", "2026-03-01", 4, 10))
	if r := b.ingest(); r.Stored != 1 || r.Known != 1 {
		t.Errorf("%+v", r)
	}
	if st := b.status(); st.Stored != 7 {
		t.Errorf("%+v", st)
	}
	b.whole()
}

func TestIngestOfColumnsNamedAsALakesOwn(t *testing.T) {
	b := newBench(t)
	b.write("a.json", row("DeviceProcessEvents", "2026-03-01T10:00:00Z", 1, "Class", "gold", "lacks", "much", "TimestampNanos", "x", "Colour", "red"))
	if r := b.ingest(); r.Stored != 1 {
		t.Errorf("%+v", r)
	}
	if got := b.snapshot().Data[0].Extra; strings.Join(got, " ") != "Colour TimeGenerated Type" {
		t.Errorf("%v", got)
	}
	b.whole()
}

// TestIngestNotesASkipOnce runs again over a file that is no telemetry.
func TestIngestNotesASkipOnce(t *testing.T) {
	b := newBench(t)
	b.write("a.json", days("DeviceProcessEvents", "2026-03-01", 1, 1))
	b.write("readme.md", "no telemetry")
	old := time.Now().Add(-time.Hour) // a file that has just changed is looked at again
	for _, name := range []string{"a.json", "readme.md"} {
		if err := os.Chtimes(filepath.Join(b.dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	b.ingest()
	number := b.snapshot().Number
	if r := b.ingest(); len(r.Skipped) != 1 || b.snapshot().Number != number {
		t.Errorf("snapshot %d, was %d: %+v", b.snapshot().Number, number, r)
	}
}

func TestIngestDoesNotReadItsOwnLake(t *testing.T) {
	b := newBench(t)
	b.write("a.json", days("DeviceProcessEvents", "2026-03-01", 1, 1))
	l, err := Create(filepath.Join(b.dir, "lake"))
	if err != nil {
		t.Fatal(err)
	}
	b.l = l
	b.ingest()
	if r := b.ingest(); r.Read != 0 {
		t.Errorf("%+v", r)
	}
	b.whole()
}

func TestOneWritesAtATime(t *testing.T) {
	b := newBench(t)
	b.write("a.json", days("DeviceProcessEvents", "2026-03-01", 1, 1))
	unlock, err := b.l.Lock("lake compact")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.l.Ingest(t.Context(), b.request())
	var busy *BusyError
	if !errors.As(err, &busy) || busy.PID != os.Getpid() || busy.What != "lake compact" || busy.Since.IsZero() {
		t.Errorf("%v", err)
	}
	unlock()
	b.ingest()
}

// TestDuplicatesHaveTheirOwnDay: an event whose clock is in doubt is a copy of one of
// another day; days that are forgotten must leave the account right.
func TestDuplicatesHaveTheirOwnDay(t *testing.T) {
	b := newBench(t)
	b.write("a.json", days("DeviceProcessEvents", "2026-03-01", 3, 1))
	b.write("b.json", days("DeviceProcessEvents", "2026-03-01", 3, 1))
	b.ingest()
	b.write("c.json", days("DeviceProcessEvents", "2026-03-01", 3, 1)+"{")
	b.ingest()
	for _, day := range []string{"2026-03-02", "2026-03-03", "2026-03-04"} {
		b.forget(day, false)
		b.whole()
	}
}
