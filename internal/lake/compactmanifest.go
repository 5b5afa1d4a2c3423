package lake

import (
	"context"
	"slices"
)

// mostNotes is how many files of a kind a manifest may have before they are put together.
var mostNotes = 32 // a variable for the tests

// merged is the SELECT of what a kind's files say, put together: what is said of source
// files as of the latest run, what adds up once. "" leaves a kind as it is.
func (l *Lake) merged(s *Snapshot, kind string) string {
	all := l.relation(s, kind)
	switch kind {
	case kindSources, kindAccounts, kindDoubts, kindPresence, kindRejections:
		return "select * from " + l.latest(s, kind)
	case kindPlaces:
		return "select Path, Size, MTime, Hash, max(Run) as Run from " + all + " group by Path, Size, MTime, Hash"
	case kindDevices, kindBoots:
		return "select distinct * from " + all
	case kindHours:
		return "select Account, Hour, Day, bit_or(Minutes) as Minutes from " + all + " group by Account, Hour, Day"
	case kindSkipped:
		return "select File, arg_max(Reason, Run) as Reason, arg_max(Harmless, Run) as Harmless, max(Run) as Run from " + all + " group by File"
	case kindDuplicates, kindForgotten:
		return "select * from " + all
	}
	return ""
}

// manifest puts the files of each kind together of which there are many.
func (c *compaction) manifest(ctx context.Context) error {
	counts := map[string]int{}
	for _, m := range c.snap.Meta {
		counts[m.Kind]++
	}
	next := c.snap.clone()
	next.Runs++
	n := &notes{l: c.l, e: c.e, run: next.Runs, snap: next}
	replaced := map[string]bool{}
	for _, kind := range kindsIn(c.snap) {
		query := c.l.merged(c.snap, kind)
		if counts[kind] <= mostNotes || query == "" {
			continue
		}
		c.progress("merging the manifest's " + kind)
		if err := n.write(ctx, kind, query); err != nil {
			return err
		}
		replaced[kind] = true
		c.result.Manifest = append(c.result.Manifest, CompactedKind{kind, counts[kind]})
	}
	if len(replaced) == 0 {
		return nil
	}
	next.dropKinds(replaced)
	if err := n.placeAll(); err != nil {
		return err
	}
	return c.commit(next)
}

// dropKinds takes the files of some kinds out of the snapshot.
func (s *Snapshot) dropKinds(kinds map[string]bool) {
	gone := map[string]bool{}
	for _, m := range s.Meta {
		gone[m.Path] = kinds[m.Kind]
	}
	s.drop(func(path string) bool { return gone[path] })
}

// kindsIn lists the kinds of files that a manifest has, in order.
func kindsIn(s *Snapshot) []string {
	byKind := map[string]bool{}
	for _, m := range s.Meta {
		byKind[m.Kind] = true
	}
	return slices.Sorted(keysOf(byKind))
}
