package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"smew/internal/engine"
)

// auditEventLines are one event as auditd writes it.
func auditEventLines(serial int) []string {
	id := fmt.Sprintf("msg=audit(1551485718.785:%d): ", serial)
	return []string{
		"type=SYSCALL " + id + `arch=c000003e syscall=59 success=yes exit=0 pid=16871 comm="sh" exe="/bin/sh"`,
		"type=EXECVE " + id + `argc=1 a0="sh"`,
		"type=CWD " + id + `cwd="/root"`,
		"type=PROCTITLE " + id + `proctitle="sh"`,
	}
}

func TestAuditLines(t *testing.T) {
	one, two := auditEventLines(1), auditEventLines(2)
	tests := []struct {
		name string
		text []string
		want []row
	}{
		{"one event", one, []row{good(1, strings.Join(one, "\n"))}},
		{
			"interleaved",
			[]string{one[0], two[0], one[1], two[1], two[2], one[2], one[3], two[3]},
			[]row{good(1, strings.Join(one, "\n")), good(2, strings.Join(two, "\n"))},
		},
		{
			"a line that is none keeps its place",
			[]string{one[0], "hello world", one[1], "", "\x00\x00", two[0]},
			[]row{good(1, one[0]+"\n"+one[1]), bad(2, reasonNotAudit), bad(5, reasonOnlyNULs), good(6, two[0])},
		},
		{
			"EOE ends an event: what follows under its number is another copy",
			[]string{one[0], "type=EOE msg=audit(1551485718.785:1): ", one[0]},
			[]row{good(1, one[0]+"\ntype=EOE msg=audit(1551485718.785:1): "), good(3, one[0])},
		},
		{
			"nodes have numbers of their own",
			[]string{"node=a " + one[0], "node=b " + one[0], "node=a " + one[1]},
			[]row{good(1, "node=a "+one[0]+"\nnode=a "+one[1]), good(2, "node=b "+one[0])},
		},
		{
			"syslog, its host for the node, and numbers for types",
			[]string{
				"Feb  6 13:10:59 web01 audispd: " + one[0],
				"<134>Feb 16 2022 13:10:59 web01 audispd[12]: " + one[1] + "\r",
				"2022-02-06T13:10:59.123456+01:00 web01 kernel: [ 12.5] audit: type=1307 audit(1551485718.785:1): cwd=\"/root\"",
				"<13>1 2022-02-06T13:10:59.1Z web01 audisp-syslog - - - node=db02 " + one[3],
				"Feb  6 13:10:59 audit: " + one[3],
			},
			[]row{
				good(1, "node=web01 "+one[0]+"\nnode=web01 "+one[1]+"\nnode=web01 "+one[2]),
				good(4, "node=db02 "+one[3]),
				good(5, one[3]),
			},
		},
		{
			"ausearch, with the last line first",
			[]string{"----", "time->Sat Mar  2 00:15:18 2019", one[3], one[0], "----", two[0]},
			[]row{good(3, one[3]+"\n"+one[0]), good(6, two[0])},
		},
		{
			"ausearch -i",
			[]string{"type=SYSCALL msg=audit(03/02/2019 00:15:18.785:324) : arch=x86_64 syscall=execve"},
			[]row{good(1, "type=SYSCALL msg=audit(03/02/2019 00:15:18.785:324): arch=x86_64 syscall=execve")},
		},
		{
			"an excerpt without numbers: a call and what goes with it",
			[]string{
				`SYSCALL arch=c000003e syscall=257 exe="/usr/bin/bash"`, `PATH item=0 name="/etc"`, `PROCTITLE proctitle="bash"`,
				`type=SYSCALL arch=c000003e syscall=2`, `SERVICE_START pid=1`, `CWD cwd="/"`,
				`Feb 06 13:10:59 web01 audit[27]: SYSCALL arch=c000003e syscall=87`, `Feb 06 13:10:59 web01 audit: PATH item=0`,
			},
			[]row{
				good(1, "type=SYSCALL arch=c000003e syscall=257 exe=\"/usr/bin/bash\"\ntype=PATH item=0 name=\"/etc\"\ntype=PROCTITLE proctitle=\"bash\""),
				good(4, "type=SYSCALL arch=c000003e syscall=2"),
				good(5, "type=SERVICE_START pid=1\ntype=CWD cwd=\"/\""),
				good(7, "node=web01 type=SYSCALL arch=c000003e syscall=87\nnode=web01 type=PATH item=0"),
			},
		},
		{
			"what only resembles one",
			[]string{"type=SYSCALL", "type= msg=audit(1.0:1): x", "type=A msg=audit(1.0): x", "SYSTEM started=1", `{"type":"SYSCALL"}`, "type=A msg=audit(" + strings.Repeat("1", 99) + ":1): x", "x type=A msg=audit(1.0:1): x"},
			[]row{bad(1, reasonNotAudit), bad(2, reasonNotAudit), bad(3, reasonNotAudit), bad(4, reasonNotAudit), bad(5, reasonNotAudit), bad(6, reasonNotAudit), bad(7, reasonNotAudit)},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Join(test.text, "\n")
			same(t, "records", collect(t, readAudit, strings.NewReader(text), 1<<16), test.want)
			same(t, "with an end of the last line", collect(t, readAudit, strings.NewReader(text+"\n"), 64), test.want)
		})
	}
}

