package evtx

import (
	"strings"
	"testing"
)

func event1(content ...part) part { return el("Event", content...) }
func data(content ...part) part   { return event1(el("EventData", content...)) }
func named(name string, content ...part) part {
	return el("Data", append([]part{attr("Name", txt(name))}, content...)...)
}

// What the elements of an event become.
func TestLayout(t *testing.T) {
	null := arg{kind: typeNull}
	tests := []struct {
		name string
		body part // of the template
		args []arg
		want string
	}{
		{
			name: "system",
			body: event1(
				attr("xmlns", txt("http://schemas.microsoft.com/win/2004/08/events/event")),
				el("System",
					el("Provider", attr("Name", txt("P\"")), attr("Guid", sub(0, typeGUID)), attr("EventSourceName", txt("S"))),
					el("EventID", attr("Qualifiers", opt(1, typeUint16)), opt(2, typeUint16)),
					el("Version", opt(3, typeUint8)),
					el("Level", txt("4")),
					el("Task", txt("x")),
					el("Opcode", sub(8, typeString)),
					el("Keywords", opt(4, typeHex64)),
					el("TimeCreated", attr("SystemTime", opt(5, typeFileTime))),
					el("EventRecordID", opt(6, typeUint64)),
					el("Correlation", attr("ActivityID", opt(7, typeGUID)), attr("RelatedActivityID", opt(0, typeGUID))),
					el("Execution", attr("ProcessID", txt("17")), attr("ThreadID", txt("007")), attr("SessionID", opt(3, typeUint8))),
					el("Channel", txt("C")), el("Computer", opt(8, typeString)), el("Security", attr("UserID", opt(9, typeSID))),
				),
			),
			args: []arg{
				raw(typeGUID, "5f3870572ac2e043bf4c06f5698ffbd9"), raw(typeUint16, "0040"), raw(typeUint16, "851b"), raw(typeUint8, "05"),
				raw(typeHex64, "0000000000000080"), raw(typeFileTime, "0000000000000000"), raw(typeUint64, "d4bd000000000000"), null,
				str("12"), raw(typeSID, "010100000000000512000000"),
			},
			want: `{"Provider":"P\"","ProviderGuid":"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}","EventSourceName":"S","EventID":7045,"Qualifiers":16384,` +
				`"Version":5,"Level":4,"Task":"x","Opcode":12,"Keywords":"0x8000000000000000","TimeCreated":"1601-01-01T00:00:00.0000000Z",` +
				`"EventRecordID":48596,"RelatedActivityID":"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}","ProcessID":17,"ThreadID":"007","SessionID":5,` +
				`"Channel":"C","Computer":"12","UserID":"S-1-5-18"}`,
		},
		{
			name: "system unknown to us",
			body: event1(el("System", el("Provider", attr("Name", txt("P")), attr("Other", txt("o"))), el("Container", attr("Id", txt("i")), txt("c")),
				el("EventData", txt("a trap")), el("Channel", txt("one")), el("Channel", txt("two")), el("Nested", el("a", txt("b"))))),
			want: `{"Provider":"P","ProviderOther":"o","Container":"c","ContainerId":"i","EventData_2":"a trap","Channel":"one","Channel_2":"two","Nested":{"a":"b"}}`,
		},
		{
			name: "absent values",
			body: event1(el("System", el("EventID", opt(0, typeUint16)), el("Version", sub(0, typeUint8)), el("Security", attr("UserID", opt(9, typeSID)))),
				el("EventData", named("a", opt(0, typeString)), named("b", sub(0, typeString)), named("c"), named("d", opt(9, typeString)), named("e", txt("e")))),
			args: []arg{null},
			want: `{"EventData":{"b":null,"c":"","e":"e"}}`,
		},
		{
			name: "elements that depend on a value",
			body: event1(elIf(0, "EventData", named("a")), elIf(1, "UserData", el("U", elIf(0, "f", txt("f")), elIf(1, "g", txt("g"))))),
			args: []arg{null, str("")},
			want: `{"UserData":"U","EventData":{"g":"g"}}`,
		},
		{
			name: "names given twice",
			body: data(named("a", txt("1")), named("a", txt("2")), named("a_2", txt("3")), named("a", txt("4")), named("Data", txt("5")), el("Data", txt("6"))),
			want: `{"EventData":{"a":"1","a_2":"2","a_2_2":"3","a_3":"4","Data":"5","Data_2":["6"]}}`,
		},
		{
			name: "no names",
			body: data(el("Data", txt("a")), el("Binary", sub(0, typeBinary)), el("Data", sub(1, typeArray|typeString)), el("Data", attr("Name", txt("")), sub(2, typeUint8)),
				el("Data"), el("Data", opt(3, typeString)), el("Data", sub(4, typeArray|typeString)), el("Data", sub(3, typeString))),
			args: []arg{raw(typeBinary, "beef"), {kind: typeArray | typeString, data: wide("b\x00c\x00")}, raw(typeUint8, "07"), null, {kind: typeArray | typeString}},
			want: `{"EventData":{"Data":["a","b","c",7,"","",null],"Binary":"BEEF"}}`,
		},
		{
			name: "names that are values",
			body: data(el("Data", attr("Name", sub(0, typeString)), txt("1")), el("Data", attr("Name", sub(0, typeString)), txt("2")),
				named("n", txt("3")), el("Data", attr("Name", sub(1, typeString)), txt("4")), el("Data", txt("5"))),
			args: []arg{str("n"), null},
			want: `{"EventData":{"n":"1","n_2":"2","n_3":"3","Data":"4","Data_2":["5"]}}`,
		},
		{
			name: "other elements in the data",
			body: event1(el("EventData", attr("Name", txt("E")), el("ComplexData", attr("Name", txt("c")), attr("Type", txt("t")), txt("x")), el("Plain", txt("p")), txt(" loose "))),
			want: `{"EventDataName":"E","EventData":{"c":{"Type":"t","#text":"x"},"Plain":"p","#text":" loose "}}`,
		},
		{
			name: "white space between elements",
			body: event1(txt("\r\n  "), el("EventData", txt("\n\t"), named("a", txt(" ")), txt("\n"))),
			want: `{"EventData":{"a":" "}}`,
		},
		{
			name: "user data",
			body: event1(el("UserData", el("LogFileCleared", attr("xmlns:x", txt("u")), attr("v", txt("1")), el("Channel", txt("C")), el("Deep", el("Deeper", attr("k", txt("v"))), el("Deeper", txt("2")))))),
			want: `{"UserData":"LogFileCleared","EventData":{"v":"1","Channel":"C","Deep":{"Deeper":{"k":"v"},"Deeper_2":"2"}}}`,
		},
		{
			name: "user data of one text",
			body: event1(el("UserData", el("Operation", txt("x")))),
			want: `{"UserData":"Operation","EventData":{"Operation":"x"}}`,
		},
		{
			name: "two of everything",
			body: event1(el("UserData", el("U", el("a")), el("V", el("b"))), el("EventData", named("c")), el("EventData", named("d"))),
			want: `{"UserData":"U","EventData":{"a":""},"UserData_2":"V","EventData_2":{"b":""},"EventData_3":{"c":""},"EventData_4":{"d":""}}`,
		},
		{
			name: "other sections",
			body: event1(el("ProcessingErrorData", el("ErrorCode", sub(0, typeUint32))), el("DebugData", el("SequenceNumber", txt("1"))), el("BinaryEventData", txt("00")),
				el("RenderingInfo", attr("Culture", txt("en-US")), el("Message", txt("m")), el("Keywords", el("Keyword", txt("k"))))),
			args: []arg{raw(typeUint32, "9d3a0000")},
			want: `{"ProcessingErrorData":{"ErrorCode":15005},"DebugData":{"SequenceNumber":"1"},"BinaryEventData":"00","RenderingInfo":{"Culture":"en-US","Message":"m","Keywords":{"Keyword":"k"}}}`,
		},
		{
			name: "pieces of text",
			body: data(named("a", txt("<"), entity("lt"), entity("gt"), entity("amp"), entity("quot"), entity("apos"), entity("euro"), char('A'), char(0xd800), cdata("]\""), sub(0, typeString), sub(1, typeHex32), sub(2, typeUint8), sub(3, typeString), sub(4, typeArray|typeUint8)),
				el("Data", attr("Name", txt("b"), entity("amp"), char('c')), cdata("d"))),
			args: []arg{str("\\"), raw(typeHex32, "10000000"), raw(typeUint8, "08"), null, raw(typeArray|typeUint8, "0102")},
			want: "{\"EventData\":{\"a\":\"<<>&\\\"'&euro;A\ufffd]\\\"\\\\0x1081,2\",\"b&c\":\"d\"}}",
		},
		{
			name: "instructions are no data",
			body: event1(pi("target", "data"), el("EventData", pi("target", "data"), named("a", txt("b")))),
			want: `{"EventData":{"a":"b"}}`,
		},
		{
			name: "text where members are",
			body: event1(attr("lang", txt("en")), txt("loose"), el("EventData", sub(0, typeString))),
			args: []arg{str("x")},
			want: `{"lang":"en","EventData":{"#text":"x"},"#text":"loose"}`,
		},
		{
			name: "no <Event>",
			body: el("Other", el("a", txt("b"))),
			want: `{"Other":{"a":"b"}}`,
		},
	}
	for _, tt := range tests {
		if got := one(t, fragment, template(tt.body, tt.args...), tokens(tokenEOF)); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", tt.name, got, tt.want)
		}
	}
}

