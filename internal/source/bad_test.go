package source

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

const (
	reasonCutGzip = "the compressed data ends early: the file is cut off or still being written"
	reasonChanged = "the archive has changed since it was opened"
)

// Files that are not read are named with the reason, and cost nothing else.
func TestSkipped(t *testing.T) {
	tests := map[string]struct{ text, reason string }{
		"empty":            {"", reasonEmpty},
		"blank":            {"\r\n \t\n", reasonEmpty},
		"nul":              {strings.Repeat("\x00", 4096), "nothing but NUL bytes: space reserved and never written"},
		"gzip of nothing":  {gz(""), reasonEmpty},
		"cut gzip header":  {gz(process)[:5], reasonCutGzip},
		"parquet cut":      {"PAR1" + strings.Repeat("x", 100), "Parquet footer missing: the file is cut off"},
		"parquet stub":     {"PAR1", "Parquet footer missing: the file is cut off"},
		"parquet lies":     {"PAR1" + strings.Repeat("x", 20) + "\xff\xff\x00\x00PAR1", "Parquet footer missing: the file is cut off"},
		"parquet secret":   {"PARE" + strings.Repeat("x", 20) + "\x00\x00\x00\x00PARE", "encrypted Parquet is not read"},
		"parquet in gzip":  {gz("PAR1xxxxxxxxPAR1"), "Parquet inside gzip: decompress it first"},
		"zip cut":          {zipped(t, "a.json", process)[:60], "the archive's directory is missing or damaged: the file is cut off"},
		"zip empty":        {zipped(t), "an archive without members"},
		"word":             {zipped(t, "[Content_Types].xml", "x", "word/document.xml", "x"), "an Office document, but no workbook"},
		"x.evtx":           {random(5000), reasonNotEVTX},
		"tar":              {"name" + strings.Repeat("\x00", 253) + "ustar\x00", "a tar archive: unpack it first"},
		"random":           {random(5000), "binary data of a kind that is not read"},
		"prose":            {"Dear all,\nplease find the export attached.\n", "not the columns of one Advanced Hunting table: begins with Dear all, "},
		"shopping":         {"Timestamp,Item,Price\n2026-01-01,milk,1\n", "not the columns of one Advanced Hunting table: begins with Timestamp, Item, Price"},
		"other json":       {`{"Timestamp":"x","EventID":1,"Computer":"c"}` + "\n", "not the columns of one Advanced Hunting table: begins with Timestamp, EventID, Computer"},
		"other stream":     {`{"category":"AuditLogs","properties":{},"time":"x"}`, "not Advanced Hunting: a stream of category AuditLogs"},
		"no rows":          {`{"Schema":[],"Results":[]}`, "a result without rows"},
		"numbers":          {"[1,2,3]", "no records in it"},
		"union of tables":  {process + "\n" + registry + "\n", "events of several tables that do not name their table: export them with Type, or one by one"},
		"hostile name":     {`{"` + strings.Repeat("\u202e", 90) + `":1}`, "not the columns of one Advanced Hunting table: begins with " + strings.Repeat("\u202e", 40) + "…"},
		"html":             {"<html><body>Sign in</body></html>", "no telemetry: neither JSON, CSV, Parquet nor a workbook"},
		"broken workbook":  {zipped(t, "[Content_Types].xml", "x", "xl/workbook.xml", "<"), "damaged workbook: EOF"},
		"workbook, secret": {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office document: save it as .xlsx without a password"},
	}
	for name, tt := range tests {
		set := open(t, Options{}, write(t, map[string]string{name: tt.text, "z-good.json": process}))
		if got := skipReason(set, name); got != tt.reason {
			t.Errorf("%s: reason %q, want %q", name, got, tt.reason)
		}
		if want := tt.reason == reasonEmpty || tt.reason == reasonNoRows; len(set.Skipped) == 1 && set.Skipped[0].Harmless != want {
			t.Errorf("%s: harmless is %v", name, !want)
		}
		if len(set.Files) != 1 || len(set.Skipped) != 1 {
			t.Errorf("%s: the good file beside it: %v, skipped %v", name, names(set), set.Skipped)
		}
	}
}

func random(n int) string {
	p := make([]byte, n)
	rand.New(rand.NewSource(1)).Read(p)
	return "\x01" + string(p)
}

// Bad records are rejected with their place and reason; all others are kept.
func TestRejected(t *testing.T) {
	hub := `{"records":[` + streamProcess + "," + streamRegistry
	tests := []struct {
		name, text string
		rows       []row
	}{
		{"bad line", process + "\noops\n" + process + "\n", []row{good(1, process), bad(2, reasonNotObject), good(3, process)}},
		{"array line", process + "\n[1]\n", []row{good(1, process), bad(2, reasonNotObject)}},
		{"half a line at the end", process + "\n" + process[:40], []row{good(1, process), good(2, process[:40])}}, // the database rejects it
		{"half a line at the start", process[50:] + "\n" + process + "\n", []row{bad(1, reasonNotObject), good(2, process)}},
		{"nul line", process + "\n\x00\x00\x00\n" + process, []row{good(1, process), bad(2, reasonOnlyNULs), good(3, process)}},
		{"nul around", process + "\n\x00\x00" + process + "\x00\r\n", []row{good(1, process), good(2, process)}},
		{"bom in the middle", process + "\n" + bom + process + "\n", []row{good(1, process), good(2, process)}},
		{"no utf-8", strings.Replace(process, "a b", "a\xff\xfe\xc3b", 1), []row{good(1, strings.Replace(process, "a b", "a\ufffd\ufffd\ufffdb", 1))}},
		{"utf-8 cut at the end", process + "\n{\"a\":\"\xe2\x82", []row{good(1, process), good(2, "{\"a\":\"\ufffd\ufffd")}},

		{"hub cut in a record", hub[:len(hub)-30], []row{good(1, streamProcess), bad(2, reasonCutOff)}},
		{"hub cut in a string", hub[:len(streamProcess)+40], []row{good(1, streamProcess), bad(2, reasonCutOff)}},
		{"hub cut between records", hub, []row{good(1, streamProcess), good(2, streamRegistry), bad(3, reasonOpen)}},
		{"hub cut behind records", hub + "]", []row{good(1, streamProcess), good(2, streamRegistry), bad(3, reasonOpen)}},
		{"hub of anything", `{"records":[1,` + streamProcess + `,"x{",null,[{"a":1}],` + streamRegistry + `]}`, []row{
			bad(1, reasonNotObject), good(2, streamProcess), bad(3, reasonNotObject), bad(4, reasonNotObject),
			bad(5, reasonNotObject), good(6, streamRegistry),
		}},
		{"message cut, the next one whole", hub[:len(hub)-30] + "\n" + `{"records":[` + streamRegistry + `]}`, []row{
			good(1, streamProcess), bad(2, reasonBroken), good(3, streamRegistry),
		}},
		{"array cut", "[" + process + "," + process[:30], []row{good(1, process), bad(2, reasonCutOff)}},
		{"array not closed", "[" + process, []row{good(1, process), bad(2, reasonOpen)}},
		{"brace forgotten", pretty(process) + "\n" + strings.TrimSuffix(pretty(process), "}") + "\n" + pretty(process), []row{
			good(1, pretty(process)), bad(2, reasonBroken), good(3, pretty(process)),
		}},
		{"brackets crossed", "[" + process + `,{"a":[1}},` + process + "]", []row{good(1, process), bad(2, reasonSyntax), good(3, process)}},

		{"fields missing", portalCSV + "a,b\r\n", append(portalRows[:2:2], bad(3, "2 fields, but the header has 5"))},
		{"fields too many", portalCSV + "a,b,c,d,e,f\n", append(portalRows[:2:2], bad(3, "6 fields, but the header has 5"))},
		{"bare quote", portalCSV + "a,b,c,d\"x,e\n1,2,3,4,5\n", append(portalRows[:2:2], bad(3, reasonBareQuote), csvRow(4))},
		{"text behind a quote", portalCSV + "a,b,c,\"d\"x,e\n1,2,3,4,5\n", append(portalRows[:2:2], bad(3, reasonBareQuote), csvRow(4))},
		{"quote not closed", portalCSV + "a,b,c,d,\"e\n1,2,3,4,5\n1,2,3,4,5\n", append(portalRows[:2:2], bad(3, reasonUnclosed), csvRow(4), csvRow(5))},
		{"csv without its last line end", portalCSV + "\n\r\n1,2,3,4,5", append(portalRows[:2:2], csvRow(3))},
		{"csv and nul", portalCSV + "1,2,3,4,\x005\n\x00\x00\n", append(portalRows[:2:2], good(3, `{"Timestamp":"1","DeviceName":"2","ActionType":"3","FileName":"4","ProcessCommandLine":"\u00005"}`))},
	}
	for _, tt := range tests {
		same(t, tt.name, readOne(t, openOne(t, tt.name, tt.text)), tt.rows)
	}
}

func csvRow(n int64) row {
	return good(n, `{"Timestamp":"1","DeviceName":"2","ActionType":"3","FileName":"4","ProcessCommandLine":"5"}`)
}

// Records before the place where compressed data ends are kept.
func TestCutCompression(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	var text strings.Builder
	for text.Len() < 3<<20 {
		fmt.Fprintf(&text, "{\"Timestamp\":\"x\",\"DeviceName\":\"pc\",\"ProcessCommandLine\":\"%x\"}\n", rng.Int63())
	}
	archive := zipped(t, "a.json", text.String())
	half := func(packed string) string { return packed[:len(packed)/2] }
	damaged := []byte(archive)
	copy(damaged[len(archive)/2:], "damage damage damage")
	for name, packed := range map[string]string{
		"gzip":         half(gz(text.String())),
		"zstd":         half(zst(text.String())),
		"zip, damaged": string(damaged),
	} {
		rows := readOne(t, openOne(t, name, packed))
		last := rows[len(rows)-1]
		if len(rows) < 1000 || last.Reason == "" {
			t.Errorf("%s: %d records, the last one %+v", name, len(rows), last)
		}
		for i, r := range rows[:len(rows)-1] {
			if name == "zip, damaged" && i > 1000 {
				break // what a damaged archive gives until that is noticed
			}
			if r.Reason != "" || r.Number != int64(i+1) || !strings.HasSuffix(r.Text, `"}`) {
				t.Fatalf("%s: record %d is %+v", name, i, r)
			}
		}
		if last.Number != int64(len(rows)) {
			t.Errorf("%s: the end is number %d of %d", name, last.Number, len(rows))
		}
		if name != "zip, damaged" && last.Reason != reasonCutGzip {
			t.Errorf("%s: reason %q", name, last.Reason)
		}
	}
}

// A line far larger than memory is rejected and the rest is read, first in the
// file or not.
func TestHugeLine(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 400 MB")
	}
	dir := t.TempDir()
	for name, before := range map[string]string{"first": "", "middle": process + "\n"} {
		path := filepath.Join(dir, name)
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(file, before+`{"a":"`)
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for range 200 {
			_, _ = file.Write(chunk)
		}
		_, _ = io.WriteString(file, "\"}\n"+process+"\n")
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	var rows map[int32][]row
	peak := peakHeap(func() {
		set := open(t, Options{}, dir)
		rows = read(t, StreamOptions{}, set.Files...)
	})
	same(t, "first", rows[1], []row{bad(1, reasonTooLong(defaultRecord)), good(2, process)})
	same(t, "middle", rows[2], []row{good(1, process), bad(2, reasonTooLong(defaultRecord)), good(3, process)})
	if peak > 256<<20 {
		t.Errorf("%d MB of memory for a line", peak>>20)
	}
}

func TestLongRecords(t *testing.T) {
	long := strings.Repeat("y", 70<<10)
	opts := StreamOptions{MaxRecord: 64 << 10, BlockSize: 4 << 10}
	tooLong := reasonTooLong(64 << 10)
	csvHead := "Timestamp,DeviceName,ActionType,FileName,ProcessCommandLine\n"
	for name, tt := range map[string]struct {
		text string
		rows []row
	}{
		"line":          {process + "\n" + `{"a":"` + long + "\"}\n" + process, []row{good(1, process), bad(2, tooLong), good(3, process)}},
		"last line":     {process + "\n" + `{"a":"` + long, []row{good(1, process), bad(2, tooLong)}},
		"element":       {"[" + process + `,{"a":"` + long + `"},` + process + "]", []row{good(1, process), bad(2, tooLong), good(3, process)}},
		"element cut":   {"[" + process + `,{"a":"` + long, []row{good(1, process), bad(2, tooLong+", and not ended")}},
		"before array":  {`{"Stats":"` + long + `","Results":[` + process + `]}`, []row{good(1, process)}},
		"csv row":       {csvHead + "1,2,3,4," + long + "\n1,2,3,4,5\n", []row{bad(1, tooLong), csvRow(2)}},
		"csv last row":  {csvHead + "1,2,3,4,5\n1,2,3,4," + long, []row{csvRow(1), bad(2, tooLong)}},
		"csv one quote": {csvHead + "1,2,3,4,\"" + long + "\n1,2,3,4,5\n1,2,3,4,5\n", []row{bad(1, reasonUnclosed), csvRow(2), csvRow(3)}},
		"csv unclosed":  {csvHead + "1,2,3,4,\"x\n" + strings.Repeat("1,2,3,4,5\n", 7000), append([]row{bad(1, reasonUnclosed)}, repeat(csvRow, 2, 7000)...)},
	} {
		f := openOne(t, name, tt.text)
		same(t, name, read(t, opts, f)[f.ID], tt.rows)
	}
}

func repeat(make func(int64) row, from, n int64) []row {
	var out []row
	for i := range n {
		out = append(out, make(from+i))
	}
	return out
}

func TestZipMembers(t *testing.T) {
	evil := []string{"../up.json", "/abs.json", `..\up.json`, "C:/x.json", "a/../../b.json"}
	var pairs []string
	for _, name := range evil {
		pairs = append(pairs, name, process)
	}
	pairs = append(pairs, "__MACOSX/._a.json", "junk", "._b.json", "junk", ".hidden", process, "empty.json", "",
		"inner.zip", zipped(t, "a.json", process, "innermost.zip", zipped(t, "b.json", process)), "note.txt", "hello", "a.json.bz2", "BZh91AY", "good.json", process, "good2.json", registry)
	set := open(t, Options{}, write(t, map[string]string{"a.zip": zipped(t, pairs...)}))
	if got := names(set); len(got) != 3 || !strings.HasSuffix(got[0], "a.zip!good.json") || !strings.HasSuffix(got[1], "a.zip!good2.json") ||
		!strings.HasSuffix(got[2], "a.zip!inner.zip!a.json") {
		t.Errorf("read: %v", got)
	}
	for _, name := range evil {
		same(t, name, skipReason(set, "!"+name), "its name leads out of the archive")
	}
	for name, want := range map[string]string{
		"__MACOSX/._a.json": reasonMacOS, "._b.json": reasonMacOS, ".hidden": reasonHidden, "empty.json": reasonEmpty,
		"inner.zip!innermost.zip": "an archive inside an archive inside an archive: unpack it first", "note.txt": "no telemetry: neither JSON, CSV, Parquet nor a workbook",
		"a.json.bz2": "bzip2 compression is not read: decompress it first",
	} {
		same(t, name, skipReason(set, "!"+name), want)
	}
	same(t, "given", set.Given, 1)
	rows := read(t, StreamOptions{}, set.Files...)
	same(t, "first", rows[1], []row{good(1, process)})
	same(t, "second", rows[2], []row{good(1, registry)})
	same(t, "inside an archive inside", rows[3], []row{good(1, process)})
}

func TestZipEncryptedAndUnknownMethod(t *testing.T) {
	archive := []byte(zipped(t, "a.json", process, "b.json", process, "c.json", process))
	// The directory's entries: flags at 8, method at 10.
	for i, at := 0, 0; ; i++ {
		next := bytes.Index(archive[at:], []byte("PK\x01\x02"))
		if next < 0 {
			break
		}
		at += next
		switch i {
		case 0:
			archive[at+8] |= 1
		case 1:
			archive[at+10] = 9
		}
		at += 4
	}
	set := open(t, Options{}, write(t, map[string]string{"a.zip": string(archive)}))
	same(t, "encrypted", skipReason(set, "a.json"), "encrypted: unpack it with its password first")
	same(t, "method", skipReason(set, "b.json"), "packed in a way that is not read: unpack it first")
	same(t, "others", len(set.Files), 1)
}

func TestZipOfParquet(t *testing.T) {
	parquet := "PAR1" + strings.Repeat("x", 40) + "\x08\x00\x00\x00PAR1"
	temp := t.TempDir()
	set, err := Open(context.Background(), []string{write(t, map[string]string{"a.zip": zipped(t, "x/y=2026/t.bin", parquet, "cut.parquet", parquet[:30])})}, Options{TempDir: temp})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "cut", skipReason(set, "cut.parquet"), "Parquet footer missing: the file is cut off")
	if len(set.Files) != 1 || set.Files[0].Format != Parquet || !strings.HasSuffix(set.Files[0].Name, "a.zip!x/y=2026/t.bin") {
		t.Fatalf("files %v, skipped %v", names(set), set.Skipped)
	}
	text, err := os.ReadFile(set.Files[0].Path)
	if err != nil || string(text) != parquet {
		t.Errorf("unpacked as %q, %v", text, err)
	}
	same(t, "stream", len(read(t, StreamOptions{}, set.Files...)), 0)
	if err := set.Close(); err != nil {
		t.Fatal(err)
	}
	left, _ := os.ReadDir(temp)
	same(t, "left behind", len(left), 0)
}

