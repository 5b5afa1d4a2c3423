package allow

import (
	"regexp"
	"strings"
	"time"
)

const (
	// maxDays is how long an entry may hold. Every one of them is a hole that
	// somebody must look at again; what belongs to the operating system
	// changes with its versions only.
	maxDays    = 180
	maxYearsOS = 5
)

var entryID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// check holds the entry against the rules and reports what breaks them.
func (d *draft) check() {
	for _, key := range []string{"id", "class", "match", "action", "reason", "owner", "created", "expires"} {
		if _, ok := d.keys[key]; !ok {
			d.p.add(d.at, "the entry has no %s", key)
			d.bad[key] = true
		}
	}
	for key, text := range map[string]string{"reason": d.Reason, "owner": d.Owner} {
		if !d.bad[key] && text == "" {
			d.p.add(d.values[key], "%s: empty", key)
		}
	}
	if !d.bad["id"] && !entryID.MatchString(d.ID) {
		d.p.add(d.values["id"], "id: %q is not made of a-z, 0-9, dot, dash and underscore, 64 at most", d.ID)
		d.ID = ""
	}
	d.checkDates()
	if !d.bad["match"] && !d.bad["action"] {
		d.checkAction()
	}
}

func (d *draft) checkDates() {
	if d.bad["created"] || d.bad["expires"] {
		return
	}
	if d.Expires.Before(d.Created) {
		d.p.add(d.values["expires"], "expires: before created")
		return
	}
	if d.bad["class"] {
		return // which limit holds is not known
	}
	if d.Class == OperatingSystem {
		if d.Expires.After(d.Created.AddDate(maxYearsOS, 0, 0)) {
			d.p.add(d.values["expires"], "expires: more than %d years after created", maxYearsOS)
		}
		return
	}
	if d.Expires.Sub(d.Created) > maxDays*24*time.Hour {
		last := d.Created.AddDate(0, 0, maxDays).Format(time.DateOnly)
		d.p.add(d.values["expires"], "expires: more than %d days after created; at the latest %s", maxDays, last)
	}
}

// checkAction refuses entries that would hide or lower too much for what they
// ask.
func (d *draft) checkAction() {
	switch d.Action {
	case DownRank:
		d.checkDownRank()
	case Suppress:
		d.checkSuppress()
	}
}

// checkDownRank wants more than names. A command line, a service's name and the
// branch are the intruder's own choice; a signer signs much; where it happens does not
// say what happens.
func (d *draft) checkDownRank() {
	if !d.Match.has(InitiatingProcessPath, PayloadPath, Account) {
		d.p.add(d.keys["match"], "match: a name or a command line is anybody's choice; to down-rank give also "+
			"initiating_process_path, payload_path or account, or use action: tag")
		return
	}
	if d.Match.has(PayloadPath, Account, ServiceName, ProcessCommand, InitiatingProcessCommand) || !d.Scope.fleet() {
		return
	}
	for _, glob := range d.Match[InitiatingProcessPath] {
		if isGenericHost(glob) {
			d.p.add(d.match[InitiatingProcessPath], "%s: %q runs on behalf of others; give also payload_path, account, "+
				"service_name or a command, or a scope", InitiatingProcessPath, glob)
		}
	}
}

// suppressKeys are what an entry that hides must ask for, every one of them. A branch
// does not stand in for any: what it hits is still anybody's doing.
var suppressKeys = []string{InitiatingProcessPath, PayloadPath, ServiceName, Signer}

// InsteadOfSuppress ends each message that refuses a suppress.
const InsteadOfSuppress = "; use action: down-rank 40"

// checkSuppress wants the whole of what makes a service known: who asked for it, its
// name, what it runs and who signed that, with both programs where users cannot put
// one.
func (d *draft) checkSuppress() {
	const instead = InsteadOfSuppress
	var missing []string
	for _, key := range suppressKeys {
		if !d.Match.has(key) {
			missing = append(missing, key)
		}
	}
	if len(missing) > 0 {
		d.p.add(d.keys["match"], "match: to suppress, an entry names %s; there is no %s%s",
			strings.Join(suppressKeys, ", "), strings.Join(missing, ", no "), instead)
	}
	for _, key := range []string{InitiatingProcessPath, PayloadPath} {
		for _, glob := range d.Match[key] {
			if why := openTo(glob); why != "" {
				d.p.add(d.match[key], "%s: %q cannot suppress: %s%s", key, glob, why, instead)
			}
		}
	}
}
