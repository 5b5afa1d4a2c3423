package source

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// Reasons for which a record inside a document is rejected.
const (
	reasonCutOff = "the file ends in the middle of a record"
	reasonOpen   = "the file ends before its closing bracket"
	reasonBroken = "broken off: a line or another record begins inside it"
	reasonSyntax = "brackets do not match"
)

// maxDepth is how deep brackets are told apart.
const maxDepth = 128

// readJSON takes JSON documents apart, however they are laid out: objects one
// after the other, on one line or printed over many; arrays of objects; and
// objects that hold the records in an array named records or results, in any
// case, with other keys before and after it. A record's number is its place in
// the file. No document is held: a record is handed on as soon as it ends.
func readJSON(r io.Reader, s *sink) error {
	p := newSplitter(r, s)
	err := p.run()
	if errors.Is(err, errStopped) {
		return err
	}
	p.end(err)
	return p.finish()
}

// splitter follows brackets and strings and nothing else: whether a record is
// valid JSON is the database's to say.
//
// Outside all documents depth is 0, and top-level arrays are mere punctuation.
// A document is depth 1 and more. Its wrapper, if it has one, is the array at
// depth 2, and the records are the objects in it.
type splitter struct {
	*window
	pos    int   // next byte to look at
	number int64 // records so far

	depth   int
	kinds   [maxDepth]byte // the open brackets
	start   int            // of the present record, -1 if none is kept
	over    bool           // the present record is too long to be kept
	string  bool           // inside a string
	escaped bool           // the next byte is escaped
	last    byte           // last byte that was not white space
	junk    bool           // inside text that is no record and has been rejected
	arrays  int            // top-level arrays open
	healed  bool           // a broken record was left: stray closing brackets are its

	wrapper bool // inside the wrapping array
	wrapped bool // the present document has a wrapper: it is no record itself
	key     int  // start of a key at depth 1, -1 if not in one
	found   bool // the last key at depth 1 names a wrapper

	name       string // the last key that was found
	wrapperKey string // of the last wrapper, as it is spelled
}

func newSplitter(r io.Reader, s *sink) *splitter {
	return &splitter{window: newWindow(r, s), start: -1, key: -1}
}

// run reads to the end and returns what ended it.
func (p *splitter) run() error {
	for {
		p.scan()
		if p.crowded() {
			if err := p.move(p.flush(p.kept())); err != nil {
				return err
			}
			continue
		}
		if err := p.move(p.more(p.kept())); err != nil {
			return err
		}
	}
}

// kept is the first byte still needed.
func (p *splitter) kept() int {
	switch {
	case p.start >= 0:
		return p.start
	case p.key >= 0:
		return p.key
	}
	return p.pos
}

func (p *splitter) move(by int, err error) error {
	p.pos -= by
	if p.start >= 0 {
		p.start -= by
	}
	if p.key >= 0 {
		p.key -= by
	}
	return err
}

// base is the depth at which records begin.
func (p *splitter) base() int {
	if p.wrapper {
		return 2
	}
	return 0
}

// scan looks at all bytes in memory, or at as many as make a full block.
func (p *splitter) scan() {
	for p.pos < p.n && !p.crowded() {
		if p.string {
			p.text()
			continue
		}
		c := p.buf[p.pos]
		switch c {
		case ' ', '\t', '\r', '\n', 0:
			if p.junk && c == '\n' && p.depth == 0 {
				p.junk = false
			}
			p.pos++
			continue
		case '"':
			p.quote()
		case '{', '[':
			p.open(c)
		case '}', ']':
			p.close(c)
		case ',':
			p.junk = false
		case ':':
			if p.depth == p.base() {
				p.misfit()
			}
		default:
			p.other(c)
		}
		p.last = c
		p.pos++
	}
	if start := p.start; start >= 0 && p.pos-start > p.s.limit {
		p.start, p.over = -1, true
	}
	if p.key >= 0 && p.pos-p.key > 64 {
		p.key = -1
	}
}

// text goes on to the end of the string it is in.
func (p *splitter) text() {
	if p.escaped {
		p.escaped = false
		if p.buf[p.pos] != '\n' {
			p.pos++
			return
		}
	}
	rest := p.buf[p.pos:p.n]
	end := bytes.IndexByte(rest, '"')
	body := rest
	if end >= 0 {
		body = rest[:end]
	}
	// No string runs over a line's end: this one was broken off.
	if line := bytes.IndexByte(body, '\n'); line >= 0 {
		p.broken(reasonBroken)
		p.pos += line + 1
		return
	}
	slashes := 0
	for slashes < len(body) && body[len(body)-1-slashes] == '\\' {
		slashes++
	}
	p.escaped = slashes%2 == 1
	if p.pos += len(body); end < 0 || p.escaped {
		return // at the end of memory, or at a quote that is part of the text
	}
	p.string = false
	if p.key >= 0 {
		p.named(p.buf[p.key:p.pos])
	}
	p.pos++
}

