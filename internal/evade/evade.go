// Package evade disguises scenarios: the same act, made to look otherwise, so that a
// branch that goes by the look is found out.
//
// A [Disguise] changes the scenario, as an intruder would change the command. A
// [Spelling] changes the records, as another sensor would write the same event. A
// disguise that does not apply to a scenario (there is no sc.exe to rename) gives
// nothing.
package evade

import (
	"fmt"
	"slices"

	"smew/internal/scenario"
)

// Disguise is a way to do the same and look otherwise.
type Disguise struct {
	Name     string // small letters and hyphens
	Platform string // windows, linux, macos
	About    string
	// Kinds are the kinds of telemetry that it is rendered into; nil for those of
	// the scenario.
	Kinds []string

	apply func(*act) bool
}

// All lists the disguises: those of Windows, Linux, macOS.
func All() []Disguise {
	return slices.Concat(commands(), places(), encodings(), others(), impostors(), shells("linux"), shells("macos"), unixPaths(), vendors())
}

// On gives the scenario in disguise, with an id of its own; nil if there is nothing to
// disguise.
func (d Disguise) On(s *scenario.Scenario) *scenario.Scenario {
	if s.Platform != d.Platform {
		return nil
	}
	c := clone(s)
	if d.Kinds != nil {
		c.Telemetry = slices.DeleteFunc(slices.Clone(c.Telemetry), func(kind string) bool { return !slices.Contains(d.Kinds, kind) })
		if len(c.Telemetry) == 0 {
			return nil
		}
	}
	if !d.apply(&act{c}) {
		return nil
	}
	c.ID = fmt.Sprintf("%s_%s", s.ID, d.Name)
	c.Title += ", in disguise: " + d.About
	return c
}

// clone is a copy that can be changed.
func clone(s *scenario.Scenario) *scenario.Scenario {
	c := *s
	c.Telemetry = slices.Clone(s.Telemetry)
	c.Events = slices.Clone(s.Events)
	for i, e := range c.Events {
		switch a := e.Act.(type) {
		case *scenario.Process:
			copied := *a
			copied.Args = slices.Clone(a.Args)
			e.Act = &copied
		case *scenario.Service:
			copied := *a
			e.Act = &copied
		case *scenario.ServiceConfig:
			copied := *a
			copied.Set = slices.Clone(a.Set)
			e.Act = &copied
		case *scenario.ServiceDelete:
			copied := *a
			e.Act = &copied
		case *scenario.Registry:
			copied := *a
			e.Act = &copied
		case *scenario.FileChange:
			copied := *a
			e.Act = &copied
		case *scenario.ImageLoad:
			copied := *a
			e.Act = &copied
		case *scenario.DriverLoad:
			copied := *a
			e.Act = &copied
		case *scenario.PowerShell:
			copied := *a
			e.Act = &copied
		case *scenario.LaunchItem:
			copied := *a
			copied.Args = slices.Clone(a.Args)
			e.Act = &copied
		}
		c.Events[i] = e
	}
	return &c
}
