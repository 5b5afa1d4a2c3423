// Package fields takes the wanted fields out of JSON records.
//
// A [Reader] goes over a record once, checks all of it, and copies nothing that
// is not wanted. What it answers is what DuckDB's
//
//	from_json(record, '{"FileName":"VARCHAR", …}')
//
// answers: the text of a string, nested values as JSON without white space,
// numbers and truth values as text, NULL for null and for what is not there, the
// first of several fields of one name. A test holds it to that.
//
// It does not speak about every record. What is no JSON, what JSON leaves open
// and DuckDB decides (NaN, a comma before a bracket), what is written in a way
// that few ever do (escapes in a name) and numbers that DuckDB would spell
// differently are left to the database, which then parses the record itself.
// So nothing is decided twice, and an error of this package's cannot let a
// broken record pass for a good one without failing the test.
//
// Records of one export have the same fields in the same order. A Reader
// remembers how the last records were laid out and compares, rather than reads,
// the names.
package fields

// Shape says where the wanted fields of a record are.
type Shape struct {
	// Fields are the wanted names.
	Fields []string
	// Inside is the name of the object that holds them; empty means the record
	// itself does.
	Inside string
	// Beside are wanted names of the record itself, where Inside is not empty.
	Beside []string
}

// Reader takes the fields of a [Shape] out of records. It is for one goroutine.
type Reader struct {
	top, inner level
	inside     bool // the fields are in an object of the record

	out     [][]byte
	seen    []uint64 // by field: the last record that had it
	record  uint64   // records so far
	found   bool     // the present record has the object that holds the fields
	scratch []byte   // text that had to be written anew
}

// keptScratch is the size up to which memory for rewritten text is used again.
const keptScratch = 1 << 20

// Targets beside the index of a field.
const (
	skipped = -1 // nobody wants it
	holder  = -2 // the object that holds the fields
)

// New makes a reader. Names must differ.
func New(s Shape) *Reader {
	n := len(s.Fields) + len(s.Beside)
	r := &Reader{out: make([][]byte, n), seen: make([]uint64, n), inside: s.Inside != ""}
	names := make(map[string]int32, len(s.Fields))
	for i, name := range s.Fields {
		names[name] = int32(i)
	}
	if !r.inside {
		r.top = newLevel(names)
		return r
	}
	r.inner = newLevel(names)
	names = map[string]int32{s.Inside: holder}
	for i, name := range s.Beside {
		names[name] = int32(len(s.Fields) + i)
	}
	r.top = newLevel(names)
	return r
}

// Read takes a record apart. It returns the values of Fields and then of Beside,
// nil for NULL; they are good until the next call, as long as record is. The text
// must be valid UTF-8. Not ok means that the record is left to the database.
func (r *Reader) Read(record []byte) (values [][]byte, ok bool) {
	clear(r.out)
	r.record++
	r.found = false
	if cap(r.scratch) > keptScratch {
		r.scratch = nil
	}
	r.scratch = r.scratch[:0]
	i := space(record, 0)
	if i == len(record) || record[i] != '{' {
		return nil, false
	}
	if i = r.object(&r.top, record, i+1); i < 0 || space(record, i) != len(record) {
		return nil, false
	}
	return r.out, r.found || !r.inside
}
