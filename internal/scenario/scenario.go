package scenario

import (
	"slices"
	"time"
)

// Scenario is one act and what the branches must make of it.
type Scenario struct {
	ID        string // <technique's folder>/<name of the file>
	Title     string
	Technique string // ATT&CK, T1543.003
	Atomic    string // GUID of the test of Atomic Red Team that it replays, or ""
	Platform  string // one of Platforms
	About     string
	Telemetry []string // the kinds it is rendered into
	Near      []string // branches that it nearly hits
	Events    []Event
	// Fires are the branches that must hit it, by kind of telemetry: these and
	// no other.
	Fires map[string][]string

	Path string // as given; messages name it
}

// Event is one thing that happens.
type Event struct {
	At  time.Duration // after the start of the scenario
	Act Act
}

// Act is what happens in an event: one of the types below.
type Act interface{ act() }

// Process is a program that starts.
type Process struct {
	ID        string // what other events call it
	Image     string
	Command   string
	Args      []string // the command's arguments, if it is not to be split
	Parent    string
	User      string
	Original  string // name in the file's version information
	Directory string
	SHA256    string
	Integrity string
}

// Service is a service that is created, or that Windows reports as installed.
type Service struct {
	Name, Display, Image string
	Type, Start          string
	Account              string
	By                   string // the process that asked for it; "" if from another computer
	User                 string // who asked, where that is not By's user
	Remote               bool
	InstallOnly          bool // the report alone, without what is written to the registry
}

// ServiceConfig is a change of a service through the service manager.
type ServiceConfig struct {
	Name, By string
	Set      []Value
}

// Value is a value of a service's key.
type Value struct{ Name, Type, Data string }

// ServiceDelete is a service that is deleted.
type ServiceDelete struct{ Name, By string }

// Registry is a change of the registry.
type Registry struct {
	By     string
	Action string // set, delete_value, create_key, delete_key
	Key    string // HKEY_LOCAL_MACHINE\…
	Value
}

// FileChange is a change of a file.
type FileChange struct {
	By     string
	Action string // created, modified, renamed, deleted
	Path   string
	From   string // the name before, or what a link points to
	SHA256 string
}

// ImageLoad is a module that a process loads.
type ImageLoad struct {
	By, Path, SHA256 string
	Signed           bool
	Signature        string
}

// DriverLoad is a driver that the kernel loads.
type DriverLoad struct {
	Path, SHA256 string
	Signed       bool
	Signature    string
}

// Logon is somebody who logs on.
type Logon struct {
	User    string
	Type    int
	Address string
}

// Network is a connection.
type Network struct {
	By, Direction, Address string
	Port                   int
}

// PowerShell is a script block that PowerShell compiles.
type PowerShell struct{ By, Text string }

// LaunchItem is a launch agent or daemon that macOS takes note of.
type LaunchItem struct {
	By, Path, Label, Program string
	Args                     []string
}

func (*Process) act()       {}
func (*Service) act()       {}
func (*ServiceConfig) act() {}
func (*ServiceDelete) act() {}
func (*Registry) act()      {}
func (*FileChange) act()    {}
func (*ImageLoad) act()     {}
func (*DriverLoad) act()    {}
func (*Logon) act()         {}
func (*Network) act()       {}
func (*PowerShell) act()    {}
func (*LaunchItem) act()    {}

// Platforms are the platforms of a scenario.
var Platforms = []string{"windows", "linux", "macos"}

// kindsOf are the kinds of telemetry of each platform, in the order they are
// shown.
var kindsOf = map[string][]string{
	"windows": {"defender", "sysmon", "security", "system", "powershell"},
	"linux":   {"defender", "auditd", "sysmon"},
	"macos":   {"defender", "eslogger"},
}

// Kinds are the kinds of telemetry of all platforms, in the order they are shown.
func Kinds() []string {
	var list []string
	for _, p := range Platforms {
		for _, k := range kindsOf[p] {
			if !slices.Contains(list, k) {
				list = append(list, k)
			}
		}
	}
	return list
}

// Promised are the branches that must hit the scenario in some kind of telemetry.
func (s *Scenario) Promised() []string {
	var list []string
	for _, ids := range s.Fires {
		list = append(list, ids...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}
