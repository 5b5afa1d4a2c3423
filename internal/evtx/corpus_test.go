package evtx

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Velocidex/ordereddict"
	"github.com/google/go-cmp/cmp"
	"www.velocidex.com/golang/evtx"
)

// Every recorded log is read whole: as many records of each channel and event
// as the library finds, none lost, and the same in every field.
func TestCorpus(t *testing.T) {
	total := 0
	for _, l := range corpus(t) {
		t.Run(l.name, func(t *testing.T) {
			want := library(t, l.data)
			events, problems := read(t, l.data)
			if len(problems) > 0 {
				t.Errorf("%d records lost, the first: %v", len(problems), problems[0])
			}
			var got []map[string]any
			for _, e := range events {
				got = append(got, object(t, e.text))
			}
			if diff := cmp.Diff(counts(want), counts(got)); diff != "" {
				t.Fatalf("channel, event, record (-library +here):\n%s", diff)
			}
			for i := range got {
				for _, d := range differences(want[i], got[i]) {
					t.Errorf("record %d: %s", events[i].ID, d)
				}
			}
			total += len(got)
		})
	}
	if total < 3000 {
		t.Errorf("only %d records: the test has seen next to nothing", total)
	}
}

// library reads a log with the library, each record as this package lays it
// out.
func library(tb testing.TB, data []byte) (events []map[string]any) {
	chunks, err := evtx.GetChunks(bytes.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	for _, c := range chunks {
		records, err := c.Parse(0)
		if err != nil {
			tb.Fatal(err)
		}
		for _, r := range records {
			all := r.Event.(*ordereddict.Dict)
			v, _ := all.Get("Event")
			events = append(events, flat(v.(*ordereddict.Dict)))
		}
	}
	return events
}

func flat(e *ordereddict.Dict) map[string]any {
	fields := map[string]any{}
	for _, section := range e.Items() {
		d, isObject := section.Value.(*ordereddict.Dict)
		switch {
		case section.Key == "System":
			system(fields, d)
		case section.Key == "UserData" && isObject && d.Len() > 0:
			fields["UserData"] = d.Items()[0].Key
			fields["EventData"] = d.Items()[0].Value
		case section.Key == "EventData" && isObject:
			fields["EventData"] = eventData(fields, d)
		default:
			fields[section.Key] = section.Value
		}
	}
	return fields
}

// eventData lays out what the library gives differently if there is only one
// Data with a name.
func eventData(fields map[string]any, d *ordereddict.Dict) *ordereddict.Dict {
	all := ordereddict.NewDict()
	for _, member := range d.Items() {
		one, isObject := member.Value.(*ordereddict.Dict)
		switch {
		case member.Key == "Data" && isObject:
			name, _ := one.GetString("Name")
			v, _ := one.Get("Value")
			all.Set(name, v)
		case member.Key == "Name" && d.Len() <= 2:
			fields["EventDataName"] = member.Value
		default:
			all.Set(member.Key, member.Value)
		}
	}
	return all
}

func system(fields map[string]any, d *ordereddict.Dict) {
	for _, member := range d.Items() {
		attributes, isObject := member.Value.(*ordereddict.Dict)
		if !isObject {
			fields[member.Key] = member.Value
			continue
		}
		for _, a := range attributes.Items() {
			switch member.Key + "." + a.Key {
			case "EventID.Value":
				fields["EventID"] = a.Value
			case "Provider.Name":
				fields["Provider"] = a.Value
			case "Provider.Guid":
				fields["ProviderGuid"] = a.Value
			case "TimeCreated.SystemTime":
				fields["TimeCreated"] = a.Value
			default:
				fields[a.Key] = a.Value
			}
		}
	}
}

// counts says how often each channel has each event, and which records.
func counts(events []map[string]any) map[string]int {
	n := map[string]int{}
	for _, fields := range events {
		n[fmt.Sprintf("%v %v", fields["Channel"], fields["EventID"])]++
		n[fmt.Sprintf("record %v", fields["EventRecordID"])]++
	}
	return n
}

// differences compares a record field by field. What the library is known to
// lose is no difference:
//   - <Binary> and the name of <EventData> are left out if there is named Data
//   - an empty element or an absent value is nil or left out
func differences(want, got map[string]any) (list []string) {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if v := want[key]; v != nil && !same(v, got[key]) {
			list = append(list, fmt.Sprintf("%s is %v, the library has %v", key, got[key], v))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		empty, _ := got[key].(map[string]any)
		if _, ok := want[key]; !ok && key != "EventDataName" && (empty == nil || len(empty) > 0) {
			list = append(list, fmt.Sprintf("%s is %v, the library has none", key, got[key]))
		}
	}
	return list
}

// same compares a value with the library's, which loses
//   - of a time all but seconds, as a floating-point number
//   - of a hexadecimal number that it is one
//   - the braces of a GUID
func same(want, got any) bool {
	switch want := want.(type) {
	case *ordereddict.Dict:
		return sameObject(want, got)
	case float64:
		return sameTime(want, got)
	case []byte:
		s, ok := got.(string)
		return ok && s == strings.ToUpper(hex.EncodeToString(want))
	case []string:
		list, ok := got.([]any)
		return ok && slices.EqualFunc(want, list, func(a string, b any) bool { return a == b })
	case string:
		return want == got || fmt.Sprintf("{%s}", want) == got
	case bool:
		return want == got
	}
	text := fmt.Sprint(want)
	if n, ok := got.(json.Number); ok {
		return n.String() == text
	}
	s, _ := got.(string)
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64)
	return err == nil && strings.HasPrefix(s, "0x") && strconv.FormatUint(n, 10) == text
}

func sameTime(want float64, got any) bool {
	s, _ := got.(string)
	at, err := time.Parse("2006-01-02T15:04:05.0000000Z", s)
	return err == nil && math.Abs(float64(at.Unix())+float64(at.Nanosecond())/1e9-want) < 1e-5
}

func sameObject(want *ordereddict.Dict, got any) bool {
	fields, ok := got.(map[string]any)
	if !ok {
		return false
	}
	n := 0
	for _, member := range want.Items() {
		v, ok := fields[member.Key]
		if data, isText := member.Value.(string); isText && member.Key == "Data" {
			ok = same([]string{data}, v) // one Data without a name is a list too
		} else if ok {
			ok = same(member.Value, v)
		}
		if !ok && member.Value != nil {
			return false
		}
		n++
	}
	if _, extra := fields["Binary"]; extra && n == len(fields)-1 {
		n++
	}
	return n == len(fields)
}
