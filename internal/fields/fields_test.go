package fields_test

import (
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smew/internal/engine"
	"smew/internal/fields"
)

var (
	flat   = fields.Shape{Fields: []string{"A", "B", "category"}}
	stream = fields.Shape{Inside: "properties", Fields: []string{"A", "B"}, Beside: []string{"category"}}
)

// database parses records as DuckDB does.
type database struct{ *engine.Engine }

func openDatabase(t testing.TB) database {
	t.Helper()
	e, err := engine.Open(t.Context(), engine.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return database{e}
}

// read is what from_json makes of a record; nil if it is no JSON, or if there is
// no object to take the fields from.
func (d database) read(record string, s fields.Shape) ([]*string, error) {
	query := `select event is not null, event.A, event.B, event.category
		from (select try(from_json(?::varchar, '{"A":"VARCHAR","B":"VARCHAR","category":"VARCHAR"}')) as event)`
	if s.Inside != "" {
		query = `select event.properties is not null, event.properties.A, event.properties.B, event.category
			from (select try(from_json(?::varchar, '{"category":"VARCHAR","properties":{"A":"VARCHAR","B":"VARCHAR"}}')) as event)`
	}
	rows, err := d.Query(context.Background(), query, record)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	values := make([]*string, 3)
	good := false
	for rows.Next() {
		if err := rows.Scan(&good, &values[0], &values[1], &values[2]); err != nil {
			return nil, err
		}
	}
	if !good {
		values = nil
	}
	return values, rows.Err()
}

func read(r *fields.Reader, record string) ([]*string, bool) {
	values, ok := r.Read([]byte(record))
	if !ok {
		return nil, false
	}
	texts := make([]*string, len(values))
	for i, v := range values {
		if v != nil {
			text := string(v)
			texts[i] = &text
		}
	}
	return texts, true
}

// fatal is what the tests of testing and rapid have in common.
type fatal interface{ Fatalf(string, ...any) }

// check holds what two readers say of a record, one new and one that has seen
// others, to what the database says.
func check(t fatal, d database, s fields.Shape, used *fields.Reader, record string) bool {
	got, ok := read(fields.New(s), record)
	again, okAgain := read(used, record)
	if ok != okAgain || !cmp.Equal(got, again) {
		t.Fatalf("%q depends on what was read before: %t %v and %t %v", record, ok, show(got), okAgain, show(again))
	}
	if !ok {
		return false
	}
	want, err := d.read(record, s)
	if err != nil {
		t.Fatalf("%q: %v", record, err)
	}
	if diff := cmp.Diff(show(want), show(got)); diff != "" {
		t.Fatalf("%q (-database +fields):\n%s", record, diff)
	}
	return true
}

func show(values []*string) []string {
	if values == nil {
		return nil
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = "NULL"
		if v != nil {
			texts[i] = "'" + *v + "'"
		}
	}
	return texts
}

// corner has records of every kind that the rules of JSON, or DuckDB's reading of
// them, make one think twice about. Those marked are taken apart here; of the
// others nothing is asked but that they are left to the database.
var corner = []struct {
	record string
	taken  bool
}{
	{`{"properties":{}}`, true},
	{`{"properties":{"A":"x","B":"","C":"y"},"category":"t"}`, true},
	{`{"category":"t","properties":{"A":null,"B":null}}`, true},
	{"{ \"properties\" :\t{\r\n\"A\" : \"x\" , \"B\" : 7 } } \n", true},
	{`{"properties":{"A":"C:\\Windows\\System32\\sc.exe","B":"\"q\"\/\b\f\n\r\t"}}`, true},
	{`{"properties":{"A":"\u00e9\u0041\u0000x","B":"\ud83d\ude00"}}`, true},
	{`{"properties":{"A":"é😀` + "\x7f" + `"}}`, true},
	{`{"properties":{"A":0,"B":-1}}`, true},
	{`{"properties":{"A":999999999999999999,"B":-999999999999999999}}`, true},
	{`{"properties":{"A":18446744073709551615,"B":-9223372036854775809}}`, true},
	{`{"properties":{"A":18446744073709551616,"B":123456789012345678901234567890}}`, true},
	{`{"properties":{"A":1.10,"B":-0.50}}`, true},
	{`{"properties":{"A":7.000,"B":-0.0}}`, true},
	{`{"properties":{"A":12345678901234.5,"B":[0.125,100.0,-2.50]}}`, true},
	{`{"properties":{"A":true,"B":false},"category":null}`, true},
	{`{"properties":{"A":[ ],"B":{ }}}`, true},
	{`{"properties":{"A":{"k" : [1, "x\/\u00e9\u001f\n\"\\", true,null,{}, [[]]]},"B":{"":""}}}`, true},
	{`{"properties":{"A":{"a\u0062\"\/":"\ud83d\ude00\\","a":1,"a":2}}}`, true},
	{`{"properties":{"A":1,"A":2}}`, true},
	{`{"properties":{"A":null,"A":2}}`, true},
	{`{"properties":{"A":1},"properties":{"B":2},"properties":3}`, true},
	{`{"properties":{"a":1,"PROPERTIES":2}}`, true},
	{`{"x":1.5,"y":-0.25,"z":[1.50,{"k":[]}],"properties":{"A":1,"w":0.1,"v":-0}}`, true},
	{`{"x":"\u0000","properties":{"w":"\ud83d\ude00"}}`, true},
	{`{"properties":{"A":"` + strings.Repeat("x", 1000) + `"}}`, true},

	{`{}`, false},
	{`{"properties":null}`, false},
	{`{"properties":[]}`, false},
	{`{"properties":5}`, false},
	{`{"properties":null,"properties":{"A":1}}`, false},
	{``, false},
	{`[1]`, false},
	{`5`, false},
	{`null`, false},
	{`{`, false},
	{`{"properties":{"A":1}`, false},
	{`{"properties":{"A":1}} x`, false},
	{`{"properties":{"A":1}}{}`, false},
	{"{\"properties\":{}}\v", false},
	{`{"properties":{"A":1,}}`, false},
	{`{"properties":{,"A":1}}`, false},
	{`{"properties":{"A":1},}`, false},
	{`{"properties":{"A":1 "B":2}}`, false},
	{`{"properties":{"A" 1}}`, false},
	{`{"properties":{"A":}}`, false},
	{`{"properties":{"A":-0}}`, false},
	{`{"properties":{"A":01}}`, false},
	{`{"properties":{"A":0.001}}`, false},
	{`{"properties":{"A":1e5}}`, false},
	{`{"properties":{"A":0.1234567890123456}}`, false},
	{`{"properties":{"A":{"k":0.05}}}`, false},
	{`{"properties":{"w":1e999}}`, false},
	{`{"properties":{"w":1.}}`, false},
	{`{"properties":{"w":.5}}`, false},
	{`{"properties":{"w":-}}`, false},
	{`{"properties":{"w":1x}}`, false},
	{`{"properties":{"w":+1}}`, false},
	{`{"properties":{"A":NaN,"w":-Infinity}}`, false},
	{`{"properties":{"w":nulll}}`, false},
	{`{"properties":{"w":True}}`, false},
	{`{"properties":{"A":"\ud800"}}`, false},
	{`{"properties":{"w":"\ud800"}}`, false},
	{`{"properties":{"w":"\ud800\u0041"}}`, false},
	{`{"properties":{"w":"\udc00\ud800"}}`, false},
	{`{"properties":{"w":"\x"}}`, false},
	{`{"properties":{"w":"\u00g0"}}`, false},
	{"{\"properties\":{\"w\":\"a\x01\"}}", false},
	{"{\"properties\":{\"A\":\"a\n\"}}", false},
	{"{\"properties\":{\"A\":\"\x00\"}}", false},
	{`{"properties":{"A":"x}}`, false},
	{`{"properties":{"A":"x\"}}`, false},
	{`{"properties":{"A":"x\`, false},
	{`{"properties":{"\u0041":"x"}}`, false},
	{`{"properties":{"w":[1,]}}`, false},
	{`{"properties":{"w":[1}}`, false},
	{`{"properties":{"w":{"k"}}}`, false},
	{`{"properties":{"w":{k:1}}}`, false},
	{`{"properties":{"A":{"k":-0}}}`, false},
	{`/*c*/{"properties":{}}`, false},
	{`{"properties":{'A':1}}`, false},
	{"\ufeff" + `{"properties":{}}`, false},
	{`{"properties":{"A":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}}`, false},
	{`{"properties":{"w":` + strings.Repeat(`{"k":`, 100000), false},
	{strings.Repeat("[", 1<<20), false},
}

func TestCornersAreReadAsTheDatabaseReadsThem(t *testing.T) {
	d := openDatabase(t)
	usedStream, usedFlat := fields.New(stream), fields.New(flat)
	for _, c := range corner {
		if taken := check(t, d, stream, usedStream, c.record); taken != c.taken {
			t.Errorf("%.200q: taken apart: %t, want %t", c.record, taken, c.taken)
		}
		check(t, d, flat, usedFlat, c.record)
	}
}

// Names that were learnt must not let a comma or bracket through that is not there,
// nor stand in the way of white space that was not there before.
func TestLearntNamesProveNothingAboutTheirSurroundings(t *testing.T) {
	r := fields.New(flat)
	for range 3 {
		if got, ok := read(r, `{"A":"1", "B":"2"}`); !ok || *got[0] != "1" || *got[1] != "2" {
			t.Fatalf("got %v, %t", show(got), ok)
		}
	}
	if got, ok := read(r, `{"A": 	"1", "B": "2"}`); !ok || *got[0] != "1" || *got[1] != "2" {
		t.Errorf("more white space: got %v, %t", show(got), ok)
	}
	for _, broken := range []string{`{"A":"1" "B":"2"}`, `{, "B":"2"}`, `{"A":"1", "B":"2"`, `{"A":"1", "B":"2",}`, `{"A":"1",, "B":"2"}`} {
		if got, ok := read(r, broken); ok {
			t.Errorf("%s is taken for a record: %v", broken, show(got))
		}
	}
}

func TestManyNamesAreNotRemembered(t *testing.T) {
	r := fields.New(flat)
	var record strings.Builder
	record.WriteString(`{"A":"first"`)
	for i := range 5000 {
		record.WriteString(`,"` + strings.Repeat("k", i%300) + string(rune('a'+i%26)) + string(rune(0x4e00+i)) + `":1`)
	}
	record.WriteString(`,"B":"last"}`)
	for range 3 {
		got, ok := read(r, record.String())
		if !ok || *got[0] != "first" || *got[1] != "last" {
			t.Fatalf("got %v, %t", show(got), ok)
		}
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	r := fields.New(stream)
	record := []byte(`{"category":"t","properties":{"A":"C:\\x\\y","w":[1,{"k":"v"}],"B":{"k": "v"}}}`)
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := r.Read(record); !ok {
			t.Fatal("left")
		}
	}); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}

// text draws what a string of JSON may hold, and now and then what it may not.
func text() *rapid.Generator[string] {
	pieces := rapid.OneOf(
		rapid.SampledFrom([]string{"x", "é", "😀", " ", `\\`, `\"`, `\/`, `\n`, `\b`, `\u0041`, `\u0000`, `\u001f`, `\uD83D\uDE00`, `\u2028`, "longer than eight"}),
		rapid.SampledFrom([]string{"a", "b", `\\`, "\x7f", "c:", "0", "{", "]", ",", ":", `\ud800`, `\x`, "\x01", `\u12`, `\`}),
	)
	return rapid.Map(rapid.SliceOfN(pieces, 0, 6), func(p []string) string { return `"` + strings.Join(p, "") + `"` })
}

func value() *rapid.Generator[string] {
	return rapid.Deferred(func() *rapid.Generator[string] {
		return rapid.OneOf(
			text(),
			text(),
			rapid.StringMatching(`-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,18})?`),
			rapid.SampledFrom([]string{"null", "true", "false", "0", "1", "-1", "12", "-0", "1.5", "1e5", "1E-7", "-0.0", "0.50", "0.05", "3.1400", "12345678.90123450", "0.1234567890123456", "123456789012345678", "12345678901234567890", "18446744073709551616", "NaN", "Infinity", "01", "1.", ".5", "nul"}),
			rapid.Map(rapid.SliceOfN(value(), 0, 3), func(list []string) string { return "[" + strings.Join(list, ", ") + "]" }),
			object(rapid.SampledFrom([]string{"A", "k", "", "é"})),
		)
	})
}

func object(names *rapid.Generator[string]) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		space := rapid.SampledFrom([]string{"", "", "", " ", "\t", "\r\n"})
		var b strings.Builder
		b.WriteString("{")
		for i := range rapid.IntRange(0, 4).Draw(t, "fields") {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(space.Draw(t, "space") + `"` + names.Draw(t, "name") + `"` + space.Draw(t, "space") + ":" + space.Draw(t, "space"))
			b.WriteString(value().Draw(t, "value") + space.Draw(t, "space"))
		}
		b.WriteString("}")
		return b.String()
	})
}

// record draws a record, now and then with a byte too many or too few.
func record() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		inner := object(rapid.SampledFrom([]string{"A", "B", "C", "a", `\u0041`, "properties"}))
		var list []string
		for range rapid.IntRange(0, 3).Draw(t, "parts") {
			list = append(list, rapid.OneOf(
				rapid.Map(inner, func(s string) string { return `"properties":` + s }),
				rapid.Map(value(), func(s string) string { return `"category":` + s }),
				rapid.Map(value(), func(s string) string { return `"A":` + s }),
				rapid.Map(value(), func(s string) string { return `"B": ` + s }),
				rapid.Map(value(), func(s string) string { return `"properties":` + s }),
			).Draw(t, "part"))
		}
		s := "{" + strings.Join(list, ",") + "}"
		if rapid.IntRange(0, 4).Draw(t, "broken") == 0 {
			at := rapid.IntRange(0, len(s)).Draw(t, "at")
			to := min(len(s), at+rapid.IntRange(0, 2).Draw(t, "cut"))
			s = s[:at] + rapid.SampledFrom([]string{"", ",", `"`, "}", "{", " ", `\`, "x", "\x00", "1"}).Draw(t, "instead") + s[to:]
		}
		return strings.ToValidUTF8(s, "\ufffd")
	})
}

func TestRecordsAreReadAsTheDatabaseReadsThem(t *testing.T) {
	d := openDatabase(t)
	usedStream, usedFlat := fields.New(stream), fields.New(flat)
	taken, all := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		record := record().Draw(t, "record")
		for _, s := range []struct {
			fields.Shape
			used *fields.Reader
		}{{stream, usedStream}, {flat, usedFlat}} {
			all++
			if check(t, d, s.Shape, s.used, record) {
				taken++
			}
		}
	})
	if taken < all/10 {
		t.Errorf("only %d of %d records were taken apart: the test says little", taken, all)
	}
}

func FuzzRead(f *testing.F) {
	for _, c := range corner {
		f.Add(c.record)
	}
	d := openDatabase(f)
	usedStream, usedFlat := fields.New(stream), fields.New(flat)
	f.Fuzz(func(t *testing.T, record string) {
		if !utf8.ValidString(record) || len(record) > 1<<16 {
			t.Skip("records are valid UTF-8 when they come here, and this one is long")
		}
		check(t, d, stream, usedStream, record)
		check(t, d, flat, usedFlat, record)
	})
}
