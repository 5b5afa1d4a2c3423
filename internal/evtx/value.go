package evtx

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
)

// Types of values, as a substitution array declares them.
const (
	typeNull     = 0x00
	typeString   = 0x01
	typeANSI     = 0x02
	typeInt8     = 0x03
	typeUint8    = 0x04
	typeInt16    = 0x05
	typeUint16   = 0x06
	typeInt32    = 0x07
	typeUint32   = 0x08
	typeInt64    = 0x09
	typeUint64   = 0x0a
	typeReal32   = 0x0b
	typeReal64   = 0x0c
	typeBool     = 0x0d
	typeBinary   = 0x0e
	typeGUID     = 0x0f
	typeSize     = 0x10
	typeFileTime = 0x11
	typeSysTime  = 0x12
	typeSID      = 0x13
	typeHex32    = 0x14
	typeHex64    = 0x15
	typeHandle   = 0x20
	typeBinXML   = 0x21
	typeXML      = 0x23
	typeArray    = 0x80 // with the type of the elements
)

// value is one entry of a substitution array.
type value struct {
	at   uint32 // in the chunk
	size uint16
	kind uint8
}

// fixed is the size of the types that have one.
var fixed = [256]uint8{
	typeInt8: 1, typeUint8: 1, typeInt16: 2, typeUint16: 2, typeInt32: 4, typeUint32: 4, typeInt64: 8, typeUint64: 8,
	typeReal32: 4, typeReal64: 8, typeBool: 4, typeGUID: 16, typeFileTime: 8, typeSysTime: 16, typeHex32: 4, typeHex64: 8,
}

// null says whether a value is absent: of the type for that, or of a type that
// always has bytes and has none.
func (v value) null() bool {
	if v.size == 0 {
		switch v.kind {
		case typeSize, typeSID, typeHandle, typeBinXML:
			return true
		}
		return v.kind == typeNull || fixed[v.kind] != 0
	}
	return v.kind == typeNull
}

// appendValue appends a value as JSON: numbers and truth values as such, all
// else as text. What does not have the size of its type comes as bytes in hex.
func (d *decoder) appendValue(out []byte, kind uint8, b []byte) []byte {
	switch kind {
	case typeNull:
		return append(out, "null"...)
	case typeString, typeXML:
		out = append(out, '"')
		out = appendUTF16(out, b)
		return append(out, '"')
	case typeANSI:
		out = append(out, '"')
		out = appendANSI(out, b)
		return append(out, '"')
	case typeSID:
		return appendSID(out, b)
	case typeSize, typeHandle:
		if len(b) == 4 || len(b) == 8 {
			return appendHex(out, number(b))
		}
		return appendBytes(out, b)
	case typeBool:
		if len(b) == 1 || len(b) == 4 || len(b) == 8 {
			return strconv.AppendBool(out, number(b) != 0)
		}
		return appendBytes(out, b)
	}
	if n := fixed[kind]; n != 0 && len(b) == int(n) {
		return d.appendFixed(out, kind, b)
	}
	if kind >= typeArray && kind != typeArray|typeBinary && kind != typeArray|typeBinXML {
		out = append(out, '[')
		out = d.appendItems(out, kind&^typeArray, b)
		return closeList(out, ']')
	}
	return appendBytes(out, b)
}

// appendFixed appends a value that has the size of its type.
func (d *decoder) appendFixed(out []byte, kind uint8, b []byte) []byte {
	n := number(b[:min(len(b), 8)])
	switch kind {
	case typeUint8, typeUint16, typeUint32, typeUint64:
		return strconv.AppendUint(out, n, 10)
	case typeInt8:
		return strconv.AppendInt(out, int64(int8(n)), 10)
	case typeInt16:
		return strconv.AppendInt(out, int64(int16(n)), 10)
	case typeInt32:
		return strconv.AppendInt(out, int64(int32(n)), 10)
	case typeInt64:
		return strconv.AppendInt(out, int64(n), 10)
	case typeReal32:
		return appendReal(out, float64(math.Float32frombits(uint32(n))), 32)
	case typeReal64:
		return appendReal(out, math.Float64frombits(n), 64)
	case typeHex32, typeHex64:
		return appendHex(out, n)
	case typeGUID:
		return appendGUID(out, b)
	case typeFileTime:
		return d.clock.appendFileTime(out, n)
	case typeSysTime:
		return appendSysTime(out, b)
	}
	return appendBytes(out, b)
}

