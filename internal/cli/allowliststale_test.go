package cli

import "testing"

// An entry is wide by its share of the events, where these are enough to tell.
func TestStaleState(t *testing.T) {
	for _, tt := range []struct {
		hits, total int
		enough      bool
		want        string
	}{
		{0, 2_000, true, stateStale},
		{0, 2_000, false, stateUnknown},
		{51, 1_000, true, stateWide},
		{50, 1_000, true, stateUsed},
		{999, 999, true, stateUsed},
		{4, 63, false, stateUsed},
	} {
		s := stale{enough: tt.enough, total: tt.total, hits: map[string]int{"x": tt.hits}}
		if got := s.state("x"); got != tt.want {
			t.Errorf("%d of %d: %s, want %s", tt.hits, tt.total, got, tt.want)
		}
	}
}