// Data comes out the same however an event is put together: in one template,
// from templates in values, from XML in values, without any template.
func TestNested(t *testing.T) {
	system := el("System", el("EventID", sub(0, typeUint16)))
	id := raw(typeUint16, "0100")
	inner := parts(named("a", txt("1")), named("b", txt("2")))
	fields := parts(el("a", txt("1")), el("b", txt("2")))
	tests := []struct {
		name string
		xml  part
		want string
	}{
		{"as Sysmon does", template(event1(system, opt(1, typeBinXML)), id, xml(fragment, template(el("EventData", inner)), tokens(tokenEOF))), "data"},
		{"with values in values", template(event1(system, opt(1, typeBinXML)), id, xml(fragment, template(el("EventData", named("a", sub(1, typeString)), named("b", sub(0, typeString))), str("2"), str("1")))), "data"},
		{"in EventData", template(event1(system, el("EventData", opt(1, typeBinXML))), id, xml(fragment, template(parts(inner)))), "data"},
		{"XML in a value", template(event1(system, sub(1, typeBinXML)), id, xml(fragment, el("EventData", inner), tokens(tokenEOF))), "data"},
		{"XML in EventData", template(event1(system, el("EventData", sub(1, typeBinXML))), id, xml(inner)), "data"},
		{"a template in a template", template(event1(el("System", el("EventID", txt("1"))), template(el("EventData", named("a", sub(0, typeString)), named("b", txt("2"))), str("1")))), "data"},
		{"without a template", event1(el("System", el("EventID", txt("1"))), el("EventData", inner)), "data"},
		{"user data in a value", template(event1(system, el("UserData", opt(1, typeBinXML))), id, xml(fragment, template(el("U", fields)), tokens(tokenEOF))), "user"},
		{"all user data in a value", template(event1(system, opt(1, typeBinXML)), id, xml(fragment, template(el("UserData", el("U", fields))), tokens(tokenEOF))), "user"},
		{"user data as XML", template(event1(system, el("UserData", opt(1, typeBinXML))), id, xml(el("U", fields))), "user"},
	}
	want := map[string]string{
		"data": `{"EventID":1,"EventData":{"a":"1","b":"2"}}`,
		"user": `{"EventID":1,"UserData":"U","EventData":{"a":"1","b":"2"}}`,
	}
	for _, tt := range tests {
		if got := one(t, fragment, tt.xml, tokens(tokenEOF)); got != want[tt.want] {
			t.Errorf("%s:\n%s, want\n%s", tt.name, got, want[tt.want])
		}
	}
}

