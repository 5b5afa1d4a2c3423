package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"smew/internal/engine"
)

const (
	xmlOne = `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><EventID>1</EventID></System><EventData><Data Name="A">x &lt;/Event&gt;</Data></EventData></Event>`
	xmlTwo = "<e:Event>\n  <e:System>\n    <e:EventID>2</e:EventID>\n  </e:System>\n</e:Event >"
)

func TestXMLEvents(t *testing.T) {
	tests := []struct {
		name, text string
		want       []row
	}{
		{"one", xmlOne, []row{good(1, xmlOne)}},
		{"several in one line", xmlOne + xmlTwo + xmlOne, []row{good(1, xmlOne), good(2, xmlTwo), good(3, xmlOne)}},
		{
			"a document",
			"<?xml version=\"1.0\"?>\r\n<Events>\r\n" + xmlTwo + "\r\n\r\n" + xmlOne + "</Events>\r\n",
			[]row{good(1, xmlTwo), good(2, xmlOne)},
		},
		{
			"syslog",
			"Feb  6 13:10:59 web01 sysmon: " + xmlOne + "\nFeb  6 13:10:59 web01 sshd[1]: hello\nFeb  6 13:10:59 web01 sysmon: " + xmlOne + "\n",
			[]row{good(1, xmlOne), bad(2, reasonNoEvent), good(3, xmlOne)},
		},
		{
			"broken off by a limit on the length of lines",
			"Feb  6 13:10:59 web01 sysmon: " + xmlOne[:80] + "\nFeb  6 13:10:59 web01 sysmon: " + xmlOne + "\n" + xmlOne[:99],
			[]row{bad(1, reasonEventAgain), good(2, xmlOne), bad(3, reasonCutOff)},
		},
		{
			"the end of one whose beginning is missing, once however many lines it has",
			"<Data>a</Data>\n<Data>b</Data>\n<Data>\n</Event>\n" + xmlOne + "\n<Data>c</Data>",
			[]row{bad(1, reasonOutside), good(2, xmlOne), bad(3, reasonOutside)},
		},
		{
			"an end inside the text of an event that was not escaped",
			`<Event><System/><Data>echo </Event> <x></Data></Event>` + "\n" + xmlOne,
			[]row{good(1, `<Event><System/><Data>echo </Event>`), good(2, xmlOne)},
		},
		{
			"text behind an event",
			xmlOne + " and more\n" + xmlOne + "\n",
			[]row{good(1, xmlOne), bad(2, reasonBehind), good(3, xmlOne)},
		},
		{"other elements", "<Events><EventData/><EventID>\n</EventID><:Event><a:b:Event><EventX></EventX></Events>", nil},
		{"NUL bytes", "\x00\x00\n" + xmlOne + "\x00\n\n", []row{bad(1, reasonOnlyNULs), good(2, xmlOne)}},
		{"a tag without an end", "a <b\nc\n<d", []row{bad(1, reasonNoEvent), bad(2, reasonNoEvent), bad(3, reasonOutside)}},
		{"nothing", "\n \r\n", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			same(t, "records", collect(t, readXMLEvents, strings.NewReader(test.text), 1<<16), test.want)
			same(t, "byte by byte", collect(t, readXMLEvents, iotest.OneByteReader(strings.NewReader(test.text)), 16), test.want)
		})
	}
}

