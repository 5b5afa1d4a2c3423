package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

func deviceOf(c *finding.Case) string {
	switch {
	case c.DeviceName != "":
		return c.DeviceName
	case c.DeviceID != "":
		return c.DeviceID
	}
	return noDevice
}

// noDevice stands for a device that has neither a name nor an id.
const noDevice = "(no device)"

// alikeText stands for the cases that are folded into the one above.
func alikeText(a *finding.Alike) string {
	text := "and " + number(a.Cases) + " more like these on this device, " + forPeople(a.First)
	if last := forPeople(a.Last); last != forPeople(a.First) {
		text += " to " + last
	}
	return text + ": --format json has them, or smew explain CASE_ID PATH…"
}

// accountText is the account with how it is known.
func accountText(c *finding.Case) string {
	if c.Account == "" {
		return "not known"
	}
	text := term.Line(c.Account, 60)
	if c.AccountFrom != "" {
		text += " (" + term.Line(c.AccountFrom, 60) + ")"
	}
	return text
}

// whoText is who asked for it: the account, how that is known, and the program.
func whoText(c *finding.Case, width int) string {
	text := accountText(c)
	if c.Account == "" {
		text = "account not known"
	}
	if c.Client == "" {
		return text
	}
	client := c.Client
	if len(text)+len(", by ")+len(client) > width {
		client = ending(client)
	}
	return text + ", by " + term.Line(client, width)
}

// kindCounts are the kinds of telemetry that tell of a case, each with the number of
// events that branches hit; then the kinds that only other records are of.
func kindCounts(c *finding.Case) (hit, beside []string) {
	counts := map[string]int64{}
	var order []string
	for i := range c.Evidence {
		kind := c.Evidence[i].Kind
		if counts[kind] == 0 {
			order = append(order, kind)
		}
		counts[kind]++
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(kindPlace(a), kindPlace(b)) })
	for _, kind := range order {
		hit = append(hit, number(counts[kind])+" "+term.Line(kind, 12))
	}
	for _, kind := range c.Seen {
		if counts[kind] == 0 {
			beside = append(beside, term.Line(kind, 12))
		}
	}
	return hit, beside
}

// kindPlace orders kinds as an act leaves them; a kind of which nothing is known is last.
func kindPlace(kind string) int {
	if at := slices.Index(finding.Kinds, kind); at >= 0 {
		return at
	}
	return len(finding.Kinds)
}

// kindsText says which telemetry tells of a case.
func kindsText(c *finding.Case) string {
	hit, beside := kindCounts(c)
	text := strings.Join(hit, ", ")
	if len(beside) > 0 {
		text = joinClauses(text, "beside it "+strings.Join(beside, ", "))
	}
	return text
}

// seenText is kindsText with the kinds that could not be seen. That no account is known
// the case says elsewhere.
func seenText(c *finding.Case) string {
	var missing []string
	for _, m := range c.Missing {
		if m.Kind != "account" {
			missing = append(missing, term.Line(m.Kind, 12))
		}
	}
	if len(missing) == 0 {
		return kindsText(c)
	}
	return joinClauses(kindsText(c), "could not be seen: "+strings.Join(missing, ", "))
}

func joinClauses(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// fleetText says how common the service is.
func fleetText(f *finding.Fleet, width int) string {
	if f.Of == 0 {
		return ""
	}
	text := "on " + number(f.Devices) + " of " + count(f.Of, "device")
	if len(f.Names) > 0 {
		names := slices.Clone(f.Names)
		for i := range names {
			names[i] = cmp.Or(names[i], noDevice)
		}
		text += ": " + some(names, width)
		if n := f.Devices - int64(len(f.Names)); n > 0 && len(f.Names) <= namesMost {
			text += " and " + number(n) + " more"
		}
	}
	if f.Since != nil {
		text += "; first seen " + forPeople(*f.Since) + " UTC"
	}
	return text
}

// heaviest are the reasons of a case, those that weigh most first.
func heaviest(reasons []finding.Reason) []finding.Reason {
	reasons = slices.Clone(reasons)
	slices.SortStableFunc(reasons, func(a, b finding.Reason) int { return magnitude(b.Points) - magnitude(a.Points) })
	return reasons
}

func magnitude(n int) int { return max(n, -n) }

// whyText is the branches that hit, and as many of the heaviest reasons as fit on some
// lines of a width, with the number of those left out. One that is too long makes room
// for a lighter one.
func whyText(c *finding.Case, width, lines int) string {
	text := ""
	if len(c.Branches) > 0 {
		text = term.Line(branchNames(c.Branches), 40) + ": "
	}
	told, all := 0, len(c.Reasons)
	for _, r := range heaviest(c.Reasons) {
		next := text
		if told > 0 {
			next += "; "
		}
		next += reasonShort(&r)
		if told == 0 || len(term.Wrap(next+andMore(all-told-1), width, 0)) <= lines {
			text, told = next, told+1
		}
	}
	return strings.TrimSuffix(text, ": ") + andMore(all-told)
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; and %d more", n)
}

// reasonShort is "+25 started by an Office program". What rarity and hours rest on is
// told with them, for the words alone say little.
func reasonShort(r *finding.Reason) string {
	text := fmt.Sprintf("%+d %s", r.Points, term.Line(r.Text, 100))
	if r.Group == "rarity" && r.Detail != "" {
		detail, _, _ := strings.Cut(r.Detail, ":") // the devices' names are for explain
		text += " (" + term.Line(detail, 60) + ")"
	}
	return text
}

func branchNames(branches []finding.Branch) string {
	names := make([]string, len(branches))
	for i, b := range branches {
		names[i] = b.Name
	}
	return strings.Join(names, ", ")
}

// allowLabel says what an entry or a ticket did: hid the case, lowered it, could do
// neither because of a hard reason, did nothing, or tagged it.
func allowLabel(a *finding.Applied) string {
	switch {
	case a.Action == "suppress":
		return "hid"
	case a.Action == "pierced":
		return "kept"
	case a.Points < 0:
		return "less"
	case a.Action == "down-rank" || a.Action == "change":
		return "same"
	}
	return term.Line(a.Action, 4)
}

// allowText is an entry or a ticket with who answers for it and why it is there; where
// it did nothing, why it did not.
func allowText(a *finding.Applied) string {
	// A ticket's reason names the ticket and whose it is.
	if a.Action == "change" && a.Points < 0 && strings.Contains(a.Reason, a.Entry) {
		return term.Line(a.Reason, 200)
	}
	text := entryName(a)
	if allowLabel(a) == "same" && a.Note != "" {
		return text + ": " + term.Line(a.Note, 200)
	}
	text += ": " + term.Line(a.Reason, 200)
	if a.Owner != "" {
		text += " (" + term.Line(a.Owner, 60) + ")"
	}
	return text
}

// entryName is "allowlist helper", "ticket CHG0012345" or, where a hard reason stands
// against either, "in spite of helper".
func entryName(a *finding.Applied) string {
	name := term.Line(a.Entry, 60)
	switch a.Action {
	case "change":
		return "ticket " + name
	case "pierced":
		return "in spite of " + name
	}
	return "allowlist " + name
}

// labels are what an entry may have done, what matters most first.
var labels = []string{"hid", "kept", "less", "same"}

// byEffect are the entries of a case, those that did most first.
func byEffect(list []finding.Applied) []finding.Applied {
	place := func(a *finding.Applied) int {
		if at := slices.Index(labels, allowLabel(a)); at >= 0 {
			return at
		}
		return len(labels)
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b finding.Applied) int { return cmp.Compare(place(&a), place(&b)) })
	return list
}