// named takes a key at depth 1.
func (p *splitter) named(key []byte) {
	p.key = -1
	p.found = len(key) == 7 && (strings.EqualFold(string(key), "records") || strings.EqualFold(string(key), "results"))
	if p.found {
		p.name = string(key)
	}
}

func (p *splitter) quote() {
	if p.depth == p.base() {
		p.misfit()
	}
	p.string = true
	p.key = -1
	if p.depth == 1 && (p.last == '{' || p.last == ',') {
		p.key = p.pos + 1
	}
}

// other takes a byte of a number, a word, or of no JSON at all.
func (p *splitter) other(c byte) {
	if p.depth == p.base() && !(c >= 0x80 && isBOM(p.buf[p.pos:p.n])) {
		p.misfit()
	}
}

// isBOM also takes the second and third byte of a byte order mark for one.
func isBOM(p []byte) bool {
	return p[0] == 0xef || p[0] == 0xbb || p[0] == 0xbf
}

// misfit rejects what stands where a record should, once for each.
func (p *splitter) misfit() {
	if p.junk {
		return
	}
	p.junk = true
	p.number++
	p.reject(p.number, reasonNotObject)
}

func (p *splitter) open(c byte) {
	if p.depth > 0 && !p.expected(c) {
		p.broken(reasonBroken) // and what begins here is a record of its own
	}
	switch {
	case p.depth == 0 && c == '[':
		p.arrays++
		p.junk = false
		return
	case p.depth == 0:
		p.start, p.over, p.wrapped, p.junk = p.pos, false, false, false
	case p.wrapper && p.depth == 2 && c == '{':
		p.start, p.over, p.junk = p.pos, false, false
	case p.wrapper && p.depth == 2:
		p.misfit()
	case p.depth == 1 && c == '[' && p.found && p.last == ':':
		p.wrapper, p.wrapped, p.start, p.over, p.junk = true, true, -1, false, false
		p.wrapperKey = p.name
	}
	p.found = false
	if p.depth < maxDepth {
		p.kinds[p.depth] = c
	}
	p.depth++
}

// expected says whether a bracket may open here: after a colon in an object,
// at the start or after a comma in an array.
func (p *splitter) expected(c byte) bool {
	if p.depth > maxDepth {
		return true
	}
	if p.kinds[p.depth-1] == '{' {
		return p.last == ':'
	}
	return p.last == '[' || p.last == ','
}

func (p *splitter) close(c byte) {
	if p.depth == 0 {
		p.closeTop(c)
		return
	}
	if p.depth <= maxDepth && p.kinds[p.depth-1] != c-2 { // '[' and ']', '{' and '}' are two apart
		p.broken(reasonSyntax)
		return
	}
	p.depth--
	switch {
	case p.wrapper && p.depth == 1:
		p.wrapper, p.junk = false, false
	case p.depth == p.base():
		p.ended(c)
	}
}

// closeTop takes a closing bracket outside all documents.
func (p *splitter) closeTop(c byte) {
	p.junk = false
	switch {
	case c == ']' && p.arrays > 0:
		p.arrays--
	case !p.healed:
		p.misfit()
		p.junk = false
	}
}

// ended takes the object that has just been closed.
func (p *splitter) ended(c byte) {
	start := p.start
	p.start = -1
	switch {
	case c == ']' || p.depth == 0 && p.wrapped:
		p.junk = false
	case p.over || start < 0 || p.pos+1-start > p.s.limit:
		p.number++
		p.reject(p.number, reasonTooLong(p.s.limit))
	default:
		p.number++
		p.keep(start, p.pos+1, p.number)
	}
	p.over = false
}

// broken gives up the present record and goes back to the top level, where the
// next bracket begins a record.
func (p *splitter) broken(reason string) {
	if p.depth > 0 || !p.junk {
		p.number++
		p.reject(p.number, reason)
	}
	p.depth, p.start, p.key = 0, -1, -1
	p.string, p.escaped, p.over, p.found = false, false, false, false
	p.wrapper, p.wrapped = false, false
	p.junk, p.healed = false, true
}

// end says what was cut off, if anything was.
func (p *splitter) end(err error) {
	reason := ""
	switch {
	case !errors.Is(err, io.EOF):
		reason = explain(err)
	case p.depth > p.base() && p.over:
		reason = reasonTooLong(p.s.limit) + ", and not ended"
	case p.depth > p.base() && p.wrapper == p.wrapped:
		reason = reasonCutOff
	case p.depth > 0 || p.arrays > 0 && !p.healed:
		reason = reasonOpen
	}
	if reason != "" {
		p.number++
		p.reject(p.number, reason)
	}
}
