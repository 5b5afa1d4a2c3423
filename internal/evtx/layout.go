package evtx

import (
	"bytes"
	"strconv"
)

// place is where in a record a fragment stands: it decides what its elements
// become.
type place uint8

const (
	inDocument place = iota // around <Event>
	inEvent                 // in <Event>
	inData                  // in <EventData>
	inUser                  // in <UserData>
	inObject                // in any other element
)

// op is one step of a program.
//
// Every step first appends lit[from:key]. Most then deal with a value.
type op struct {
	from, key, to uint32 // in lit; lit[key:to] is what goes with the value
	index         uint16 // of the value
	kind          opKind
	place         place // of what is inside the value
	flags         uint8
}

type opKind uint8

const (
	opLiteral  opKind = iota
	opField           // lit[key:to], the value and a comma, or nothing if it is absent
	opValue           // the value, null if it is absent
	opItems           // the value as items of a list, each with a comma
	opPiece           // the value inside a string
	opNest            // members out of a value that is XML
	opInstance        // members out of the instance at to
	opSkip            // go to step to if the value is absent
	opOpen            // an object begins
	opClose           // it ends
	opCloseAll        // a list ends
	opKey             // a key that the object may have already: lit[key:to]
	opKeyBegin        // a key made of values begins
	opKeyEnd          // it ends
	opSection         // lit[key:to], a key that only the first of its kind has
)

// flagNumber is on a field that is a number even where it came as text.
const flagNumber = 1

// program is what a fragment becomes at one place.
type program struct {
	ops []op
	lit []byte
	err error
}

// compiler turns fragments into programs. Programs of a chunk share the two
// slices, which the next chunk uses again.
type compiler struct {
	parser
	ops     []op
	lit     []byte
	first   int // op of the present program
	pending int // lit from here on belongs to the next step
	keys    map[string]int
	object  int  // the present object's number
	objects int  // so far
	shared  bool // others put members into the present object too
}

// compile makes a program of data[pos:end].
func (c *compiler) compile(pos, end int, where place, whole bool) program {
	root, err := c.parse(pos, end, whole)
	if err != nil {
		return program{err: err}
	}
	c.first, c.pending = len(c.ops), len(c.lit)
	if c.keys == nil || len(c.keys) > 1000 { // a large map stays large
		c.keys = map[string]int{}
	}
	clear(c.keys)
	c.object, c.objects = 0, 0
	c.shared = where != inDocument
	switch where {
	case inData:
		c.dataFields(root)
	case inUser:
		c.userFields(root)
	case inObject:
		c.members(root)
	default:
		c.eventFields(root, where)
	}
	c.flush()
	return program{ops: c.ops[c.first:len(c.ops):len(c.ops)], lit: c.lit[:len(c.lit):len(c.lit)]}
}

// flush makes a step of what is pending, so that a jump can come here.
func (c *compiler) flush() {
	if c.pending < len(c.lit) {
		c.emit(opLiteral, 0)
	}
}

// emit adds a step, with what is pending before it.
func (c *compiler) emit(kind opKind, index uint16) *op {
	end := uint32(len(c.lit))
	c.ops = append(c.ops, op{from: uint32(c.pending), key: end, to: end, kind: kind, index: index})
	c.pending = len(c.lit)
	return &c.ops[len(c.ops)-1]
}

func (c *compiler) write(s string) { c.lit = append(c.lit, s...) }

// name is the name of an element or an attribute.
func (c *compiler) name(n int32) []byte { return c.names[c.nodes[n].from:c.nodes[n].to] }

// is says whether a node is an element of this name.
func (c *compiler) is(n int32, name string) bool {
	return c.nodes[n].token == tokenOpen && string(c.name(n)) == name
}

// key begins a member.
func (c *compiler) key(name []byte) {
	if c.shared {
		c.sharedKey(name)
		return
	}
	c.write(`"`)
	c.lit = c.unique(c.lit, name)
	c.write(`":`)
}

