package change

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxWindow is how long a ticket may last: what is longer is a standing permission,
// and belongs into the allowlist, with an owner and a date.
const maxWindow = 31 * 24 * time.Hour

const (
	maxName    = 256 // characters of a device, group or account
	maxPattern = 512 // RE2 slows down past a few thousand
	maxRuns    = 8   // of two or more stars
)

// checker makes windows of mapped lines.
type checker struct {
	p      *problems
	zone   string // of times that tell none; may be ""
	groups map[string][]string
	listed bool // whether there is a list of groups
	zones  map[string]*time.Location
}

func newChecker(p *problems, zone string, groups map[string][]string, listed bool) *checker {
	return &checker{p: p, zone: zone, groups: groups, listed: listed, zones: map[string]*time.Location{}}
}

// window makes a window of one line, or adds what is wrong with it.
func (c *checker) window(r mapped) (Window, bool) {
	before := len(c.p.list)
	add := func(problem string) {
		if problem != "" {
			c.p.add(r.File, r.Line, "%s", problem)
		}
	}
	w := Window{Ticket: r.Ticket, Device: r.Device, Group: r.Group, Service: r.Service, File: r.File, Line: r.Line}
	add(checkTicket(r.Ticket))
	add(c.checkPlace(r.Device, r.Group))
	account, problem := parseAccount(r.Account)
	w.Account = account
	add(problem)
	add(checkService(r.Service))
	c.times(r, &w)
	return w, len(c.p.list) == before
}

func (c *checker) times(r mapped, w *Window) {
	zone, err := c.zoneOf(r)
	if err != nil {
		c.p.add(r.File, r.Line, "%v", err)
		return
	}
	read := func(what, text string) (at time.Time, ok bool) {
		if text == "" {
			c.p.add(r.File, r.Line, "no %s: a ticket holds from when to when", what)
			return at, false
		}
		if at, err = moment(text, zone); err != nil {
			c.p.add(r.File, r.Line, "%s: %v", what, err)
		}
		return at, err == nil
	}
	var haveStart, haveEnd bool
	w.Start, haveStart = read("start", r.Start)
	w.End, haveEnd = read("end", r.End)
	switch {
	case !haveStart || !haveEnd:
	case !w.End.After(w.Start):
		c.p.add(r.File, r.Line, "it ends (%s) before or when it starts (%s)", quote(r.End), quote(r.Start))
	case w.End.Sub(w.Start) > maxWindow:
		c.p.add(r.File, r.Line, "it lasts more than 31 days; what holds for longer is an allowlist entry")
	}
}

// zoneOf is the zone that a line names, else the one that holds for all; nil if
// there is none.
func (c *checker) zoneOf(r mapped) (*time.Location, error) {
	name := r.Zone
	if name == "" {
		name = c.zone
	}
	if name == "" {
		return nil, nil
	}
	if zone, ok := c.zones[name]; ok {
		return zone, nil
	}
	zone, err := Zone(name)
	if err == nil {
		c.zones[name] = zone
	}
	return zone, err
}

// A ticket is shown in reports and tables of all kinds: what would be a formula in a
// spreadsheet is none.
var ticketShape = regexp.MustCompile(`^[\pL\pN#][\pL\pN ._/#:-]{0,63}$`)

func checkTicket(s string) string {
	switch {
	case s == "":
		return "no ticket: what nobody asked for is no change"
	case !ticketShape.MatchString(s):
		return quote(s) + " is no ticket: letters, digits and . _ - / # : only, 64 at most"
	}
	return ""
}

func (c *checker) checkPlace(device, group string) string {
	switch {
	case device == "" && group == "":
		return "neither a device nor a group: a ticket holds somewhere"
	case device != "" && group != "":
		return fmt.Sprintf("both a device (%s) and a group (%s): write a line for each", quote(device), quote(group))
	case device != "":
		return checkDevice(device)
	case !c.listed:
		return fmt.Sprintf("the group %s needs --device-groups FILE.csv, which says what devices are in it", quote(group))
	case c.groups[fold(group)] == nil:
		return fmt.Sprintf("no device of the group %s is in the file of --device-groups", quote(group))
	}
	return ""
}