func TestXMLEventLimits(t *testing.T) {
	long := "<Event>" + strings.Repeat("<Data>x</Data>", 100) + "</Event>"
	var c collected
	text := "<Event></Event>" + long + "<Event></Event>" + long[:900] + "\n<Event>a</Event>"
	if err := readXMLEvents(strings.NewReader(text), smallSink(&c, 300)); err != nil {
		t.Fatal(err)
	}
	same(t, "records", c.rows, []row{
		good(1, "<Event></Event>"), bad(2, reasonTooLong(300)), good(3, "<Event></Event>"),
		bad(4, reasonTooLong(300)), good(5, "<Event>a</Event>"),
	})
	for _, test := range []struct {
		before string
		want   []row
	}{
		{"<Event>a", []row{bad(1, explain(errTest))}},
		{"<Event>a</Event>", []row{good(1, "<Event>a</Event>"), bad(2, explain(errTest))}},
		{"a", []row{bad(1, reasonNoEvent), bad(2, explain(errTest))}},
	} {
		c = collected{}
		if err := readXMLEvents(io.MultiReader(strings.NewReader(test.before), iotest.ErrReader(errTest)), smallSink(&c, 300)); err != nil {
			t.Fatal(err)
		}
		same(t, "an error behind "+test.before, c.rows, test.want)
	}
	s := smallSink(&c, 300)
	s.give = func(*engine.Block) error { return errStopped }
	if err := readXMLEvents(strings.NewReader(strings.Repeat("<Event>a</Event>", 1000)), s); !errors.Is(err, errStopped) {
		t.Errorf("stopped: %v", err)
	}
}

// An event without an end, and a line without one, are read in little memory.
func TestXMLEventMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 200 MB")
	}
	for _, text := range []string{"<Data>x</Data>", "x", "<"} {
		var c collected
		s := c.sink(defaultBlock)
		s.give = func(*engine.Block) error { return nil }
		in := io.MultiReader(strings.NewReader("<Event>"), io.LimitReader(&repeating{text: []byte(text)}, 100<<20))
		peak := peakHeap(func() {
			if err := readXMLEvents(in, s); err != nil {
				t.Fatal(err)
			}
		})
		if peak > 200<<20 {
			t.Errorf("%q: %d MiB at the peak", text, peak>>20)
		}
	}
}

func TestLooksXMLEvents(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       bool
	}{
		{"a document", "<?xml version=\"1.0\"?><Events>" + xmlOne, true},
		{"with a prefix", xmlTwo, true},
		{"syslog", "Feb  6 13:10:58 web01 sshd[1]: hello\nFeb  6 13:10:59 web01 sysmon: " + xmlOne, true},
		{"CSV with XML in a field", "TimeGenerated,SyslogMessage\n2022-05-11T18:10:20.4Z,\"" + xmlOne + "\"", false},
		{"CSV whose first column is XML", "SyslogMessage,TimeGenerated\n\"" + xmlOne + "\",x", false},
		{"JSON with XML in a field", `{"SyslogMessage":"` + xmlOne + `"}`, false},
		{"another XML", "<Events><Event><Name>x</Name></Event></Events>", false},
		{"prose", "use <Event> and <System>", false},
		{"nothing", "<", false},
	} {
		if got := looksXMLEvents([]byte(test.text)); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

// FuzzXMLEvents: records are what a simple reader finds in the whole text,
// however it comes in.
func FuzzXMLEvents(f *testing.F) {
	for _, s := range []string{
		xmlOne, xmlTwo + "\n" + xmlOne, "a" + xmlOne[:50] + xmlOne + " b\nc\n<d>e", "<Event\n></Event\n>",
		"<a:Event></b:Event><Event/><Event />", "<\n<<Event><<</Event></", "\x00\n</Event>\x00",
	} {
		f.Add([]byte(s))
	}
	addRecordings(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		rows := collect(t, readXMLEvents, bytes.NewReader(data), 1<<16)
		same(t, "byte by byte", collect(t, readXMLEvents, iotest.OneByteReader(bytes.NewReader(data)), 16), rows)
		var small collected
		if err := readXMLEvents(newText(bytes.NewReader(data), ""), smallSink(&small, 32)); err != nil {
			t.Fatal(err)
		}
		looksXMLEvents(data)
		checkNumbers(t, rows, true)
		checkNumbers(t, small.rows, true)
		text, _ := io.ReadAll(newText(bytes.NewReader(data), ""))
		same(t, "records", rows, xmlOracle(string(text)))
	})
}

