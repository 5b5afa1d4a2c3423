package lake

import (
	"reflect"
	"testing"
)

func TestStatusCountsAndNamesGaps(t *testing.T) {
	b := newBench(t)
	b.write("a.json", days("DeviceProcessEvents", "2026-02-26", 3, 1)+days("DeviceProcessEvents", "2026-03-03", 2, 10)+days("DeviceProcessEvents", "2026-03-07", 1, 20))
	b.write("b.json", days("DeviceFileEvents", "2026-03-01", 2, 30)+"{not json\n")
	b.write("again.json", days("DeviceProcessEvents", "2026-02-26", 1, 1))
	b.write("empty.json", "")
	b.ingest()
	st := b.status()
	if len(st.Tables) != 2 || st.Tables[0].Table != "DeviceFileEvents" {
		t.Fatalf("tables: %+v", st.Tables)
	}
	p := st.Tables[1]
	want := []Gap{{"2026-03-01", "2026-03-02", 2}, {"2026-03-05", "2026-03-06", 2}}
	if !reflect.DeepEqual(p.Gaps, want) {
		t.Errorf("gaps %v, want %v", p.Gaps, want)
	}
	if p.Rows != 6 || p.Devices != 3 || p.First != "2026-02-26" || p.Last != "2026-03-07" || p.Files != 2 || p.Undated != 0 || p.Bytes == 0 {
		t.Errorf("%+v", p)
	}
	if got := p.Days[0]; got != (DayStatus{"2026-02-26", 1, 1}) {
		t.Errorf("first day %+v", got)
	}
	if a := st.Account; a.Read != 10 || a.Stored != 8 || a.Duplicates != 1 || a.Rejected != 1 || a.Others != 0 || a.Sources != 3 || a.Skipped != 1 {
		t.Errorf("account %+v", a)
	}
	if st.Writer != nil {
		t.Errorf("writes: %+v", st.Writer)
	}
}

func TestStatusOfAnEmptyLakeAndOneThatIsWrittenTo(t *testing.T) {
	b := newBench(t)
	if st := b.status(); len(st.Tables) != 0 || st.Stored != 0 || st.Writer != nil {
		t.Errorf("%+v", st)
	}
	unlock, err := b.l.Lock("ingest")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if st := b.status(); st.Writer == nil || st.Writer.PID == 0 || st.Writer.What != "ingest" {
		t.Errorf("writer %+v", st.Writer)
	}
}

func TestGapsOfDaysSideBySide(t *testing.T) {
	if got := gaps([]DayStatus{{Day: "2026-02-28"}, {Day: "2026-03-01"}}); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := gaps([]DayStatus{{Day: "2024-02-28"}, {Day: "2024-03-01"}}); len(got) != 1 || got[0] != (Gap{"2024-02-29", "2024-02-29", 1}) {
		t.Errorf("%v", got)
	}
}