// appendItems appends the elements of an array, a comma behind each.
func (d *decoder) appendItems(out []byte, kind uint8, b []byte) []byte {
	for width := width(kind, len(b)); len(b) > 0; {
		n, next := item(kind, width, b)
		out = d.appendValue(out, kind, b[:n])
		out = append(out, ',')
		b = b[next:]
	}
	return out
}

// width is the size of the elements of an array, 0 if it differs.
func width(kind uint8, size int) int {
	switch kind {
	case typeSize, typeHandle: // nothing says which of the two
		if size%8 == 0 {
			return 8
		}
		return 4
	}
	return int(fixed[kind])
}

// item returns the length of an array's first element and where the next one
// begins.
func item(kind uint8, width int, b []byte) (n, next int) {
	switch kind {
	case typeString, typeXML:
		for n = 0; n+1 < len(b); n += 2 {
			if b[n] == 0 && b[n+1] == 0 {
				return n, n + 2
			}
		}
		return len(b), len(b)
	case typeANSI:
		if n = bytes.IndexByte(b, 0); n >= 0 {
			return n, n + 1
		}
		return len(b), len(b)
	case typeSID:
		if len(b) >= 8 {
			width = 8 + 4*int(b[1])
		}
	}
	if width == 0 || width > len(b) {
		width = len(b)
	}
	return width, width
}

// number reads up to eight bytes, the lowest first.
func number(b []byte) uint64 {
	switch len(b) {
	case 8:
		return binary.LittleEndian.Uint64(b)
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 1:
		return uint64(b[0])
	}
	return 0
}

// appendReal appends a number; what JSON has no number for comes as text.
func appendReal(out []byte, f float64, size int) []byte {
	switch {
	case math.IsNaN(f):
		return append(out, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(out, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(out, `"-Infinity"`...)
	}
	return strconv.AppendFloat(out, f, 'g', -1, size)
}

func appendHex(out []byte, n uint64) []byte {
	out = append(out, `"0x`...)
	out = strconv.AppendUint(out, n, 16)
	return append(out, '"')
}

const upperHex = "0123456789ABCDEF"

// appendBytes appends bytes as Windows prints them: upper-case hex.
func appendBytes(out, b []byte) []byte {
	out = append(out, '"')
	for _, c := range b {
		out = append(out, upperHex[c>>4], upperHex[c&15])
	}
	return append(out, '"')
}

// guidOrder is the order in which a GUID's bytes are printed; its first three
// numbers are stored lowest byte first.
var guidOrder = [16]uint8{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}

func appendGUID(out, b []byte) []byte {
	text := [40]byte{0: '"', 1: '{', 10: '-', 15: '-', 20: '-', 25: '-', 38: '}', 39: '"'}
	at := 2
	for i, from := range guidOrder {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			at++
		}
		c := b[from]
		text[at], text[at+1] = upperHex[c>>4], upperHex[c&15]
		at += 2
	}
	return append(out, text[:]...)
}

// appendSID appends a security identifier: S-1-5-18.
func appendSID(out, b []byte) []byte {
	if len(b) < 8 || len(b) < 8+4*int(b[1]) {
		return appendBytes(out, b)
	}
	out = append(out, `"S-`...)
	out = strconv.AppendUint(out, uint64(b[0]), 10)
	out = append(out, '-')
	authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
	if authority < 1<<32 {
		out = strconv.AppendUint(out, authority, 10)
	} else { // Windows prints the large ones in hex
		out = append(out, "0x"...)
		out = strconv.AppendUint(out, authority, 16)
	}
	for i := range int(b[1]) {
		out = append(out, '-')
		out = strconv.AppendUint(out, uint64(binary.LittleEndian.Uint32(b[8+4*i:])), 10)
	}
	return append(out, '"')
}

// closeList ends an object or a list: its members each left a comma behind.
func closeList(out []byte, bracket byte) []byte {
	if last := len(out) - 1; out[last] == ',' {
		out[last] = bracket
		return out
	}
	return append(out, bracket)
}
