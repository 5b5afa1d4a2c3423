package hunt

import (
	"context"
	"fmt"
	"strings"
)

// prepareChanges makes the change tickets readable, and a place to note the devices
// that there are, which may be called by name in a calendar and by id elsewhere.
func (h *Hunt) prepareChanges(ctx context.Context) error {
	if h.req.Changes == nil {
		return nil
	}
	if err := h.req.Changes.Attach(ctx, h.e); err != nil {
		return err
	}
	if err := h.runSQL(ctx, "hunt/change_names.sql"); err != nil {
		return err
	}
	return h.e.Exec(ctx, "create or replace temp table devices_met (DeviceName varchar, DeviceId varchar)")
}

// noteDevices notes the devices of the attached batch, in the window or not.
func (h *Hunt) noteDevices(ctx context.Context, t *plannedTable) error {
	if h.req.Changes == nil {
		return nil
	}
	return h.e.Exec(ctx, "insert into devices_met select DeviceName, DeviceId from "+t.name()+" group by all except select * from devices_met")
}

// namedTickets is how many tickets a note names.
const namedTickets = 5

// idleTickets says which change tickets match no event, and of which the device is not
// in the data: a name that is misspelt looks like a change that never came.
func (h *Hunt) idleTickets(ctx context.Context) ([]string, error) {
	if h.req.Changes == nil {
		return nil, nil
	}
	matched := "select EntryId from allowed where Action = 'change'"
	if h.nothing { // there is no such table
		matched = "select ''"
	}
	query := `
		with met as (
			select distinct fold(DeviceName) as Name, fold(DeviceId) as Id from devices_met
		),

		places as (
			select change_places.Place
			from change_places
			inner join met on change_host(met.Name) = change_host(change_places.Device)
			where met.Name <> '' and change_same(met.Name, change_places.Device)

			union

			select change_places.Place
			from change_places
			inner join met on met.Id = change_places.Device
		)

		select Ticket, bool_or(places.Place is not null)
		from changes
		left join places on places.Place = changes.Place
		where Ticket not in (` + matched + `)
		group by Ticket
		order by Ticket`
	if err := h.contract.Need(ctx, h.e, query); err != nil {
		return nil, err
	}
	var ticket string
	var met bool
	var idle, nowhere []string
	err := h.each(ctx, query, []any{&ticket, &met}, func() {
		idle = append(idle, ticket)
		if !met {
			nowhere = append(nowhere, ticket)
		}
	})
	if err != nil || len(idle) == 0 {
		return nil, err
	}
	note := fmt.Sprintf("change tickets that match no event that branches hit: %d: %s", len(idle), firstNames(idle))
	if len(nowhere) > 0 {
		note += fmt.Sprintf("; their device, or any of their group, is not in the data: %d: %s", len(nowhere), firstNames(nowhere))
	}
	return []string{note}, nil
}

func firstNames(names []string) string {
	if len(names) <= namedTickets {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:namedTickets], ", ") + ", …"
}
