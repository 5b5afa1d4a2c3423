// Package evtx reads Windows event logs (EVTX) as JSON, one object a record:
//
//	{"Provider":"Microsoft-Windows-Sysmon","EventID":1, … ,"EventData":{"Image":"…", …}}
//
// The parts that Windows' schema fixes, <System>, are members of the object
// itself; what the event has of its own, in <EventData> or <UserData>, is one
// flat object.
//
// # Why it is written by hand
//
// Decoding is where a hunt over event logs spends its time. The one maintained
// parser in Go, www.velocidex.com/golang/evtx, takes more of it than a whole
// hunt may: it builds maps for every record, and is ten times slower than this
// package (BenchmarkLibrary beside BenchmarkDecode). Nor is what it gives exact:
// times are floating-point seconds, hexadecimal numbers decimal ones, several
// types and tokens are passed over, and a chunk that is cut off is left out
// without a word. The tests hold this package to it where it is right.
//
// # How
//
// A log is a header and chunks of 64 KiB. A chunk stands for itself: its
// records share names and templates. A template is binary XML with gaps, a
// record mostly the values for them. So each template is compiled, once for its
// chunk, into a short program that writes JSON: the names and the constant text
// are literals in it, and all that is left to do for a record is to put its
// values between them.
//
//	reader.go  the file, record by record
//	chunks.go  chunk by chunk, and the account of what is lost
//	header.go  what file and chunks say of themselves
//	walk.go    from record to record, over damage
//	parse.go   binary XML into nodes
//	layout.go  nodes into programs
//	event.go   which element becomes which member
//	decode.go  programs and values into JSON
//	value.go, text.go, time.go, keys.go  the pieces of that
//
// # Hostile logs
//
// Attackers write into logs, and files are copied while they are written. No
// offset is believed, nothing is held but one chunk, and what a record may cost
// is bounded. A checksum that is wrong is noted and costs no record.
package evtx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Reader reads the records of one event log, forward only. The zero value is
// ready for Reset.
type Reader struct {
	src  io.Reader
	buf  []byte
	head fileHeader
	err  error // what ended the file
	done bool  // what is missing at its end has been counted

	base   int64 // where the first chunk begins
	chunks int   // read so far, empty ones too
	walk   walker
	inside bool // a chunk is being read
	cut    bool // the file ends in it
	decode decoder

	losses []loss // to be given before the next record
	notes  []string
	missed int // notes that were too many

	gone    hole   // chunks before the present one that cannot be read
	first   uint64 // number of the first record of the first chunk, 0 if not known
	last    uint64 // number of the last record so far, in the order of the file
	located bool   // last is known
	newest  uint64 // highest number so far
}

// Record says which record Next gave.
type Record struct {
	// ID is the number that the file gives the record, 0 where it is not known.
	// It is EventRecordID unless the log was exported: then it counts from 1,
	// and the JSON has the number that the record had on its computer.
	ID uint64
	// Problem says in words why this record is lost; empty for one that was read.
	Problem string
}

// loss are records that are lost for one reason.
type loss struct {
	id    uint64 // of the first, 0 if not known
	count int
	why   string
}

// hole are chunks that cannot be read.
type hole struct {
	count       int
	first, last int // which
	why         string
}

const (
	maxLost  = 65_536 // records reported as lost for want of the chunks they were in
	maxNotes = 20
)

// NewReader reads the header of a log. Its error is in words for the user:
// "not an event log: …".
func NewReader(src io.Reader) (*Reader, error) {
	r := new(Reader)
	if err := r.Reset(src); err != nil {
		return nil, err
	}
	return r, nil
}

// Reset makes the reader read another log, with the buffers it has, which is
// worth it for many small logs.
func (r *Reader) Reset(src io.Reader) error {
	*r = Reader{src: src, buf: r.buf, decode: r.decode, losses: r.losses[:0]}
	if r.buf == nil {
		r.buf = make([]byte, chunkSize)
	}
	var err error
	if r.head, err = readHeader(src, r.buf); err != nil {
		return err
	}
	r.base = int64(r.head.size)
	if !r.head.intact {
		r.note("the checksum of the file header does not match")
	}
	if r.head.minor > 2 {
		r.note("the format is 3.%d, newer than any that is known", r.head.minor)
	}
	return nil
}

// Notes are remarks about the log as a whole that cost no record: checksums
// that do not match, records whose numbers are passed over. The list is short,
// and whole after the last record.
func (r *Reader) Notes() []string {
	if r.missed > 0 {
		return append(r.notes[:len(r.notes):len(r.notes)], fmt.Sprintf("and %d more like these", r.missed))
	}
	return r.notes
}

func (r *Reader) note(format string, args ...any) {
	if len(r.notes) == maxNotes {
		r.missed++
		return
	}
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// Next appends the next record to dst as one JSON object. A record with a
// Problem appends nothing and stands for one lost record. After the last one
// the error is io.EOF; any other error is the source's.
func (r *Reader) Next(dst []byte) ([]byte, Record, error) {
	for {
		switch {
		case len(r.losses) > 0:
			return dst, r.lost(), nil
		case !r.inside:
			if !r.load() {
				return dst, Record{}, r.err
			}
			continue
		}
		f, ok := r.walk.next()
		switch {
		case !ok:
			r.leave()
		case f.gap > 0:
			r.lose(f.id, f.gap, r.place(f.from)+"damaged: no record can be told there")
		default:
			out, err := r.decode.record(dst, f.from+recordHeader, f.xml)
			if err == nil {
				r.hidden(f)
				return out, Record{ID: f.id}, nil
			}
			if r.cut && f.to >= len(r.walk.data) {
				err = errFileCut
			}
			r.lose(f.id, 1, r.place(f.from)+"the record cannot be read: "+err.Error())
		}
	}
}

// hidden notes a record inside another: who removes one from a log makes the
// one before it so long that readers step over it.
func (r *Reader) hidden(f found) {
	if tail := r.decode.tail; f.xml-tail >= minRecord {
		if at := bytes.Index(r.walk.data[tail:f.xml], recordMagic); at >= 0 {
			r.note("%srecord %d hides another one, which was removed from the log", r.place(tail+at), f.id)
		}
	}
}

var errFileCut = errors.New("the file is cut off inside it")

// place names the present chunk and an offset in it.
func (r *Reader) place(at int) string {
	chunk := r.chunks - 1
	return fmt.Sprintf("chunk %d, offset 0x%x: ", chunk, r.base+int64(chunk)*chunkSize+int64(at))
}

// lose puts records that are lost before the next one.
func (r *Reader) lose(id uint64, count int, why string) {
	if count > 0 {
		r.losses = append(r.losses, loss{id, count, why})
	}
}

// lost takes one record from the losses.
func (r *Reader) lost() Record {
	l := &r.losses[0]
	record := Record{ID: l.id, Problem: l.why}
	if l.id != 0 {
		l.id++
	}
	if l.count--; l.count == 0 {
		r.losses = append(r.losses[:0], r.losses[1:]...)
	}
	return record
}
