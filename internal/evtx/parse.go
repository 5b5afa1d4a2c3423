package evtx

import (
	"encoding/binary"
	"errors"
)

// Tokens of binary XML. Bit 0x40 says that more of the kind follows, or, on an
// element, that it has attributes.
const (
	tokenEOF        = 0x00
	tokenOpen       = 0x01
	tokenCloseStart = 0x02
	tokenCloseEmpty = 0x03
	tokenEnd        = 0x04
	tokenText       = 0x05
	tokenAttribute  = 0x06
	tokenCDATA      = 0x07
	tokenChar       = 0x08
	tokenEntity     = 0x09
	tokenPITarget   = 0x0a
	tokenPIData     = 0x0b
	tokenInstance   = 0x0c
	tokenNormal     = 0x0d
	tokenOptional   = 0x0e
	tokenFragment   = 0x0f
	tokenMore       = 0x40
)

// What no real log comes near.
const (
	maxElements = 64   // elements inside one another
	maxName     = 1024 // characters of a name
)

// What is wrong with a record, in words for the user.
var (
	errCut       = errors.New("its XML ends too early")
	errToken     = errors.New("its XML has a token that does not belong there")
	errName      = errors.New("a name lies outside the chunk")
	errText      = errors.New("a text has an unknown type")
	errDeep      = errors.New("its XML is nested too deeply")
	errTemplate  = errors.New("its template lies outside the chunk")
	errValues    = errors.New("its values reach beyond its end")
	errLarge     = errors.New("it would be larger than a record may be")
	errWork      = errors.New("the records of its chunk are too much work")
	errInText    = errors.New("it has XML inside a text")
	errNoContent = errors.New("it has no XML")
)

// node is a part of a parsed fragment.
type node struct {
	token    uint8  // tokenOpen, tokenAttribute, tokenText, …
	kind     uint8  // of a substitution: the declared type
	index    uint16 // of a substitution: the value; of an element: the value it depends on; of a character: its code
	from, to int32  // a name in names, or a text or an instance in the chunk

	next         int32 // sibling; 0 is none
	first, last  int32 // content
	attr, attrTo int32 // attributes
}

// noDependency is the index of an element that depends on no value.
const noDependency = 0xffff

// parser turns the tokens of one fragment into nodes. Its slices are used again
// for the next one.
type parser struct {
	data  []byte // the chunk
	pos   int
	end   int
	depth int
	whole bool // elements name the value they depend on: so it is in templates
	nodes []node
	names []byte // as JSON has them, without quotes
	cost  int    // bytes looked at
}

// parse reads the fragment in data[pos:end] and returns the list of its roots.
func (p *parser) parse(pos, end int, whole bool) (int32, error) {
	p.pos, p.end, p.whole, p.depth = pos, end, whole, 0
	p.nodes = append(p.nodes[:0], node{}, node{})
	p.names = p.names[:0]
	p.cost = end - pos
	const root = 1
	err := p.content(root)
	return p.nodes[root].first, err
}

// content reads what is inside a parent, up to the token that ends it.
func (p *parser) content(parent int32) error {
	if p.depth++; p.depth > maxElements {
		return errDeep
	}
	for p.pos < p.end {
		switch p.data[p.pos] &^ tokenMore {
		case tokenEOF:
			return p.leave(1, errCut)
		case tokenEnd:
			if p.depth == 1 {
				return errToken
			}
			return p.leave(p.depth, nil)
		case tokenFragment:
			p.pos += 4
		case tokenOpen:
			if err := p.element(parent); err != nil {
				return err
			}
		case tokenInstance:
			from := p.pos
			if err := p.skipInstance(); err != nil {
				return err
			}
			p.add(parent, node{token: tokenInstance, from: int32(from), to: int32(p.pos)})
		default:
			if err := p.piece(parent); err != nil {
				return err
			}
		}
	}
	return p.leave(1, errCut)
}

// leave ends the content that is at the given depth, any other is an error.
func (p *parser) leave(depth int, other error) error {
	if p.depth != depth {
		return other
	}
	p.pos++
	p.depth--
	return nil
}

// piece reads a piece of text, which may stand in an element or an attribute.
func (p *parser) piece(parent int32) error {
	if p.end-p.pos < 3 {
		return errCut
	}
	token := p.data[p.pos] &^ tokenMore
	switch token {
	case tokenText:
		if p.data[p.pos+1] != typeString {
			return errText
		}
		return p.text(parent, tokenText, 2)
	case tokenCDATA:
		return p.text(parent, tokenText, 1)
	case tokenPIData:
		return p.text(0, tokenText, 1) // no program writes any, and it says nothing of the event
	case tokenChar:
		p.add(parent, node{token: tokenChar, index: binary.LittleEndian.Uint16(p.data[p.pos+1:])})
		p.pos += 3
		return nil
	case tokenEntity, tokenPITarget:
		p.pos++
		from, to, err := p.readName()
		if err == nil && token == tokenEntity {
			p.add(parent, node{token: tokenEntity, from: from, to: to})
		}
		return err
	case tokenNormal, tokenOptional:
		if p.end-p.pos < 4 {
			return errCut
		}
		p.add(parent, node{token: token, index: binary.LittleEndian.Uint16(p.data[p.pos+1:]), kind: p.data[p.pos+3]})
		p.pos += 4
		return nil
	}
	return errToken
}

// text reads text with its length before it, skip bytes behind the token.
func (p *parser) text(parent int32, token uint8, skip int) error {
	at := p.pos + skip
	if p.end-at < 2 {
		return errCut
	}
	from := at + 2
	to := from + 2*int(binary.LittleEndian.Uint16(p.data[at:]))
	if to > p.end {
		return errCut
	}
	p.pos = to
	if parent != 0 {
		p.add(parent, node{token: token, from: int32(from), to: int32(to)})
	}
	return nil
}

