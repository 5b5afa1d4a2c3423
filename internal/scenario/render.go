package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// File is a file of telemetry.
type File struct {
	Name string // a path with slashes
	Data []byte
}

// Rendering is one kind of telemetry over many scenarios.
type Rendering struct {
	Kind  string
	Files []File
	// Seen says for each scenario that is rendered which tables it has rows of,
	// and in which file: what is not there cannot be seen in this telemetry.
	Seen map[string]map[string]string
	// Devices are the scenarios by the name of their device, Sources by the name
	// of their file where the telemetry does not tell the device.
	Devices, Sources map[string]string
	Records          int
}

// Render gives the records of one kind of telemetry. Scenarios that are not
// rendered into it are left out.
func Render(kind string, scenarios []*Scenario) *Rendering {
	r := &Rendering{Kind: kind, Seen: map[string]map[string]string{}, Devices: map[string]string{}, Sources: map[string]string{}}
	w := &writer{r: r, files: map[string]*bytes.Buffer{}}
	for i, s := range scenarios {
		if !slices.Contains(s.Telemetry, kind) {
			continue
		}
		d := newDevice(s, kind, i)
		w.device, r.Seen[s.ID], r.Devices[d.name] = d, map[string]string{}, s.ID
		record := recorders[kind+" "+s.Platform]
		facts := d.facts()
		if kind == "auditd" {
			facts = append(d.parentsOf(facts), facts...)
		}
		for _, f := range facts {
			record(w, d, f)
		}
	}
	w.close()
	return r
}

// recorders write what a kind of telemetry has of a fact.
var recorders = map[string]func(w *writer, d *device, f fact){
	"defender windows":   recordDefender,
	"defender linux":     recordDefender,
	"defender macos":     recordDefender,
	"sysmon windows":     recordSysmon,
	"sysmon linux":       recordLinuxSysmon,
	"security windows":   recordSecurity,
	"system windows":     recordSystem,
	"powershell windows": recordPowerShell,
	"auditd linux":       recordAudit,
	"eslogger macos":     recordEndpointSecurity,
}

// writer collects the files.
type writer struct {
	r      *Rendering
	device *device
	order  []string
	files  map[string]*bytes.Buffer
}

// add writes a record to a file, and notes the table that a row of it is.
func (w *writer) add(file, table string, record string) {
	b, ok := w.files[file]
	if !ok {
		b = &bytes.Buffer{}
		w.files[file] = b
		w.order = append(w.order, file)
	}
	b.WriteString(record)
	w.r.Records++
	w.r.Seen[w.device.scenario.ID][table] = file
}

func (w *writer) close() {
	for _, name := range w.order {
		data := w.files[name].Bytes()
		if isXML(name) {
			data = slices.Concat([]byte("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n"), data, []byte("</Events>\n"))
		}
		w.r.Files = append(w.r.Files, File{Name: name, Data: data})
	}
}

// object is a JSON object in the order it is written.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		if err := encode(&b, m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode writes a value without making < and > unreadable.
func encode(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the line break
	return nil
}

// line is an object as one line.
func line(o object) string {
	text, err := o.MarshalJSON()
	if err != nil {
		panic(fmt.Sprintf("a record that is no JSON: %v", err)) // text and numbers only
	}
	return string(text) + "\n"
}

// count numbers the records of one log of the device.
func (d *device) count(log string) int {
	d.counter[log]++
	return 100 + d.counter[log]
}