// Members that come from several values do not take each other's names.
func TestNestedNames(t *testing.T) {
	tests := []struct {
		name string
		xml  part
		want string
	}{
		{
			"two sections", template(event1(sub(0, typeBinXML), sub(1, typeBinXML)), xml(el("EventData", named("a", txt("1")))), xml(el("EventData", named("a", txt("2"))))),
			`{"EventData":{"a":"1"},"EventData_2":{"a":"2"}}`,
		},
		{
			"one object", template(event1(el("EventData", named("a", txt("1")), sub(0, typeBinXML), named("a", txt("3")))), xml(named("a", txt("2")), named("b", txt("4")))),
			`{"EventData":{"a":"1","a_2":"2","b":"4","a_3":"3"}}`,
		},
		{
			"system", template(event1(el("System", el("Channel", txt("1")), sub(0, typeBinXML)), sub(1, typeBinXML), el("Channel", txt("4"))), xml(el("Channel", txt("2"))), xml(el("System", el("Channel", txt("3")), el("EventData", txt("5"))))),
			`{"Channel":"1","Channel_2":"2","Channel_3":"3","EventData":"5","Channel_4":"4"}`,
		},
		{
			"a trap before the section", template(event1(sub(0, typeBinXML), el("EventData", named("a"))), xml(el("System", el("EventData", txt("trap"))))),
			`{"EventData":"trap","EventData_2":{"a":""}}`,
		},
		{
			"two events", parts(template(event1(el("Channel", txt("1")))), template(event1(el("Channel", txt("2"))))),
			`{"Channel":"1","Event":{"Channel":"2"}}`,
		},
		{
			"not the XML that was declared", template(event1(el("EventData", sub(0, typeBinXML), named("t", sub(1, typeString)))), str("text"), xml(el("x", txt("y")))),
			`{"EventData":{"#text":"text","t":{"x":"y"}}}`,
		},
		{
			"XML in a list", template(event1(el("EventData", el("Data", sub(0, typeBinXML)), el("Data", sub(1, typeString)))), xml(el("x", txt("y"))), xml(el("x", txt("z")), el("x", txt("z")))),
			`{"EventData":{"Data":[{"x":"y"},{"x":"z","x_2":"z"}]}}`,
		},
	}
	for _, tt := range tests {
		if got := one(t, fragment, tt.xml, tokens(tokenEOF)); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", tt.name, got, tt.want)
		}
	}
}

