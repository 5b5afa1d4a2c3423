package evtx

import (
	"fmt"
	"hash/crc32"
)

// load goes on to the next chunk that has records, or to the end of the file.
// It says whether there is anything more to give.
func (r *Reader) load() bool {
	for r.err == nil && !r.inside && len(r.losses) == 0 {
		var n int
		if n, r.err = fill(r.src, r.buf); n > 0 {
			r.enter(r.buf[:n])
		}
	}
	if r.inside || len(r.losses) > 0 {
		return true
	}
	if r.done {
		return false
	}
	r.done = true
	r.finish()
	return len(r.losses) > 0
}

// enter begins a chunk.
func (r *Reader) enter(data []byte) {
	index := r.chunks
	r.chunks++
	r.cut = len(data) < chunkSize
	if zero(data) { // room that is not used yet
		if r.head.intact && !r.head.dirty && index < r.head.chunks {
			r.skip(index, "empty, though the file header counts it")
		}
		return
	}
	if len(data) < 128 {
		r.skip(index, "the file is cut off inside its header")
		return
	}
	h := readChunkHeader(data)
	w := newWalker(data, h)
	first, ok := w.here(w.pos)
	if !h.magic && !ok {
		r.skip(index, "overwritten: neither the header of a chunk nor a first record")
		return
	}
	r.check(index, h, data)
	switch {
	case w.ranged:
		r.follow(index, w.first, h.firstNumber)
	case ok:
		r.follow(index, first.id, 0)
	}
	r.walk, r.inside = w, true
	r.decode.begin(data)
}

// skip counts a chunk that cannot be read. What it held is known when the next
// one has been seen.
func (r *Reader) skip(index int, why string) {
	if r.gone.count == 0 {
		r.gone = hole{first: index, why: why}
	}
	r.gone.count++
	r.gone.last = index
}

// check notes what does not match. Attackers edit logs, and logs are copied
// while they are written: it is worth a look, and no reason to drop anything.
func (r *Reader) check(index int, h chunkHeader, data []byte) {
	switch {
	case !h.magic:
		r.note("chunk %d has lost its signature", index)
	case !h.intact && len(data) >= chunkHeaderSize:
		r.note("chunk %d: the checksum of its header does not match", index)
	case h.intact && h.free >= chunkHeaderSize && h.free <= len(data) && crc32.ChecksumIEEE(data[chunkHeaderSize:h.free]) != h.checksum:
		r.note("chunk %d: the checksum of its records does not match", index)
	}
}

// follow settles what was between the last chunk and this one, which begins
// with the record id. number is which of the file's records that is, 0 if it is
// not known.
func (r *Reader) follow(index int, id, number uint64) {
	g := r.gone
	r.gone = hole{}
	switch n := id - r.last - 1; {
	case g.count == 0:
		if r.located && id > r.last && n > 0 {
			r.note("records %d to %d are not in the file: the next that is there is %d, in chunk %d", r.last+1, id-1, id, index)
		}
	case r.located && id > r.last:
		r.loseChunks(g, r.last+1, n)
	case g.first == 0 && !r.head.wrapped() && number > 0 && number-1 <= uint64(g.count*maxRecords) && number <= id:
		r.loseChunks(g, id-number+1, number-1)
	default:
		r.lose(0, g.count, g.String()+"; how many records are lost is not known")
	}
	if index == 0 {
		r.first = id
	}
}

// loseChunks counts the records of chunks that cannot be read.
func (r *Reader) loseChunks(g hole, id, n uint64) {
	if n == 0 {
		r.note("%v; by the numbers of the records around it nothing is missing", g)
		return
	}
	r.lose(id, int(min(n, uint64(g.count*maxRecords), maxLost)), fmt.Sprintf("%v; records %d to %d are missing", g, id, id+n-1))
}

// String names the chunks and what is wrong with them.
func (g hole) String() string {
	if g.count == 1 {
		return fmt.Sprintf("chunk %d: %s", g.first, g.why)
	}
	return fmt.Sprintf("chunks %d to %d: %s", g.first, g.last, g.why)
}

// leave ends a chunk: records that its header counts and nobody has seen are
// lost.
func (r *Reader) leave() {
	r.inside = false
	w := &r.walk
	if missing := w.expected - w.seen; w.counted && missing > 0 {
		var id uint64
		if w.ranged && w.last-w.prev == uint64(missing) {
			id = w.prev + 1
		}
		why := fmt.Sprintf("its header counts %d records, of which %d are not there", w.expected, missing)
		if r.cut {
			why = "the file is cut off inside the chunk: " + why
		}
		r.lose(id, missing, r.place(w.pos)+why)
	}
	switch {
	case w.ranged:
		r.last, r.located = w.last, true
	case w.begun:
		r.last, r.located = w.prev, true
	default:
		r.located = false
	}
	r.newest = max(r.newest, r.last)
}

// wrapped says whether the log was full and begins again at its start: then the
// first chunk is not the oldest.
func (h fileHeader) wrapped() bool { return h.firstChunk > h.lastChunk }

// finish counts what is missing at the end of a file that is cut off.
func (r *Reader) finish() {
	h := &r.head
	g := r.gone
	if missing := h.chunks - r.chunks; missing > 0 {
		if g.count == 0 {
			g = hole{first: r.chunks, why: "the file is cut off"}
		}
		g.count, g.last = g.count+missing, h.chunks-1
	}
	newer := uint64(0) // records that only the file header knows of
	if h.next > r.newest+1 {
		newer = h.next - 1 - r.newest
	}
	room := uint64(g.count * maxRecords)
	switch {
	case g.count == 0:
		if newer > 0 && h.intact && !h.dirty && r.newest > 0 {
			r.note("the file header counts records up to %d, the newest that is there is %d", h.next-1, r.newest)
		}
	case h.lastChunk >= uint64(g.first) && newer > 0 && (r.newest > 0 || newer <= room):
		r.loseChunks(g, r.newest+1, newer)
		if older := h.chunks - max(int(h.firstChunk), g.first); h.wrapped() && older > 0 {
			r.lose(0, older, fmt.Sprintf("%v; how many of the older records are lost is not known", g))
		}
	case h.wrapped() && r.located && r.first > r.last && r.first-r.last-1 <= room:
		r.loseChunks(g, r.last+1, r.first-r.last-1)
	default:
		r.lose(0, min(g.count, maxLost), g.String()+"; how many records are lost is not known")
	}
}
