package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"smew/internal/change"
	"smew/internal/hunt"
)

// changeFlags bring change calendars.
type changeFlags struct {
	calendars []string
	groups    string
	zone      string
	columns   string
}

func (f *changeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.calendars, "changes", nil, "a change calendar, CSV: ticket, device or group, account, start, end, service; or ServiceNow's export; may be repeated")
	flags.StringVar(&f.groups, "device-groups", "", "which devices are in the groups of the calendar, CSV: DeviceName, DeviceGroup")
	flags.StringVar(&f.zone, "changes-zone", "", "the zone of times in the calendar that tell none: Europe/Berlin, UTC, +02:00")
	flags.StringVar(&f.columns, "changes-columns", "", "which columns of the calendar mean what: your own copy of sql/changes/columns.sql")
	complete(cmd, "changes-zone", []string{"UTC"})
}

// load reads the calendars before anything is hunted, and says in the summary which of
// their lines permit nothing. Without a calendar it does nothing.
func (f *changeFlags) load(ctx context.Context, files fs.FS, tempDir string, r *hunt.Request) error {
	if len(f.calendars) == 0 {
		return f.alone()
	}
	if f.zone != "" {
		if _, err := change.Zone(f.zone); err != nil {
			return usage(fmt.Errorf("--changes-zone: %w", err), "")
		}
	}
	calendar, err := change.Load(ctx, change.Request{
		Files: f.calendars, Groups: f.groups, Zone: f.zone, SQL: files, Columns: f.columns, TempDir: tempDir,
	})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return usage(err, "a change calendar must be right before it may lower anything")
	}
	r.Changes = calendar
	if note := voidNote(calendar.Voids); note != "" {
		r.Notes = append(r.Notes, note)
	}
	return nil
}

// alone refuses flags that say something of a calendar that is not there.
func (f *changeFlags) alone() error {
	for _, flag := range []struct{ name, value string }{
		{"device-groups", f.groups}, {"changes-zone", f.zone}, {"changes-columns", f.columns},
	} {
		if flag.value != "" {
			return usage(errors.New("--"+flag.name+" without --changes does nothing"), "give the calendar as well: --changes calendar.csv")
		}
	}
	return nil
}

// shownVoids is how many lines a note names.
const shownVoids = 5

// voidNote says which lines permit nothing, and why.
func voidNote(voids []change.Void) string {
	if len(voids) == 0 {
		return ""
	}
	var list []string
	for i, v := range voids {
		if i == shownVoids {
			list = append(list, "…")
			break
		}
		line := fmt.Sprintf("%s:%d", v.File, v.Line)
		if v.Ticket != "" {
			line += " (" + v.Ticket + ")"
		}
		list = append(list, line+" "+v.Reason)
	}
	return fmt.Sprintf("lines of the change calendar that permit nothing: %d: %s", len(voids), strings.Join(list, ", "))
}
