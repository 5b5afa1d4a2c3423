package cli

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"smew/internal/allow"
	"smew/internal/engine"
	"smew/internal/finding"
)

// caseFacts is what the events of a case say under each key of a match, a value an
// event, "" where the event does not say.
type caseFacts struct {
	values  map[string][]string
	devices []string
	ids     []string // of devices
}

// readFacts asks the tables of the judgement. A case's id is hex digits.
func readFacts(ctx context.Context, e *engine.Engine, c *finding.Case) (*caseFacts, error) {
	rows, err := e.Query(ctx, `
		select coalesce(ClientPath, ''), coalesce(CasePayloadPath, ''), coalesce(CaseServiceName, ''),
			case when ClientAccountName <> '' then concat_ws('\', nullif(ClientAccountDomain, ''), ClientAccountName) else '' end,
			coalesce(Signer, ''), coalesce(DeviceName, ''), coalesce(DeviceId, ''), array_to_string(Branches, ',')
		from found_events where CaseId = ? order by EventId`, c.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	f := &caseFacts{values: map[string][]string{}}
	for rows.Next() {
		var path, payload, service, account, signer, device, id, branches string
		if err := rows.Scan(&path, &payload, &service, &account, &signer, &device, &id, &branches); err != nil {
			return nil, err
		}
		for key, value := range map[string]string{
			allow.InitiatingProcessPath: path, allow.PayloadPath: payload, allow.ServiceName: service, allow.Account: account, allow.Signer: signer,
		} {
			f.values[key] = append(f.values[key], value)
		}
		f.values[allow.Branches] = append(f.values[allow.Branches], strings.Split(branches, ",")...)
		f.devices, f.ids = append(f.devices, device), append(f.ids, id)
	}
	return f, rows.Err()
}

// draftKeys are the keys that an entry for a case may ask for, with a word for each.
var draftKeys = []struct{ key, word string }{
	{allow.InitiatingProcessPath, "the program that asked"},
	{allow.PayloadPath, "what the service runs"},
	{allow.ServiceName, "the service's name"},
	{allow.Account, "the account"},
	{allow.Signer, "the signer"},
	{allow.Branches, "the branches"},
}

// maxValues is how many values of one key an entry may list; more is not narrow.
const maxValues = 10

// narrowest makes the entry that asks for all that every event of the case says, and
// tells what it had to leave out.
func narrowest(f *caseFacts) (scope allow.Scope, match allow.Match, left []string) {
	match = allow.Match{}
	for _, k := range draftKeys {
		list, why := common(f.values[k.key], func(s string) string { return allow.CheckPattern(k.key, s) })
		if why == "" {
			match[k.key] = list
		} else if k.key != allow.Signer || why != unsaid {
			left = append(left, fmt.Sprintf("%s (%s): %s", k.key, k.word, why))
		}
	}
	for _, names := range [][]string{f.devices, f.ids} {
		list, why := common(names, allow.CheckDevice)
		if why == "" {
			return allow.Scope{Devices: list}, match, left
		}
		if strings.Join(names, "") != "" {
			left = append(left, "scope (the device): "+why)
		}
	}
	return allow.Scope{}, match, append(left, "scope: the entry holds for the whole fleet")
}

const unsaid = "not every event tells it"

// common gives the different values of all events, or why a pattern cannot hold them.
func common(values []string, check func(string) string) (list []string, why string) {
	list = slices.Compact(slices.Sorted(slices.Values(values)))
	switch {
	case len(list) == 0 || list[0] == "":
		return nil, unsaid
	case len(list) > maxValues:
		return nil, fmt.Sprintf("%d different ones", len(list))
	}
	for _, value := range list {
		if why := allow.Literal(value); why != "" {
			return nil, why
		}
		if why := check(value); why != "" {
			return nil, why
		}
	}
	return list, ""
}

// pointsFor is what an entry of the class must take off for the case to score below
// 15, as far as one can: 1 to 40. What entries of other classes take off adds to it;
// of its own class only the strongest counts.
func pointsFor(c *finding.Case, class string) int {
	raw := c.Raw
	for _, applied := range c.Allowlist {
		if applied.Class == class {
			raw -= applied.Points
		}
	}
	most := 0 // the greatest sum that scores below 15
	for squashed(most+1) < informational {
		most++
	}
	return min(max(raw-most, 1), 40)
}

// informational is the score below which a case is for information only.
const informational = 15

// squashed is the score of a sum of points, as sql/hunt/rank.sql has it.
func squashed(raw int) int {
	return int(math.Round(100 * (1 - math.Exp(-float64(raw)/60))))
}

var notOfID = regexp.MustCompile(`[^a-z0-9]+`)

// entryID names an entry after the case's service and the case.
func entryID(c *finding.Case) string {
	name := strings.Trim(notOfID.ReplaceAllString(strings.ToLower(c.ServiceName), "-"), "-")
	if name == "" {
		name = "case"
	}
	return strings.Trim(name[:min(len(name), 40)], "-") + "-" + c.ID[:8]
}

// hardReasons are the reasons that no entry gets past.
func hardReasons(c *finding.Case) []string {
	var texts []string
	for _, r := range c.Reasons {
		if r.Pierces {
			texts = append(texts, r.ID+" ("+r.Text+")")
		}
	}
	return texts
}
