package source

import (
	"testing"
	"time"
)

func clock(text string) time.Time {
	t, err := time.Parse("2006-01-02T15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestFolderWindow(t *testing.T) {
	tests := []struct{ path, from, to string }{
		{"insights-logs/tenantId=x/y=2026/m=09/d=20/h=10/m=00/PT1H.json", "2026-09-20T10:00", "2026-09-20T11:00"},
		{"WorkspaceResourceId=/subscriptions/s/y=2026/m=09/d=20/h=10/m=55/PT05M_1.json", "2026-09-20T10:55", "2026-09-20T11:55"},
		{"Y=2026/M=12/D=31/H=23/M=05/x", "2026-12-31T23:05", "2027-01-01T00:05"},
		{"workspaceId/1/year=2026/month=2/day=9/hour=7/x.parquet", "2026-02-09T07:00", "2026-02-09T08:00"},
		{"year=2026/month=02/x.parquet", "2026-02-01T00:00", "2026-03-01T00:00"},
		{"y=2026/x", "2026-01-01T00:00", "2027-01-01T00:00"},
		{"y=2026/m=02/d=28/x", "2026-02-28T00:00", "2026-03-01T00:00"},
		{"timestamp=2026-09-20T10/x", "2026-09-20T10:00", "2026-09-20T11:00"},
		{"timestamp=2026-09-20T10%3A00%3a00Z/x", "2026-09-20T10:00", "2026-09-20T11:00"},
		{"timestamp=2026-09-20T10:30/x", "2026-09-20T10:30", "2026-09-20T11:30"},
		{"Timestamp=2026-09-20/x", "2026-09-20T00:00", "2026-09-21T00:00"},

		{"x/y/z.json", "", ""},
		{"y=2026", "", ""}, // the file's name
		{"dir/y=2026.json", "", ""},
		{"y=2026/m=13/x", "", ""},
		{"y=2026/m=00/x", "", ""},
		{"y=2026/m=02/d=30/x", "", ""},
		{"y=2026/m=02/d=1/h=24/x", "", ""},
		{"y=2026/m=02/d=1/h=1/m=60/x", "", ""},
		{"y=26/x", "", ""},
		{"y=02026/x", "", ""},
		{"y=+202/x", "", ""},
		{"y=1601/x", "", ""},
		{"m=09/d=20/x", "", ""},
		{"y=2026/d=20/x", "", ""},
		{"y=2026/m=09/h=20/x", "", ""},
		{"y=2026/m=09/m=10/x", "", ""},
		{"y=2025/old/y=2026/m=01/x", "", ""},
		{"y=2026/m=09/d=/x", "", ""},
		{"d=documents/y=2026/x", "", ""},
		{"year=2026/timestamp=2026-09-20/x", "", ""},
		{"timestamp=2026-09-20/timestamp=2026-09-20/x", "", ""},
		{"timestamp=2026-09-20T10+02:00/x", "", ""},
		{"timestamp=2026-09-20T10%/x", "", ""},
		{"timestamp=yesterday/x", "", ""},
		{"y=2026/m=09/d=20/h=10/m=00/m=00/x", "", ""},
	}
	for _, tt := range tests {
		from, to, ok := FolderWindow(tt.path)
		if ok != (tt.from != "") {
			t.Errorf("%s: %v, %s to %s", tt.path, ok, from, to)
			continue
		}
		if ok && (!from.Equal(clock(tt.from)) || !to.Equal(clock(tt.to))) {
			t.Errorf("%s: %s to %s", tt.path, from, to)
		}
	}
}

func TestExcludes(t *testing.T) {
	hour := Window{clock("2026-09-20T10:00"), clock("2026-09-20T11:00")}
	for _, tt := range []struct {
		from, to string
		want     bool
	}{
		{"", "", false},
		{"2026-09-20T11:59", "", false}, // an hour of clock skew
		{"2026-09-20T12:00", "", true},
		{"", "2026-09-20T10:00", false}, // events of before may arrive now
		{"", "2026-09-17T10:01", false},
		{"", "2026-09-17T10:00", true},
		{"2026-09-20T00:00", "2026-09-21T00:00", false},
	} {
		w := &Window{}
		if tt.from != "" {
			w.From = clock(tt.from)
		}
		if tt.to != "" {
			w.To = clock(tt.to)
		}
		if got := w.excludes(hour, defaultLate); got != tt.want {
			t.Errorf("window %s to %s: excluded %v", tt.from, tt.to, got)
		}
	}
	if (*Window)(nil).excludes(hour, defaultLate) {
		t.Error("no window excludes")
	}
}
