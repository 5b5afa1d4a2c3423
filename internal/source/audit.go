package source

import (
	"bytes"
	"errors"
	"io"
)

const reasonNotAudit = "not a line of an audit log"

const (
	// maxOpenAudit is how many events may have begun before the oldest of them
	// is taken for complete. The kernel writes the lines of one event in a row;
	// those of other processors come in between.
	maxOpenAudit = 128
	// maxAuditID is the length of the longest time and serial number in use:
	// those that ausearch prints in words.
	maxAuditID = 64
)

// readAudit reads the log of the Linux audit system. One event is several
// lines that share the time and serial number in `msg=audit(…)`; lines of other
// events stand between them. A record is all lines of one event, each as
//
//	node=HOST type=NAME msg=audit(TIME:SERIAL): fields
//
// whatever syslog wrote before it; node is left out where neither the line nor
// syslog names a host. An excerpt without msg=audit(…) is put together by the
// order of its lines. A record's number is the line it begins in, and records
// come in that order. A line that is none of these is rejected.
func readAudit(r io.Reader, s *sink) error {
	a := auditReader{lines: textLines{window: newWindow(r, s)}, out: &composer{s: s}, limit: s.limit}
	err := a.run()
	if errors.Is(err, errStopped) {
		return err
	}
	for len(a.queue) > 0 {
		if stop := a.pop(); stop != nil {
			return stop
		}
	}
	if !errors.Is(err, io.EOF) {
		if stop := a.out.reject(a.lines.number+1, explain(err)); stop != nil {
			return stop
		}
	}
	return a.out.finish()
}

// auditReader holds the events whose last line may still come, oldest first,
// and between them the lines that are rejected.
type auditReader struct {
	lines textLines
	out   *composer
	limit int
	queue []*auditEvent
	held  int // bytes of text in the queue
	free  []*auditEvent
	err   error // what a consumer said that wants no more
}

// auditEvent is one event, or one rejected line.
type auditEvent struct {
	number int64
	node   []byte
	id     []byte // as it stands between the brackets; empty where there is none
	text   []byte
	done   bool   // no further line belongs to it
	reason string // of a rejected line
}

// run reads to the end and returns what ended it.
func (a *auditReader) run() error {
	for {
		line, err := a.lines.next()
		if err != nil {
			return err
		}
		if a.lines.long {
			a.reject(reasonTooLong(a.limit))
		} else {
			a.line(line)
		}
		if a.err != nil {
			return a.err
		}
	}
}

// line takes one line.
func (a *auditReader) line(text []byte) {
	body := bytes.Trim(text, around)
	if len(body) == 0 {
		if bytes.IndexByte(text, 0) >= 0 {
			a.reject(reasonOnlyNULs)
		}
		return
	}
	if string(body) == "----" || bytes.HasPrefix(body, []byte("time->")) {
		return // what ausearch prints between events
	}
	l, ok := parseAudit(body)
	if !ok {
		a.reject(reasonNotAudit)
		return
	}
	e := a.find(l)
	if e != nil && len(e.text)+l.size() > a.limit {
		e.done, e = true, nil // the rest of it is a record of its own
	}
	if e == nil {
		e = a.begin(l)
	}
	before := len(e.text)
	e.text = l.appendTo(e.text)
	a.held += len(e.text) - before
	e.done = string(l.kind) == "EOE"
	a.drain()
}

// find returns the open event that a line belongs to, or nil.
func (a *auditReader) find(l auditLine) *auditEvent {
	for i := len(a.queue) - 1; i >= 0; i-- {
		e := a.queue[i]
		if len(l.id) == 0 {
			// Without a number a line belongs to the one above it.
			if e.done || e.reason != "" || len(e.id) > 0 || !joinsAbove[string(l.kind)] {
				return nil
			}
			return e
		}
		if !e.done && bytes.Equal(e.id, l.id) && bytes.Equal(e.node, l.node) {
			return e
		}
	}
	return nil
}

// begin opens an event, or the place of a rejected line.
func (a *auditReader) begin(l auditLine) *auditEvent {
	e := &auditEvent{}
	if n := len(a.free); n > 0 {
		e, a.free = a.free[n-1], a.free[:n-1]
	}
	*e = auditEvent{
		number: a.lines.number, node: append(e.node[:0], l.node...),
		id: append(e.id[:0], l.id...), text: e.text[:0],
	}
	a.queue = append(a.queue, e)
	return e
}

func (a *auditReader) reject(reason string) {
	e := a.begin(auditLine{})
	e.done, e.reason = true, reason
	a.drain()
}

