package sample

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"time"
)

const (
	domain      = "corp"
	tenantID    = "4f7c9a10-2b6e-4d53-8e21-c05a97d1e3b8"
	workspaceID = "b1d04c7e-93aa-4f06-a5c8-6e27f0d9b314"
	jobID       = "0e5b8d72-417f-4c9a-b3e6-92a1d6c8f057"
	// domainSID begins the security ids of the domain's accounts.
	domainSID = "S-1-5-21-2871653091-1473920586-3359108247"
)

// Device is one computer of the fleet.
type Device struct {
	Name  string // fully qualified
	ID    string
	Group string // Defender's machine group
	IP    string
	User  *Account // who works on it

	// What runs on it since it was started.
	System, Services, Svchost, Explorer *Process

	counter int64 // of reports
}

// Account is who a process runs as.
type Account struct{ Domain, Name, SID, UPN, ObjectID string }

var localSystem = &Account{Domain: "nt authority", Name: "system", SID: "S-1-5-18"}

// user is an account of the domain.
func user(name string) *Account {
	h := sha(name)
	return &Account{
		Domain: domain, Name: name, SID: fmt.Sprintf("%s-%d", domainSID, 1100+number(name)%4000),
		UPN: name + "@corp.example", ObjectID: h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-9" + h[17:20] + "-" + h[20:32],
	}
}

// fleet is the twelve devices, by short name.
type fleet struct {
	ws141, ws155, ws163, ws177, lt202, lt219, dev11, bld01, file01, db01, app02, dc01 *Device
}

func newFleet() *fleet {
	device := func(short, group, ip, userName string) *Device {
		d := &Device{
			Name: short + ".corp.example", ID: sha(short + " device"), Group: group, IP: ip,
			User: user(userName), counter: 2000 + number(short)%3000,
		}
		d.boot()
		return d
	}
	return &fleet{
		ws141:  device("ws-0141", "Workstations", "10.20.4.141", "j.moreno"),
		ws155:  device("ws-0155", "Workstations", "10.20.4.155", "a.lindqvist"),
		ws163:  device("ws-0163", "Workstations", "10.20.4.163", "k.osei"),
		ws177:  device("ws-0177", "Workstations", "10.20.4.177", "t.varga"),
		lt202:  device("lt-0202", "Laptops", "10.20.9.12", "m.ferrari"),
		lt219:  device("lt-0219", "Laptops", "10.20.9.29", "s.nakamura"),
		dev11:  device("dev-011", "Developers", "10.20.6.11", "r.haddad"),
		bld01:  device("bld-01", "Build servers", "10.20.7.21", "svc-build"),
		file01: device("srv-file-01", "Servers", "10.20.1.31", "svc-backup"),
		db01:   device("srv-db-01", "Servers", "10.20.1.41", "p.ndiaye"),
		app02:  device("srv-app-02", "Servers", "10.20.1.52", "e.fontaine"),
		dc01:   device("dc-01", "Domain controllers", "10.20.1.10", "adm-kowalski"),
	}
}

func (f *fleet) all() []*Device {
	return []*Device{f.ws141, f.ws155, f.ws163, f.ws177, f.lt202, f.lt219, f.dev11, f.bld01, f.file01, f.db01, f.app02, f.dc01}
}

// boot starts what every Windows computer has running.
func (d *Device) boot() {
	at := day(17).Add(5*time.Hour + time.Duration(number(d.Name)%7200)*time.Second)
	d.System = &Process{Image: image("System", "", "", "", "NT Kernel & System", 0), User: localSystem, PID: 4, Started: at}
	smss := d.System.start(windows(`System32\smss.exe`, "Windows Session Manager", 173384), "smss.exe", at.Add(2*time.Second))
	wininit := smss.start(windows(`System32\wininit.exe`, "Windows Start-Up Application", 461824), "wininit.exe", at.Add(4*time.Second))
	d.Services = wininit.start(windows(`System32\services.exe`, "Services and Controller app", 721304), "services.exe", at.Add(5*time.Second))
	d.Svchost = d.Services.start(svchostImage, `svchost.exe -k netsvcs -p -s Schedule`, at.Add(9*time.Second))
	logon := smss.start(windows(`System32\winlogon.exe`, "Windows Logon Application", 1036288), "winlogon.exe", at.Add(20*time.Second))
	userinit := logon.start(windows(`System32\userinit.exe`, "Userinit Logon Application", 49152), "userinit.exe", at.Add(3*time.Hour)).as(d.User)
	d.Explorer = userinit.start(windows(`explorer.exe`, "Windows Explorer", 5346568), `C:\Windows\Explorer.EXE`, at.Add(3*time.Hour+2*time.Second))
}

// day is midnight of a day of September 2026.
func day(n int) time.Time { return time.Date(2026, 9, n, 0, 0, 0, 0, time.UTC) }

// at is a moment of a day of September 2026, "15:04:05".
func at(n int, clock string) time.Time {
	t, err := time.Parse("15:04:05", clock)
	if err != nil {
		panic(err) // a typing error in this package
	}
	return day(n).Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second)
}

func sha(s string) string {
	sum := sha1.Sum([]byte("smew sample " + s))
	return hex.EncodeToString(sum[:])
}

func sha2(s string) string {
	sum := sha256.Sum256([]byte("smew sample " + s))
	return hex.EncodeToString(sum[:])
}

func md(s string) string {
	sum := md5.Sum([]byte("smew sample " + s))
	return hex.EncodeToString(sum[:])
}

// number is a small number that follows from s.
func number(s string) int64 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return int64(h.Sum32() >> 4)
}
