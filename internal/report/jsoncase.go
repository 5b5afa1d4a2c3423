package report

import "smew/internal/finding"

// The JSON forms here are those of package finding with two differences: times have a
// fixed number of digits (see forPrograms) and are null where none is known, and a list
// is never null. Outer fields stand in for those of the embedded struct.

type jsonCase struct {
	Type string `json:"type,omitempty"`
	*finding.Case
	First    *string       `json:"first_event"`
	Last     *string       `json:"last_event"`
	Fleet    jsonFleet     `json:"fleet"`
	Evidence []jsonEvent   `json:"evidence"`
	Related  []jsonRelated `json:"related"`
}

type jsonFleet struct {
	finding.Fleet
	Since *string `json:"since"`
}

type jsonEvent struct {
	*finding.Event
	Timestamp *string `json:"timestamp"`
}

type jsonRelated struct {
	*finding.Related
	Timestamp *string `json:"timestamp"`
}

func newJSONCase(kind string, from *finding.Case) jsonCase {
	c := *from
	c.Branches, c.Seen, c.Missing, c.Allowlist = orEmpty(c.Branches), orEmpty(c.Seen), orEmpty(c.Missing), orEmpty(c.Allowlist)
	c.Reasons = eachWith(c.Reasons, func(r *finding.Reason) { r.Events = orEmpty(r.Events) })
	c.Fleet.Names = orEmpty(c.Fleet.Names)
	out := jsonCase{
		Type: kind, Case: &c, First: stamp(&c.First), Last: stamp(&c.Last), Fleet: jsonFleet{c.Fleet, stamp(c.Fleet.Since)},
		Evidence: make([]jsonEvent, len(c.Evidence)), Related: make([]jsonRelated, len(c.Related)),
	}
	for i := range c.Evidence {
		out.Evidence[i] = newJSONEvent(&c.Evidence[i])
	}
	for i := range c.Related {
		out.Related[i] = jsonRelated{&c.Related[i], stamp(&c.Related[i].Timestamp)}
	}
	return out
}

func newJSONEvent(from *finding.Event) jsonEvent {
	e := *from
	e.Branches, e.Reasons, e.Allowlist = orEmpty(e.Branches), orEmpty(e.Reasons), orEmpty(e.Allowlist)
	return jsonEvent{&e, stamp(&e.Timestamp)}
}
