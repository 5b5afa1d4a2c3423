package source

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// seeds are texts of all shapes and all that is wrong with some.
func seeds(f *testing.F) {
	for _, s := range shapes() {
		f.Add([]byte(s.text))
		f.Add([]byte(s.text[:len(s.text)*2/3]))
	}
	for _, s := range []string{
		"", "\x00", "\xff\xfe{\x00", "\xef\xbb", `{"records":[[[`, `{"records":[{"a":"\`, "[[[{}]]]", `}{"a"]`,
		"a,b\n\"", "\"\"\"\n", "{\"a\":\"\n{}", "{\"results\":[{}]\n{\"Results\":[{\"b\":{}}]}",
	} {
		f.Add([]byte(s))
	}
}

// FuzzSniff: whatever the bytes, a file is either named as skipped or can be
// read, with valid text and numbers that rise.
func FuzzSniff(f *testing.F) {
	seeds(f)
	f.Add([]byte(gz(process)))
	f.Add([]byte(zst(process)[:20]))
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		set := open(t, Options{}, write(t, map[string]string{"x": string(data)}))
		if len(set.Files) == 0 && len(set.Skipped) == 0 {
			t.Fatal("lost")
		}
		for _, s := range set.Skipped {
			if s.Reason == "" || !utf8.ValidString(s.Reason) {
				t.Errorf("reason %q", s.Reason)
			}
		}
		for id, rows := range read(t, StreamOptions{BlockSize: 64, MaxRecord: 4 << 10}, set.Files...) {
			if f := set.Files[id-1]; f.Shape == "" || f.Kind == "" {
				t.Errorf("taken for %+v", f)
			}
			sound(t, rows)
		}
	})
}

// sound checks what holds for all records of a file.
func sound(t testing.TB, rows []row) {
	t.Helper()
	last := int64(0)
	for _, r := range rows {
		switch {
		case r.Number < last:
			t.Errorf("number %d after %d", r.Number, last)
		case (r.Reason == "") == (r.Text == ""):
			t.Errorf("record %d has the text %q and the reason %q", r.Number, r.Text, r.Reason)
		case !utf8.ValidString(r.Text):
			t.Errorf("record %d is no UTF-8: %q", r.Number, r.Text)
		case r.Text != "" && (r.Text[0] != '{' || len(r.Text) > defaultRecord):
			t.Errorf("record %d begins %.20q", r.Number, r.Text)
		}
		last = r.Number
	}
}

// collect reads a text whole with one of the readers.
func collect(t testing.TB, read func(io.Reader, *sink) error, text io.Reader, block int) []row {
	t.Helper()
	var c collected
	if err := read(newText(text, ""), c.sink(block)); err != nil {
		t.Fatal(err)
	}
	return c.rows
}

// FuzzSplit: what is valid JSON comes out as encoding/json reads it, and what
// comes out does not depend on how it came in.
func FuzzSplit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		rows := collect(t, readJSON, bytes.NewReader(data), 1<<16)
		sound(t, rows)
		same(t, "byte by byte", collect(t, readJSON, iotest.OneByteReader(bytes.NewReader(data)), 16), rows)
		want, ok := oracle(data)
		if !ok {
			return
		}
		var got []string
		for _, r := range rows {
			if r.Reason == "" {
				got = append(got, r.Text)
			} else if r.Reason != reasonNotObject {
				t.Errorf("valid JSON is rejected: %s", r.Reason)
			}
		}
		same(t, "records", got, want)
	})
}

// oracle takes valid documents apart with encoding/json. ok is false for any
// other text.
func oracle(data []byte) (records []string, ok bool) {
	if !utf8.Valid(data) || bytes.Contains(data, []byte{0}) || bytes.HasPrefix(data, []byte(bom)) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		var doc json.RawMessage
		if err := d.Decode(&doc); errors.Is(err, io.EOF) {
			return records, true
		} else if err != nil || bytes.ContainsAny(doc, "\x7f") {
			return nil, false
		}
		if doc[0] != '{' && doc[0] != '[' {
			return nil, false
		}
		records = append(records, oracleDoc(doc)...)
	}
}

func oracleDoc(doc json.RawMessage) (records []string) {
	if doc[0] == '[' {
		var elements []json.RawMessage
		_ = json.Unmarshal(doc, &elements)
		for _, e := range elements {
			if e[0] == '{' || e[0] == '[' {
				records = append(records, oracleDoc(e)...)
			}
		}
		return records
	}
	wrapped := false
	for _, m := range rawMembers(doc) {
		key := m.key
		if (strings.EqualFold(key, "records") || strings.EqualFold(key, "results")) && len(key) == 7 && m.value[0] == '[' {
			wrapped = true
			var elements []json.RawMessage
			_ = json.Unmarshal(m.value, &elements)
			for _, e := range elements {
				if e[0] == '{' {
					records = append(records, string(e))
				}
			}
		}
	}
	if !wrapped {
		return []string{string(doc)}
	}
	return records
}

// rawMembers are the members with their keys as they are spelled, escapes and all.
func rawMembers(doc json.RawMessage) []member {
	all := members(doc)
	d := json.NewDecoder(bytes.NewReader(doc))
	_, _ = d.Token()
	for i := range all {
		var key json.RawMessage
		from := d.InputOffset()
		_, _ = d.Token()
		key = doc[from:d.InputOffset()]
		all[i].key = strings.Trim(string(key), " \t\r\n,\"")
		var skip json.RawMessage
		_ = d.Decode(&skip)
	}
	return all
}

// FuzzLines: lines come out as a simple reader sees them, however they came in.
func FuzzLines(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		rows := collect(t, readLines, bytes.NewReader(data), 1<<16)
		sound(t, rows)
		same(t, "byte by byte", collect(t, readLines, iotest.OneByteReader(bytes.NewReader(data)), 16), rows)
		text, _ := io.ReadAll(newText(bytes.NewReader(data), ""))
		var want []row
		for i, line := range strings.Split(string(text), "\n") {
			body := strings.Trim(line, around)
			switch {
			case body == "" && strings.Contains(line, "\x00"):
				want = append(want, bad(int64(i+1), reasonOnlyNULs))
			case body == "":
			case body[0] == '{':
				want = append(want, good(int64(i+1), body))
			default:
				want = append(want, bad(int64(i+1), reasonNotObject))
			}
		}
		same(t, "records", rows, want)
	})
}

// FuzzCSV: rows are those of encoding/csv wherever that reads all of them.
func FuzzCSV(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		text, _ := io.ReadAll(newText(bytes.NewReader(data), ""))
		file := &File{comma: ',', header: []string{"A", "B", "C"}}
		run := func(r io.Reader, s *sink) error { return readCSV(r, file, s) }
		rows := collect(t, run, bytes.NewReader(data), 1<<16)
		sound(t, rows)
		same(t, "byte by byte", collect(t, run, iotest.OneByteReader(bytes.NewReader(data)), 16), rows)
		if bytes.ContainsAny(text, "\x00") || bytes.Contains(text, []byte("sep=")) {
			return
		}
		c := csv.NewReader(bytes.NewReader(text))
		c.FieldsPerRecord = -1
		all, err := c.ReadAll()
		if err != nil || len(all) == 0 {
			return
		}
		var want []row
		for i, fields := range all[1:] {
			want = append(want, csvWant(int64(i+1), fields))
		}
		for i := range rows { // encoding/csv takes carriage returns out of fields
			rows[i].Text = strings.ReplaceAll(rows[i].Text, `\r\n`, `\n`)
		}
		same(t, "records", rows, want)
	})
}

func csvWant(number int64, fields []string) row {
	if len(fields) != 3 {
		return bad(number, fmt.Sprintf("%s, but the header has 3", count(len(fields), "field")))
	}
	var parts []string
	for i, value := range fields {
		if value != "" {
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			_ = e.Encode(value)
			quoted := strings.NewReplacer(`\b`, `\u0008`, `\f`, `\u000c`, `\u2028`, "\u2028", `\u2029`, "\u2029").Replace(strings.TrimSpace(b.String()))
			parts = append(parts, fmt.Sprintf("%q:%s", string(rune('A'+i)), quoted))
		}
	}
	return good(number, "{"+strings.Join(parts, ",")+"}")
}

// Records out are records in, whatever the layout, compression, blocks and reads.
func TestRecordsOutAreRecordsIn(t *testing.T) {
	value := rapid.OneOf(
		rapid.StringOfN(rapid.Rune(), 0, 40, -1),
		rapid.SampledFrom([]string{`"`, `\`, `\\"`, `{"records":[`, "}]", "\n", "\x00", "é\u202e", strings.Repeat("x", 3000)}),
	)
	rapid.Check(t, func(t *rapid.T) {
		var records []string
		for range rapid.IntRange(0, 12).Draw(t, "n") {
			object := map[string]string{"Timestamp": "2026-09-20T10:00:00Z", "DeviceName": "pc", "ProcessCommandLine": value.Draw(t, "v"), value.Draw(t, "k"): "x"}
			text, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, string(text))
		}
		layout := rapid.SampledFrom([]string{"lines", "crlf", "array", "hub", "hub lines", "concatenated"}).Draw(t, "layout")
		text, run := laidOut(layout, records)
		raw := io.Reader(strings.NewReader(text))
		r := &reading{Reader: raw}
		defer r.Close()
		switch compression := rapid.SampledFrom([]string{"", "gzip", "zstd"}).Draw(t, "compression"); compression {
		case "gzip":
			r.Reader = strings.NewReader(gz(text))
			if err := r.decompress(compression, func() int64 { return 1 << 40 }); err != nil {
				t.Fatal(err)
			}
		case "zstd":
			r.Reader = strings.NewReader(zst(text))
			if err := r.decompress(compression, func() int64 { return 1 << 40 }); err != nil {
				t.Fatal(err)
			}
		}
		var in io.Reader = r
		if rapid.Bool().Draw(t, "trickle") {
			in = iotest.HalfReader(r)
		}
		var c collected
		if err := run(newText(in, ""), c.sink(rapid.IntRange(16, 5000).Draw(t, "block"))); err != nil {
			t.Fatal(err)
		}
		if len(c.rows) != len(records) {
			t.Fatalf("%d records of %d", len(c.rows), len(records))
		}
		for i, r := range c.rows {
			if r != good(int64(i+1), records[i]) {
				t.Fatalf("record %d is %+v, want %q", i, r, records[i])
			}
		}
	})
}

func laidOut(layout string, records []string) (string, func(io.Reader, *sink) error) {
	switch layout {
	case "lines":
		return strings.Join(records, "\n"), readLines
	case "crlf":
		return strings.Join(append(records, ""), "\r\n"), readLines
	case "array":
		return "[" + strings.Join(records, " ,\n") + "]", readJSON
	case "hub":
		return `{"a":{"records":[1]},"Records" : [` + strings.Join(records, ",") + `], "z":[{}]}`, readJSON
	case "hub lines":
		var b strings.Builder
		for _, r := range records {
			b.WriteString(`{"records":[` + r + "]}\n")
		}
		return b.String(), readJSON
	}
	return strings.Join(records, ""), readJSON
}

// The text of a value in valid CSV is the value.
func TestValuesOfCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"A", "B", "C"}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		_ = w.Write(names)
		var all [][]string
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			fields := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("ab\",;\\\n\t{}é\u202e=|<\x1b")), 0, 20, -1), 3, 3).Draw(t, "row")
			_ = w.Write(fields)
			all = append(all, fields)
		}
		w.Flush()
		var c collected
		if err := readCSV(newText(&b, ""), &File{comma: ',', header: names}, c.sink(rapid.IntRange(16, 500).Draw(t, "block"))); err != nil {
			t.Fatal(err)
		}
		if len(c.rows) != len(all) {
			t.Fatalf("%d rows of %d", len(c.rows), len(all))
		}
		for i, r := range c.rows {
			var got map[string]string
			if err := json.Unmarshal([]byte(r.Text), &got); err != nil {
				t.Fatalf("%q: %v", r.Text, err)
			}
			for j, name := range names {
				if got[name] != all[i][j] {
					t.Fatalf("row %d, %s is %q, want %q", i, name, got[name], all[i][j])
				}
			}
		}
	})
}

// Text comes out valid, and the same in whatever pieces it comes in.
func FuzzText(f *testing.F) {
	for _, s := range []string{"abc", bom + "é", "\xff\xe2\x82", strings.Repeat("a", 100) + "\xc3", "\xf0\x9f\x98\x80\xf0\x9f"} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		want := ""
		for _, r := range strings.TrimPrefix(string(data), bom) { // a bad byte ranges as U+FFFD
			want += string(r)
		}
		for name, r := range map[string]io.Reader{
			"whole": bytes.NewReader(data), "trickling": iotest.OneByteReader(bytes.NewReader(data)), "late": iotest.DataErrReader(bytes.NewReader(data)),
		} {
			var out []byte
			buf := make([]byte, max(1, size%64))
			text := newText(r, "")
			for {
				n, err := text.Read(buf)
				out = append(out, buf[:n]...)
				if err != nil {
					break
				}
			}
			if string(out) != want {
				t.Errorf("%s: %q, want %q", name, out, want)
			}
		}
	})
}
