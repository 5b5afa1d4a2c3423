package engine

import (
	"encoding/binary"
	"reflect"
	"strings"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// columnWriter fills one column of a chunk, row after row; a row it is not told
// of is NULL. The driver's own writers call the database for every value, which
// costs more than to find the value. This one writes into the vector's memory and
// calls the database once a chunk, with all the texts that need memory of its own.
type columnWriter struct {
	chunk duckdb.DataChunk
	index int
	asked bool // whether the query wants the column

	data  unsafe.Pointer // the vector's values; nil if they cannot be reached
	valid []uint64       // a bit for each row that is not NULL; in the vector if data is
	width uintptr        // of a number
	long  []byte         // the texts too long for their place, one after the other
	rows  []longText
}

// longText says which part of columnWriter.long is the text of a row.
type longText struct{ row, start, end int }

// How DuckDB keeps a text: its length, then the text itself if it is short, else
// its first bytes and where it lies.
const (
	textSize    = 16
	textInline  = 12
	textPrefix  = 4
	textPointer = 8
)

// keptLong is the size up to which memory for long texts is used again.
const keptLong = 4 << 20

// begin makes the column of a new chunk NULL in every row.
func (w *columnWriter) begin(chunk duckdb.DataChunk, index int, width uintptr) error {
	w.chunk, w.index, w.width = chunk, index, width
	w.long, w.rows = w.long[:0], w.rows[:0]
	if cap(w.long) > keptLong {
		w.long = nil
	}
	vector, err := chunk.GetVector(index)
	if w.asked = err == nil; !w.asked {
		// The driver has no exported error for a column not asked for.
		if strings.Contains(err.Error(), "unprojected column") {
			return nil
		}
		return err
	}
	data, valid := vectorMemory(vector)
	words := (duckdb.GetDataChunkCapacity() + 63) / 64
	if w.data = data; data == nil {
		w.valid = make([]uint64, words)
		return nil
	}
	w.valid = unsafe.Slice((*uint64)(valid), words)
	clear(w.valid)
	return nil
}

// number writes a whole number.
func (w *columnWriter) number(row int, n uint64) error {
	if !w.asked {
		return nil
	}
	w.mark(row)
	switch {
	case w.data == nil && w.width == 4:
		return duckdb.SetChunkValue(w.chunk, w.index, row, int32(n))
	case w.data == nil:
		return duckdb.SetChunkValue(w.chunk, w.index, row, n)
	}
	at := unsafe.Add(w.data, uintptr(row)*w.width)
	if w.width == 4 {
		*(*uint32)(at) = uint32(n)
	} else {
		*(*uint64)(at) = n
	}
	return nil
}

// mark says that a row is not NULL.
func (w *columnWriter) mark(row int) { w.valid[row/64] |= 1 << (row % 64) }

// text writes a text, which is copied.
func (w *columnWriter) text(row int, text []byte) error {
	if !w.asked {
		return nil
	}
	w.mark(row)
	switch {
	case w.data == nil:
		return duckdb.SetChunkValue(w.chunk, w.index, row, string(text))
	case len(text) <= textInline:
		w.place(row, len(text), text)
		return nil
	}
	start := len(w.long)
	w.long = append(w.long, text...)
	w.rows = append(w.rows, longText{row, start, len(w.long)})
	return nil
}

// place writes a row's length and what stands behind it.
func (w *columnWriter) place(row, length int, rest []byte) {
	place := unsafe.Slice((*byte)(unsafe.Add(w.data, row*textSize)), textSize)
	binary.NativeEndian.PutUint32(place, uint32(length))
	clear(place[textPrefix:])
	copy(place[textPrefix:], rest)
}

// end hands over what is left to be: the long texts, as one text of the first row
// that has one, of which every such row then gets its part.
func (w *columnWriter) end(rows int) error {
	switch {
	case !w.asked:
		return nil
	case w.data == nil:
		return w.nulls(rows)
	case len(w.rows) == 0:
		return nil
	}
	first := w.rows[0].row
	if err := duckdb.SetChunkValue(w.chunk, w.index, first, unsafe.String(&w.long[0], len(w.long))); err != nil {
		return err
	}
	place := unsafe.Add(w.data, first*textSize)
	if n := *(*uint32)(place); int(n) != len(w.long) || w.valid[first/64]>>(first%64)&1 == 0 {
		return w.oneByOne() // some text is not UTF-8, which makes it NULL
	}
	at := *(*uintptr)(unsafe.Add(place, textPointer))
	for _, r := range w.rows {
		var rest [textInline]byte
		copy(rest[:textPrefix], w.long[r.start:r.end])
		binary.NativeEndian.PutUint64(rest[textPointer-textPrefix:], uint64(at)+uint64(r.start))
		w.place(r.row, r.end-r.start, rest[:])
	}
	return nil
}

// oneByOne hands the long texts over each by itself.
func (w *columnWriter) oneByOne() error {
	for _, r := range w.rows {
		w.mark(r.row)
		if err := duckdb.SetChunkValue(w.chunk, w.index, r.row, string(w.long[r.start:r.end])); err != nil {
			return err
		}
	}
	return nil
}

// nulls tells the driver which rows are NULL.
func (w *columnWriter) nulls(rows int) error {
	for row := range rows {
		if w.valid[row/64]>>(row%64)&1 == 1 {
			continue
		}
		if err := w.chunk.SetValue(w.index, row, nil); err != nil {
			return err
		}
	}
	return nil
}

// memory is where the driver keeps what it knows of a vector.
var memory = findMemory()

// vectorMemory is where a vector's values and the bits of those that are not NULL
// lie: nil if the driver no longer keeps them where it did.
func vectorMemory(v duckdb.Vector) (data, valid unsafe.Pointer) {
	if !memory.found {
		return nil, nil
	}
	inner := *(*unsafe.Pointer)(unsafe.Pointer(&v))
	return *(*unsafe.Pointer)(unsafe.Add(inner, memory.data)), *(*unsafe.Pointer)(unsafe.Add(inner, memory.valid))
}

type memoryPlaces struct {
	data, valid uintptr
	found       bool
}

// findMemory looks the fields of the driver's vector up by name and type.
func findMemory() (p memoryPlaces) {
	pointer := reflect.TypeFor[unsafe.Pointer]()
	outer, ok := reflect.TypeFor[duckdb.Vector]().FieldByName("v")
	if !ok || outer.Offset != 0 || outer.Type.Kind() != reflect.Pointer || outer.Type.Elem().Kind() != reflect.Struct {
		return p
	}
	data, hasData := outer.Type.Elem().FieldByName("dataPtr")
	valid, hasValid := outer.Type.Elem().FieldByName("maskPtr")
	if !hasData || !hasValid || data.Type != pointer || valid.Type != pointer || unsafe.Sizeof(uintptr(0)) != 8 {
		return p
	}
	return memoryPlaces{data: data.Offset, valid: valid.Offset, found: true}
}