// An event stays open while others begin, but not for ever.
func TestAuditEventsOpen(t *testing.T) {
	for _, test := range []struct{ between, want int }{{maxOpenAudit - 1, maxOpenAudit}, {maxOpenAudit + 1, maxOpenAudit + 3}} {
		lines := []string{auditEventLines(0)[0]}
		for i := range test.between {
			lines = append(lines, auditEventLines(i + 1)[0])
		}
		lines = append(lines, auditEventLines(0)[1])
		rows := collect(t, readAudit, strings.NewReader(strings.Join(lines, "\n")), 1<<16)
		if len(rows) != test.want {
			t.Errorf("%d records with %d events between, want %d", len(rows), test.between, test.want)
		}
	}
}

func smallSink(c *collected, limit int) *sink {
	s := c.sink(64)
	s.limit = limit
	return s
}

// What is too large is cut in pieces or rejected, and what follows is read.
func TestAuditLimits(t *testing.T) {
	long := "type=EXECVE msg=audit(1.0:1): a0=" + strings.Repeat("41", 400)
	small := `type=EXECVE msg=audit(1.0:1): a1="b"`
	var c collected
	text := strings.Join([]string{long, small, long[:400], long[:400], small}, "\n")
	if err := readAudit(strings.NewReader(text), smallSink(&c, 500)); err != nil {
		t.Fatal(err)
	}
	same(t, "records", c.rows, []row{
		bad(1, reasonTooLong(500)), good(2, small+"\n"+long[:400]), good(4, long[:400]+"\n"+small),
	})

	c = collected{}
	if err := readAudit(io.MultiReader(strings.NewReader(small+"\n"+small[:20]), iotest.ErrReader(errTest)), smallSink(&c, 500)); err != nil {
		t.Fatal(err)
	}
	same(t, "an error in the file", c.rows, []row{good(1, small), bad(2, explain(errTest))})

	stop := func(*engine.Block) error { return errStopped }
	s := smallSink(&c, 500)
	s.give = stop
	if err := readAudit(strings.NewReader(strings.Repeat(small+"\n", 1000)), s); !errors.Is(err, errStopped) {
		t.Errorf("stopped: %v", err)
	}
}

