package change

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMoment(t *testing.T) {
	for _, c := range []struct{ zone, text, want string }{
		{"", "2026-09-20T18:00:00Z", "2026-09-20T18:00:00Z"},
		{"", "2026-09-20t18:00:00.123456789z", "2026-09-20T18:00:00.123456789Z"},
		{"", "2026-09-20 18:00 +0200", "2026-09-20T16:00:00Z"},
		{"", "2026-09-20T18:00:00-03:30", "2026-09-20T21:30:00Z"},
		{"", "2026-09-20 18:00+02", "2026-09-20T16:00:00Z"},
		{"", "2026-09-20 18:00:00 UTC", "2026-09-20T18:00:00Z"},
		{"UTC", "2026-09-20 18:00:00", "2026-09-20T18:00:00Z"},
		{"+02:00", "2026-09-20 18:00:00", "2026-09-20T16:00:00Z"},
		{"Europe/Berlin", "2026-01-20 18:00:00", "2026-01-20T17:00:00Z"},
		{"Europe/Berlin", "2026-07-20 18:00:00", "2026-07-20T16:00:00Z"},
		// A time's own offset counts, whatever zone is given.
		{"Europe/Berlin", "2026-07-20 18:00:00Z", "2026-07-20T18:00:00Z"},
		// The hours about a change of clocks.
		{"Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29T00:59:59Z"},
		{"Europe/Berlin", "2026-03-29 02:00:00", ""},
		{"Europe/Berlin", "2026-03-29 02:59:59.9", ""},
		{"Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25 01:59:59", "2026-10-24T23:59:59Z"},
		{"Europe/Berlin", "2026-10-25 02:00:00", ""},
		{"Europe/Berlin", "2026-10-25 02:59:59", ""},
		{"Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25T02:00:00Z"},
		// An offset says which of the two it is.
		{"Europe/Berlin", "2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"},
		// Half an hour of summer time.
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", ""},
		{"Australia/Lord_Howe", "2026-04-05 02:00:00", "2026-04-04T15:30:00Z"},
		{"", "2026-09-20 18:00:00", ""},
		{"UTC", "2026-09-20", ""},
		{"UTC", "2026-09-20 18", ""},
		{"UTC", "2026-09-20 24:00:00", ""},
		{"UTC", "2026-13-20 18:00:00", ""},
		{"UTC", "09/20/2026 18:00:00", ""},
		{"UTC", "2026-09-20 18:00:00 Europe/Berlin", ""},
		{"UTC", "2026-09-20 18:00:00 +15:00", ""},
		{"UTC", "2026-09-20 18:00:00 +02:75", ""},
		{"UTC", "=NOW()", ""},
	} {
		var zone *time.Location
		if c.zone != "" {
			var err error
			if zone, err = Zone(c.zone); err != nil {
				t.Fatal(err)
			}
		}
		got, err := moment(c.text, zone)
		switch {
		case c.want == "" && err == nil:
			t.Errorf("%s %s: taken as %v", c.text, c.zone, got)
		case c.want != "" && (err != nil || !got.Equal(at(t, c.want)) || got.Location() != time.UTC):
			t.Errorf("%s %s: %v, %v; want %s", c.text, c.zone, got, err, c.want)
		}
	}
}

func TestZone(t *testing.T) {
	for _, name := range []string{"", "Local", "CET", "EST5EDT", "europe/berlin", "/etc/localtime", "../UTC", "Europe/", "Europe/Berlin\x00", "+1", "+25:00", "Mars/Olympus"} {
		if zone, err := Zone(name); err == nil {
			t.Errorf("%q is %v", name, zone)
		}
	}
}

// A time in a zone is read as the one moment that clocks there show so, and where that
// is none or two it is refused: held to a search minute by minute.
func TestMomentProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom([]string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Asia/Kolkata", "Pacific/Apia"}).Draw(rt, "zone")
		zone, err := time.LoadLocation(name)
		if err != nil {
			rt.Fatal(err)
		}
		// Near a change as often as not.
		near := time.Unix(rapid.Int64Range(1.2e9, 2.2e9).Draw(rt, "when"), 0).In(zone)
		if _, end := near.ZoneBounds(); !end.IsZero() && rapid.Bool().Draw(rt, "near a change") {
			near = end
		}
		near = near.Truncate(time.Minute).Add(time.Duration(rapid.IntRange(-150, 150).Draw(rt, "minutes")) * time.Minute)
		text := near.Format("2006-01-02 15:04")
		var shows []time.Time
		for m := near.Add(-3 * time.Hour); m.Before(near.Add(3 * time.Hour)); m = m.Add(time.Minute) {
			if m.In(zone).Format("2006-01-02 15:04") == text {
				shows = append(shows, m)
			}
		}
		got, err := moment(text, zone)
		if len(shows) == 1 && (err != nil || !got.Equal(shows[0])) || len(shows) != 1 && err == nil {
			rt.Errorf("%s in %s: %v, %v; clocks show it at %v", text, name, got, err, shows)
		}
	})
}

func FuzzMoment(f *testing.F) {
	for _, text := range []string{"2026-09-20T18:00:00Z", "2026-09-20 18:00 +02:00", "2026-10-25 02:30:00", "2026-09-20", "", "x"} {
		f.Add(text, "Europe/Berlin")
	}
	f.Add("2026-09-20 18:00", "+02:00")
	f.Fuzz(func(t *testing.T, text, name string) {
		zone, err := Zone(name)
		if err != nil {
			zone = nil
		}
		got, err := moment(text, zone)
		if err != nil {
			return
		}
		again, err := moment(got.Format(time.RFC3339Nano), nil)
		if err != nil || !again.Equal(got) {
			t.Errorf("%q is %v, which reads back as %v, %v", text, got, again, err)
		}
		if y := got.Year(); y < firstYear-1 || y > lastYear+1 {
			t.Errorf("%q is in the year %d", text, y)
		}
	})
}
