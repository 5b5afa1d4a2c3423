// Package allow reads the allowlist: entries that say which events are
// expected, why, who vouches for that and until when.
//
// # What an entry can do
//
// An entry has one of three actions. [Suppress] hides what it covers, [DownRank]
// lowers its score, [Tag] only labels it. None of them removes evidence: the join
// in sql/hunt/allowlist.sql gives one row for each event and entry, so that what
// was hidden is counted and can be shown again. sql/hunt/lowered.sql decides what
// that does to a case: a case is lowered by what all of its events are allowed by,
// and one with a hard reason is neither hidden nor lowered by any entry.
//
// # Order of calls
//
// [Load] reads the built-in folder and the user's files; any mistake in any of
// them is an [*Error] that lists them all, and no hunt should start on it.
// [List.Attach] hands the entries that hold on a day to the engine, and
// sql/hunt/allowlist.sql joins them. [Entry.YAML] writes an entry that reads back
// as it was.
//
// # Patterns
//
// Patterns are globs, without regard to the case of A to Z: * is any run within
// one path segment, ** any run at all, everything else stands for itself. See
// [Compile].
package allow

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Class is the kind of activity that an entry explains: the five classes of
// false positives that the seed query names, and servicing by the operating
// system itself.
type Class string

// The classes.
const (
	Installer       Class = "installer"
	ITManagement    Class = "it_management"
	SecurityProduct Class = "security_product"
	Developer       Class = "developer"
	Administrator   Class = "administrator"
	OperatingSystem Class = "operating_system"
)

// Classes lists every class.
var Classes = []Class{Installer, ITManagement, SecurityProduct, Developer, Administrator, OperatingSystem}

// Action is what an entry does to an event that it matches.
type Action string

// The actions.
const (
	Suppress Action = "suppress"
	DownRank Action = "down-rank"
	Tag      Action = "tag"
)

// Actions lists every action.
var Actions = []Action{Suppress, DownRank, Tag}

// The keys of an entry's match. Path keys hold canonical paths; Branches holds
// ids of branches, not patterns.
const (
	InitiatingProcessPath    = "initiating_process_path" // who asked for it
	InitiatingProcessCommand = "initiating_process_command"
	Account                  = "account" // DOMAIN\user, or user of any domain
	ServiceName              = "service_name"
	PayloadPath              = "payload_path" // what the service would run
	ProcessCommand           = "process_command"
	Signer                   = "signer" // who signed the payload
	Branches                 = "branches"
)

// kind is how a match key's values are read.
type kind int

const (
	textKind kind = iota
	pathKind
	accountKind
	deviceKind
	idKind
)

// matchKeys are the keys of a match, in the order in which they are written
// out, with their names in SQL. A new key is a line here and a line in
// sql/hunt/allowlist.sql.
var matchKeys = []struct {
	name   string
	column string
	kind   kind
}{
	{InitiatingProcessPath, "InitiatingProcessPath", pathKind},
	{InitiatingProcessCommand, "InitiatingProcessCommand", textKind},
	{Account, "Account", accountKind},
	{ServiceName, "ServiceName", textKind},
	{PayloadPath, "PayloadPath", pathKind},
	{ProcessCommand, "ProcessCommand", textKind},
	{Signer, "Signer", textKind},
	{Branches, "Branches", idKind},
}

func keyKind(name string) (kind, bool) {
	for _, k := range matchKeys {
		if k.name == name {
			return k.kind, true
		}
	}
	return 0, false
}

// maxPoints is the most that an entry takes off, and that all of them together do.
const maxPoints = 40

// Scope is where an entry holds. The zero value is the whole fleet.
type Scope struct {
	// Devices are patterns of device names, the list's names among them; or of
	// device ids. One without a dot is a device of any domain: ws01 is also
	// ws01.corp.example.
	Devices []string
	// List is the file that names the devices, as the entry gives it; "" if it
	// gives patterns.
	List string
}

// fleet reports whether the entry holds everywhere.
func (s Scope) fleet() bool { return len(s.Devices) == 0 }

// Match is what an event must look like: by match key, the patterns as they
// were written. Every key must hold, through any one of its patterns.
type Match map[string][]string

// has reports whether the match asks for any of the keys.
func (m Match) has(keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return len(m[k]) > 0 })
}

// Entry is one valid entry of an allowlist.
type Entry struct {
	ID     string
	Class  Class
	Scope  Scope
	Match  Match
	Action Action
	// Points is what a down-rank takes off, 1 to 40; 0 for other actions.
	Points int
	Reason string
	Owner  string
	Ticket string // optional
	Source string // where the fact comes from; optional

	// Created and Expires are days in UTC. The entry holds through the whole
	// of Expires.
	Created time.Time
	Expires time.Time
	Enabled bool

	File string // where it was read
	Line int
	// BuiltIn says that the entry comes with smew.
	BuiltIn bool `json:"-"`

	column int
}

// Expired reports whether the entry no longer holds on the day of asOf.
func (e *Entry) Expired(asOf time.Time) bool {
	return !asOf.UTC().Before(e.Expires.AddDate(0, 0, 1))
}

// ActionText is the action as an entry gives it: suppress, down-rank 25 or tag.
func (e *Entry) ActionText() string {
	if e.Action == DownRank {
		return string(DownRank) + " " + strconv.Itoa(e.Points)
	}
	return string(e.Action)
}

// ScopeText says in one word or two where the entry holds.
func (e *Entry) ScopeText() string {
	switch {
	case e.Scope.fleet():
		return "fleet"
	case e.Scope.List != "":
		return e.Scope.List
	default:
		return strings.Join(e.Scope.Devices, " ")
	}
}
