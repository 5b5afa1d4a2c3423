package evtx

import (
	"bytes"
	"encoding/binary"
)

// Bounds on what records may cost, far above what real ones do: a chunk of
// 64 KiB is about as much JSON. Templates could make it anything.
const (
	maxRecord   = 4 << 20  // bytes of JSON of one record
	maxOutput   = 32 << 20 // bytes of JSON of one chunk
	maxCompiled = 1 << 20  // bytes of fragments that are compiled for one chunk
	maxWork     = 4 << 20  // steps taken for one chunk
	maxNested   = 16       // templates and values that are XML, inside one another
)

// decoder writes the records of one chunk as JSON.
type decoder struct {
	data     []byte // the chunk, as much of it as there is
	compiler compiler
	programs map[uint32]program // by the definition's offset and the place
	values   []value            // of the instances that are being written
	clock    clock

	limit   int   // length that the output of the present record may reach
	output  int   // bytes that the records of the chunk may still take
	compile int   // bytes that may still be compiled
	work    int   // steps that may still be taken
	depth   int   // of programs inside one another
	objects []int // where in the output the open objects begin
	keyAt   int   // where a key made of values begins
	tail    int   // where the XML of the present record ends
	section bool  // the record has its EventData
	keyed   bool  // a key of the record came out of a value
}

// begin takes up another chunk.
func (d *decoder) begin(data []byte) {
	if d.programs == nil {
		d.programs = map[uint32]program{}
	}
	clear(d.programs)
	d.data = data
	d.compiler.data = data
	d.compiler.ops, d.compiler.lit = d.compiler.ops[:0], d.compiler.lit[:0]
	d.output, d.compile, d.work = maxOutput, maxCompiled, maxWork
}

// record appends the record whose XML is data[pos:end]. With an error dst is
// as it was.
func (d *decoder) record(dst []byte, pos, end int) ([]byte, error) {
	start := len(dst)
	if d.output <= 0 {
		return dst, errWork
	}
	d.limit = start + min(maxRecord, d.output)
	d.values, d.objects = d.values[:0], append(d.objects[:0], start)
	d.depth, d.tail, d.section, d.keyed = 0, end, false, false
	out := append(dst, '{')
	out, err := d.fragment(out, pos, end, inDocument)
	d.output -= len(out) - start
	if err == nil && len(out) == start+1 {
		err = errNoContent
	}
	if err != nil {
		return out[:start], err
	}
	return closeList(out, '}'), nil
}