func (c *compiler) sharedKey(name []byte) {
	o := c.emit(opKey, 0)
	c.lit = append(c.lit, name...)
	o.to = uint32(len(c.lit))
	c.pending = len(c.lit)
}

// unique appends a name to dst as no other member of the object has it: the
// second Name becomes Name_2.
func (c *compiler) unique(dst, name []byte) []byte {
	const separator = '"' // no name has one that is not escaped
	id := strconv.AppendInt(make([]byte, 0, 64), int64(c.object), 10)
	id = append(append(id, separator), name...)
	base := len(id)
	for {
		if _, taken := c.keys[string(id)]; !taken {
			c.keys[string(id)] = 1
			return append(dst, id[base-len(name):]...)
		}
		n := c.keys[string(id[:base])] + 1
		c.keys[string(id[:base])] = n
		id = strconv.AppendInt(append(id[:base], '_'), int64(n), 10)
	}
}

// open begins an object of its own and returns what close needs.
func (c *compiler) open() (object int, shared bool) {
	object, shared = c.object, c.shared
	c.objects++
	c.object, c.shared = c.objects, false
	c.write("{")
	c.emit(opOpen, 0)
	return object, shared
}

func (c *compiler) close(object int, shared bool) {
	c.object, c.shared = object, shared
	c.emit(opClose, 0)
}

// unless puts a step before a member that goes if a value is absent; then ends
// the member.
func (c *compiler) unless(index uint16) (then func()) {
	c.emit(opSkip, index)
	at := len(c.ops) - 1
	return func() {
		c.flush()
		c.ops[at].to = uint32(len(c.ops) - c.first)
	}
}

// member writes what write writes, unless the element depends on a value that
// is absent.
func (c *compiler) member(n int32, write func()) {
	index := c.nodes[n].index
	if only, ok := c.single(c.nodes[n].first); ok && c.nodes[c.nodes[n].first].token == tokenOptional {
		index = only
	}
	if index == noDependency {
		write()
		return
	}
	then := c.unless(index)
	write()
	then()
}

// isText says whether a node is a piece of text. XML in a value is none.
func isText(n node) bool {
	switch n.token {
	case tokenText, tokenChar, tokenEntity:
		return true
	case tokenNormal, tokenOptional:
		return n.kind != typeBinXML
	}
	return false
}

// onlyText says whether all of a list is text.
func (c *compiler) onlyText(list int32) bool {
	for ; list != 0; list = c.nodes[list].next {
		if !isText(c.nodes[list]) {
			return false
		}
	}
	return true
}

// single returns the value that is all there is in a list.
func (c *compiler) single(list int32) (index uint16, ok bool) {
	n := c.nodes[list]
	return n.index, list != 0 && n.next == 0 && (n.token == tokenNormal || n.token == tokenOptional)
}

// blank says whether a list has no text but white space between elements.
func (c *compiler) blank(list int32) bool {
	for ; list != 0; list = c.nodes[list].next {
		if n := c.nodes[list]; isText(n) && (n.token != tokenText || len(bytes.Trim(c.data[n.from:n.to], "\x00 \t\r\n")) > 0) {
			return false
		}
	}
	return true
}

// xmlns says whether an attribute is no data but a name space.
func (c *compiler) xmlns(attr int32) bool {
	name := c.name(attr)
	return string(name) == "xmlns" || bytes.HasPrefix(name, []byte("xmlns:"))
}

// scalar writes a value that is only text: what it is if it is one value, a
// string otherwise.
func (c *compiler) scalar(list int32, numeric bool) {
	if index, ok := c.single(list); ok {
		c.emit(opValue, index).flags = flag(numeric)
		return
	}
	c.write(`"`)
	from := len(c.lit)
	c.pieces(list)
	if numeric && c.nodes[list].next == 0 && digits(c.lit[from:]) {
		c.lit = append(c.lit[:from-1], c.lit[from:]...)
		return
	}
	c.write(`"`)
}

func flag(numeric bool) uint8 {
	if numeric {
		return flagNumber
	}
	return 0
}

