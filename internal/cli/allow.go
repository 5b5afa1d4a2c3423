package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"smew/internal/allow"
	"smew/internal/finding"
	"smew/internal/hunt"
	"smew/internal/term"
)

type allowFlags struct {
	searchFlags
	reason, owner, ticket string
	class, action         string
	days                  int
}

func (a *app) allowCommand() *cobra.Command {
	var f allowFlags
	cmd := &cobra.Command{
		Use:   "allow CASE_ID PATH…",
		Short: "write the narrowest allowlist entry that would cover a case",
		Long: `allow hunts through the files, finds the case by its id or the id's beginning, and
prints the narrowest entry that would cover it: of its device, with the program that
asked, the payload, the service, the account, the signer and the branches, as far as
every event of the case tells them. Comments above the entry say what it would do to
the case, and what else in this data it would cover. smew allowlist lint accepts what
is printed once it has a reason and an owner.

Give the window and the flags that the hunt had. By default the entry lowers, by the
points that bring the case below 15, and 40 at most. --action suppress hides, if the
rules for that are met.

A case with a hard reason (a payload on the network, encoded code, a named pipe …)
cannot be allowed: exit status 3, and the reasons are named.`,
		Example: `  smew allow 1a5e9c31 exports --reason 'rollout of the agent' --owner 'endpoint team' > new.yaml
  smew allowlist lint new.yaml
  smew hunt exports --allowlist new.yaml
  smew allow 1a5e9c31 exports --action tag --days 30 --ticket CHG0031`,
		Args: needCase("allow"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.allow(cmd, &f, args) },
	}
	f.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.reason, "reason", "", "why this is expected")
	flags.StringVar(&f.owner, "owner", "", "who vouches for it")
	flags.StringVar(&f.ticket, "ticket", "", "the ticket it goes by")
	flags.StringVar(&f.class, "class", string(allow.Administrator), "kind of activity: "+strings.Join(classNames(), ", "))
	flags.StringVar(&f.action, "action", "", "tag, suppress, down-rank or \"down-rank N\" (default: down-rank by what is needed)")
	flags.IntVar(&f.days, "days", 90, "how many days from --as-of the entry holds, 180 at most")
	complete(cmd, "class", classNames())
	complete(cmd, "action", []string{string(allow.DownRank), string(allow.Tag), string(allow.Suppress)})
	return cmd
}

func classNames() []string {
	names := make([]string, len(allow.Classes))
	for i, c := range allow.Classes {
		names[i] = string(c)
	}
	return names
}

// check looks at the flags before anything is read, and gives the action with its
// points, 0 if they are to be worked out.
func (f *allowFlags) check() (action allow.Action, points int, err error) {
	for name, text := range map[string]*string{"reason": &f.reason, "owner": &f.owner, "ticket": &f.ticket} {
		*text = strings.Join(strings.Fields(*text), " ")
		if strings.IndexFunc(*text, unicode.IsControl) >= 0 {
			return "", 0, usage(fmt.Errorf("--%s holds a control character", name), "give it as plain text")
		}
	}
	if !slices.Contains(classNames(), f.class) {
		return "", 0, usage(errors.New("--class: no class "+quote(f.class)), strings.Join(classNames(), ", "))
	}
	if f.days < 1 || f.days > 180 {
		return "", 0, usage(fmt.Errorf("--days is %d", f.days), "an entry holds for 1 to 180 days")
	}
	const forms = "tag, suppress, down-rank, or \"down-rank 25\" with 1 to 40 points"
	name, number, given := strings.Cut(f.action, " ")
	switch action = allow.Action(name); {
	case f.action == "":
		return allow.DownRank, 0, nil
	case !slices.Contains(allow.Actions, action), given && action != allow.DownRank:
		return "", 0, usage(errors.New("--action: "+quote(f.action)+" is no action"), forms)
	case given:
		if points, err = strconv.Atoi(number); err != nil || points < 1 || points > 40 {
			return "", 0, usage(errors.New("--action: "+quote(f.action)+" has no points from 1 to 40"), forms)
		}
	}
	return action, points, nil
}

func (a *app) allow(cmd *cobra.Command, f *allowFlags, args []string) error {
	action, points, err := f.check()
	if err != nil {
		return err
	}
	s, err := a.searchAll(cmd, &f.searchFlags, args[1:])
	if err != nil {
		return err
	}
	defer s.Close()
	c, err := findCase(s.result, args[0])
	if err != nil {
		return err
	}
	if hard := hardReasons(c); len(hard) > 0 {
		return data(fmt.Errorf("case %s cannot be allowed: no entry gets past %s", c.ID, strings.Join(hard, ", ")),
			"smew explain "+c.ID+" PATH… shows the evidence; what runs there must change, not the allowlist")
	}
	entry, left, err := f.entry(cmd.Context(), s, c, action, points)
	if err != nil {
		return err
	}
	with, err := checked(entry, left)
	if err != nil {
		return err
	}
	after, err := hunt.Again(cmd.Context(), s.engine, s.request, &allow.List{Entries: append(slices.Clone(s.request.Allow.Entries), *with)})
	if err != nil {
		return huntError(err)
	}
	if err := ignorePipe(writeEntry(a.stdout, entry, left, effectOf(entry.ID, c.ID, s.result, after))); err != nil {
		return err
	}
	if f.reason == "" || f.owner == "" {
		a.printer.Warnf("the entry is not valid before its reason and owner are filled in")
		a.printer.Hint("--reason says why this is expected, --owner who vouches for it")
	}
	return nil
}

