package evtx

import "bytes"

// This file knows what the elements of an event become. The object is flat
// where Windows' schema is fixed and has the event's own data in EventData.

// systemKeys are the members that the attributes and the text ("") of System's
// elements become. Others are named by element and attribute.
var systemKeys = map[string]map[string]string{
	"Provider":    {"Name": "Provider", "Guid": "ProviderGuid", "EventSourceName": "EventSourceName"},
	"TimeCreated": {"SystemTime": "TimeCreated"},
	"Security":    {"UserID": "UserID"},
	"EventID":     {"Qualifiers": "Qualifiers"},
	"Correlation": {"ActivityID": "ActivityID", "RelatedActivityID": "RelatedActivityID"},
	"Execution": {
		"ProcessID": "ProcessID", "ThreadID": "ThreadID", "ProcessorID": "ProcessorID", "SessionID": "SessionID",
		"KernelTime": "KernelTime", "UserTime": "UserTime", "ProcessorTime": "ProcessorTime",
	},
}

// numeric are the members that are numbers however they were recorded.
var numeric = map[string]bool{
	"EventID": true, "Qualifiers": true, "Version": true, "Level": true, "Task": true, "Opcode": true,
	"EventRecordID": true, "ProcessID": true, "ThreadID": true, "ProcessorID": true, "SessionID": true,
	"KernelTime": true, "UserTime": true, "ProcessorTime": true,
}

// eventFields writes the content of the document or of <Event>.
func (c *compiler) eventFields(list int32, where place) {
	if where == inDocument { // the sections come out of values, System must not take their names
		for _, section := range []string{"EventData", "UserData"} {
			c.unique(nil, []byte(section))
		}
	}
	root := where == inDocument
	for n := list; n != 0; n = c.nodes[n].next {
		switch {
		case root && c.is(n, "Event"):
			root = false
			c.attributes(n, "")
			c.eventFields(c.nodes[n].first, inEvent)
		case c.is(n, "System"):
			c.system(n)
		case c.is(n, "EventData"):
			c.member(n, func() { c.eventData(n) })
		case c.is(n, "UserData"):
			c.member(n, func() { c.userData(n) })
		case c.nodes[n].token == tokenOpen:
			c.member(n, func() {
				c.key(c.name(n))
				c.value(n, "")
				c.write(",")
			})
		default:
			c.nested(n, inEvent)
		}
	}
	c.loose(list)
}

// system writes the elements of <System> as members of the event.
func (c *compiler) system(n int32) {
	for e := c.nodes[n].first; e != 0; e = c.nodes[e].next {
		if c.nodes[e].token != tokenOpen {
			c.nested(e, inObject)
			continue
		}
		c.systemElement(e)
	}
	c.loose(c.nodes[n].first)
}

func (c *compiler) systemElement(e int32) {
	list := c.nodes[e].first
	name := string(c.name(e))
	if !c.onlyText(list) {
		c.member(e, func() {
			c.key(c.name(e))
			c.value(e, "")
			c.write(",")
		})
		return
	}
	if index, ok := c.single(list); ok {
		c.field(c.name(e), index, numeric[name])
	} else if list != 0 {
		c.key(c.name(e))
		c.scalar(list, numeric[name])
		c.write(",")
	}
	for a := c.nodes[e].attr; a != 0; a = c.nodes[a].next {
		if c.xmlns(a) {
			continue
		}
		key, known := systemKeys[name][string(c.name(a))]
		if !known {
			key = name + string(c.name(a))
		}
		c.attribute(a, []byte(key), numeric[key])
	}
}

// section begins the object of the event's own data. A second one, which no
// program writes, gets another name.
func (c *compiler) section() (object int, shared bool) {
	o := c.emit(opSection, 0)
	c.write(`"EventData":`)
	o.to = uint32(len(c.lit))
	c.pending = len(c.lit)
	return c.open()
}

// eventData writes <EventData>: its Data by name.
func (c *compiler) eventData(n int32) {
	for a := c.nodes[n].attr; a != 0; a = c.nodes[a].next {
		if !c.xmlns(a) {
			c.attribute(a, append([]byte("EventData"), c.name(a)...), false)
		}
	}
	object, shared := c.section()
	c.dataFields(c.nodes[n].first)
	c.close(object, shared)
	c.write(",")
}

