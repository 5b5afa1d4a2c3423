package change

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones must be known where the system has none
)

var (
	momentShape = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d(?:\.\d{1,9})?))? *(.*)$`)
	dateShape   = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	offsetShape = regexp.MustCompile(`^([+-])(\d\d)(?::?(\d\d))?$`)
)

const (
	wallLayout = "2006-01-02 15:04:05.999999999"
	wanted     = "write 2026-09-20T18:00:00+02:00, or 2026-09-20 18:00:00 and its zone"
)

// Years outside of which a ticket is a slip of the pen; the engine's nanoseconds end
// in 2262.
const (
	firstYear = 1990
	lastYear  = 2200
)

// moment reads a time. One with an offset of its own is what it says; another is in
// zone, which may be nil.
func moment(text string, zone *time.Location) (time.Time, error) {
	if dateShape.MatchString(text) {
		return time.Time{}, fmt.Errorf("%s is a day and no time; write when on that day", quote(text))
	}
	part := momentShape.FindStringSubmatch(text)
	if part == nil {
		return time.Time{}, fmt.Errorf("%s is no time; %s", quote(text), wanted)
	}
	seconds := part[3]
	if seconds == "" {
		seconds = "00"
	}
	wall, err := time.Parse(wallLayout, part[1]+" "+part[2]+":"+seconds)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is no time: there is no such day or hour", quote(text))
	}
	if wall.Year() < firstYear || wall.Year() > lastYear {
		return time.Time{}, fmt.Errorf("%s is not a year that a ticket can be of", quote(text))
	}
	if part[4] != "" {
		if zone = fixedZone(part[4]); zone == nil {
			return time.Time{}, fmt.Errorf("%s: what follows the time is neither Z nor an offset such as +02:00; %s", quote(text), wanted)
		}
	}
	if zone == nil {
		return time.Time{}, fmt.Errorf("%s has no zone; write an offset (2026-09-20T18:00:00+02:00), add a column timezone, or give --changes-zone Europe/Berlin", quote(text))
	}
	at, err := inZone(wall, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %w; write it with its offset, 2026-09-20T18:00:00+02:00", quote(text), err)
	}
	return at, nil
}

// inZone is the one moment at which clocks of a zone show what wall shows.
func inZone(wall time.Time, zone *time.Location) (time.Time, error) {
	near := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone)
	// Clocks near a change show the offsets of both sides.
	start, end := near.ZoneBounds()
	sides := []time.Time{near}
	if !start.IsZero() {
		sides = append(sides, start.Add(-time.Second))
	}
	if !end.IsZero() {
		sides = append(sides, end)
	}
	found := map[time.Time]bool{}
	for _, side := range sides {
		_, offset := side.Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		if at.In(zone).Format(wallLayout) == wall.Format(wallLayout) {
			found[at.UTC()] = true
		}
	}
	switch len(found) {
	case 0:
		return time.Time{}, fmt.Errorf("does not exist in %s: clocks are put forward then", zone)
	case 1:
		for at := range found {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("is there twice in %s: clocks are put back then", zone)
}

// Zone reads the name of a zone: Europe/Berlin, UTC or +02:00.
func Zone(name string) (*time.Location, error) {
	if zone := fixedZone(name); zone != nil {
		return zone, nil
	}
	const write = "write Europe/Berlin, UTC or +02:00"
	if !strings.Contains(name, "/") {
		// EST is a zone without summer time, whatever its writer had in mind.
		return nil, errors.New(quote(name) + " is not the name of a zone, and abbreviations mean different things; " + write)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, errors.New("no zone " + quote(name) + " is known; " + write)
	}
	return zone, nil
}

// fixedZone is a zone that is always at one offset, or nil.
func fixedZone(name string) *time.Location {
	switch strings.ToUpper(name) {
	case "Z", "UTC", "GMT":
		return time.UTC
	}
	part := offsetShape.FindStringSubmatch(name)
	if part == nil {
		return nil
	}
	hours, _ := strconv.Atoi(part[2])
	minutes, _ := strconv.Atoi(part[3]) // none are 0
	offset := hours*3600 + minutes*60
	if minutes > 59 || offset > 14*3600 {
		return nil
	}
	if part[1] == "-" {
		offset = -offset
	}
	return time.FixedZone(name, offset)
}