// entry makes the entry for a case.
func (f *allowFlags) entry(ctx context.Context, s *searched, c *finding.Case, action allow.Action, points int) (*allow.Entry, []string, error) {
	facts, err := readFacts(ctx, s.engine, c)
	if err != nil {
		return nil, nil, err
	}
	day := s.request.AsOf.UTC().Truncate(24 * time.Hour)
	e := &allow.Entry{
		ID: entryID(c), Class: allow.Class(f.class), Action: action, Points: points, Reason: f.reason, Owner: f.owner, Ticket: f.ticket,
		Created: day, Expires: day.AddDate(0, 0, f.days), Enabled: true,
	}
	if action == allow.DownRank && points == 0 {
		e.Points = pointsFor(c, f.class)
	}
	var left []string
	e.Scope, e.Match, left = narrowest(facts)
	if len(e.Match) == 0 {
		return nil, nil, data(fmt.Errorf("case %s cannot be allowed: nothing that all its events tell can be written as a pattern", c.ID), strings.Join(left, "; "))
	}
	return e, left, nil
}

// checked reads the entry back as a hunt would, so that none is printed that the
// rules refuse. Reason and owner may still be missing; left is what was left out of it.
func checked(e *allow.Entry, left []string) (*allow.Entry, error) {
	whole := *e
	if whole.Reason == "" {
		whole.Reason = "to be filled in"
	}
	if whole.Owner == "" {
		whole.Owner = "to be filled in"
	}
	entries, err := allow.Parse("entry", []byte(whole.YAML()))
	var bad *allow.Error
	if errors.As(err, &bad) {
		return nil, refused(bad, left)
	}
	if err != nil {
		return nil, err
	}
	return &entries[0], nil
}

// refused says a line each why the rules refuse an entry, and once what to do instead.
func refused(bad *allow.Error, left []string) error {
	text, hint := "the rules refuse an entry for this case:", "--action tag labels it, which the rules always allow"
	for _, p := range bad.Problems {
		reason, instead := strings.CutSuffix(p.Message, allow.InsteadOfSuppress)
		if instead {
			hint = "--action \"down-rank 40\" lowers it as far as an entry can; --action tag only labels it"
		}
		text += "\n" + reason
	}
	if len(left) > 0 {
		text += "\nleft out: " + term.Line(strings.Join(left, ", "), 400)
	}
	return data(errors.New(text), hint)
}

// effect is what an entry would do in the data at hand.
type effect struct {
	of     caseChange   // the case it was made for
	others []caseChange // that it would hide or lower or label
	beside int          // that it matches without effect
}

// caseChange is a case before and after.
type caseChange struct {
	before finding.Case
	score  int
	hidden bool
}

// effectOf compares what a hunt found without the entry and with it.
func effectOf(entry, id string, before, after *finding.Result) effect {
	old := map[string]*finding.Case{}
	for i := range before.Cases {
		old[before.Cases[i].ID] = &before.Cases[i]
	}
	var e effect
	for i := range after.Cases {
		c := &after.Cases[i]
		was := old[c.ID]
		at := slices.IndexFunc(c.Allowlist, func(applied finding.Applied) bool { return applied.Entry == entry })
		if was == nil || at < 0 && c.ID != id {
			continue
		}
		done := caseChange{before: *was, score: c.Score, hidden: c.Suppressed}
		switch {
		case c.ID == id:
			e.of = done
		case c.Score != was.Score || c.Suppressed != was.Suppressed || c.Allowlist[at].Action == string(allow.Tag):
			e.others = append(e.others, done)
		default:
			e.beside++
		}
	}
	return e
}

// maxOthers is how many other cases are named.
const maxOthers = 20

// writeEntry prints the entry with what it does as comments above it. What comes from
// data is made safe in both.
func writeEntry(w io.Writer, e *allow.Entry, left []string, does effect) error {
	var b strings.Builder
	comment := func(format string, args ...any) {
		b.WriteString("# " + term.Line(fmt.Sprintf(format, args...), 160) + "\n")
	}
	c := &does.of.before
	comment("case %s, %s: %s", c.ID, deviceOf(c), c.Title)
	comment("score %d, with this entry %s", c.Score, does.of.outcome())
	switch {
	case c.Score < informational:
		comment("the case is below %d as it is and needs no entry", informational)
	case e.Action == allow.DownRank && e.Points == 40 && does.of.score >= informational:
		comment("an entry takes off 40 at most")
	}
	switch {
	case len(does.others) == 0:
		comment("in this data the entry covers no other case")
	default:
		comment("in this data the entry also covers %s:", count(int64(len(does.others)), "other case"))
		for _, o := range does.others[:min(len(does.others), maxOthers)] {
			comment("  %s %s: %d, then %s: %s", o.before.ID, deviceOf(&o.before), o.before.Score, o.outcome(), o.before.Title)
		}
		if more := len(does.others) - maxOthers; more > 0 {
			comment("  and %d more", more)
		}
	}
	if does.beside > 0 {
		comment("it matches %s without effect", count(int64(does.beside), "other case"))
	}
	for _, text := range left {
		comment("left out: %s", text)
	}
	_, err := io.WriteString(w, b.String()+e.YAML())
	return err
}

func (c *caseChange) outcome() string {
	if c.hidden {
		return "hidden"
	}
	return strconv.Itoa(c.score)
}

func deviceOf(c *finding.Case) string {
	if name := deviceName(c); name != "" {
		return name
	}
	return "a device without a name"
}
