package finding

import "time"

// Result is everything one hunt has to say: its cases and what it could
// and could not see. Slices are sorted; equal input gives equal results.
type Result struct {
	Cases   []Case  `json:"cases"` // ranked; suppressed ones only when asked for
	Summary Summary `json:"summary"`
}

// Events are the evidence of all cases, case by case.
func (r *Result) Events() []Event {
	var list []Event
	for i := range r.Cases {
		list = append(list, r.Cases[i].Evidence...)
	}
	return list
}

// Summary is the part under the table.
type Summary struct {
	Window     Window          `json:"window"`
	Tables     []Table         `json:"tables"`
	Branches   []BranchRun     `json:"branches_run"`
	NotRun     []BranchSkipped `json:"branches_not_run"`
	Suppressed []EntryCount    `json:"suppressed"`
	Expired    []string        `json:"expired_entries"` // ids of entries past their date: not applied
	Rejected   []Rejected      `json:"rejected"`
	Skipped    []Skipped       `json:"skipped_files"`
	Files      Files           `json:"files"`
	Counts     Counts          `json:"counts"`
	Versions   Versions        `json:"versions"`
	Notes      []string        `json:"notes"` // anything else a reader must know
	Profile    *Profile        `json:"profile,omitempty"`
}

// Window is the span of event time hunted: [Since, Until), UTC. A nil bound
// was not set.
type Window struct {
	Since    *time.Time `json:"since"`
	Until    *time.Time `json:"until"`
	Resolved string     `json:"resolved,omitempty"` // how --last was counted back
}

// Table is what was read of one table, within the window.
type Table struct {
	Name       string     `json:"name"`
	Events     int64      `json:"events"` // each event once
	Duplicates int64      `json:"duplicates"`
	Outside    int64      `json:"outside_window"`
	Devices    int64      `json:"devices"`
	Files      int64      `json:"files"`
	First      *time.Time `json:"first"`
	Last       *time.Time `json:"last"`
	GapDays    []string   `json:"gap_days"` // days without an event between First and Last, 2026-09-20
}

// BranchRun is a branch that ran and the events it hit.
type BranchRun struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	Hits  int64  `json:"hits"` // before the allowlist
}

// BranchSkipped is a branch that could not be evaluated: unknown, never clean.
type BranchSkipped struct {
	Name   string   `json:"name"`
	Title  string   `json:"title"`
	Reason string   `json:"reason"`
	Files  []string `json:"files"` // where; empty means everywhere
	// Extent is how much of it: ExtentAll, ExtentTable or ExtentColumn.
	Extent string `json:"extent"`
}

// How much of a branch could not be evaluated in a place.
const (
	ExtentAll    = "all"    // it says nothing of what is there
	ExtentTable  = "table"  // one of its tables is not there, and it runs over the others
	ExtentColumn = "column" // it runs, and would see more if what the reason names were recorded
)

// EntryCount is how many events and cases one allowlist entry or change ticket touched.
type EntryCount struct {
	Entry   string `json:"entry"`
	BuiltIn bool   `json:"built_in"` // the entry comes with smew; else it is the user's own
	Class   string `json:"class"`
	Action  string `json:"action"` // as in Applied; none where it would have lowered and did not
	Cases   int64  `json:"cases"`
	Events  int64  `json:"events"`
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Expires string `json:"expires"` // 2027-05-20
}

// Rejected counts records of one file left out for one reason.
type Rejected struct {
	File    string  `json:"file"`
	Reason  string  `json:"reason"`
	Rows    int64   `json:"rows"`
	Records []int64 `json:"records"` // the first few: line, data row or element
}

// Skipped is a file that was not read.
type Skipped struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
	// Harmless says that nothing can be lost: an empty file, a hidden one.
	Harmless bool `json:"harmless"`
}

// Profile is what the branches cost, in seconds; made when asked for.
type Profile struct {
	Branches []BranchTime `json:"branches"`
	Together float64      `json:"filters_together"` // the one pass that asks for all branches at once
	Total    float64      `json:"total"`            // of the hunt, the measuring of each branch included
}

// BranchTime is what one branch costs by itself, in seconds.
type BranchTime struct {
	Name   string  `json:"name"`
	Title  string  `json:"title"`
	Rows   int64   `json:"rows"`   // that its filter lets through
	Filter float64 `json:"filter"` // reading the tables for it alone
	Query  float64 `json:"query"`  // its query over the rows that were kept
	Hits   int64   `json:"hits"`
}

// Files counts the files given, opened, and left closed because their folder's
// date lies outside the window.
type Files struct {
	Given  int64 `json:"given"`
	Read   int64 `json:"read"` // telemetry, members of archives each
	Opened int64 `json:"opened"`
	Pruned int64 `json:"pruned"`
}

// Counts are the cases before any limit.
type Counts struct {
	Total      int64              `json:"total"`       // cases, suppressed ones among them
	Events     int64              `json:"events"`      // that branches hit: the evidence of all cases
	BySeverity map[Severity]int64 `json:"by_severity"` // without those that are suppressed
	Suppressed int64              `json:"suppressed"`
	BelowScore int64              `json:"below_min_score"` // left out by --min-score
	BelowLimit int64              `json:"beyond_limit"`    // left out by --limit
	Folded     int64              `json:"-"`               // left out by a report for people, see Case.Alike
	Devices    int64              `json:"devices"`         // seen in any table
	RowsRead   int64              `json:"rows_read"`
	RowsKept   int64              `json:"rows_kept"`
	Rejected   int64              `json:"rows_rejected"`
	Others     int64              `json:"rows_other"`         // of kinds that no table is made of
	Doubtful   int64              `json:"rows_time_doubtful"` // rows kept whose time cannot be relied on
}

// Versions name the content a result depends on, by hash.
type Versions struct {
	Smew      string `json:"smew"`
	Branches  string `json:"branches"`
	Allowlist string `json:"allowlist"`
	Changes   string `json:"changes"` // the change calendar; empty if none was given
	Weights   string `json:"weights"`
	Reference string `json:"reference"`
}