// drain hands on the oldest events: those that are complete, and as many as
// are too many to be held.
func (a *auditReader) drain() {
	for a.err == nil && len(a.queue) > 0 &&
		(a.queue[0].done || len(a.queue) > maxOpenAudit || a.held > a.limit) {
		a.err = a.pop()
	}
}

// pop hands on the oldest event.
func (a *auditReader) pop() error {
	e := a.queue[0]
	n := copy(a.queue, a.queue[1:])
	a.queue = a.queue[:n]
	a.held -= len(e.text)
	if cap(e.text) <= 64<<10 && len(a.free) < maxOpenAudit {
		a.free = append(a.free, e)
	}
	if e.reason != "" {
		return a.out.reject(e.number, e.reason)
	}
	return a.out.keep(append(a.out.text(), e.text...), e.number)
}

// auditLine is a line taken apart.
type auditLine struct{ node, kind, id, fields []byte }

// size is at least what the line adds to its event's text.
func (l auditLine) size() int {
	return len(l.node) + len(l.kind) + len(l.id) + len(l.fields) + len("\nnode= type= msg=audit(): ")
}

// appendTo adds the line to its event's text.
func (l auditLine) appendTo(text []byte) []byte {
	if len(text) > 0 {
		text = append(text, '\n')
	}
	if len(l.node) > 0 {
		text = append(append(append(text, "node="...), l.node...), ' ')
	}
	text = append(append(append(text, "type="...), l.kind...), ' ')
	if len(l.id) > 0 {
		text = append(append(append(text, "msg=audit("...), l.id...), "): "...)
	}
	return append(text, l.fields...)
}

// parseAudit takes a line apart. ok is false for a line of anything else.
func parseAudit(line []byte) (l auditLine, ok bool) {
	if !bytes.HasPrefix(line, []byte("type=")) && !bytes.HasPrefix(line, []byte("node=")) {
		host, message, ok := cutSyslog(line)
		if !ok {
			return bareAudit(line)
		}
		l.node = host
		at := wordAt(message, "node=")
		if t := wordAt(message, "type="); at < 0 || t >= 0 && t < at {
			at = t
		}
		if at < 0 {
			bare, ok := bareAudit(message)
			bare.node = host
			return bare, ok
		}
		line = message[at:]
	}
	if rest, ok := bytes.CutPrefix(line, []byte("node=")); ok {
		l.node, line, _ = bytes.Cut(rest, []byte(" "))
	}
	rest, ok := bytes.CutPrefix(line, []byte("type="))
	if !ok {
		return l, false
	}
	l.kind, rest, ok = bytes.Cut(rest, []byte(" "))
	if !ok || len(l.kind) == 0 || len(l.kind) > maxAuditID {
		return l, false
	}
	if name, ok := auditNumbers[string(l.kind)]; ok {
		l.kind = []byte(name)
	}
	l.id, l.fields, ok = cutAuditID(rest)
	return l, ok && (len(l.id) > 0 || bytes.IndexByte(l.fields, '=') > 0)
}

// cutAuditID cuts `msg=audit(TIME:SERIAL): ` off. Without it the id is empty.
func cutAuditID(text []byte) (id, fields []byte, ok bool) {
	rest, ok := bytes.CutPrefix(bytes.TrimPrefix(text, []byte("msg=")), []byte("audit("))
	if !ok {
		return nil, text, true
	}
	end := bytes.IndexByte(rest[:min(len(rest), maxAuditID)], ')')
	if end <= 0 || bytes.IndexByte(rest[:end], ':') < 0 {
		return nil, nil, false
	}
	fields, ok = bytes.CutPrefix(bytes.TrimLeft(rest[end+1:], " "), []byte(":"))
	return rest[:end], bytes.TrimLeft(fields, " "), ok
}

// bareAudit reads a line that begins with the type's bare name, as excerpts
// and the journal print it: `PATH item=0 name=…`, `audit[12]: PATH item=0 …`.
func bareAudit(line []byte) (l auditLine, ok bool) {
	if rest, ok := bytes.CutPrefix(line, []byte("audit")); ok {
		if end := bytes.Index(rest[:min(len(rest), 16)], []byte(": ")); end >= 0 {
			line = rest[end+2:]
		}
	}
	kind, fields, ok := bytes.Cut(line, []byte(" "))
	if !ok || bytes.IndexByte(fields, '=') <= 0 || !auditNames[string(kind)] {
		return auditLine{}, false
	}
	return auditLine{kind: kind, fields: fields}, true
}

// wordAt is where a word begins that follows a space or stands first, or -1.
func wordAt(text []byte, word string) int {
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte(word))
		if i < 0 {
			return -1
		}
		if i += from; i == 0 || text[i-1] == ' ' {
			return i
		}
		from = i + 1
	}
}