var (
	eventTag = regexp.MustCompile(`<(/?)(?:[^<>/:&"= \t\r\n]+:)?Event(?:([ \t\r\n]*>)|([ \t\r\n]))`)
	anyTag   = regexp.MustCompile(`<[^<>]*>?`)
	cutTag   = regexp.MustCompile(`<[^<>&"=/ \t\r\n]*$`)
)

// xmlOracle finds all tags of events first, and looks at what is left line by line.
func xmlOracle(text string) (rows []row) {
	add := func(r row) {
		r.Number = int64(len(rows) + 1)
		rows = append(rows, r)
	}
	markup, behind, from, open := false, false, 0, -1
	rest := func(text string, before bool) {
		lines := strings.Split(text, "\n")
		if before {
			lines = lines[:len(lines)-1] // the last one is the next event's
		}
		for _, line := range lines {
			body := strings.Trim(line, around)
			bare := strings.Trim(anyTag.ReplaceAllString(line, ""), around)
			tag := strings.HasPrefix(body, "<")
			switch {
			case bare != "" && behind:
				add(bad(0, reasonBehind))
			case bare != "" && tag && !markup:
				add(bad(0, reasonOutside))
			case bare != "" && !tag:
				add(bad(0, reasonNoEvent))
			case body == "" && strings.Contains(line, "\x00") && !behind:
				add(bad(0, reasonOnlyNULs))
			}
			markup = tag && bare != "" || markup && (bare == "" || tag)
			behind = false
		}
	}
	for _, m := range eventTag.FindAllStringSubmatchIndex(text, -1) {
		closing, ends := m[2] < m[3], m[4] >= 0
		switch {
		case !closing && open >= 0:
			add(bad(0, reasonEventAgain))
			open = m[0]
		case !closing:
			rest(text[from:m[0]], true)
			markup, open = false, m[0]
		case ends && open >= 0:
			add(good(0, text[open:m[1]]))
			from, open, behind = m[1], -1, true
		}
	}
	if open >= 0 {
		add(bad(0, reasonCutOff))
	} else {
		// A tag that the text ends in may be an event's: it counts as text.
		tail := text[from:]
		if cut := cutTag.FindString(tail); 0 < len(cut) && len(cut) < maxTag {
			tail = strings.TrimSuffix(tail, cut) + "<x>x"
		}
		rest(tail, false)
	}
	return rows
}

// The events of Sysmon for Linux in an export of Log Analytics, as syslog has them.
func TestXMLEventsCorpus(t *testing.T) {
	export := readFile(t, shared(t, "corpus/otrf_log4shell_sentinel/syslog_sysmon_log4shell_cve2021_44228_jndi_reference_2022-05-11181020.json"))
	var log strings.Builder
	n := 0
	for line := range strings.Lines(export) {
		var r struct{ HostName, SyslogMessage string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		log.WriteString("May 11 18:10:20 " + r.HostName + " sysmon: " + r.SyslogMessage + "\n")
		n++
	}
	if !looksXMLEvents([]byte(log.String())) {
		t.Error("not recognised")
	}
	rows := collect(t, readXMLEvents, strings.NewReader(log.String()), 1<<12)
	for _, r := range rows {
		switch {
		case r.Number == 8: // syslog cut it off at 2,012 bytes
			same(t, "the event that is cut off", r, bad(8, reasonEventAgain))
		case r.Reason != "" || !strings.HasSuffix(r.Text, "</EventData></Event>"):
			t.Errorf("%+v", r)
		}
	}
	if len(rows) != n {
		t.Errorf("%d of %d", len(rows), n)
	}
	one := readFile(t, shared(t, "corpus/linux_pberba/generators_sysmon_1.xml"))
	same(t, "a document", collect(t, readXMLEvents, strings.NewReader(one), 1<<12), []row{good(1, strings.TrimSpace(one))})
}
