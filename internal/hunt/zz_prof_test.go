package hunt_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"syscall"
	"time"

	"smew/internal/view"
	smewsql "smew/sql"
)

func TestZZProf(t *testing.T) {
	if os.Getenv("PROF") == "" {
		t.Skip()
	}
	e := signals(t)
	fleetOf(t, e, 20000, "2026-09-01 00:00:00")
	contract, _ := view.LoadContract(t.Context(), e, smewsql.Files)
	contract.Need(t.Context(), e, "select path_stem('')")
	if err := e.Exec(t.Context(), crowd); err != nil {
		t.Fatal(err)
	}
	for _, f := range strings.Fields(os.Getenv("PROF")) {
		text, _ := fs.ReadFile(smewsql.Files, "hunt/"+f)
		if err := contract.Need(t.Context(), e, string(text)); err != nil {
			t.Fatal(err)
		}
		for i, s := range strings.Split(string(text), ";\n") {
			if strings.TrimSpace(s) == "" {
				continue
			}
			start := time.Now()
			cpu := cpuSeconds()
			if os.Getenv("EXPLAIN") == f+strings.TrimSpace(string(rune('0'+i))) {
				rows, err := e.Query(t.Context(), "explain analyze "+s)
				if err != nil {
					t.Fatal(err)
				}
				for rows.Next() {
					var a, b string
					rows.Scan(&a, &b)
					t.Log(b)
				}
				rows.Close()
			} else if err := e.Exec(t.Context(), s); err != nil {
				t.Fatal(f, i, err)
			}
			body := s[max(0, strings.Index(s, "insert into")):]
			t.Logf("%s %d cpu %.2fs wall %.2fs %s", f, i, cpuSeconds()-cpu, time.Since(start).Seconds(), strings.ReplaceAll(body[:min(60, len(body))], "\n", " "))
		}
	}
}

func cpuSeconds() float64 {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return float64(r.Utime.Sec+r.Stime.Sec) + float64(r.Utime.Usec+r.Stime.Usec)/1e6
}
