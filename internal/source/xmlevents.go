package source

import (
	"bytes"
	"errors"
	"io"
)

const (
	reasonNoEvent    = "no <Event> in this line"
	reasonOutside    = "markup outside of any <Event>"
	reasonBehind     = "text behind </Event> that is no event"
	reasonEventAgain = "broken off: another <Event> begins inside it"
)

// readXMLEvents cuts `<Event …>…</Event>` elements out of a text: documents of
// one event or of many, laid out in any way, and lines of syslog that carry
// one. The element's name may have a prefix. Nothing else inside an event is
// looked at but the beginning of another one: the first was broken off.
//
// A record's number is its place in the file. What stands before an event in
// its line belongs to the event. What stands anywhere else is counted where it
// has text: a line without an event is rejected; so is what follows an event in
// its line; and lines that begin with a tag, as the rest of an event does whose
// beginning is missing, are rejected once for all of them. Tags alone
// (<Events>, <?xml …?>) are nothing.
func readXMLEvents(r io.Reader, s *sink) error {
	x := &xmlReader{window: newWindow(r, s), start: -1}
	err := x.run()
	if errors.Is(err, errStopped) {
		return err
	}
	x.end(err)
	return x.finish()
}

// xmlReader follows tags, and outside of events lines as well.
type xmlReader struct {
	*window
	pos    int   // next byte to look at
	number int64 // records so far
	inside bool  // an event is open
	start  int   // where it begins, -1 if none is kept

	line   lineState // what the present line has, outside of events
	tag    bool      // inside a tag
	behind bool      // an event has ended in this line
	markup bool      // the lines above are markup, and rejected
}

// lineState is what stands in a line outside of events.
type lineState int

const (
	lineBlank  lineState = iota
	lineNULs             // nothing but NUL bytes
	lineTags             // tags, without text
	lineMarkup           // tags first, and text
	lineText             // text first
)

// run reads to the end and returns what ended it.
func (x *xmlReader) run() error {
	for {
		step := x.between
		if x.inside {
			step = x.event
		}
		more := step()
		if x.crowded() {
			if err := x.move(x.flush(x.kept())); err != nil {
				return err
			}
		}
		if !more {
			continue
		}
		if err := x.move(x.more(x.kept())); err != nil {
			return err
		}
	}
}

// kept is the first byte still needed.
func (x *xmlReader) kept() int {
	if x.start >= 0 {
		return x.start
	}
	return x.pos
}

func (x *xmlReader) move(by int, err error) error {
	x.pos -= by
	if x.start >= 0 {
		x.start -= by
	}
	return err
}

// event goes on to the end of the event that is open. It is true where that
// is not in memory.
func (x *xmlReader) event() bool {
	for {
		i := bytes.IndexByte(x.buf[x.pos:x.n], '<')
		if i < 0 {
			x.pos = x.n
			break
		}
		x.pos += i
		kind, size := tagAt(x.buf[x.pos:x.n])
		switch kind {
		case tagCut:
			x.bound()
			return true
		case tagOpen:
			if x.bound(); x.start >= 0 {
				x.reject(x.number, reasonEventAgain)
			}
			x.begin()
			return false
		case tagClose:
			x.pos += size
			if x.bound(); x.start >= 0 {
				x.keep(x.start, x.pos, x.number)
			}
			x.inside, x.start = false, -1
			x.line, x.tag, x.behind = lineBlank, false, true
			return false
		}
		x.pos++
	}
	x.bound()
	return true
}

// bound gives the open event up if it is longer than a record may be.
func (x *xmlReader) bound() {
	if x.start >= 0 && x.pos-x.start > x.s.limit {
		x.reject(x.number, reasonTooLong(x.s.limit))
		x.start = -1
	}
}

// begin opens an event.
func (x *xmlReader) begin() {
	x.number++
	x.inside, x.start = true, x.pos
	x.markup = false
	x.pos++
}

// between goes on to the next event. It is true where that is not in memory.
func (x *xmlReader) between() bool {
	for x.pos < x.n && !x.crowded() {
		rest := x.buf[x.pos:x.n]
		if x.tag {
			x.skipTag(rest)
			continue
		}
		i := bytes.IndexAny(rest, "<\n")
		if i < 0 {
			i = len(rest)
		}
		x.text(rest[:i])
		if x.pos += i; i == len(rest) {
			break
		}
		if rest[i] == '\n' {
			x.endLine()
			x.pos++
			continue
		}
		switch kind, _ := tagAt(rest[i:]); kind {
		case tagCut:
			return true
		case tagOpen:
			x.begin()
			return false
		}
		x.line = max(x.line, lineTags)
		x.tag = true
		x.pos++
	}
	return x.pos == x.n
}

// skipTag goes on to the end of a tag: another tag ends it too, and the line does.
func (x *xmlReader) skipTag(rest []byte) {
	i := bytes.IndexAny(rest, "<>\n")
	if i < 0 {
		x.pos = x.n
		return
	}
	x.tag = false
	if x.pos += i; rest[i] == '>' {
		x.pos++
	}
}