// dataFields writes the content of <EventData>. Data without a name goes into one
// list, which stands where the first of it does.
func (c *compiler) dataFields(list int32) {
	listed := false
	for n := list; n != 0; n = c.nodes[n].next {
		if c.nodes[n].token != tokenOpen {
			c.nested(n, inData)
			continue
		}
		switch name, text := c.dataName(n); {
		case len(text) > 0:
			c.member(n, func() { c.named(n, text) })
		case name != 0:
			c.member(n, func() { c.namedByValue(n, name) })
		case !c.is(n, "Data"):
			c.member(n, func() { c.named(n, c.name(n)) })
		case !listed:
			listed = true
			c.unnamed(n)
		}
	}
	c.loose(list)
}

// dataName finds the attribute that names an element in <EventData>, 0 if there
// is none or it is empty, and the name if it is the same in every record.
func (c *compiler) dataName(n int32) (attr int32, text []byte) {
	for a := c.nodes[n].attr; a != 0; a = c.nodes[a].next {
		if string(c.name(a)) != "Name" {
			continue
		}
		for v := c.nodes[a].first; v != 0; v = c.nodes[v].next {
			if t := c.nodes[v].token; t == tokenNormal || t == tokenOptional {
				return a, nil
			}
		}
		from := len(c.lit)
		c.pieces(c.nodes[a].first)
		text = bytes.Clone(c.lit[from:])
		if c.lit = c.lit[:from]; len(text) > 0 {
			return a, text
		}
	}
	return 0, nil
}

// named writes an element of <EventData> under its name.
func (c *compiler) named(n int32, name []byte) {
	c.key(name)
	c.value(n, "Name")
	c.write(",")
}

// namedByValue writes Data whose name differs from record to record.
func (c *compiler) namedByValue(n, name int32) {
	c.emit(opKeyBegin, 0)
	c.pieces(c.nodes[name].first)
	c.emit(opKeyEnd, 0)
	c.shared = true
	c.value(n, "Name")
	c.write(",")
}

// unnamed writes the list of all Data without a name from n on.
func (c *compiler) unnamed(n int32) {
	c.key([]byte("Data"))
	c.write("[")
	for ; n != 0; n = c.nodes[n].next {
		if !c.is(n, "Data") {
			continue
		}
		if name, _ := c.dataName(n); name == 0 {
			c.member(n, func() { c.listed(n) })
		}
	}
	c.emit(opCloseAll, 0)
	c.write(",")
}

// listed writes one Data without a name. A value that is an array stands for as
// many Data.
func (c *compiler) listed(n int32) {
	if index, ok := c.single(c.nodes[n].first); ok {
		c.emit(opItems, index)
		return
	}
	c.value(n, "Name")
	c.write(",")
}

// userData writes <UserData>: the name of the element inside, and its fields as
// those of the event.
func (c *compiler) userData(n int32) {
	for a := c.nodes[n].attr; a != 0; a = c.nodes[a].next {
		if !c.xmlns(a) {
			c.attribute(a, append([]byte("UserData"), c.name(a)...), false)
		}
	}
	c.userFields(c.nodes[n].first)
}

// userFields writes the content of <UserData>.
func (c *compiler) userFields(list int32) {
	for n := list; n != 0; n = c.nodes[n].next {
		if c.nodes[n].token != tokenOpen {
			c.nested(n, inUser)
			continue
		}
		c.member(n, func() { c.userElement(n) })
	}
	c.loose(list)
}

func (c *compiler) userElement(n int32) {
	shared := c.shared
	c.shared = true
	c.key([]byte("UserData"))
	c.shared = shared
	c.write(`"`)
	c.lit = append(c.lit, c.name(n)...)
	c.write(`",`)
	object, shared := c.section()
	c.attributes(n, "")
	if list := c.nodes[n].first; list != 0 && c.onlyText(list) {
		c.key(c.name(n))
		c.scalar(list, false)
		c.write(",")
	} else {
		c.members(list)
	}
	c.close(object, shared)
	c.write(",")
}
