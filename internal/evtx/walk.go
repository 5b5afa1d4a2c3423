package evtx

import (
	"bytes"
	"encoding/binary"
)

var recordMagic = []byte("\x2a\x2a\x00\x00")

// found is a record of a chunk, as far as its frame can tell, or damage between
// two records.
type found struct {
	from, to int    // in the chunk, with header and size
	xml      int    // where its XML ends
	id       uint64 // its number
	gap      int    // how many records are lost in the damage; 0 is a record
}

// walker goes from record to record. Where one is damaged it goes on at the
// next that looks like one.
type walker struct {
	data []byte // the chunk, as much as there is
	pos  int
	end  int  // records end here at the latest
	open bool // the header does not say where: what lies behind may be of old

	first, last uint64 // numbers that the records have
	ranged      bool   // first and last are known
	prev        uint64 // number of the record before
	begun       bool   // prev is known

	expected int // records of the chunk
	counted  bool
	seen     int // read or lost so far
}

// newWalker begins behind the header.
func newWalker(data []byte, h chunkHeader) walker {
	w := walker{data: data, pos: chunkHeaderSize, end: len(data), open: true}
	w.expected, w.counted = h.count()
	if n := span(h.firstID, h.lastID); n > 0 && (h.intact || w.counted && w.expected == n) {
		w.first, w.last, w.ranged = h.firstID, h.lastID, true
		w.prev, w.begun = h.firstID-1, true
	}
	if h.free >= chunkHeaderSize && h.free <= chunkSize && (h.intact || w.counted) {
		w.end, w.open = min(h.free, len(data)), false
	}
	return w
}

// next finds the next record or damage before one.
func (w *walker) next() (f found, ok bool) {
	if !w.more() {
		return found{}, false
	}
	if f, ok = w.here(w.pos); ok {
		return w.take(f), true
	}
	if w.open && w.begun && !w.isRecord(w.pos) || zero(w.data[w.pos:w.end]) {
		w.pos = w.end
		return found{}, false
	}
	from, to := w.pos, w.end
	f, ok = w.search(from + 1)
	if ok {
		to = f.from
	}
	if w.isRecord(from) { // it begins here: perhaps only its size is wrong
		return w.take(found{from: from, to: to, xml: to, id: w.guess(from)}), true
	}
	gap := found{from: from, to: to, id: w.prev + 1, gap: 1}
	if ok && w.begun && f.id > w.prev+2 {
		gap.gap = int(min(f.id-w.prev-1, uint64(to-from)/minRecord+1))
	}
	if !w.begun {
		gap.id = 0
	}
	w.pos, w.prev = to, w.prev+uint64(gap.gap)
	w.seen += gap.gap
	return gap, true
}

// guess is the number of a record whose frame is damaged.
func (w *walker) guess(pos int) uint64 {
	if id := binary.LittleEndian.Uint64(w.data[pos+8:]); w.follows(id) {
		return id
	}
	return w.prev + 1
}

// more says whether there can be another record. One that its header counts may
// lie behind the end, if the header is wrong there.
func (w *walker) more() bool {
	if w.open && w.counted && w.seen >= w.expected {
		return false
	}
	if w.pos < w.end {
		return true
	}
	if !w.counted || w.seen >= w.expected || w.pos >= len(w.data) {
		return false
	}
	if f, ok := w.here(w.pos); !ok || !w.begun || f.id != w.prev+1 {
		return false
	}
	w.end, w.open = len(w.data), true
	return true
}

// take moves behind a record.
func (w *walker) take(f found) found {
	w.pos = f.to
	w.seen++
	if !w.begun || f.id > w.prev && f.id-w.prev <= maxRecords && (!w.ranged || f.id <= w.last) {
		w.prev, w.begun = f.id, true
	} else {
		w.prev++
	}
	return f
}

// isRecord says whether a record seems to begin at pos.
func (w *walker) isRecord(pos int) bool {
	return len(w.data)-pos >= recordHeader && bytes.HasPrefix(w.data[pos:], recordMagic)
}

// frame reads a record's size and number, and says whether it ends inside the
// chunk and has its size there again.
func (w *walker) frame(pos int) (f found, fits, whole bool) {
	if len(w.data)-pos < minRecord {
		return found{}, false, false
	}
	size := int(binary.LittleEndian.Uint32(w.data[pos+4:]))
	f = found{from: pos, to: pos + size, xml: pos + size - 4, id: binary.LittleEndian.Uint64(w.data[pos+8:])}
	if size < minRecord || f.to > len(w.data) {
		return f, false, false
	}
	return f, true, int(binary.LittleEndian.Uint32(w.data[f.to-4:])) == size
}

// here is the record at pos, if its frame can be believed: most of what marks
// it is right.
func (w *walker) here(pos int) (found, bool) {
	f, fits, whole := w.frame(pos)
	switch {
	case !fits:
		return f, false
	case w.open && w.begun && !w.follows(f.id):
		return f, false
	case bytes.HasPrefix(w.data[pos:], recordMagic):
		return f, whole || f.to == w.end || f.to < w.end && w.isRecord(f.to)
	}
	return f, whole && w.begun && f.id == w.prev+1
}

// follows says whether a number can be that of a later record of the chunk.
func (w *walker) follows(id uint64) bool {
	if w.ranged {
		return id >= w.first && id <= w.last
	}
	return !w.begun || id > w.prev && id-w.prev <= maxRecords
}

// search finds the next record whose frame is right in every way.
func (w *walker) search(pos int) (found, bool) {
	for pos < w.end {
		i := bytes.Index(w.data[pos:w.end], recordMagic)
		if i < 0 {
			break
		}
		pos += i
		if f, _, whole := w.frame(pos); whole && w.follows(f.id) {
			return f, true
		}
		pos++
	}
	return found{}, false
}

var zeros [chunkSize]byte

// zero says whether there is nothing but NUL bytes.
func zero(b []byte) bool { return bytes.Equal(b, zeros[:len(b)]) }