// What expands without end is stopped, and the records before that are kept.
func TestBombs(t *testing.T) {
	line := `{"Timestamp":"x","DeviceName":"pc","ProcessCommandLine":"` + strings.Repeat("a", 1<<20) + `"}` + "\n"
	for name, packed := range map[string]string{
		"gzip":        strings.Repeat(gz(line), 100),
		"zstd":        strings.Repeat(zst(line), 100),
		"zip":         zipBomb(t, "a.json", line, 100),
		"gzip in zip": zipped(t, "a.gz", strings.Repeat(gz(line), 100)),
	} {
		rows := readOne(t, openOne(t, name, packed))
		last := rows[len(rows)-1]
		if n := len(rows) - 1; last.Reason != errBomb.Error() || n < 60 || n > 70 {
			t.Errorf("%s: %d records, then %q", name, n, last.Reason)
		}
	}
	set := open(t, Options{}, write(t, map[string]string{"a.zip": zipBomb(t, "p", "PAR1"+strings.Repeat("\x00", 1<<20), 100)}))
	same(t, "parquet", skipReason(set, "a.zip!p"), errBomb.Error())
	book := []byte(zipped(t, "xl/workbook.xml", "x", "[Content_Types].xml", "x"))
	size := bytes.LastIndex(book, []byte("PK\x01\x02")) + 24
	book[size+3] = 0x10 // 256 MiB, by the archive's own word
	set = open(t, Options{}, write(t, map[string]string{"a.xlsx": string(book)}))
	same(t, "workbook", skipReason(set, "a.xlsx"), errBomb.Error())
}

