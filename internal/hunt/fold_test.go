package hunt_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"smew/internal/hunt"
)

// Of cases of one device that are alike two are given, with how many more there are;
// another device's, another program's and what is not asked to be folded stand alone. The
// limit counts what is given.
func TestAlikeCasesAreFolded(t *testing.T) {
	dir := t.TempDir()
	var events []event
	for i := range 7 {
		events = append(events, command(fmt.Sprintf("Flood%d", i), payload).with("ReportId", i+1, "Timestamp", at(i+1)))
	}
	events = append(events,
		command("Far", payload).with(on("pc2")...).with("ReportId", 21),
		command("Other", `C:\Users\Public\other.exe`).with("ReportId", 31))
	stream(t, filepath.Join(dir, "a.json"), events...)
	for _, tt := range []struct {
		fold                         bool
		limit                        int
		cases, alike, folded, beyond int64
	}{
		{false, 0, 9, 0, 0, 0},
		{true, 0, 4, 5, 5, 0},
		{true, 4, 4, 5, 5, 0},
		{true, 3, 3, 5, 5, 1},
		{false, 3, 3, 0, 0, 6},
	} {
		r := run(t, hunt.Request{Branches: every(t), Fold: tt.fold, Limit: tt.limit}, dir)
		var alike int64
		for _, c := range r.Cases {
			if c.Alike != nil {
				alike += c.Alike.Cases
				if c.Alike.First.IsZero() || c.Alike.Last.Before(c.Alike.First) {
					t.Errorf("%+v", c.Alike)
				}
			}
		}
		counts := r.Summary.Counts
		if int64(len(r.Cases)) != tt.cases || alike != tt.alike || counts.Folded != tt.folded || counts.BelowLimit != tt.beyond || counts.Total != 9 {
			t.Errorf("fold %v, limit %d: %d cases, %d alike, %+v", tt.fold, tt.limit, len(r.Cases), alike, counts)
		}
	}
}
