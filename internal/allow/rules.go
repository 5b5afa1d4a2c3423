package allow

import (
	"regexp"
	"strings"
	"time"
)

const (
	maxPoints = 40
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
	d.checkPoints()
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

func (d *draft) checkPoints() {
	_, given := d.keys["points"]
	switch {
	case d.bad["action"] || d.bad["points"]:
	case d.Action == DownRank && !given:
		d.p.add(d.at, "a down-rank needs points, 1 to %d", maxPoints)
	case d.Action != DownRank && given:
		d.p.add(d.keys["points"], "points: only a down-rank has points")
	}
}

// checkAction refuses entries that would hide or lower too much for what they
// ask.
func (d *draft) checkAction() {
	switch d.Action {
	case DownRank:
		// A command line, a service's name and the branch are the intruder's
		// own choice.
		if !d.Match.has(InitiatingProcessPath, PayloadPath, Account, Device) {
			d.p.add(d.keys["match"], "match: a name or a command line is anybody's choice; to down-rank give also "+
				"initiating_process_path, payload_path, account or device, or use action: tag")
		}
	case Suppress:
		d.checkSuppress()
	}
}

// checkSuppress wants a program or payload where users cannot put one, and a
// second thing that ties the entry to one purpose.
func (d *draft) checkSuppress() {
	const instead = "; use action: down-rank"
	if !d.Match.has(InitiatingProcessPath, PayloadPath) {
		d.p.add(d.keys["match"], "match: to suppress, an entry must name initiating_process_path or payload_path"+instead)
		return
	}
	for _, key := range []string{InitiatingProcessPath, PayloadPath} {
		for _, glob := range d.Match[key] {
			if why := openTo(glob); why != "" {
				d.p.add(d.match[key], "%s: %q cannot suppress: %s%s", key, glob, why, instead)
			}
		}
	}
	second := d.Match.has(ServiceName, Branches) || d.Match.has(InitiatingProcessPath) && d.Match.has(PayloadPath)
	if !second {
		d.p.add(d.keys["match"], "match: to suppress, a path is not enough: give also %s%s",
			strings.Join([]string{ServiceName, PayloadPath, "or " + Branches}, ", "), instead)
	}
	if d.Match.has(PayloadPath) && d.Match.has(ServiceName) {
		return
	}
	for _, glob := range d.Match[InitiatingProcessPath] {
		if isGenericHost(glob) {
			d.p.add(d.match[InitiatingProcessPath], "%s: %q runs on behalf of others, so to suppress give also "+
				"payload_path and service_name%s", InitiatingProcessPath, glob, instead)
		}
	}
}
