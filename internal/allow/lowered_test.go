package allow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Rows in, rows out: what comes of entries for cases of a few events.
func TestLowered(t *testing.T) {
	of := func(id, account string, change ...func(*event)) event {
		v := event{ID: id, Case: "c", Account: account, Hard: false}
		for _, f := range change {
			f(&v)
		}
		return v
	}
	shown := func(e event) event { e.Case = "c"; return e }
	tests := []struct {
		name    string
		entries []string
		events  []event
		want    []applied
		hidden  []string
	}{
		{
			"the strongest of a class, classes add, 40 at most",
			[]string{
				`installer:a | account: ann | ` + lower("10"),
				`installer:b | account: ann | ` + lower("25"),
				`installer:c | account: ann | ` + lower("25"),
				`developer:d | account: ann | ` + lower("10"),
				`administrator:e | account: ann | ` + lower("8"),
			},
			[]event{of("1", "ann")},
			[]applied{
				{"c", "a", "installer", "down-rank", 0, 1, "another entry of its class counts"},
				{"c", "b", "installer", "down-rank", -25, 1, ""},
				{"c", "c", "installer", "down-rank", 0, 1, "another entry of its class counts"},
				{"c", "d", "developer", "down-rank", -10, 1, ""},
				{"c", "e", "administrator", "down-rank", -5, 1, "all entries together take off 40 at most"},
			},
			nil,
		},
		{
			"one event that nothing allows keeps the case where it is",
			[]string{`a | account: ann | ` + lower("10"), `label | account: ann | ` + tag},
			[]event{of("1", "ann"), of("2", "ann"), of("3", "bob"), of("4", "ann"), of("5", "bob")},
			[]applied{
				{"c", "a", "installer", "down-rank", 0, 3, "matches 3 of the case's 5 events"},
				{"c", "label", "installer", "tag", 0, 3, ""},
			},
			nil,
		},
		{
			"a case loses what its least allowed event loses",
			[]string{`a | account: ann | ` + lower("30"), `b | account: bob | ` + lower("12"), `developer:both | account: [ann, bob] | ` + lower("3")},
			[]event{of("1", "ann"), of("2", "bob")},
			[]applied{
				{"c", "a", "installer", "down-rank", 0, 1, "matches 1 of the case's 2 events"},
				{"c", "b", "installer", "down-rank", -12, 1, ""},
				{"c", "both", "developer", "down-rank", -3, 2, ""},
			},
			nil,
		},
		{
			"equals: the event with the smallest id",
			[]string{`a | account: ann | ` + lower("9"), `b | account: bob | ` + lower("9")},
			[]event{of("2", "ann"), of("1", "bob")},
			[]applied{
				{"c", "a", "installer", "down-rank", 0, 1, "matches 1 of the case's 2 events"},
				{"c", "b", "installer", "down-rank", -9, 1, ""},
			},
			nil,
		},
		{
			"hidden only if all of it is covered",
			[]string{"v | " + vendor},
			[]event{hidden("1"), shown(hidden("2")), shown(hidden("3")).of(func(v *event) { v.Service = "x" })},
			[]applied{
				{"c", "v", "installer", "down-rank", 0, 1, "matches 1 of the case's 2 events"},
				{"case of 1", "v", "installer", "suppress", -40, 1, ""},
			},
			[]string{"case of 1"},
		},
		{
			"lowered where a signer is not recorded",
			[]string{"v | " + vendor},
			[]event{shown(hidden("1")), shown(hidden("2")).of(func(v *event) { v.Signer = nil })},
			[]applied{{"c", "v", "installer", "down-rank", -40, 2, "no signer is recorded, so it is lowered by 40 and not hidden"}},
			nil,
		},
		{
			"a hard reason of one event pierces for all of the case",
			[]string{"v | " + vendor, `a | account: ann | ` + lower("9"), `label | account: ann | ` + tag},
			[]event{
				shown(hidden("1")).of(func(v *event) { v.Account = "ann" }),
				shown(hidden("2")).of(func(v *event) { v.Account, v.Hard = "ann", true }),
			},
			[]applied{
				{"c", "a", "installer", "pierced", 0, 2, "a hard reason stands: the reason"},
				{"c", "label", "installer", "tag", 0, 2, ""},
				{"c", "v", "installer", "pierced", 0, 2, "a hard reason stands: the reason"},
			},
			nil,
		},
		{
			"a verdict that is missing counts as hard",
			[]string{"v | " + vendor},
			[]event{
				hidden("1").of(func(v *event) { v.Unjudged = true }),
				hidden("2").of(func(v *event) { v.Hard = nil }),
			},
			[]applied{
				{"case of 1", "v", "installer", "pierced", 0, 1, "a hard reason stands: no reason is known"},
				{"case of 2", "v", "installer", "pierced", 0, 1, "a hard reason stands: the reason"},
			},
			nil,
		},
		{"no entries", nil, []event{of("1", "ann")}, nil, nil},
		{"no events", []string{"v | " + vendor}, nil, nil, nil},
	}
	e := open(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := &List{}
			if tt.entries != nil {
				list = entriesOf(t, tt.entries...)
			}
			if err := list.Attach(t.Context(), e, today); err != nil {
				t.Fatal(err)
			}
			found(t, e, tt.events...)
			join(t, e)
			got, hidden := weigh(t, e)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("case_allowed (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.hidden, hidden); diff != "" {
				t.Errorf("case_suppressed (-want +got):\n%s", diff)
			}
		})
	}
}

// A change ticket weighs as an entry of its class does, whatever its name.
func TestLoweredByChange(t *testing.T) {
	e := open(t)
	if err := entriesOf(t, "administrator:chg1 | account: ann | "+lower("10")).Attach(t.Context(), e, today); err != nil {
		t.Fatal(err)
	}
	found(t, e, event{ID: "1", Account: "ann", Hard: false}, event{ID: "2", Account: "ann", Hard: true})
	join(t, e)
	for _, points := range []int{10, 25, 25} { // the calendar may hold two rows of one ticket
		for _, id := range []string{"1", "2"} {
			exec(t, e, "insert into allowed values (?, 'chg1', 'administrator', 'change', ?, '', 'r', 'o', 'chg1', null)", id, points)
		}
	}
	got, _ := weigh(t, e)
	want := []applied{
		{"case of 1", "chg1", "administrator", "change", -25, 1, ""},
		{"case of 1", "chg1", "administrator", "down-rank", 0, 1, "another entry of its class counts"},
		{"case of 2", "chg1", "administrator", "pierced", 0, 1, "a hard reason stands: the reason"},
		{"case of 2", "chg1", "administrator", "pierced", 0, 1, "a hard reason stands: the reason"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("case_allowed (-want +got):\n%s", diff)
	}
}
