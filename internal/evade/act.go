package evade

import (
	"regexp"
	"slices"
	"strings"

	"smew/internal/scenario"
)

// act is a scenario that is being disguised.
type act struct{ *scenario.Scenario }

// each calls f with every act of one type.
func each[T any](a *act, f func(T)) {
	for _, e := range a.Events {
		if t, ok := e.Act.(T); ok {
			f(t)
		}
	}
}

// base is the name of a program in small letters, without .exe.
func base(path string) string {
	return strings.TrimSuffix(strings.ToLower(path[strings.LastIndexAny(path, `\/`)+1:]), ".exe")
}

// commands rewrites every command line; it tells whether any changed.
func (a *act) commands(rewrite func(p *scenario.Process, command string) string) bool {
	changed := false
	each(a, func(p *scenario.Process) {
		before := p.Command
		p.Command = rewrite(p, before)
		for i, arg := range p.Args {
			p.Args[i] = rewrite(p, arg)
			changed = changed || p.Args[i] != arg
		}
		changed = changed || p.Command != before
	})
	return changed
}

// images are the command lines that services are given, each once: of new services,
// of changes, of values written directly.
func (a *act) images() []string {
	var list []string
	a.eachImage(func(image string) string {
		if !slices.Contains(list, image) {
			list = append(list, image)
		}
		return image
	})
	return list
}

// payloadValues are the values of a service's key that name what runs.
var payloadValues = []string{"imagepath", "servicedll", "failurecommand"}

// eachImage rewrites what services are given to run.
func (a *act) eachImage(rewrite func(string) string) {
	each(a, func(s *scenario.Service) { s.Image = rewrite(s.Image) })
	each(a, func(c *scenario.ServiceConfig) {
		for i, v := range c.Set {
			if slices.Contains(payloadValues, strings.ToLower(v.Name)) {
				c.Set[i].Data = rewrite(v.Data)
			}
		}
	})
	each(a, func(r *scenario.Registry) {
		if r.Action == "set" && slices.Contains(payloadValues, strings.ToLower(r.Name)) {
			r.Data = rewrite(r.Data)
		}
	})
}

// replaceImage puts another command line in the place of one, in the services and on
// the command lines that name it, quotes escaped or not.
func (a *act) replaceImage(old, with string) {
	a.eachImage(func(image string) string {
		if image == old {
			return with
		}
		return image
	})
	a.commands(func(p *scenario.Process, command string) string {
		if command == old {
			return command // the service itself, when it runs
		}
		command = strings.ReplaceAll(command, strings.ReplaceAll(old, `"`, `\"`), strings.ReplaceAll(with, `"`, `\"`))
		return strings.ReplaceAll(command, old, with)
	})
	each(a, func(p *scenario.PowerShell) { p.Text = strings.ReplaceAll(p.Text, old, with) })
}

// programPath is the path that a service's command line begins with: on a drive, in
// quotes or not.
var programPath = regexp.MustCompile(`(?i)^"?([a-z]:\\[^"]*?\.(?:exe|sys|dll|bat|cmd|ps1))(?:["\s,]|$)`)

// repath rewrites the paths of what services run: in the services, in the commands
// that set them up. What is started from the path starts from it as before.
func (a *act) repath(rewrite func(path string) string) bool {
	changed := false
	for _, image := range a.images() {
		m := programPath.FindStringSubmatch(image)
		if m == nil {
			continue
		}
		path := m[1]
		to := rewrite(path)
		if to == "" || to == path {
			continue
		}
		changed = true
		spot := regexp.MustCompile(`(?i)` + regexp.QuoteMeta(path))
		swap := func(text string) string { return spot.ReplaceAllLiteralString(text, to) }
		a.eachImage(swap)
		a.commands(func(p *scenario.Process, command string) string {
			if strings.EqualFold(p.Image, path) {
				return command // the payload, when it runs
			}
			return swap(command)
		})
		each(a, func(p *scenario.PowerShell) { p.Text = swap(p.Text) })
	}
	return changed
}

// drop removes events.
func (a *act) drop(unwanted func(scenario.Act) bool) {
	a.Events = slices.DeleteFunc(a.Events, func(e scenario.Event) bool { return unwanted(e.Act) })
}

// handOver makes another process the doer of what some did, and removes those, and
// the shells whose command line tells of them.
func (a *act) handOver(to string, gone func(*scenario.Process) bool) bool {
	ids := map[string]bool{}
	each(a, func(p *scenario.Process) {
		if gone(p) {
			ids[p.ID] = true
		}
	})
	if len(ids) == 0 {
		return false
	}
	// A wrapper holds the whole script: it would be another.
	for {
		before := len(ids)
		each(a, func(p *scenario.Process) {
			each(a, func(child *scenario.Process) {
				if ids[child.ID] && child.Parent == p.ID {
					ids[p.ID] = true
				}
			})
		})
		if len(ids) == before {
			break
		}
	}
	a.drop(func(e scenario.Act) bool {
		p, ok := e.(*scenario.Process)
		return ok && ids[p.ID]
	})
	pass := func(by *string) {
		if ids[*by] {
			*by = to
		}
	}
	each(a, func(p *scenario.Process) { pass(&p.Parent) })
	each(a, func(s *scenario.Service) { pass(&s.By) })
	each(a, func(s *scenario.ServiceConfig) { pass(&s.By) })
	each(a, func(s *scenario.ServiceDelete) { pass(&s.By) })
	each(a, func(r *scenario.Registry) { pass(&r.By) })
	each(a, func(f *scenario.FileChange) { pass(&f.By) })
	each(a, func(l *scenario.ImageLoad) { pass(&l.By) })
	each(a, func(p *scenario.PowerShell) { pass(&p.By) })
	return true
}

// hasEffect tells whether a service changes, whoever did it: without that there is
// only a command.
func (a *act) hasEffect() bool {
	return slices.ContainsFunc(a.Events, func(e scenario.Event) bool {
		switch e.Act.(type) {
		case *scenario.Service, *scenario.ServiceConfig, *scenario.Registry:
			return true
		}
		return false
	})
}
