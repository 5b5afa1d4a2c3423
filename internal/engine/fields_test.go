package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smew/internal/engine"
)

// commas takes records apart at their commas: a reader that is easy to follow. A
// dash stands for NULL; a record that begins with ! is left.
type commas struct{ n int }

func (c commas) Read(record []byte) ([][]byte, bool) {
	if record[0] == '!' {
		return nil, false
	}
	values := make([][]byte, c.n)
	for i, part := range strings.Split(string(record), ",") {
		if part != "-" {
			values[i] = []byte(part)
		}
	}
	return values, true
}

// serve makes records readable as fields(). One that begins with ? was rejected.
func serve(t *testing.T, e *engine.Engine, records []string, columns ...string) {
	t.Helper()
	const perBlock = 700
	stream := &blocks{}
	for i, r := range records {
		if i%perBlock == 0 {
			stream.list = append(stream.list, &engine.Block{File: 3})
		}
		block := stream.list[len(stream.list)-1]
		if reason, rejected := strings.CutPrefix(r, "?"); rejected {
			block.Spans = append(block.Spans, engine.Span{Number: int64(i + 1), Reason: reason})
			continue
		}
		start := len(block.Data)
		block.Data = append(block.Data, r...)
		block.Spans = append(block.Spans, engine.Span{Start: start, End: len(block.Data), Number: int64(i + 1)})
	}
	if err := e.ServeFields("fields", stream, func() engine.Fields {
		return engine.Fields{Columns: columns, Identity: 0, Reader: func() engine.FieldReader { return commas{len(columns)} }}
	}, 1); err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, e *engine.Engine, query string) []string {
	t.Helper()
	rows, err := e.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		list = append(list, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// eachWay runs a test with the vectors written in their memory and, as if the
// driver kept that elsewhere, through the driver.
func eachWay(t *testing.T, test func(*testing.T, *engine.Engine)) {
	t.Run("in memory", func(t *testing.T) { test(t, open(t)) })
	t.Run("through the driver", func(t *testing.T) {
		defer engine.HideMemory()()
		test(t, open(t))
	})
}

func TestTheDriversMemoryIsFound(t *testing.T) {
	if !engine.MemoryFound() {
		t.Error("the driver keeps its vectors otherwise now: reading text takes longer than it need")
	}
}

func TestServedFieldsAreColumns(t *testing.T) {
	eachWay(t, func(t *testing.T, e *engine.Engine) {
		serve(t, e, []string{
			"a,-", "-,", "?cut off", "!a whole record", "a text that needs its own memory,another that does,",
			"twelve bytes,thirteen byte,é",
		}, "First", "Second", "Third")
		got := lines(t, e, `select concat_ws(' ', SourceFileId, SourceRecord, coalesce(Rejection, 'NULL'), coalesce(WholeRow, 'NULL'), RecordHash is not null,
			coalesce('"' || First || '"', 'NULL'), coalesce('"' || Second || '"', 'NULL'), coalesce('"' || Third || '"', 'NULL')) from fields() order by SourceRecord`)
		want := []string{
			`3 1 NULL NULL false "a" NULL NULL`,
			`3 2 NULL NULL true NULL "" NULL`,
			`3 3 cut off NULL false NULL NULL NULL`,
			`3 4 NULL !a whole record true NULL NULL NULL`,
			`3 5 NULL NULL false "a text that needs its own memory" "another that does" ""`,
			`3 6 NULL NULL false "twelve bytes" "thirteen byte" "é"`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestServedFieldsOfManyChunks(t *testing.T) {
	eachWay(t, func(t *testing.T, e *engine.Engine) {
		const n = 10_000 // several chunks of the database, which uses their memory again
		records := make([]string, n)
		for i := range records {
			long := strings.Repeat("x", i%50)
			if i%7 == 0 {
				long = "-"
			}
			records[i] = fmt.Sprintf("%d,%s,%s", i, long, strings.Repeat("é", i%11))
		}
		serve(t, e, records, "Number", "Long", "Short")
		got := lines(t, e, `select concat_ws(' ', count(*), count(Long), count(*) filter (where Number::bigint + 1 <> SourceRecord
			or Long is distinct from case when Number::bigint % 7 <> 0 then repeat('x', (Number::bigint % 50)::int) end
			or Short is distinct from repeat('é', (Number::bigint % 11)::int))) from fields()`)
		if want := []string{fmt.Sprint(n, " ", n-(n+6)/7, " 0")}; !cmp.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestOnlyTheColumnsAskedForAreWritten(t *testing.T) {
	eachWay(t, func(t *testing.T, e *engine.Engine) {
		serve(t, e, []string{"a,a text that needs its own memory", "b,c"}, "First", "Second")
		if got := lines(t, e, "select Second from fields() order by Second"); !cmp.Equal(got, []string{"a text that needs its own memory", "c"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestTextThatIsNotUTF8IsNullAndAlone(t *testing.T) {
	e := open(t)
	serve(t, e, []string{"a text that needs its own memory", "a text that is none: \xff\xfe", "another that needs its own"}, "First")
	got := lines(t, e, "select coalesce(First, 'NULL') from fields() order by SourceRecord")
	if want := []string{"a text that needs its own memory", "NULL", "another that needs its own"}; !cmp.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestLargeRecordsFillAChunk(t *testing.T) {
	e := open(t)
	records := make([]string, 12)
	for i := range records {
		records[i] = strings.Repeat(string(rune('a'+i)), 5<<20)
	}
	serve(t, e, records, "First")
	got := lines(t, e, "select count(*) || ' ' || sum(length(First)) || ' ' || string_agg(First[1], '' order by SourceRecord) from fields()")
	if want := []string{fmt.Sprint("12 ", 12*5<<20, " abcdefghijkl")}; !cmp.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestEqualRecordsHaveEqualHashes(t *testing.T) {
	e := open(t)
	serve(t, e, []string{"-,a", "-,a", "-,b", "!x", "!x"}, "First", "Second")
	if got := lines(t, e, "select string_agg(SourceRecord, ' ' order by SourceRecord) from fields() group by RecordHash order by all"); !cmp.Equal(got, []string{"1 2", "3", "4 5"}) {
		t.Errorf("got %q", got)
	}
}
