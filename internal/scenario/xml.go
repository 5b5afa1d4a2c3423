package scenario

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// isXML tells the files that one element holds.
func isXML(name string) bool { return strings.HasSuffix(name, ".xml") }

// xml writes an event as wevtutil prints it.
func (w *writer) xml(file, table string, e winEvent) {
	w.add(file, table, eventXML(w.device, e)+"\n")
}

// eventXML is an event as one element.
func eventXML(d *device, e winEvent) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="%s"/><EventID>%d</EventID>`, escape(e.provider), e.id)
	fmt.Fprintf(&b, `<TimeCreated SystemTime="%s"/><EventRecordID>%d</EventRecordID>`, e.at.Format("2006-01-02T15:04:05.0000000Z"), d.count(e.channel))
	fmt.Fprintf(&b, `<Execution ProcessID="%d" ThreadID="44"/><Channel>%s</Channel><Computer>%s</Computer>`, e.pid, escape(e.channel), escape(d.name))
	if e.user == "" {
		b.WriteString("<Security/>")
	} else {
		fmt.Fprintf(&b, `<Security UserID="%s"/>`, escape(e.user))
	}
	b.WriteString("</System><EventData>")
	for _, m := range e.data {
		fmt.Fprintf(&b, `<Data Name="%s">%s</Data>`, escape(m.key), escape(fmt.Sprint(m.value)))
	}
	b.WriteString("</EventData></Event>")
	return b.String()
}

func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		panic(err) // memory only
	}
	return b.String()
}
