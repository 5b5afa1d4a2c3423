package prooftest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// event is something that happened. Exports tell of it more or less fully.
type event struct {
	table  string
	day    int // after firstDay
	second int
	device int
	number int // its ReportId; 0 for an event without one, which is known by its text
}

// firstDay is the first day of all that happens in the model.
var firstDay = time.Date(2026, 2, 26, 0, 0, 0, 0, time.UTC)

func (e event) at() time.Time {
	return firstDay.AddDate(0, 0, e.day).Add(time.Duration(e.second) * time.Second)
}

func (e event) date() string { return e.at().Format(time.DateOnly) }

// telling is how much an export tells of an event.
type telling int

const (
	plain    telling = iota // every column that the model knows
	brief                   // without the file's and the account's name
	nameless                // the device by its name alone
	coloured                // with a column that no table has
	tellings
)

// lacks ranks tellings: of two copies of an event the one that lacks less is kept.
func (t telling) lacks() int { return map[telling]int{plain: 0, coloured: 0, nameless: 1, brief: 2}[t] }

// line is one line of a file.
type line struct {
	text string
	event
	telling
	bad bool
}

// told is the line that tells of an event as a Log Analytics export does.
func told(e event, how telling) line {
	columns := map[string]any{
		"Type": e.table, "TimeGenerated": e.at().Format("2006-01-02T15:04:05Z"), "DeviceId": fmt.Sprintf("d%d", e.device),
		"DeviceName": fmt.Sprintf("pc%d.corp.example", e.device), "ActionType": "Something",
		"InitiatingProcessFileName": fmt.Sprintf("p%d.exe", e.number), "InitiatingProcessAccountName": "ada",
	}
	if e.number > 0 {
		columns["ReportId"] = strconv.Itoa(e.number)
	}
	switch how {
	case brief:
		delete(columns, "InitiatingProcessFileName")
		delete(columns, "InitiatingProcessAccountName")
	case nameless:
		delete(columns, "DeviceId")
	case coloured:
		columns["Colour"] = "red"
	}
	text, err := json.Marshal(columns)
	if err != nil {
		panic(err) // texts always marshal
	}
	return line{text: string(text), event: e, telling: how}
}

// key is what an event is known by.
func (l line) key() string {
	if l.number == 0 {
		return l.text
	}
	return fmt.Sprint(l.event)
}

// row is the line as [rowsQuery] gives it.
func (l line) row(s *origin, record int) string {
	id, file := fmt.Sprintf("d%d", l.device), fmt.Sprintf("p%d.exe", l.number)
	if l.telling == nameless {
		id = ""
	}
	if l.telling == brief {
		file = ""
	}
	number := ""
	if l.number > 0 {
		number = strconv.Itoa(l.number)
	}
	return fmt.Sprintf("%s %s:%d %s %s pc%d.corp.example %s %s", l.table, s.name, record, l.at().Format(time.DateTime), id, l.device, number, file)
}

// rowsQuery gives the rows of some files of a table as [line.row] writes them.
const rowsQuery = `select concat_ws(' ', '{table}', SourceFile || ':' || SourceRecord, strftime(Timestamp, '%Y-%m-%d %H:%M:%S'),
	coalesce(DeviceId, ''), DeviceName, coalesce(cast(ReportId as varchar), ''), coalesce(InitiatingProcessFileName, '')) from {files}`