// 100 MB of lines that never end an event are read in little memory.
func TestAuditMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 100 MB")
	}
	line := []byte("type=EXECVE msg=audit(1.0:1): a0=" + strings.Repeat("41", 2000) + "\n")
	var c collected
	s := c.sink(defaultBlock)
	s.give = func(*engine.Block) error { return nil }
	peak := peakHeap(func() {
		if err := readAudit(io.LimitReader(&repeating{text: line}, 100<<20), s); err != nil {
			t.Fatal(err)
		}
	})
	if peak > 200<<20 {
		t.Errorf("%d MiB at the peak", peak>>20)
	}
}

// repeating is one text again and again.
type repeating struct {
	text []byte
	at   int
}

func (r *repeating) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		m := copy(p[n:], r.text[r.at:])
		n += m
		r.at = (r.at + m) % len(r.text)
	}
	return n, nil
}

func TestLooksAudit(t *testing.T) {
	line := auditEventLines(1)[0]
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"auditd", line, true},
		{"syslog", "Feb  6 13:10:58 web01 sshd[1]: hello\nFeb  6 13:10:59 web01 kernel: audit: type=1300 audit(1.0:1): arch=c000003e", true},
		{"excerpt", "SYSCALL arch=c000003e syscall=257\nPATH item=0 name=\"/etc/\"", true},
		{"ausearch", "----\ntime->Sat Mar  2 00:15:18 2019\n" + line, true},
		{"CSV with audit messages", "TimeGenerated,Computer,SyslogMessage\n2022-05-11T18:10:20.4Z,web01,\"" + line + "\"", false},
		{"JSON with audit messages", `{"SyslogMessage":"` + line + `"}`, false},
		{"prose", "PATH is a variable, e.g. PATH=/bin\nmore\nand more\n", false},
		{"syslog of other programs", "Feb  6 13:10:58 web01 sshd[1]: type=A\n", false},
		{"nothing", "", false},
	} {
		if got := looksAudit([]byte(test.text)); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestCutSyslog(t *testing.T) {
	for _, test := range []struct {
		line, host, message string
		ok                  bool
	}{
		{"Feb  6 13:10:59 web01 sshd[1]: hi", "web01", "sshd[1]: hi", true},
		{"Feb 16 2022 13:10:59 web01 sshd: hi", "web01", "sshd: hi", true},
		{"Feb 16 13:10:59.123 web01 sshd: hi", "web01", "sshd: hi", true},
		{"<13>Feb 16 13:10:59 web01 sshd: hi", "web01", "sshd: hi", true},
		{"<13>1 2022-02-06T13:10:59.5Z web01 app 1 - - hi", "web01", "app 1 - - hi", true},
		{"<13>1 2022-02-06T13:10:59.5Z - app 1 - - hi", "", "app 1 - - hi", true},
		{"2022-02-06 13:10:59 web01 app: hi", "web01", "app: hi", true},
		{"2022-02-06T13:10:59+0100 app: hi", "", "app: hi", true},
		{"Fub 16 13:10:59 web01 hi", "", "", false},
		{"ebM 16 13:10:59 web01 hi", "", "", false},
		{"Feb 16 13:10 web01 hi", "", "", false},
		{"2022-02-06T13:10:59Z,web01,hi", "", "", false},
		{"2022-02-06T13:10:59Z", "", "", false},
		{"<999999>Feb 16 13:10:59 web01 hi", "", "", false},
		{"<", "", "", false},
		{"", "", "", false},
	} {
		host, message, ok := cutSyslog([]byte(test.line))
		if string(host) != test.host || string(message) != test.message || ok != test.ok {
			t.Errorf("%q: %q %q %v", test.line, host, message, ok)
		}
	}
}

// FuzzAudit: every line is in a record or rejected, however the text comes in.
func FuzzAudit(f *testing.F) {
	for _, s := range []string{
		strings.Join(auditEventLines(7), "\n"),
		"Feb  6 13:10:59 web01 audispd: node=a " + strings.Join(auditEventLines(7), "\r\n"),
		"----\ntime->x\nSYSCALL a=b\nPATH c=d\ntype=EOE msg=audit(1.0:1): \n\x00\n",
		"<134>1 2022-02-06T13:10:59.1Z - kernel: audit: type=1300 audit(1.0:1): a=b\x1dUID=\"root\"",
		"node= type=A msg=audit(:): ", "<1>", "node=a node=b type=A audit(1:2):",
	} {
		f.Add([]byte(s))
	}
	addRecordings(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		rows := collect(t, readAudit, bytes.NewReader(data), 1<<16)
		same(t, "byte by byte", collect(t, readAudit, iotest.OneByteReader(bytes.NewReader(data)), 16), rows)
		var small collected
		if err := readAudit(newText(bytes.NewReader(data), ""), smallSink(&small, 48)); err != nil {
			t.Fatal(err)
		}
		looksAudit(data)
		checkNumbers(t, rows, false)
		checkNumbers(t, small.rows, false)

		text, _ := io.ReadAll(newText(bytes.NewReader(data), ""))
		var want, wantBad []string
		for _, line := range strings.Split(string(text), "\n") {
			body := strings.Trim(line, around)
			switch l, ok := parseAudit([]byte(body)); {
			case ok:
				want = append(want, string(l.appendTo(nil)))
			case body == "" && strings.Contains(line, "\x00"):
				wantBad = append(wantBad, reasonOnlyNULs)
			case body != "" && body != "----" && !strings.HasPrefix(body, "time->"):
				wantBad = append(wantBad, reasonNotAudit)
			}
		}
		var got, gotBad []string
		for _, r := range rows {
			if r.Reason != "" {
				gotBad = append(gotBad, r.Reason)
				continue
			}
			got = append(got, strings.Split(r.Text, "\n")...)
		}
		slices.Sort(want)
		slices.Sort(got)
		same(t, "lines in records", got, want)
		same(t, "lines rejected", gotBad, wantBad)
	})
}