// A template is defined once in a chunk, and names lie where they were used
// first: records after that one have only offsets.
func TestShared(t *testing.T) {
	b := newBuilder()
	b.record(fragment, template(data(named("a", sub(0, typeString))), str("1")), tokens(tokenEOF))
	at := chunkHeaderSize + recordHeader + 4 + instanceHeader
	b.record(fragment, again(at, str("2")), tokens(tokenEOF))
	b.inline = true
	b.record(fragment, template(data(named("a", sub(0, typeString))), str("3")), tokens(tokenEOF))
	b.record(fragment, again(at, str("4")), tokens(tokenEOF))
	log := b.log()
	for i, e := range must(t, log) {
		if want := `{"EventData":{"a":"` + string(rune('1'+i)) + `"}}`; e.text != want {
			t.Errorf("%s, want %s", e.text, want)
		}
	}
	// The record that has the definition is damaged, not the definition.
	clear(log[headerSize+chunkHeaderSize:][:recordHeader])
	events, problems := read(t, log)
	if len(events) != 3 || len(problems) != 1 || events[0].text != `{"EventData":{"a":"2"}}` {
		t.Errorf("%d kept, lost: %v", len(events), problems)
	}
}

func must(tb testing.TB, log []byte) []event {
	tb.Helper()
	events, problems := read(tb, log)
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return events
}

// Elements that are written without a template may or may not name the value
// they depend on: readers of the format disagree.
func TestWithoutTemplate(t *testing.T) {
	const want = `{"Channel":"C","EventData":{"a":"1"}}`
	body := event1(el("System", el("Channel", txt("C"))), el("EventData", named("a", txt("1"))))
	for _, whole := range []bool{false, true} {
		got := one(t, fragment, raws(func(b *builder) { body.write(b, whole) }), tokens(tokenEOF))
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Records that cannot be read are lost alone and say why; the next one is read.
func TestBroken(t *testing.T) {
	deep := el("d", txt("x"))
	for range maxElements {
		deep = el("d", deep)
	}
	tests := []struct {
		name string
		xml  part
		why  string
	}{
		{"nothing", parts(), "it has no XML"},
		{"only an end", parts(fragment, tokens(tokenEOF)), "it has no XML"},
		{"no token", tokens(0x30), "its XML has a token that does not belong there"},
		{"an end too many", parts(event1(el("a")), tokens(tokenEnd)), "its XML has a token that does not belong there"},
		{"not closed", parts(tokens(tokenOpen, 0, 0, 0, 0), raws(func(b *builder) { b.name("a") }), tokens(tokenCloseStart, tokenEOF)), "its XML ends too early"},
		{"a name elsewhere", tokens(tokenOpen, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f, tokenCloseEmpty, 0, 0, 0, 0, 0, 0), "a name lies outside the chunk"},
		{"a long name", template(event1(el(strings.Repeat("n", maxName+1)))), "a name lies outside the chunk"},
		{"text of another type", event1(tokens(tokenText, typeUint32, 0, 0, 0, 0)), "a text has an unknown type"},
		{"text that is cut", event1(tokens(tokenText, typeString, 0xff, 0xff)), "its XML ends too early"},
		{"too deep", event1(deep), "its XML is nested too deeply"},
		{"a template elsewhere", again(0xffff), "its template lies outside the chunk"},
		{"a template far away", again(0xfffffff), "its template lies outside the chunk"},
		{"too many values", raws(func(b *builder) {
			b.u8(tokenInstance, 1)
			b.u32(1)
			b.u32(0)
			b.u32(0xffffffff)
			b.u32(0)
		}), "its values reach beyond its end"},
		{"values too long", raws(func(b *builder) {
			b.u8(tokenInstance, 1)
			b.u32(1)
			b.u32(0)
			b.u32(1)
			b.u16(0xffff)
			b.u16(typeString)
		}), "its values reach beyond its end"},
		{"XML in text", template(data(named("a", txt("x"), sub(0, typeString))), xml(el("b"))), "it has XML inside a text"},
	}
	for _, tt := range tests {
		good := parts(fragment, data(named("a")), tokens(tokenEOF))
		log := newBuilder().record(tt.xml).record(good).log()
		events, problems := read(t, log)
		const prefix = "chunk 0, offset 0x1200: the record cannot be read: "
		if len(events) != 1 || len(problems) != 1 || problems[0] != (Record{1, prefix + tt.why}) {
			t.Errorf("%s: %d kept, lost: %v, want %s", tt.name, len(events), problems, tt.why)
		}
	}
}