func checkDevice(s string) string {
	switch {
	case s == "":
		return "no device"
	case strings.Contains(s, "*"):
		return quote(s) + " is a pattern: a device is written out; for many of them name a group"
	}
	return checkName(s, "device")
}

// sysID is how ServiceNow refers to a record if it is not asked to show its name.
var sysID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// checkName is what is asked of a device and of an account alike. Two in one value, or
// something else, would never be met, and nobody would know.
func checkName(s, what string) string {
	switch {
	case utf8.RuneCountInString(s) > maxName:
		return fmt.Sprintf("%s is too long for a %s", quote(s), what)
	case strings.ContainsFunc(s, unicode.IsControl), strings.ContainsAny(s, ",;|"):
		return fmt.Sprintf("%s is not one %s: write a line for each", quote(s), what)
	case strings.ContainsAny(s, `"<>?=`):
		return fmt.Sprintf("%s is no %s", quote(s), what)
	case sysID.MatchString(s):
		return fmt.Sprintf("%s is a sys_id of ServiceNow and no %s: export what it shows (sysparm_display_value=true)", quote(s), what)
	}
	return ""
}

// systemAccounts run every service there is: one of them is not somebody who works on
// a ticket.
var systemAccounts = map[string]bool{
	"system": true, "local service": true, "network service": true, "localservice": true, "networkservice": true,
	"localsystem": true, "anonymous logon": true,
}

// parseAccount reads DOMAIN\user, user@domain, or user, which is one of any domain.
func parseAccount(s string) (a Account, problem string) {
	a = Account{Text: s, Name: fold(s)}
	switch {
	case s == "":
		return a, "no account: a ticket is somebody's"
	case strings.Contains(s, "*"):
		return a, quote(s) + " is a pattern: a ticket is for one account, written out"
	}
	if problem := checkName(s, "account"); problem != "" {
		return a, problem
	}
	const forms = ` is not an account: DOMAIN\user, user@domain or user`
	switch strings.Count(s, `\`) + strings.Count(s, "@") {
	case 0:
		if strings.Contains(s, " ") && !systemAccounts[a.Name] {
			return a, quote(s) + " looks like a person's name; give the account (in ServiceNow the column assigned_to.user_name)"
		}
	case 1:
		if domain, name, ok := strings.Cut(a.Name, `\`); ok {
			a.Domain, a.Name = domain, name
		} else {
			a.Name, a.Domain, _ = strings.Cut(a.Name, "@")
		}
		if a.Domain == "." {
			return a, quote(s) + ": write the device's name for the dot, or the user alone"
		}
		if a.Domain == "" || a.Name == "" {
			return a, quote(s) + forms
		}
	default:
		return a, quote(s) + forms
	}
	if systemAccounts[a.Name] {
		return a, quote(s) + " is the operating system: all services run by it, so it is nobody's change"
	}
	return a, ""
}

var (
	commonWords = regexp.MustCompile(`\.(exe|dll|sys|com|bat|cmd|ps1)\b`)
	letters     = regexp.MustCompile(`[\pL\pN]`)
)

// checkService wants a pattern that names something, as the allowlist does.
func checkService(s string) string {
	switch {
	case s == "":
		return ""
	case utf8.RuneCountInString(s) > maxPattern:
		return fmt.Sprintf("the service %s is too long: at most %d characters", quote(s), maxPattern)
	case strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Sprintf("the service %s has a control character", quote(s))
	case strings.Trim(s, "* ") == "":
		return fmt.Sprintf("the service %s is any: leave it empty, and the ticket counts as one that names none", quote(s))
	case strings.Count(s, "**") > maxRuns:
		return fmt.Sprintf("the service %s has more than %d runs of **", quote(s), maxRuns)
	case strings.Contains(s, "*") && len(letters.FindAllString(commonWords.ReplaceAllString(fold(s), ""), 3)) < 3:
		return fmt.Sprintf("the service %s matches nearly everything; spell out three letters or digits at least", quote(s))
	}
	return ""
}
