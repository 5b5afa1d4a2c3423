package evtx

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"unicode/utf16"
)

// builder writes a chunk with records, token by token. Names are written where
// they are first used, as Windows does.
type builder struct {
	chunk   []byte
	names   map[string]int
	inline  bool // write every name anew
	records int
}

func newBuilder() *builder {
	b := &builder{chunk: make([]byte, chunkHeaderSize, chunkSize), names: map[string]int{}}
	copy(b.chunk, chunkMagic)
	binary.LittleEndian.PutUint32(b.chunk[40:], 128)
	return b
}

func (b *builder) u8(v ...uint8)  { b.chunk = append(b.chunk, v...) }
func (b *builder) u16(v uint16)   { b.chunk = binary.LittleEndian.AppendUint16(b.chunk, v) }
func (b *builder) u32(v uint32)   { b.chunk = binary.LittleEndian.AppendUint32(b.chunk, v) }
func (b *builder) u64(v uint64)   { b.chunk = binary.LittleEndian.AppendUint64(b.chunk, v) }
func (b *builder) text(s string)  { b.chunk = append(b.chunk, wide(s)...) }
func (b *builder) count(s string) { b.u16(uint16(len(wide(s)) / 2)); b.text(s) }

// wide is text as UTF-16.
func wide(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func (b *builder) name(s string) {
	at, known := b.names[s]
	if !known || b.inline {
		at = len(b.chunk) + 4
		b.names[s] = at
		b.u32(uint32(at))
		b.u32(0)
		b.u16(0)
		b.count(s)
		b.u16(0)
		return
	}
	b.u32(uint32(at))
}

// part is a piece of binary XML; whole says whether elements name a dependency.
type part struct {
	attribute bool
	write     func(b *builder, whole bool)
}

func raws(write func(b *builder)) part {
	return part{write: func(b *builder, _ bool) { write(b) }}
}

func parts(list ...part) part {
	return part{write: func(b *builder, whole bool) {
		for _, p := range list {
			p.write(b, whole)
		}
	}}
}

func tokens(v ...uint8) part { return raws(func(b *builder) { b.u8(v...) }) }

// el is an element; attributes come first in content.
func el(name string, content ...part) part { return elIf(noDependency, name, content...) }

// elIf is an element that depends on a value.
func elIf(index uint16, name string, content ...part) part {
	return part{write: func(b *builder, whole bool) {
		var attributes, rest []part
		for _, c := range content {
			if c.attribute {
				attributes = append(attributes, c)
			} else {
				rest = append(rest, c)
			}
		}
		token := uint8(tokenOpen)
		if len(attributes) > 0 {
			token |= tokenMore
		}
		b.u8(token)
		if whole {
			b.u16(index)
		}
		b.u32(0xdead) // sizes are not needed
		b.name(name)
		if len(attributes) > 0 {
			b.u32(0xdead)
		}
		parts(attributes...).write(b, whole)
		if len(rest) == 0 {
			b.u8(tokenCloseEmpty)
			return
		}
		b.u8(tokenCloseStart)
		parts(rest...).write(b, whole)
		b.u8(tokenEnd)
	}}
}

func attr(name string, content ...part) part {
	return part{attribute: true, write: func(b *builder, whole bool) {
		b.u8(tokenAttribute)
		b.name(name)
		parts(content...).write(b, whole)
	}}
}

func txt(s string) part    { return raws(func(b *builder) { b.u8(tokenText, typeString); b.count(s) }) }
func cdata(s string) part  { return raws(func(b *builder) { b.u8(tokenCDATA); b.count(s) }) }
func entity(s string) part { return raws(func(b *builder) { b.u8(tokenEntity); b.name(s) }) }
func char(c uint16) part   { return raws(func(b *builder) { b.u8(tokenChar); b.u16(c) }) }

func pi(target, data string) part {
	return raws(func(b *builder) { b.u8(tokenPITarget); b.name(target); b.u8(tokenPIData); b.count(data) })
}

// sub is a value that is put in; opt one that takes its element along if it is
// absent.
func sub(index uint16, kind uint8) part {
	return raws(func(b *builder) { b.u8(tokenNormal); b.u16(index); b.u8(kind) })
}

func opt(index uint16, kind uint8) part {
	return raws(func(b *builder) { b.u8(tokenOptional); b.u16(index); b.u8(kind) })
}

var fragment = tokens(tokenFragment, 1, 1, 0)

// arg is a value of an instance.
type arg struct {
	kind uint8
	data []byte
	xml  *part // instead of data
}

func raw(kind uint8, hexBytes string) arg {
	data, err := hex.DecodeString(strings.ReplaceAll(hexBytes, " ", ""))
	if err != nil {
		panic(err)
	}
	return arg{kind: kind, data: data}
}

func str(s string) arg  { return arg{kind: typeString, data: wide(s)} }
func xml(p ...part) arg { all := parts(p...); return arg{kind: typeBinXML, xml: &all} }

// instance is a template, defined right here, with its values.
func template(body part, args ...arg) part {
	return raws(func(b *builder) {
		b.u8(tokenInstance, 1)
		b.u32(1)
		b.u32(uint32(len(b.chunk) + 4))
		b.u32(0)
		b.chunk = append(b.chunk, make([]byte, 16)...)
		sized(b, 4, func() { parts(fragment, body, tokens(tokenEOF)).write(b, true) })
		b.values(args)
	})
}

// again is another instance of the template that was defined at an offset.
func again(at int, args ...arg) part {
	return raws(func(b *builder) {
		b.u8(tokenInstance, 1)
		b.u32(1)
		b.u32(uint32(at))
		b.values(args)
	})
}

// sized writes the size of what is written behind it.
func sized(b *builder, bytes int, write func()) {
	at := len(b.chunk)
	b.chunk = append(b.chunk, make([]byte, bytes)...)
	write()
	binary.LittleEndian.PutUint32(b.chunk[at:], uint32(len(b.chunk)-at-bytes))
}

func (b *builder) values(args []arg) {
	b.u32(uint32(len(args)))
	list := len(b.chunk)
	for _, a := range args {
		b.u16(uint16(len(a.data)))
		b.u8(a.kind, 0)
	}
	for i, a := range args {
		from := len(b.chunk)
		if a.xml != nil {
			a.xml.write(b, false)
		} else {
			b.chunk = append(b.chunk, a.data...)
		}
		binary.LittleEndian.PutUint16(b.chunk[list+4*i:], uint16(len(b.chunk)-from))
	}
}

// record adds a record with this content.
func (b *builder) record(content ...part) *builder {
	b.records++
	at := len(b.chunk)
	b.chunk = append(b.chunk, recordMagic...)
	b.u32(0)
	b.u64(uint64(b.records))
	b.u64(133_000_000_000_000_000)
	parts(content...).write(b, false)
	for (len(b.chunk)-at)%8 != 4 {
		b.u8(0)
	}
	size := uint32(len(b.chunk) - at + 4)
	b.u32(size)
	binary.LittleEndian.PutUint32(b.chunk[at+4:], size)
	return b
}

// log is a whole file with the one chunk.
func (b *builder) log() []byte {
	file := make([]byte, headerSize+chunkSize)
	copy(file[headerSize:], b.chunk)
	sealChunk(file, 0, func(c []byte) {
		for _, at := range []int{8, 24} {
			binary.LittleEndian.PutUint64(c[at:], 1)
			binary.LittleEndian.PutUint64(c[at+8:], uint64(b.records))
		}
		binary.LittleEndian.PutUint32(c[48:], uint32(len(b.chunk)))
	})
	seal(file, func(h []byte) {
		copy(h, fileMagic)
		binary.LittleEndian.PutUint64(h[24:], uint64(b.records+1))
		binary.LittleEndian.PutUint32(h[32:], 128)
		binary.LittleEndian.PutUint16(h[36:], 1)
		binary.LittleEndian.PutUint16(h[38:], 3)
		binary.LittleEndian.PutUint16(h[40:], headerSize)
		binary.LittleEndian.PutUint16(h[42:], 1)
	})
	return file
}

// one reads a log of one record, which is read whole.
func one(tb testing.TB, content ...part) string {
	tb.Helper()
	events, problems := read(tb, newBuilder().record(content...).log())
	if len(events) != 1 || len(problems) != 0 {
		tb.Fatalf("%d kept, lost: %v", len(events), problems)
	}
	object(tb, events[0].text)
	return events[0].text
}