// fragment writes the members that come out of data[pos:end].
func (d *decoder) fragment(out []byte, pos, end int, where place) ([]byte, error) {
	for pos < end {
		var err error
		switch d.data[pos] &^ tokenMore {
		case tokenFragment:
			pos += 4
		case tokenInstance:
			out, pos, err = d.instance(out, pos, end, where)
			if where == inDocument {
				where = inEvent // a second event would have the same members
			}
		case tokenEOF:
			if d.depth == 0 {
				d.tail = pos + 1
			}
			pos = end
		default:
			out, err = d.run(out, d.build(pos, end, where, false), nil)
			pos = end
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// instance writes the instance at pos and returns where it ends.
func (d *decoder) instance(out []byte, pos, end int, where place) ([]byte, int, error) {
	in, err := readInstance(d.data, pos, end)
	if err != nil {
		return out, pos, err
	}
	base := len(d.values)
	at := in.values
	for list := d.data[in.list:in.values]; len(list) >= 4; list = list[4:] {
		size := binary.LittleEndian.Uint16(list)
		d.values = append(d.values, value{at: uint32(at), size: size, kind: list[2]})
		at += int(size)
	}
	if at > end {
		return out, pos, errValues
	}
	out, err = d.run(out, d.template(in.template, where), d.values[base:])
	d.values = d.values[:base]
	return out, at, err
}

// template is the program of the definition at a place.
func (d *decoder) template(at int, where place) program {
	key := uint32(at)<<3 | uint32(where)
	p, ok := d.programs[key]
	if !ok {
		p = d.define(at, where)
		if at < len(d.data) { // the others would fill the map
			d.programs[key] = p
		}
	}
	return p
}

func (d *decoder) define(at int, where place) program {
	if at > len(d.data)-definitionHeader {
		return program{err: errTemplate}
	}
	size := int(binary.LittleEndian.Uint32(d.data[at+20:]))
	at += definitionHeader
	if size > len(d.data)-at {
		return program{err: errTemplate}
	}
	return d.build(at, at+size, where, true)
}

// build compiles, within bounds.
func (d *decoder) build(pos, end int, where place, whole bool) program {
	if d.compile <= 0 {
		return program{err: errWork}
	}
	p := d.compiler.compile(pos, end, where, whole)
	d.compile -= d.compiler.cost
	return p
}

// run takes the steps of a program.
func (d *decoder) run(out []byte, p program, values []value) ([]byte, error) {
	if p.err != nil {
		return out, p.err
	}
	if d.depth++; d.depth > maxNested {
		return out, errDeep
	}
	d.work -= len(p.ops) + len(values)
	for i := 0; i < len(p.ops); i++ {
		o := &p.ops[i]
		out = append(out, p.lit[o.from:o.key]...)
		var v value
		if int(o.index) < len(values) {
			v = values[o.index]
		}
		var err error
		switch o.kind {
		case opField:
			if !v.null() {
				out = append(out, p.lit[o.key:o.to]...)
				out, err = d.put(out, v, o.flags)
				out = append(out, ',')
			}
		case opValue:
			out, err = d.put(out, v, o.flags)
		case opSkip:
			if v.null() {
				i = int(o.to) - 1
			}
		case opOpen:
			d.objects = append(d.objects, len(out)-1)
		case opClose:
			out = closeList(out, '}')
			d.objects = d.objects[:len(d.objects)-1]
		case opSection:
			if d.section || d.keyed {
				out, err = d.key(out, p.lit[o.key+1:o.to-2])
			} else {
				out = append(out, p.lit[o.key:o.to]...)
			}
			d.section = true
		case opNest:
			out, err = d.nest(out, v, o.place)
		default:
			out, err = d.rare(out, p, o, v)
		}
		if err != nil {
			return out, err
		}
		if len(out) > d.limit {
			return out, errLarge
		}
		if d.work < 0 {
			return out, errWork
		}
	}
	d.depth--
	return out, nil
}

// rare takes the steps that few programs have.
func (d *decoder) rare(out []byte, p program, o *op, v value) ([]byte, error) {
	switch o.kind {
	case opItems:
		return d.items(out, v)
	case opPiece:
		return d.piece(out, v)
	case opInstance:
		out, _, err := d.instance(out, int(o.to), len(d.data), o.place)
		return out, err
	case opCloseAll:
		return closeList(out, ']'), nil
	case opKey:
		return d.key(out, p.lit[o.key:o.to])
	case opKeyBegin:
		d.keyAt = len(out)
	case opKeyEnd:
		name := bytes.Clone(out[d.keyAt:])
		if len(name) == 0 {
			name = []byte("Data")
		}
		return d.key(out[:d.keyAt], name)
	}
	return out, nil
}

// bytes are the bytes of a value, which are work too: they may be NULs that
// leave nothing in the output.
func (d *decoder) bytes(v value) []byte {
	d.work -= int(v.size) / 16
	return d.data[v.at:][:v.size]
}

// put writes a value.
func (d *decoder) put(out []byte, v value, flags uint8) ([]byte, error) {
	switch {
	case v.kind == typeString && flags == 0:
		out = append(out, '"')
		out = appendUTF16(out, d.bytes(v))
		return append(out, '"'), nil
	case v.null():
		return append(out, "null"...), nil
	case v.kind == typeBinXML:
		return d.object(out, v)
	}
	from := len(out)
	out = d.appendValue(out, v.kind, d.bytes(v))
	if flags&flagNumber != 0 && v.kind == typeString && digits(out[from+1:len(out)-1]) {
		copy(out[from:], out[from+1:len(out)-1])
		out = out[:len(out)-2]
	}
	return out, nil
}

// object writes a value that is XML where any other was expected.
func (d *decoder) object(out []byte, v value) ([]byte, error) {
	d.objects = append(d.objects, len(out))
	out = append(out, '{')
	out, err := d.fragment(out, int(v.at), int(v.at)+int(v.size), inObject)
	if err != nil {
		return out, err
	}
	d.objects = d.objects[:len(d.objects)-1]
	return closeList(out, '}'), nil
}

// nest writes the members that come out of a value which is XML, or should be.
func (d *decoder) nest(out []byte, v value, where place) ([]byte, error) {
	if v.null() {
		return out, nil
	}
	if v.kind == typeBinXML {
		return d.fragment(out, int(v.at), int(v.at)+int(v.size), where)
	}
	out, err := d.key(out, []byte("#text"))
	if err != nil {
		return out, err
	}
	out, err = d.put(out, v, 0)
	return append(out, ','), err
}

// items writes a value as items of a list: an array's one by one.
func (d *decoder) items(out []byte, v value) ([]byte, error) {
	if v.kind < typeArray || v.kind == typeArray|typeBinary || v.kind == typeArray|typeBinXML {
		out, err := d.put(out, v, 0)
		return append(out, ','), err
	}
	if v.size == 0 { // an empty element stands for it
		return append(out, `"",`...), nil
	}
	return d.appendItems(out, v.kind&^typeArray, d.bytes(v)), nil
}

// piece writes a value as a part of a string.
func (d *decoder) piece(out []byte, v value) ([]byte, error) {
	if v.null() {
		return out, nil
	}
	if v.kind == typeBinXML {
		return out, errInText
	}
	if v.kind < typeArray {
		return d.bare(out, v.kind, d.bytes(v)), nil
	}
	kind := v.kind &^ typeArray
	width := width(kind, int(v.size))
	for b := d.bytes(v); len(b) > 0; {
		n, next := item(kind, width, b)
		out = d.bare(out, kind, b[:n])
		if b = b[next:]; len(b) > 0 {
			out = append(out, ',')
		}
	}
	return out, nil
}

// bare writes a value without the quotes it may have.
func (d *decoder) bare(out []byte, kind uint8, b []byte) []byte {
	from := len(out)
	out = d.appendValue(out, kind, b)
	if out[from] == '"' {
		copy(out[from:], out[from+1:len(out)-1])
		out = out[:len(out)-2]
	}
	return out
}
