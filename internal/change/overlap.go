package change

import (
	"cmp"
	"slices"
)

// calendar makes a calendar of mapped lines, or gives all mistakes.
func (c *checker) calendar(tables []*table, lines []mapped) (*Calendar, error) {
	cal := &Calendar{Windows: []Window{}, Groups: map[string][]string{}, Voids: []Void{}}
	type place struct {
		file string
		line int
	}
	taken := map[place]bool{}
	for _, r := range lines {
		taken[place{r.File, r.Line}] = true
		if r.Void != "" {
			cal.Voids = append(cal.Voids, Void{File: r.File, Line: r.Line, Ticket: r.Ticket, Reason: r.Void})
		} else if w, ok := c.window(r); ok {
			cal.Windows = append(cal.Windows, w)
		}
	}
	for _, t := range tables {
		for _, r := range t.Records {
			if !taken[place{r.File, r.Line}] {
				cal.Voids = append(cal.Voids, Void{File: r.File, Line: r.Line, Reason: "the mapping leaves it out"})
			}
		}
	}
	c.p.overlaps(cal.Windows)
	if err := c.p.err(); err != nil {
		return nil, err
	}
	c.order(cal)
	return cal, nil
}

// order makes equal calendars equal, however their files were given.
func (c *checker) order(cal *Calendar) {
	slices.SortFunc(cal.Windows, byContent)
	slices.SortFunc(cal.Voids, func(a, b Void) int {
		return cmp.Or(cmp.Compare(c.p.files[a.File], c.p.files[b.File]), cmp.Compare(a.Line, b.Line))
	})
	for i := range cal.Windows {
		if group := fold(cal.Windows[i].Group); group != "" {
			cal.Groups[group] = c.groups[group]
		}
	}
}

// overlaps refuses two windows for the same account on the same device or group, of
// the same service, that share a moment: which of the tickets an event belongs to
// would be anybody's guess. The later line is refused, and names the other.
func (p *problems) overlaps(windows []Window) {
	type subject struct{ place, name, service string }
	by := map[subject][]*Window{}
	for i := range windows {
		w := &windows[i]
		s := subject{"device " + host(fold(w.Device)), w.Account.Name, fold(w.Service)}
		if w.Group != "" {
			s.place = w.place()
		}
		by[s] = append(by[s], w)
	}
	for _, list := range by {
		slices.SortFunc(list, func(a, b *Window) int {
			return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(p.files[a.File], p.files[b.File]), cmp.Compare(a.Line, b.Line))
		})
		var open []*Window // that may still share a moment with what follows
		for _, w := range list {
			open = slices.DeleteFunc(open, func(o *Window) bool { return !o.End.After(w.Start) })
			for _, o := range open {
				if sameName(fold(o.Device), fold(w.Device)) && (o.Account.Domain == w.Account.Domain || sameDomain(o, w)) {
					p.overlap(o, w)
					break
				}
			}
			open = append(open, w)
		}
	}
}

// sameDomain reports whether the accounts of two windows, of one name, are one. A user
// of any domain is not the user of one.
func sameDomain(a, b *Window) bool {
	return a.Account.Domain != "" && b.Account.Domain != "" && sameName(a.Account.Domain, b.Account.Domain)
}

func (p *problems) overlap(a, b *Window) {
	if cmp.Or(cmp.Compare(p.files[a.File], p.files[b.File]), cmp.Compare(a.Line, b.Line)) > 0 {
		a, b = b, a
	}
	p.add(b.File, b.Line, "%s overlaps %s in %s:%d: both are for %s on %s (%s and %s); make one window of them, or let one end where the other begins",
		b.Ticket, a.Ticket, a.File, a.Line, b.Account.Text, b.placeText(), b.span(), a.span())
}