// checkNumbers checks what holds for the records of every text: numbers rise, or
// count up from 1, and a record has either text or a reason.
func checkNumbers(t testing.TB, rows []row, count bool) {
	t.Helper()
	last := int64(0)
	for _, r := range rows {
		switch {
		case r.Number <= last, count && r.Number != last+1:
			t.Errorf("number %d after %d", r.Number, last)
		case (r.Reason == "") == (r.Text == ""):
			t.Errorf("record %d has the text %q and the reason %q", r.Number, r.Text, r.Reason)
		case !utf8.ValidString(r.Text):
			t.Errorf("record %d is no UTF-8: %q", r.Number, r.Text)
		}
		last = r.Number
	}
}

// Every line of a real log is in a record, and an event is one record.
func TestAuditCorpus(t *testing.T) {
	text := readFile(t, shared(t, "corpus/msticpy/auditd_log.txt"))
	if !looksAudit([]byte(text)) {
		t.Error("not recognised")
	}
	lines, ids := 0, map[string]bool{}
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(line, "audit(")
		id, _, _ := strings.Cut(rest, ")")
		ids[id] = true
		lines++
	}
	got := 0
	rows := collect(t, readAudit, strings.NewReader(text), 1<<16)
	for _, r := range rows {
		if r.Reason != "" {
			t.Errorf("line %d: %s", r.Number, r.Reason)
		}
		got += strings.Count(r.Text, "\n") + 1
	}
	if got != lines || len(rows) != len(ids) || lines != 1708 {
		t.Errorf("%d of %d lines in %d records for %d events", got, lines, len(rows), len(ids))
	}

	excerpt := readFile(t, shared(t, "corpus/linux_pberba/systemd_auditd_1.txt"))
	if !looksAudit([]byte(excerpt)) {
		t.Error("the excerpt is not recognised")
	}
	rows = collect(t, readAudit, strings.NewReader(excerpt), 1<<16)
	if len(rows) != 1 || strings.Count(rows[0].Text, "\n") != 3 {
		t.Errorf("the excerpt is %+v", rows)
	}
}
