package fleet

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

type platform string

const (
	windows platform = "windows"
	linux   platform = "linux"
	macos   platform = "macos"
)

// account is who a process runs as.
type account struct{ domain, name, sid string }

// host is one device, while its days are made.
type host struct {
	os    platform
	kinds []string // ws, srv, dev, dc, sql …; what the lists go by
	name  string
	id    string
	ip    string
	user  account
	from  time.Time // the first midnight
	until time.Time
	rng   *rand.Rand
	rows  map[*table][]row

	// What runs since the device was started, by the names that the lists use.
	standing map[string]*process
	seed     uint64
}

// kindOf deals the kinds out over a hundred devices: 50 workstations, 8 of developers,
// 16 Windows servers, 18 of Linux (six with containers), 8 Macs.
func kindOf(number int) (os platform, kinds []string) {
	switch n := number % 100; {
	case n < 50:
		return windows, []string{"win", "ws", pick(number, "dell", "hp", "lenovo", "dell", "virtual")}
	case n < 58:
		return windows, []string{"win", "ws", "dev", pick(number, "dell", "lenovo")}
	case n < 60:
		return windows, []string{"win", "srv", "dc", "virtual"}
	case n < 64:
		return windows, []string{"win", "srv", "sql", "backedup", "virtual"}
	case n < 66:
		return windows, []string{"win", "srv", "build", "virtual"}
	case n < 74:
		return windows, []string{"win", "srv", "app", "backedup", "virtual"}
	case n < 80:
		return linux, []string{"nix", "deb"}
	case n < 86:
		return linux, []string{"nix", "rpm"}
	case n < 89:
		return linux, []string{"nix", "deb", "docker"}
	case n < 91:
		return linux, []string{"nix", "deb", "k8s"}
	case n < 92:
		return linux, []string{"nix", "deb", "docker", "ci"}
	default:
		return macos, []string{"mac", pick(number, "macdev", "macuser")}
	}
}

func pick(n int, choices ...string) string { return choices[n%len(choices)] }

// newHost is the device of a number, before its first event.
func newHost(number int, opts Options) *host {
	h := &host{from: Start, until: Start.AddDate(0, 0, opts.Days), rows: map[*table][]row{}, standing: map[string]*process{}}
	h.os, h.kinds = kindOf(number)
	short := map[platform]string{windows: "pc", linux: "lx", macos: "mac"}[h.os]
	if h.is("srv") {
		short = "srv"
	}
	short = fmt.Sprintf("%s-%04d", short, number)
	h.name = short + ".corp.example"
	sum := sha1.Sum([]byte("fleet device " + short))
	h.id = hex.EncodeToString(sum[:])
	h.seed = uint64(opts.Seed)<<32 ^ hashed(short)
	h.rng = rand.New(rand.NewPCG(uint64(opts.Seed), hashed(short)))
	h.ip = fmt.Sprintf("10.20.%d.%d", 1+number/200, 10+number%200)
	h.user = h.person()
	if h.is("srv") {
		h.user = domainAccount("adm-weber") // nobody else sits at a server
	}
	return h
}

func hashed(s string) uint64 {
	f := fnv.New64a()
	f.Write([]byte(s))
	return f.Sum64()
}

func (h *host) is(kind string) bool { return slices.Contains(h.kinds, kind) }

var (
	given   = []string{"anna", "bruno", "chiara", "dmitri", "elif", "farid", "greta", "hugo", "ines", "jonas", "keiko", "lars", "mina", "nora", "omar", "petra"}
	family  = []string{"adams", "berg", "costa", "dietz", "endo", "faber", "gruber", "haas", "ito", "jansen", "klein", "lopez", "meier", "novak", "okoye", "price"}
	domain  = "corp"
	system  = account{"nt authority", "system", "S-1-5-18"}
	local   = account{"nt authority", "local service", "S-1-5-19"}
	network = account{"nt authority", "network service", "S-1-5-20"}
)

// person is the account of who works on the device.
func (h *host) person() account {
	name := given[h.rng.IntN(len(given))] + "." + family[h.rng.IntN(len(family))]
	switch h.os {
	case windows:
		return domainAccount(name)
	case linux:
		return account{strings.Split(h.name, ".")[0], strings.Split(name, ".")[0], ""}
	default:
		return account{strings.Split(h.name, ".")[0], strings.ReplaceAll(name, ".", ""), ""}
	}
}

func domainAccount(name string) account {
	return account{domain, name, fmt.Sprintf("S-1-5-21-1180699209-877415012-3182924384-%d", 1100+hashed(name)%6000)}
}

// as is the account that a list names: system, root, user, admin, or a name.
func (h *host) as(name string) account {
	switch {
	case name == "user":
		return h.user
	case name == "root":
		return account{strings.Split(h.name, ".")[0], "root", ""}
	case name == "system":
		return system
	case name == "local":
		return local
	case name == "network":
		return network
	case h.os == windows:
		return domainAccount(name)
	default:
		return account{strings.Split(h.name, ".")[0], name, ""}
	}
}

// chance is true for a share of all calls.
func (h *host) chance(share float64) bool { return h.rng.Float64() < share }

// days is how many days are made.
func (h *host) days() int { return int(h.until.Sub(h.from).Hours() / 24) }

// times are the moments of something that is done so often in 30 days, in the
// hours given: "office", "night", or "" for any.
func (h *host) times(perMonth float64, hours string) []time.Time {
	var list []time.Time
	for range h.poisson(perMonth * float64(h.days()) / 30) {
		list = append(list, h.moment(h.rng.IntN(h.days()), hours))
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// poisson is how often something happens that happens so often on average.
func (h *host) poisson(mean float64) int {
	n, p, limit := 0, h.rng.Float64(), math.Exp(-min(mean, 500))
	for ; p > limit; n++ {
		p *= h.rng.Float64()
	}
	return n
}

// moment is some time of a day, in the hours given; at weekends nobody is in the
// office, and it becomes the Friday before.
func (h *host) moment(day int, hours string) time.Time {
	from, to := 0, 24*3600
	switch hours {
	case "office":
		from, to = 7*3600+1800, 17*3600
		for isWeekend(h.from.AddDate(0, 0, day)) && day > 0 {
			day--
		}
	case "night":
		from, to = 1*3600, 4*3600
	}
	return h.from.AddDate(0, 0, day).Add(time.Duration(from+h.rng.IntN(to-from))*time.Second + time.Duration(h.rng.IntN(10_000_000))*100)
}

func isWeekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// numbered gives every row its ReportId: counted up in the order of time, as the
// sensor does.
func (h *host) numbered() map[*table][]row {
	type place struct {
		table *table
		index int
	}
	var order []place
	for _, t := range tables {
		for i := range h.rows[t] {
			order = append(order, place{t, i})
		}
	}
	slices.SortStableFunc(order, func(a, b place) int { return h.rows[a.table][a.index].at.Compare(h.rows[b.table][b.index].at) })
	number := 1000 + h.rng.IntN(4000)
	for _, p := range order {
		number += 1 + h.rng.IntN(4)
		h.rows[p.table][p.index].report = number
	}
	return h.rows
}
