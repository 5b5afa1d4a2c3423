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

// Reason is one line of a score's arithmetic.
type Reason struct {
	ID     string `json:"id"`     // row of sql/reference/weights.csv, or branch:<name>
	Points int    `json:"points"` // added to the raw score; negative lowers it
	Text   string `json:"text"`
}

// Branch is a detection branch that hit the event.
type Branch struct {
	Name          string `json:"name"`           // W01, W02 …: the card's id
	DetectionType string `json:"detection_type"` // the seed's word for it
	Technique     string `json:"technique"`      // T1543.003
}

// Applied is an allowlist entry that matched the event.
type Applied struct {
	Entry  string `json:"entry"`
	Class  string `json:"class"`
	Action string `json:"action"` // suppress, down-rank, tag
	Points int    `json:"points"` // what a down-rank took off, as a negative number
	Reason string `json:"reason"`
	Owner  string `json:"owner"`
}

// Source says where the event was read.
type Source struct {
	File   string `json:"file"`             // as given, "archive.zip!member" inside an archive
	Record int64  `json:"record"`           // line, data row or element, from 1; in a Windows event log EventRecordID
	Copies int64  `json:"copies,omitempty"` // further records that hold the same event
	// Telemetry is the kind of record: "Sysmon 1", "Security 4688", "Defender".
	Telemetry string `json:"telemetry,omitempty"`
}

// Finding is one event that at least one branch hit.
type Finding struct {
	ID       string   `json:"id"` // 16 hex digits; the same event has it in every run
	Score    int      `json:"score"`
	Raw      int      `json:"raw_score"` // sum of the reasons' points, before squashing
	Severity Severity `json:"severity"`
	Title    string   `json:"title"`

	Timestamp  time.Time `json:"timestamp"` // UTC, to 100 ns
	DeviceName string    `json:"device_name"`
	DeviceID   string    `json:"device_id"`
	Account    string    `json:"account"`
	Table      string    `json:"table"`
	ReportID   *int64    `json:"report_id"`
	ActionType string    `json:"action_type"`

	Branches []Branch `json:"branches"`
	Reasons  []Reason `json:"reasons"`

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

	Suppressed bool      `json:"suppressed"`
	Allowlist  []Applied `json:"allowlist"`
	Source     Source    `json:"source"`
	// Also are records of other telemetry that tell of the same act: a process
	// start that both Sysmon and Windows itself recorded.
	Also []Source `json:"also,omitempty"`
	// TimestampNote says why Timestamp is in doubt; empty if it is not.
	TimestampNote string `json:"timestamp_note,omitempty"`
	// InitiatingProcessNote says where the initiating process is known from if the
	// event itself does not tell, or why it is not known.
	InitiatingProcessNote string `json:"initiating_process_note,omitempty"`
}