// element reads an element with all that is in it.
func (p *parser) element(parent int32) error {
	attributes := p.data[p.pos]&tokenMore != 0
	p.pos++
	e := node{token: tokenOpen, index: noDependency}
	if p.dependent() {
		e.index = binary.LittleEndian.Uint16(p.data[p.pos:])
		p.pos += 2
	}
	if p.end-p.pos < 8 {
		return errCut
	}
	p.pos += 4 // the element's size: its end has a token too
	var err error
	if e.from, e.to, err = p.readName(); err != nil {
		return err
	}
	if attributes {
		p.pos += 4 // the size of the list
	}
	self := p.add(parent, e)
	if err := p.readAttributes(self); err != nil {
		return err
	}
	if p.pos >= p.end {
		return errCut
	}
	p.pos++
	switch p.data[p.pos-1] {
	case tokenCloseEmpty:
		return nil
	case tokenCloseStart:
		return p.content(self)
	}
	return errToken
}

// dependent says whether the element at pos names the value it depends on. In
// templates it does and in values it does not; what is written without any
// template is told by where the name then lies, since readers disagree on it.
func (p *parser) dependent() bool {
	if p.whole {
		return p.end-p.pos >= 2
	}
	return !p.named(p.pos+4) && p.named(p.pos+6)
}

// named says whether a name's offset is at pos, and a name where it leads to.
func (p *parser) named(pos int) bool {
	if p.end-pos < 4 {
		return false
	}
	at := uint64(binary.LittleEndian.Uint32(p.data[pos:]))
	if at+10 > uint64(len(p.data)) {
		return false
	}
	size := 2 * int(binary.LittleEndian.Uint16(p.data[at+6:]))
	end := int(at) + 8 + size
	return size > 0 && size <= 2*maxName && end+2 <= len(p.data) && p.data[end] == 0 && p.data[end+1] == 0
}

// readAttributes reads the attributes of an element that has just begun.
func (p *parser) readAttributes(self int32) error {
	for p.pos < p.end && p.data[p.pos]&^tokenMore == tokenAttribute {
		p.pos++
		from, to, err := p.readName()
		if err != nil {
			return err
		}
		a := int32(len(p.nodes))
		p.nodes = append(p.nodes, node{token: tokenAttribute, from: from, to: to})
		e := &p.nodes[self]
		if e.attr == 0 {
			e.attr = a
		} else {
			p.nodes[e.attrTo].next = a
		}
		e.attrTo = a
		for p.pos < p.end {
			t := p.data[p.pos] &^ tokenMore
			if t == tokenAttribute || t == tokenCloseStart || t == tokenCloseEmpty {
				break
			}
			if err := p.piece(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// readName reads a name, which lies here or anywhere else in the chunk, into names.
func (p *parser) readName() (from, to int32, err error) {
	if p.end-p.pos < 4 {
		return 0, 0, errCut
	}
	at := int(binary.LittleEndian.Uint32(p.data[p.pos:]))
	p.pos += 4
	if at > len(p.data)-8 {
		return 0, 0, errName
	}
	size := 2 * int(binary.LittleEndian.Uint16(p.data[at+6:]))
	end := at + 8 + size
	if size > 2*maxName || end > len(p.data) {
		return 0, 0, errName
	}
	if at == p.pos {
		p.pos = end + 2
	}
	p.cost += size
	from = int32(len(p.names))
	p.names = appendUTF16(p.names, p.data[at+8:end])
	return from, int32(len(p.names)), nil
}

// skipInstance moves behind a template's instance.
func (p *parser) skipInstance() error {
	in, err := readInstance(p.data, p.pos, p.end)
	if err != nil {
		return err
	}
	at := in.values
	for i := range in.count {
		at += int(binary.LittleEndian.Uint16(p.data[in.list+4*i:]))
	}
	if at > p.end {
		return errValues
	}
	p.pos = at
	return nil
}

// add puts a node at the end of a parent's content.
func (p *parser) add(parent int32, n node) int32 {
	self := int32(len(p.nodes))
	p.nodes = append(p.nodes, n)
	owner := &p.nodes[parent]
	if owner.first == 0 {
		owner.first = self
	} else {
		p.nodes[owner.last].next = self
	}
	owner.last = self
	return self
}

// instance is a template and the values to put into it.
type instance struct {
	template int // where its definition is
	count    int // of the values
	list     int // where their sizes and types are
	values   int // where the first one is
}

const (
	definitionHeader = 24 // next, identifier, size
	instanceHeader   = 10 // token, version, number, definition
)

// readInstance reads the head of the instance at pos. The first instance of a
// template in a chunk has the definition in it.
func readInstance(data []byte, pos, end int) (instance, error) {
	if end-pos < instanceHeader+4 {
		return instance{}, errCut
	}
	in := instance{template: int(binary.LittleEndian.Uint32(data[pos+6:]))}
	pos += instanceHeader
	if in.template == pos {
		if end-pos < definitionHeader+4 {
			return instance{}, errCut
		}
		size := int(binary.LittleEndian.Uint32(data[pos+20:]))
		if size > end-pos-definitionHeader-4 {
			return instance{}, errTemplate
		}
		pos += definitionHeader + size
	}
	count := int(binary.LittleEndian.Uint32(data[pos:]))
	pos += 4
	if count > (end-pos)/4 {
		return instance{}, errValues
	}
	in.count, in.list, in.values = count, pos, pos+4*count
	return in, nil
}
