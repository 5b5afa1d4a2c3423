package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"smew/internal/engine"
	"smew/internal/mapping"
)

// What a file is, in words.
const (
	kindParquet   = "Parquet"
	kindCSV       = "Defender portal CSV"
	kindWorkbook  = "Defender portal workbook"
	kindXDR       = "Defender XDR API JSON"
	kindGraph     = "Graph hunting JSON"
	kindStorage   = "Defender streaming, storage account"
	kindHub       = "Defender streaming, Event Hub"
	kindStream    = "Defender streaming"
	kindAnalytics = "Log Analytics export"
	kindLAHub     = "Log Analytics export, Event Hub"
	kindLines     = "Advanced Hunting JSON lines"
	kindArray     = "Advanced Hunting JSON array"
	kindJSON      = "Advanced Hunting JSON"
)

const (
	// maxProbe is how many records are looked at to say what a file is.
	maxProbe = 64
	// maxMapped is how many records the sources are shown.
	maxMapped = 32
	// maxSought is how many they are shown if nothing else knows the file.
	maxSought = 1024
	// maxLines is how many lines are looked at to say whether each is a record.
	maxLines = 8
)

// sniffText says what a text is from its head, which is valid UTF-8. whole
// says that the head is all there is. The reason is empty for telemetry, which
// fills in the file.
func sniffText(head []byte, whole bool, f *File, hint string, known *mapping.Set) (reason string) {
	body := bytes.TrimLeft(head, around)
	switch {
	case len(body) == 0 && bytes.IndexByte(head, 0) >= 0:
		return "nothing but NUL bytes: space reserved and never written"
	case len(body) == 0:
		return reasonEmpty
	case isBinary(body):
		return "binary data of a kind that is not read"
	case body[0] == '{' || body[0] == '[':
		return sniffJSON(body, f, hint, known)
	case looksXMLEvents(body):
		return f.become(XML, mapping.XML, cutHead(body, readXMLEvents), known)
	case looksAudit(body):
		return f.become(Audit, mapping.Audit, cutHead(body, readAudit), known)
	}
	reason = sniffCSV(body, whole, f, hint, known)
	if reason == "" {
		return ""
	}
	// The file may begin in the middle of a line.
	if _, rest, ok := bytes.Cut(body, []byte("\n")); ok {
		if rest = bytes.TrimLeft(rest, around); len(rest) > 0 && rest[0] == '{' && sniffJSON(rest, f, hint, known) == "" && f.Format == Lines {
			return ""
		}
	}
	f.Format = ""
	return reason
}

// isBinary says that control characters other than those of text are common.
func isBinary(text []byte) bool {
	text = text[:min(len(text), 4096)]
	odd := 0
	for _, b := range text {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f' && b != 0x1b && b != 0 {
			odd++
		}
	}
	odd += bytes.Count(text, []byte("\ufffd"))
	return odd > len(text)/20
}

// sniffJSON tells lines from documents and looks at the first records.
func sniffJSON(body []byte, f *File, hint string, known *mapping.Set) string {
	found := splitHead(body)
	f.Format = JSON
	if found.wrapper == "" && body[0] == '{' && oneALine(body) {
		f.Format = Lines
		found.records = lineRecords(body, found.records)
	}
	sample := found.records[:min(len(found.records), maxMapped)]
	mapped, n := known.Recognise(mapping.JSON, sample)
	if n > 0 && 2*n >= len(sample) {
		f.noteMixed(known, mapping.JSON, sample, mapped)
		return f.mappedBy(mapped)
	}
	var p probe
	for _, record := range found.records[:min(len(found.records), maxProbe)] {
		p.add(record)
	}
	if len(found.records) == 0 && found.wrapper == "" {
		p.add(found.rest) // one record that is longer than the head
	}
	if found.wrapper != "" && p.streamed+p.flat == 0 && p.category == "" {
		return reasonNoRows
	}
	if !p.decide(f, hint) {
		if n == 0 { // a log of everything may begin with what no source looks for
			all := splitHead(body).records
			mapped, n = known.Recognise(mapping.JSON, all[:min(len(all), maxSought)])
		}
		if n > 0 {
			return f.mappedBy(mapped)
		}
		return p.reason()
	}
	f.Kind = kindOf(f, found, body)
	return ""
}

// noteMixed says if there is more in the file than the source it is read as knows.
func (f *File) noteMixed(known *mapping.Set, cut string, sample [][]byte, m *mapping.Source) {
	if other, n := known.Mixed(cut, sample, m); n > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("of its first %d records %d are another source's (%s), which is not looked for in it: export them apart",
			len(sample), n, other.Title))
	}
}

// mappedBy makes the file one of a source's.
func (f *File) mappedBy(m *mapping.Source) (reason string) {
	f.Mapping, f.Kind = m, m.Title
	return ""
}