// looksAudit says whether a text is an audit log: one of its lines is one with
// a serial number, or most are lines of an excerpt without. It is not asked
// whether all are: a file of syslog has other lines too.
func looksAudit(head []byte) bool {
	lines, bare := 0, 0
	for line := range bytes.Lines(head) {
		body := bytes.Trim(line, around)
		if len(body) == 0 || string(body) == "----" || bytes.HasPrefix(body, []byte("time->")) {
			continue
		}
		lines++
		switch l, ok := parseAudit(body); {
		case ok && len(l.id) > 0:
			return true
		case ok:
			bare++
		}
	}
	return bare > 0 && 2*bare >= lines
}

// auditNumbers are the types that the kernel writes as numbers where no daemon
// gives them names, as far as they say something about processes, files,
// services and users.
var auditNumbers = map[string]string{
	"1006": "LOGIN",
	"1100": "USER_AUTH", "1101": "USER_ACCT", "1102": "USER_MGMT", "1103": "CRED_ACQ", "1104": "CRED_DISP",
	"1105": "USER_START", "1106": "USER_END", "1107": "USER_AVC", "1108": "USER_CHAUTHTOK", "1109": "USER_ERR",
	"1110": "CRED_REFR", "1112": "USER_LOGIN", "1113": "USER_LOGOUT", "1114": "ADD_USER", "1115": "DEL_USER",
	"1116": "ADD_GROUP", "1117": "DEL_GROUP", "1123": "USER_CMD", "1124": "USER_TTY",
	"1127": "SYSTEM_BOOT", "1128": "SYSTEM_SHUTDOWN", "1129": "SYSTEM_RUNLEVEL",
	"1130": "SERVICE_START", "1131": "SERVICE_STOP",
	"1300": "SYSCALL", "1302": "PATH", "1303": "IPC", "1304": "SOCKETCALL", "1305": "CONFIG_CHANGE",
	"1306": "SOCKADDR", "1307": "CWD", "1309": "EXECVE", "1311": "IPC_SET_PERM", "1317": "FD_PAIR",
	"1318": "OBJ_PID", "1319": "TTY", "1320": "EOE", "1321": "BPRM_FCAPS", "1322": "CAPSET", "1323": "MMAP",
	"1325": "NETFILTER_CFG", "1326": "SECCOMP", "1327": "PROCTITLE", "1328": "FEATURE_CHANGE",
	"1330": "KERN_MODULE", "1331": "FANOTIFY", "1334": "BPF", "1337": "OPENAT2",
	"1400": "AVC", "1401": "SELINUX_ERR",
}

// auditNames are the types known by name.
var auditNames = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range auditNumbers {
		names[name] = true
	}
	return names
}()

// joinsAbove are the types that never stand alone: a line of one of them
// belongs to the line above it, where no number says to which.
var joinsAbove = map[string]bool{
	"PATH": true, "CWD": true, "EXECVE": true, "PROCTITLE": true, "SOCKADDR": true, "SOCKETCALL": true,
	"FD_PAIR": true, "OBJ_PID": true, "BPRM_FCAPS": true, "CAPSET": true, "MMAP": true, "IPC": true,
	"IPC_SET_PERM": true, "OPENAT2": true, "KERN_MODULE": true, "FANOTIFY": true, "EOE": true,
}

// textLines reads lines that are only looked at, one after the other.
type textLines struct {
	*window
	start   int   // of the line to come
	scanned int   // no line ends before this
	number  int64 // of the line that next has returned
	long    bool  // it is longer than a record may be, and next has returned none of it
	ended   error
}

// next returns the next line without its end, or what ended the text.
func (l *textLines) next() ([]byte, error) {
	if l.ended != nil {
		return nil, l.ended
	}
	l.long = false
	for {
		if i := bytes.IndexByte(l.buf[l.scanned:l.n], '\n'); i >= 0 {
			return l.cut(l.scanned+i, l.scanned+i+1), nil
		}
		l.scanned = l.n
		if l.long = l.long || l.n-l.start > l.s.limit; l.long {
			l.start = l.n
		}
		by, err := l.more(l.start)
		l.start -= by
		l.scanned -= by
		if err == nil {
			continue
		}
		l.ended = err
		if !errors.Is(err, io.EOF) || l.n == l.start && !l.long {
			return nil, err
		}
		return l.cut(l.n, l.n), nil
	}
}

// cut ends the present line and returns it.
func (l *textLines) cut(end, next int) []byte {
	line := l.buf[l.start:end]
	l.number++
	l.start, l.scanned = next, next
	if l.long || len(line) > l.s.limit {
		l.long = true
		return nil
	}
	return line
}
