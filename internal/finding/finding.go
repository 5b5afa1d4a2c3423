// Package finding holds the domain types that everything after the hunt
// shares: what was found, why it scored as it did, what was hidden and by
// which entry, and what could not be seen.
//
// Reports know only this package. Its JSON form is the contract of
// `smew hunt --format json`.
package finding

import "time"

// Severity is the band of a score: high ≥ 60, medium ≥ 35, low ≥ 15,
// informational below.
type Severity string

// The severities, worst first.
const (
	High          Severity = "high"
	Medium        Severity = "medium"
	Low           Severity = "low"
	Informational Severity = "informational"
)

// Severities lists every severity, worst first.
var Severities = []Severity{High, Medium, Low, Informational}

// Case is one thing to look at: what happened to one service, unit, launchd
// label or container of one device, in one session of events no more than half
// an hour apart. It has all that branches hit of it, and the arithmetic of its
// score.
type Case struct {
	// ID is 16 hex digits, made of the device, the service and the time of the session's
	// first event: the same in every run that has that event, whatever else was loaded of
	// other devices and services, and whatever is allowed.
	ID       string   `json:"id"`
	Score    int      `json:"score"`     // 0 to 100: Raw squashed, held up by the reasons' floor
	Raw      int      `json:"raw_score"` // sum of the reasons' points
	Floor    int      `json:"floor"`     // the score is never below; 0 is none
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`

	// First and Last are the times of the evidence, UTC, to 100 ns; the zero time
	// where no record has one.
	First      time.Time `json:"first_event"`
	Last       time.Time `json:"last_event"`
	DeviceName string    `json:"device_name"`
	DeviceID   string    `json:"device_id"`

	Account     string `json:"account"`                // who asked for it, as DOMAIN\name
	AccountFrom string `json:"account_from,omitempty"` // how that is known
	// Client is the path of the process that asked for it, empty if it is not known;
	// never the service manager that carried it out.
	Client      string `json:"client,omitempty"`
	ServiceName string `json:"service_name,omitempty"`
	Payload     string `json:"payload,omitempty"`      // what the service would run, as recorded
	PayloadPath string `json:"payload_path,omitempty"` // the same as a path in one spelling

	Branches []Branch  `json:"branches"`
	Seen     []string  `json:"telemetry_seen"`    // kinds of telemetry that tell of it: see Kinds
	Missing  []Missing `json:"telemetry_missing"` // kinds that the device has none of
	Fleet    Fleet     `json:"fleet"`
	Reasons  []Reason  `json:"reasons"` // their points sum to Raw

	Suppressed bool      `json:"suppressed"`
	Allowlist  []Applied `json:"allowlist"`

	Evidence []Event   `json:"evidence"` // what branches hit, in order of time
	Related  []Related `json:"related"`  // what no branch hit and still tells of it

	// Alike are the cases that a report for people leaves out because this one and one
	// before it are like them; nil if there are none.
	Alike *Alike `json:"-"`
}

// Alike are cases of the same device, branches, severity and program.
type Alike struct {
	Cases       int64
	First, Last time.Time // of their evidence; the zero time where no record has one
}

// Kinds of telemetry that may tell of a service, in the order in which an act
// leaves them: the command that asks for it, the configuration, the record of its
// installation, the file it runs, the program as it runs, a library or driver as it is
// loaded.
var Kinds = []string{"command", "registry", "install", "file", "run", "load"}

// Missing is a kind of telemetry that the case's device has none of, and what
// cannot be seen for that.
type Missing struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Fleet is how common the service is: by the template of its name and of its
// payload's path (digits, hex and GUIDs masked).
type Fleet struct {
	Devices int64 `json:"devices"` // that have it, this one among them
	Of      int64 `json:"of"`      // devices in the data
	// Names are some of the devices, in order.
	Names []string `json:"names"`
	// Since is when it was first seen anywhere in the data; nil if no record has a time.
	Since *time.Time `json:"since"`
}

// Reason is one line of a score's arithmetic.
type Reason struct {
	// ID is a row of sql/reference/weights.csv, or branch:W01, allowlist:entry,
	// change:ticket.
	ID     string `json:"id"`
	Group  string `json:"group"`  // base, corroboration, payload, actor, context, rarity, benign
	Points int    `json:"points"` // added to the raw score; negative lowers it
	Text   string `json:"text"`
	Detail string `json:"detail,omitempty"` // what it rests on: "on 2 of 300 devices: ws01, ws02"
	// Pierces says that no allowlist entry or ticket hides or lowers the case.
	Pierces bool `json:"pierces,omitempty"`
	Floor   int  `json:"floor,omitempty"` // the score that it holds the case to, 0 is none
	// Events are the ids of the evidence that gives it; empty for what is true of the
	// case as a whole.
	Events []string `json:"events"`
}

// Branch is a detection branch that hit.
type Branch struct {
	Name          string `json:"name"`           // W01, W02 …: the card's id
	DetectionType string `json:"detection_type"` // the seed's word for it
	Technique     string `json:"technique"`      // T1543.003
}

// Applied is an allowlist entry or change ticket that matched evidence of the case.
type Applied struct {
	Entry string `json:"entry"` // its id, or the ticket
	Class string `json:"class"`
	// Action is suppress, down-rank or tag; change for a ticket; pierced if a hard
	// reason kept the entry from hiding or lowering the case.
	Action string `json:"action"`
	Points int    `json:"points"` // what it took off the case, as a negative number
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
	// Covers is how many of the case's events the entry matches. One that does not
	// match all of them neither hides nor lowers the case.
	Covers int64 `json:"covers"`
	// Note says why the entry did less than it asks for; empty if it did not.
	Note string `json:"note,omitempty"`
	// Unmatched are the first of the case's events that the entry does not match, in
	// order of time, where it matches some and could lower the case.
	Unmatched []Unmatched `json:"unmatched,omitempty"`
}

// Unmatched is an event that an entry or ticket does not match, and why.
type Unmatched struct {
	Event string `json:"event"` // id of the evidence
	Why   string `json:"why"`   // in a few words: "asked for by CORPob"
}

// Source says where the event was read.
type Source struct {
	File   string `json:"file"`             // as given, "archive.zip!member" inside an archive
	Record int64  `json:"record"`           // line, data row or element, from 1; in a Windows event log EventRecordID
	Copies int64  `json:"copies,omitempty"` // further records that hold the same event
	// Telemetry is the kind of record: "Sysmon 1", "Security 4688", "Defender".
	Telemetry string `json:"telemetry,omitempty"`
}

// Event is one event that at least one branch hit: a row of a case's evidence.
type Event struct {
	ID    string `json:"id"`   // 16 hex digits; the same event has it in every run
	Kind  string `json:"kind"` // one of Kinds
	Title string `json:"title"`

	Timestamp  time.Time `json:"timestamp"` // UTC, to 100 ns
	DeviceName string    `json:"device_name"`
	DeviceID   string    `json:"device_id"`
	Account    string    `json:"account"`
	Table      string    `json:"table"`
	ReportID   *int64    `json:"report_id"`
	ActionType string    `json:"action_type"`

	Branches []Branch `json:"branches"`
	Reasons  []string `json:"reasons"` // ids of the case's reasons that it gives, in order

	ServiceName string `json:"service_name,omitempty"`
	Payload     string `json:"payload,omitempty"` // what the service would run, as recorded

	FileName                     string `json:"file_name,omitempty"`
	FolderPath                   string `json:"folder_path,omitempty"` // as recorded, with the file's name or without
	ProcessCommandLine           string `json:"process_command_line,omitempty"`
	RegistryKey                  string `json:"registry_key,omitempty"`
	RegistryValueName            string `json:"registry_value_name,omitempty"`
	RegistryValueData            string `json:"registry_value_data,omitempty"`
	InitiatingProcessFileName    string `json:"initiating_process_file_name,omitempty"`
	InitiatingProcessFolderPath  string `json:"initiating_process_folder_path,omitempty"`
	InitiatingProcessCommandLine string `json:"initiating_process_command_line,omitempty"`

	// Suppressed says that an allowlist entry covers the event; its case is hidden
	// only if all of its events are covered.
	Suppressed bool `json:"suppressed"`
	// Allowlist are the ids of the entries and tickets that match the event.
	Allowlist []string `json:"allowlist"`
	Source    Source   `json:"source"`
	// Also are records of other telemetry that tell of the same act: a process
	// start that both Sysmon and Windows itself recorded.
	Also []Source `json:"also,omitempty"`
	// TimestampNote says why Timestamp is in doubt; empty if it is not.
	TimestampNote string `json:"timestamp_note,omitempty"`
	// InitiatingProcessNote says where the initiating process is known from if the
	// event itself does not tell, or why it is not known.
	InitiatingProcessNote string `json:"initiating_process_note,omitempty"`
}

// Related is a record that no branch hit and that tells of a case all the same: the
// service manager's own write of what a command asked for, the service as it runs. Of
// each kind the few nearest to the evidence are given.
type Related struct {
	Kind       string    `json:"kind"` // one of Kinds
	Timestamp  time.Time `json:"timestamp"`
	Table      string    `json:"table"`
	ActionType string    `json:"action_type"`
	Text       string    `json:"text"` // what the record says, on one line
	Account    string    `json:"account,omitempty"`
	Source     Source    `json:"source"`
}