// text looks at what stands between tags.
func (x *xmlReader) text(text []byte) {
	switch {
	case len(text) == 0 || x.line >= lineMarkup:
	case len(bytes.Trim(text, around)) > 0:
		if x.line == lineTags {
			x.line = lineMarkup
		} else {
			x.line = lineText
		}
	case x.line == lineBlank && bytes.IndexByte(text, 0) >= 0:
		x.line = lineNULs
	}
}

// endLine rejects the line that ends if it has something and no event.
func (x *xmlReader) endLine() {
	reason := ""
	switch {
	case x.line == lineNULs && !x.behind:
		reason = reasonOnlyNULs
	case x.line >= lineMarkup && x.behind:
		reason = reasonBehind
	case x.line == lineMarkup && !x.markup:
		reason = reasonOutside
	case x.line == lineText:
		reason = reasonNoEvent
	}
	if reason != "" {
		x.number++
		x.reject(x.number, reason)
	}
	x.markup = x.line == lineMarkup || x.markup && x.line != lineText
	x.line, x.tag, x.behind = lineBlank, false, false
}

// end takes what stands at the end of the text, where err ended it.
func (x *xmlReader) end(err error) {
	switch {
	case x.start >= 0 && errors.Is(err, io.EOF):
		x.reject(x.number, reasonCutOff)
		return
	case x.start >= 0:
		x.reject(x.number, explain(err))
		return
	case !x.inside:
		switch rest := x.buf[x.pos:x.n]; { // the beginning of a tag
		case bytes.HasPrefix(rest, []byte("</")):
			x.line = max(x.line, lineTags)
		case len(rest) > 0: // perhaps an event's
			x.line = max(x.line, lineMarkup)
		}
		x.endLine()
	}
	if !errors.Is(err, io.EOF) {
		x.number++
		x.reject(x.number, explain(err))
	}
}

// tagKind is what a tag is to events.
type tagKind int

const (
	tagOther tagKind = iota
	tagOpen          // <Event>, <e:Event …>
	tagClose         // </Event>
	tagCut           // the bytes end before it can be told
)

// maxTag is the length up to which the name of a tag may be an event's.
const maxTag = 64

// tagAt says what the tag is at the beginning of a text, and of </Event> how
// long it is.
func tagAt(text []byte) (kind tagKind, size int) {
	name := 1
	if len(text) > 1 && text[1] == '/' {
		name = 2
	}
	for i := name; i < len(text) && i < maxTag; i++ {
		switch text[i] {
		case '<', '&', '"', '=':
			return tagOther, 0
		case '>', '/', ' ', '\t', '\r', '\n':
			switch {
			case !isEventName(text[name:i]) || text[i] == '/':
				return tagOther, 0
			case name == 1:
				return tagOpen, 0
			}
			return closes(text, i)
		}
	}
	if len(text) >= maxTag {
		return tagOther, 0
	}
	return tagCut, 0
}

// closes looks for the end of a closing tag whose name ends at i.
func closes(text []byte, i int) (tagKind, int) {
	for ; i < len(text) && i < maxTag; i++ {
		switch text[i] {
		case '>':
			return tagClose, i + 1
		case ' ', '\t', '\r', '\n':
		default:
			return tagOther, 0
		}
	}
	if i == maxTag {
		return tagOther, 0
	}
	return tagCut, 0
}

// isEventName is true for Event and prefix:Event.
func isEventName(name []byte) bool {
	rest, ok := bytes.CutSuffix(name, []byte("Event"))
	if !ok || len(rest) == 0 {
		return ok
	}
	return len(rest) > 1 && bytes.IndexByte(rest, ':') == len(rest)-1
}

// looksXMLEvents says whether a text holds Windows events as XML, or those of
// Sysmon for Linux: an <Event> that begins with <System>, in a document or
// behind what syslog writes before a message. One in the field of a table
// is not meant.
func looksXMLEvents(head []byte) bool {
	for from := 0; ; {
		i := bytes.IndexByte(head[from:], '<')
		if i < 0 {
			return false
		}
		from += i
		if kind, _ := tagAt(head[from:]); kind == tagOpen && beginsEvent(head[from:]) {
			line := head[bytes.LastIndexByte(head[:from], '\n')+1 : from]
			before := bytes.Trim(line, around)
			if len(before) == 0 || before[0] == '<' && before[len(before)-1] == '>' {
				return true
			}
			if _, _, ok := cutSyslog(before); ok {
				return true
			}
		}
		from++
	}
}

// beginsEvent says that the first element inside a tag is <System>.
func beginsEvent(text []byte) bool {
	end := bytes.IndexByte(text[:min(len(text), 1<<10)], '>')
	if end < 0 {
		return false
	}
	inner := bytes.TrimLeft(text[end+1:], around)
	name, ok := bytes.CutPrefix(inner, []byte("<"))
	name = name[:min(len(name), maxTag)]
	if colon := bytes.IndexByte(name, ':'); colon >= 0 && colon < bytes.IndexByte(name, '>') {
		name = name[colon+1:]
	}
	return ok && (bytes.HasPrefix(name, []byte("System>")) || bytes.HasPrefix(name, []byte("System ")))
}