// digits says whether text is a number as JSON writes it.
func digits(text []byte) bool {
	if len(text) == 0 || len(text) > 20 || text[0] == '0' && len(text) > 1 {
		return false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// pieces writes the text of a list inside a string.
func (c *compiler) pieces(list int32) {
	for ; list != 0; list = c.nodes[list].next {
		n := c.nodes[list]
		switch n.token {
		case tokenText:
			c.lit = appendUTF16(c.lit, c.data[n.from:n.to])
		case tokenChar:
			c.lit = appendUTF16(c.lit, []byte{byte(n.index), byte(n.index >> 8)})
		case tokenEntity:
			c.entity(c.name(list))
		case tokenNormal, tokenOptional:
			if n.kind != typeBinXML {
				c.emit(opPiece, n.index)
			}
		}
	}
}

// entity writes the character that a name stands for.
func (c *compiler) entity(name []byte) {
	switch string(name) {
	case "amp":
		c.write("&")
	case "lt":
		c.write("<")
	case "gt":
		c.write(">")
	case "quot":
		c.write(`\"`)
	case "apos":
		c.write("'")
	default: // none that XML knows
		c.write("&")
		c.lit = append(c.lit, name...)
		c.write(";")
	}
}

// attribute writes an attribute as a member; one whose value is absent is none.
func (c *compiler) attribute(attr int32, name []byte, numeric bool) {
	list := c.nodes[attr].first
	if index, ok := c.single(list); ok {
		c.field(name, index, numeric)
		return
	}
	c.key(name)
	c.scalar(list, numeric)
	c.write(",")
}

// field writes a member that is absent if its value is.
func (c *compiler) field(name []byte, index uint16, numeric bool) {
	if c.shared {
		then := c.unless(index)
		c.sharedKey(name)
		c.emit(opValue, index).flags = flag(numeric)
		c.write(",")
		then()
		return
	}
	at := len(c.lit)
	c.key(name)
	o := c.emit(opField, index)
	o.key, o.flags = uint32(at), flag(numeric)
}

// value writes the value of an element: text as it is, anything else as an
// object. Attributes of the name without are left out.
func (c *compiler) value(n int32, without string) {
	attributes := false
	for a := c.nodes[n].attr; a != 0; a = c.nodes[a].next {
		if !c.xmlns(a) && string(c.name(a)) != without {
			attributes = true
		}
	}
	list := c.nodes[n].first
	if !attributes && c.onlyText(list) {
		c.scalar(list, false)
		return
	}
	object, shared := c.open()
	c.attributes(n, without)
	c.members(list)
	c.close(object, shared)
}

// attributes writes an element's attributes as members.
func (c *compiler) attributes(n int32, without string) {
	for a := c.nodes[n].attr; a != 0; a = c.nodes[a].next {
		if !c.xmlns(a) && string(c.name(a)) != without {
			c.attribute(a, c.name(a), false)
		}
	}
}

// members writes what is inside an element as members of the present object.
func (c *compiler) members(list int32) {
	for n := list; n != 0; n = c.nodes[n].next {
		switch c.nodes[n].token {
		case tokenOpen:
			c.member(n, func() {
				c.key(c.name(n))
				c.value(n, "")
				c.write(",")
			})
		default:
			c.nested(n, inObject)
		}
	}
	c.loose(list)
}

// nested writes the members that come out of XML in a value, if node n is that.
func (c *compiler) nested(n int32, where place) {
	switch v := c.nodes[n]; {
	case v.token == tokenInstance:
		o := c.emit(opInstance, 0)
		o.to, o.place = uint32(v.from), where
		c.shared = true
	case v.kind == typeBinXML && (v.token == tokenNormal || v.token == tokenOptional):
		c.emit(opNest, v.index).place = where
		c.shared = true
	}
}

// loose writes the text of a list that holds elements, if there is any.
func (c *compiler) loose(list int32) {
	if c.blank(list) {
		return
	}
	c.key([]byte("#text"))
	c.write(`"`)
	c.pieces(list)
	c.write(`",`)
}
