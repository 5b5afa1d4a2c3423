package cli

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"smew/internal/allow"
	"smew/internal/finding"
)

// The points are the fewest that bring the score below 15, as far as 40 do.
func TestPointsFor(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		took := rapid.IntRange(0, 40).Draw(rt, "took by its class")
		other := rapid.IntRange(0, 40).Draw(rt, "took by another")
		before := rapid.IntRange(0, 200).Draw(rt, "points of the case")
		c := &finding.Case{Raw: before - took - other, Allowlist: []finding.Applied{
			{Class: "administrator", Points: -took}, {Class: "installer", Points: -other},
		}}
		n := pointsFor(c, "administrator")
		if n < 1 || n > 40 {
			rt.Fatalf("%d points", n)
		}
		if n < 40 && squashed(before-other-n) >= informational {
			rt.Errorf("%d are too few for %d", n, before-other)
		}
		if n > 1 && squashed(before-other-n+1) < informational {
			rt.Errorf("%d are too many for %d", n, before-other)
		}
	})
}

// An entry asks for what every event tells, and says what it leaves out.
func TestNarrowest(t *testing.T) {
	f := &caseFacts{
		values: map[string][]string{
			allow.InitiatingProcessPath: {`c:\a\b.exe`, `c:\a\b.exe`},
			allow.PayloadPath:           {`c:\a\p.exe`, ""},
			allow.ServiceName:           {"s", "S"},
			allow.Account:               {`a\b\c`, `a\b\c`},
			allow.Signer:                {"", ""},
			allow.Branches:              {"W02", "W01", "W02"},
		},
		devices: []string{"", ""}, ids: []string{"d1", "d1"},
	}
	scope, match, left := narrowest(f)
	if diff := cmp.Diff(allow.Scope{Devices: []string{"d1"}}, scope); diff != "" {
		t.Error(diff)
	}
	want := allow.Match{
		allow.InitiatingProcessPath: {`c:\a\b.exe`}, allow.ServiceName: {"S", "s"}, allow.Branches: {"W01", "W02"},
	}
	if diff := cmp.Diff(want, match); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{
		"payload_path (what the service runs): not every event tells it",
		`account (the account): "a\\b\\c" is not an account: DOMAIN\user or user`,
	}, left); diff != "" {
		t.Error(diff)
	}
	f.ids = []string{"d 1", "d 1"}
	if scope, _, left := narrowest(f); len(scope.Devices) > 0 || len(left) != 4 {
		t.Errorf("a device that cannot be written: %v, %q", scope, left)
	}
}
