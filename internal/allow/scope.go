package allow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"smew/internal/yamltree"
)

const scopeForms = "scope is fleet, {devices: [ws-*, srv01]} or {device_list: FILE.csv}"

// readScope reads where the entry holds.
func (d *draft) readScope(f field) {
	if s, ok := scalarText(f.Value); ok {
		if s != "fleet" {
			d.fail(f, f.ValueAt(), "%q: %s", s, scopeForms)
		}
		return
	}
	list, ok := yamltree.Fields(f.Value)
	if !ok || len(list) != 1 {
		d.fail(f, f.ValueAt(), "%s, one of them", scopeForms)
		return
	}
	switch key := list[0]; key.Name {
	case "devices":
		d.readDevices(f, key)
	case "device_list":
		d.readDeviceList(f, key)
	default:
		d.fail(f, key.At, "unknown key %q; %s", key.Name, scopeForms)
	}
}

// readDevices reads patterns of devices.
func (d *draft) readDevices(scope, f field) {
	nodes := []ast.Node{f.Value}
	if list, ok := f.Value.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	if len(nodes) == 0 {
		d.fail(scope, f.ValueAt(), "an empty list of devices; leave out scope for the whole fleet")
	}
	for _, n := range nodes {
		at := yamltree.At(n)
		if at.Line == 0 {
			at = f.At
		}
		s, ok := scalarText(n)
		problem := "expected text or a list of texts"
		if ok {
			problem = checkDevice(s)
		}
		if problem != "" {
			d.fail(scope, at, "devices: %s", problem)
			continue
		}
		d.Scope.Devices = append(d.Scope.Devices, s)
	}
}

// checkDevice says what is wrong with a pattern of a device, or "".
func checkDevice(s string) string {
	if problem := controls(s); problem != "" {
		return problem
	}
	if strings.ContainsAny(s, " \t\\/") {
		return fmt.Sprintf("%q is not the name of a device", s)
	}
	if strings.Contains(s, "*") && !letters.MatchString(s) {
		return fmt.Sprintf("%q is every device; leave out scope for the whole fleet", s)
	}
	return checkPattern(deviceKind, s)
}

// readDeviceList reads the names of devices from the file beside the entry's.
func (d *draft) readDeviceList(scope, f field) {
	name, ok := scalarText(f.Value)
	if !ok {
		d.fail(scope, f.ValueAt(), "device_list: expected the name of a file")
		return
	}
	if problem := checkListName(name); problem != "" {
		d.fail(scope, f.ValueAt(), "device_list: %s", problem)
		return
	}
	if d.p.beside == nil {
		d.fail(scope, f.ValueAt(), "device_list: this text lies in no folder, so there is no file beside it")
		return
	}
	text, err := d.p.beside(name)
	if err != nil {
		d.fail(scope, f.ValueAt(), "device_list: %s: %v", name, plain(err))
		return
	}
	list := newProblems(joined(d.p.file, name), text)
	devices := parseDevices(list, text)
	if len(list.list) > 0 {
		d.bad["scope"] = true
		d.p.others = append(d.p.others, list.list...)
		return
	}
	slices.Sort(devices)
	d.Scope = Scope{Devices: slices.Compact(devices), List: name}
}