// zipBomb makes an archive of one member that is a text repeated n times. Each
// copy is packed on its own: the test is not about packing.
func zipBomb(t *testing.T, name, text string, n int) string {
	t.Helper()
	var one, out bytes.Buffer
	w, _ := flate.NewWriter(&one, flate.BestCompression)
	_, _ = w.Write([]byte(text))
	_ = w.Flush()
	packed := bytes.Repeat(one.Bytes(), n)
	one.Reset()
	_ = w.Close() // the mark of the end
	packed = append(packed, one.Bytes()...)
	archive := zip.NewWriter(&out)
	f, err := archive.CreateRaw(&zip.FileHeader{
		Name: name, Method: zip.Deflate,
		CompressedSize64: uint64(len(packed)), UncompressedSize64: uint64(n * len(text)),
	})
	if err == nil {
		_, err = f.Write(packed)
	}
	if err = errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A file that fails while it is read becomes a rejected record of its own.
func TestFailsWhileRead(t *testing.T) {
	dir := write(t, map[string]string{"a.json": process, "b.json": process + "\n", "c.zip": zipped(t, "x", process), "d.json": registry})
	set := open(t, Options{}, dir)
	if len(set.Files) != 4 {
		t.Fatalf("files %v, skipped %v", names(set), set.Skipped)
	}
	if err := os.Remove(filepath.Join(dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "c.zip"), []byte(zipped(t, "y", process)), 0o600); err != nil {
		t.Fatal(err)
	}
	same(t, "records", read(t, StreamOptions{}, set.Files...), map[int32][]row{
		1: {bad(1, "the file is gone")},
		2: {good(1, process)},
		3: {bad(1, reasonChanged)},
		4: {good(1, registry)},
	})
}

type failingReader struct {
	r   io.Reader
	err error
}

func (f failingReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err == io.EOF {
		err = f.err
	}
	return n, err
}

// An error in the middle keeps what came before it and says where it was.
func TestReadError(t *testing.T) {
	cut := process + "\n" + process + "\n" + process[:20]
	f := &File{comma: ',', header: []string{"Timestamp", "DeviceName", "ActionType", "FileName", "ProcessCommandLine"}}
	for name, tt := range map[string]struct {
		text string
		run  func(io.Reader, *sink) error
		rows []row
	}{
		"lines": {cut, readLines, []row{good(1, process), good(2, process), bad(3, errTest.Error())}},
		"json":  {cut, readJSON, []row{good(1, process), good(2, process), bad(3, errTest.Error())}},
		"csv":   {portalCSV + "1,2", func(r io.Reader, s *sink) error { return readCSV(r, f, s) }, append(portalRows[:2:2], bad(3, errTest.Error()))},
	} {
		var c collected
		if err := tt.run(newText(failingReader{strings.NewReader(tt.text), errTest}, ""), c.sink(1<<10)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		same(t, name, c.rows, tt.rows)
	}
}

func TestNoPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := write(t, map[string]string{"a.json": process, "b.json": process, "sub/c.json": process})
	for _, name := range []string{"a.json", "sub"} {
		if err := os.Chmod(filepath.Join(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(filepath.Join(dir, "sub"), 0o700)
	set := open(t, Options{}, dir)
	same(t, "file", skipReason(set, "a.json"), "permission denied")
	same(t, "folder", skipReason(set, "sub"), "permission denied")
	same(t, "others", len(set.Files), 1)
}

func TestExplain(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&os.PathError{Op: "open", Path: "x", Err: os.ErrPermission}, "permission denied"},
		{&os.PathError{Op: "open", Path: "x", Err: os.ErrNotExist}, "the file is gone"},
		{&os.PathError{Op: "read", Path: "x", Err: errTest}, errTest.Error()},
		{zip.ErrChecksum, "the checksum does not match: the compressed data is damaged"},
		{fmt.Errorf("x: %w", io.ErrUnexpectedEOF), reasonCutGzip},
	} {
		same(t, tt.err.Error(), explain(tt.err), tt.want)
	}
}

// A stream ends soon after its context, wherever it is.
func TestCancel(t *testing.T) {
	dir := write(t, map[string]string{"a.json": strings.Repeat(process+"\n", 50_000), "b.json": strings.Repeat(process+"\n", 50_000)})
	set := open(t, Options{}, dir)
	ctx, cancel := context.WithCancel(context.Background())
	s := NewStream(ctx, set.Files, StreamOptions{BlockSize: 4 << 10})
	if b, err := s.Next(context.Background()); b == nil || err != nil {
		t.Fatalf("first block: %v, %v", b, err)
	}
	cancel()
	if _, err := s.Next(context.Background()); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v", err)
	}
	if !s.Done() {
		t.Error("not done after cancelling")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	// The scan's own context, with no block to come.
	s = NewStream(context.Background(), nil, StreamOptions{})
	scan, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	<-scan.Done()
	if b, err := s.Next(scan); b != nil || err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("block %v, error %v", b, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(ctx, []string{dir}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open: %v", err)
	}
}

// A file that begins with nothing but line ends is not an empty one: what comes
// behind them would be lost without a word.
func TestManyBlankLinesAreNotAnEmptyFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.json")
	text := strings.Repeat("\n", 2<<20) + "{\"x\":1}\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := Open(t.Context(), []string{name}, Options{MaxRecord: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if len(set.Skipped) != 1 || set.Skipped[0].Reason != reasonBlank || set.Skipped[0].Harmless {
		t.Errorf("got %+v", set.Skipped)
	}
}

// A file of nothing but open quotes is read once, not once for every line.
func TestOpenQuotesCostTheirLines(t *testing.T) {
	const lines = 60_000
	text := "Timestamp,DeviceName,FileName,ProcessCommandLine\n2026-09-20T10:00:00Z,h,a.exe,x\n" + strings.Repeat("a\",\"\n", lines)
	records := readOne(t, openOne(t, "a.csv", text))
	if len(records) != lines+1 {
		t.Errorf("%d records, want %d", len(records), lines+1)
	}
}
