package scenario

import (
	"fmt"
	"slices"
	"time"
)

// fact is one thing that a recorder may record. `what` is one of the types below.
type fact struct {
	at   time.Time
	what any
}

type (
	started    struct{ who *actor }
	registered struct {
		by *actor
		*Registry
	}
	installed struct {
		*Service
		client *actor // nil if it came from another computer
		asker  account
	}
	changed struct {
		by *actor
		*FileChange
	}
	loaded struct {
		by *actor
		*ImageLoad
	}
	driverLoaded struct {
		kernel *actor
		*DriverLoad
	}
	loggedOn struct {
		who account
		*Logon
	}
	connected struct {
		by *actor
		*Network
	}
	compiled struct {
		by *actor
		*PowerShell
	}
	itemAdded struct {
		by *actor
		*LaunchItem
	}
)

// tick is the time between two things that an event does not tell apart.
const tick = time.Millisecond

// facts are what happens on the device, in order, no two at one time.
func (d *device) facts() []fact {
	var list []fact
	clock := d.start.Add(-tick)
	for _, e := range d.scenario.Events {
		at := d.start.Add(e.At)
		if !at.After(clock) {
			at = clock.Add(tick)
		}
		for _, what := range d.play(e.Act, at) {
			list = append(list, fact{at, what})
			clock = at
			at = at.Add(tick)
		}
	}
	return list
}

// play is what one event comes to.
func (d *device) play(a Act, at time.Time) []any {
	switch a := a.(type) {
	case *Process:
		return []any{started{d.enter(a, at)}}
	case *Service:
		return d.playService(a)
	case *ServiceConfig:
		return d.writeValues(a.Name, a.Set)
	case *ServiceDelete:
		return append(
			d.writeValues(a.Name, []Value{{"Start", "REG_DWORD", "4"}}),
			registered{d.cast["services"], &Registry{Action: "delete_key", Key: serviceKey(a.Name)}},
		)
	case *Registry:
		return []any{registered{d.cast[a.By], a}}
	case *FileChange:
		return []any{changed{d.cast[a.By], a}}
	case *ImageLoad:
		return []any{loaded{d.cast[a.By], a}}
	case *DriverLoad:
		return []any{driverLoaded{d.cast["system"], a}}
	case *Logon:
		return []any{loggedOn{d.account(a.User), a}}
	case *Network:
		return []any{connected{d.cast[a.By], a}}
	case *PowerShell:
		return []any{compiled{d.cast[a.By], a}}
	case *LaunchItem:
		return []any{itemAdded{d.cast[a.By], a}}
	}
	panic(fmt.Sprintf("no such act: %T", a))
}

func serviceKey(name string) string {
	return `HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\` + name
}

// typeCodes are the types of services as the registry has them.
var typeCodes = map[string]int{"own": 0x10, "share": 0x20, "kernel": 1, "filesys": 2}

// playService is a service that is created: the service manager makes its key,
// writes its values in this order, and reports it.
func (d *device) playService(s *Service) []any {
	report := installed{Service: s, asker: d.account(`LAB\anna`)}
	if s.By != "" {
		report.asker = d.cast[s.By].user
		if !s.Remote {
			report.client = d.cast[s.By]
		}
	}
	if s.User != "" {
		report.asker = d.account(s.User)
	}
	if s.InstallOnly {
		return []any{report}
	}
	values := []Value{
		{"Type", "REG_DWORD", fmt.Sprint(typeCodes[s.Type])},
		{"Start", "REG_DWORD", fmt.Sprint(slices.Index(startNames, s.Start))},
		{"ErrorControl", "REG_DWORD", "1"},
		{"ImagePath", "REG_EXPAND_SZ", s.Image},
		{"DisplayName", "REG_SZ", s.Display},
	}
	if s.Account != "" {
		values = append(values, Value{"ObjectName", "REG_SZ", s.Account})
	}
	list := []any{registered{d.cast["services"], &Registry{Action: "create_key", Key: serviceKey(s.Name)}}}
	return append(append(list, d.writeValues(s.Name, values)...), report)
}

// writeValues is the service manager writing values of a service.
func (d *device) writeValues(service string, values []Value) []any {
	var list []any
	for _, v := range values {
		list = append(list, registered{d.cast["services"], &Registry{Action: "set", Key: serviceKey(service), Value: v}})
	}
	return list
}