// become makes the file one of a format whose records are recognised by how they
// are cut.
func (f *File) become(format Format, cut string, sample [][]byte, known *mapping.Set) (reason string) {
	m, _ := known.Recognise(cut, sample)
	if m == nil {
		return "no source reads " + cut + " records"
	}
	f.Format = format
	return f.mappedBy(m)
}

// kindOf names a JSON file that is telemetry.
func kindOf(f *File, found headRecords, body []byte) string {
	streamed, named := f.Shape == Streamed, f.Table == ""
	switch {
	case streamed && found.wrapper != "":
		return kindHub
	case streamed && f.Format == Lines:
		return kindStorage
	case streamed:
		return kindStream
	case found.wrapper != "" && named:
		return kindLAHub
	case found.wrapper == "results" || found.wrapper != "" && bytes.Contains(body, []byte(`"@odata.context"`)):
		return kindGraph
	case found.wrapper != "":
		return kindXDR
	case named:
		return kindAnalytics
	case f.Format == Lines:
		return kindLines
	case body[0] == '[':
		return kindArray
	}
	return kindJSON
}

// cutHead gives the first records of a head as a reader cuts them.
func cutHead(body []byte, read func(io.Reader, *sink) error) [][]byte {
	var records [][]byte
	_ = read(bytes.NewReader(body), headSink(len(body), func(b *engine.Block) {
		for _, span := range b.Spans {
			if span.Reason == "" && len(records) < maxMapped {
				records = append(records, bytes.Clone(b.Data[span.Start:span.End]))
			}
		}
	}))
	return records
}

// headRecords are the records in a file's head.
type headRecords struct {
	records [][]byte
	wrapper string // key of the array they are in, or ""
	rest    []byte // what follows the last one that is whole
}

// splitHead takes the head of a JSON file apart.
func splitHead(body []byte) headRecords {
	var out headRecords
	p := newSplitter(bytes.NewReader(body), headSink(len(body), func(b *engine.Block) {
		for _, span := range b.Spans {
			if span.Reason == "" {
				out.records = append(out.records, b.Data[span.Start:span.End])
			}
		}
	}))
	_ = p.run() // io.EOF: the head ends somewhere
	out.wrapper = p.wrapperKey
	out.rest = bytes.Clone(p.buf[p.kept():p.n])
	_ = p.finish()
	return out
}

// headSink gives blocks to a function, all memory its own.
func headSink(size int, give func(*engine.Block)) *sink {
	return &sink{
		size: size + 16, limit: defaultRecord,
		blank: func(n int) *engine.Block { return &engine.Block{Data: make([]byte, 0, n)} },
		give:  func(b *engine.Block) error { give(b); return nil },
	}
}

// lineRecords are the lines that are a whole record, so that a broken line does
// not take in the ones below it; the records given if there is no such line.
func lineRecords(body []byte, otherwise [][]byte) [][]byte {
	var records [][]byte
	for line := range bytes.Lines(body) {
		line = bytes.Trim(line, around)
		if found := splitHead(line); len(found.records) == 1 && len(found.records[0]) == len(line) {
			records = append(records, line)
		}
		if len(records) == maxProbe {
			break
		}
	}
	if len(records) == 0 {
		return otherwise
	}
	return records
}

// oneALine says whether the text is lines of one object each: most of the first
// ones are, or all of them at least begin one. (Broken lines do that too, and
// the lines of a document laid out for people do not.) A line that the head
// cuts off counts if it is the only one.
func oneALine(body []byte) bool {
	whole, begun, lines := 0, 0, 0
	for lines < maxLines {
		line, rest, complete := bytes.Cut(body, []byte("\n"))
		body = rest
		line = bytes.Trim(line, around)
		if !complete && lines > 0 && (len(line) == 0 || line[0] != '{') {
			break // the head ends within it, and what it is cannot be told
		}
		if len(line) > 0 {
			lines++
			if line[0] == '{' {
				begun++
			}
			if found := splitHead(line); len(found.records) == 1 && len(found.records[0]) == len(line) ||
				!complete && lines == 1 && len(found.records) == 0 {
				whole++
			}
		}
		if !complete {
			break
		}
	}
	return 2*whole >= lines || begun == lines && lines > 1
}

// readHead reads up to size bytes. whole says that there are no more. The error
// is nil at the end of the file, and may come after a head.
func readHead(r io.Reader, size int) (head []byte, whole bool, err error) {
	head = make([]byte, size)
	n := 0
	for n < size && err == nil {
		var m int
		m, err = r.Read(head[n:])
		n += m
	}
	if errors.Is(err, io.EOF) {
		return head[:n], true, nil
	}
	return head[:n], err != nil, err
}
