package fleet_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"smew/internal/allow"
	"smew/internal/branch"
	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/fleet"
	"smew/internal/hunt"
	"smew/internal/scenario"
	"smew/internal/source"
	smewsql "smew/sql"
)

// world is a fleet that was hunted together with everything that may be put into it,
// and is judged again with what is put into it at a time.
//
// How rare a service is depends on the devices around it, so a positive must be judged
// in the fleet without the other positives. A hunt for each would take half an hour;
// most of it is reading the same fleet. What the branches hit, and what else tells of a
// service, does not depend on other devices but for the rarity of remote-access
// products (W09). So the files are read once, and what is of one positive (a unit) is put
// beside the fleet's and judged: the SQL of the judgement, unchanged, over fewer rows.
// [TestWorldIsAHunt] holds this to hunts of the files themselves.
type world struct {
	t     testing.TB
	e     *engine.Engine
	req   hunt.Request
	found *finding.Result // everything at once
}

// asOf is the day of every hunt here.
var asOf = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// openWorld hunts a fleet, rendered scenarios and, if there are any, recordings.
func openWorld(t testing.TB, place, attacks string, names map[string]string, recordings string) *world {
	t.Helper()
	places := []string{place, attacks}
	if recordings != "" {
		places = append(places, recordings)
	}
	w := &world{t: t}
	w.found, w.e, w.req = hunted(t, places...)
	w.keep(place, attacks, names, recordings)
	return w
}

// hunted hunts with all branches and the built-in allowlist and leaves the engine open.
func hunted(t testing.TB, places ...string) (*finding.Result, *engine.Engine, hunt.Request) {
	t.Helper()
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{TempDir: t.TempDir(), Memory: "1GiB", Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	set, err := source.Open(ctx, places, source.Options{TempDir: e.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	branches, err := branch.LoadAll(smewsql.Files, "branches", nil)
	if err != nil {
		t.Fatal(err)
	}
	known, err := allow.Load(smewsql.Files, "allowlist", nil)
	if err != nil {
		t.Fatal(err)
	}
	req := hunt.Request{Files: set, SQL: smewsql.Files, Branches: branches, Allow: known, AsOf: asOf, Threads: 2, ShowSuppressed: true}
	result, err := hunt.Run(ctx, e, req)
	if err != nil {
		t.Fatal(err)
	}
	return result, e, req
}

// The tables that a judgement reads and that are of events, kept whole under another
// name, each row with the unit that it is of, none for the fleet's own.
const keepRows = `
create or replace temp macro unit_of(file, device) as
    case
        when starts_with(file, %[1]s) then ''
        when starts_with(file, %[2]s) then coalesce(element_at(getvariable('scenarios'), lower(device))[1], '?')
        else file
    end;

create or replace temp table all_hits as select *, unit_of(SourceFile, DeviceName) as Unit from hits;
create or replace temp table all_context as select *, unit_of(SourceFile, DeviceName) as Unit from context;
create or replace temp table all_devices as
select devices.*, coalesce(theirs.Unit, '') as Unit
from devices
left join (
    select distinct coalesce(nullif(DeviceId, ''), DeviceName) as Device, Unit from all_hits where Unit <> ''
    union
    select distinct coalesce(nullif(DeviceId, ''), DeviceName), Unit from all_context where Unit <> ''
) as theirs on theirs.Device = devices.Device
where theirs.Unit is not null or devices.Device in (select DeviceId from read_parquet(%[3]s, union_by_name = true));

-- The data is as old as the fleet's.
delete from accounts where not starts_with(source_name(SourceFileId), %[1]s);
delete from account_hours_read where Day < date '2026-10-01' or Day >= date '2026-11-01' or Account like 'lab\%%' or Account = 'anna';
`

// recordedOn moves a recording into the fleet's month, by whole days.
const recordedOn = `
create or replace temp table moved as
select Unit, to_days(cast(date_diff('day', min(Timestamp), timestamp_ns '2026-10-12 00:00:00') + dense_rank() over (order by Unit) %% 14 as integer)) as By
from all_hits
where starts_with(Unit, %[1]s)
group by Unit;

update all_hits set Timestamp = cast(all_hits.Timestamp + moved.By as timestamp_ns) from moved where moved.Unit = all_hits.Unit;
update all_context set Timestamp = cast(all_context.Timestamp + moved.By as timestamp_ns) from moved where moved.Unit = all_context.Unit;
`

func (w *world) keep(place, attacks string, names map[string]string, recordings string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(place, "*.parquet"))
	if err != nil {
		w.t.Fatal(err)
	}
	var pairs []string
	for device, id := range names {
		pairs = append(pairs, engine.QuoteText(strings.ToLower(device))+": "+engine.QuoteText(id))
	}
	slices.Sort(pairs)
	w.exec("set variable scenarios = map {" + strings.Join(pairs, ", ") + "}")
	w.exec(fmt.Sprintf(keepRows, engine.QuoteText(place), engine.QuoteText(attacks), engine.QuotePaths(files)))
	if recordings != "" {
		w.exec(fmt.Sprintf(recordedOn, engine.QuoteText(recordings)))
	}
}

// judgement is the SQL that runs over what the branches hit: [hunt.Run]'s, which
// TestWorldIsAHunt holds it to. What only tells what could not be seen is left out.
var judgement = []string{
	"events", "launches", "cases", "event_titles", "reasons", "signals", "fleet", "hours", "surroundings",
	"score", "allowlist", "lowered", "rank",
}

// judge judges the fleet with some units in it.
func (w *world) judge(units ...string) {
	w.t.Helper()
	for _, table := range []string{"hits", "context", "devices"} {
		w.exec("create or replace temp table " + table + " as select * exclude (Unit) from all_" + table + " where Unit in (" + quoted(units) + ")")
	}
	w.run(judgement)
}

// judgeThese judges units in the fleet, of which only the records are there that can have
// to do with one of theirs: those of a service or a program that is called alike. The
// fleet's own cases are not whole then. [TestWorldIsAHunt] compares.
func (w *world) judgeThese(units ...string) {
	w.t.Helper()
	theirs := "Unit in (" + quoted(units) + ") and Unit <> ''"
	const alike = `
		create or replace temp table these as select distinct Template from unit_templates where %[1]s;
		create or replace temp table hits as
		select * exclude (Unit) from all_hits as h where %[1]s or (
			Unit = '' and exists (
				from hit_templates as k inner join these on these.Template = k.Template
				where k.SourceTable = h.SourceTable and k.SourceFile = h.SourceFile and k.SourceRecord = h.SourceRecord
			)
		);
		create or replace temp table context as
		select * exclude (Unit, NameTemplate, PathTemplate) from all_context
		where %[1]s or (Unit = '' and (NameTemplate in (from these) or PathTemplate in (from these)));
		create or replace temp table devices as select * exclude (Unit) from all_devices where Unit = '' or %[1]s;
	`
	w.exec(fmt.Sprintf(alike, theirs))
	w.run(judgement)
}

// quoted is the fleet's own unit and some more, as a list of SQL.
func quoted(units []string) string {
	list := []string{"''"}
	for _, u := range units {
		list = append(list, engine.QuoteText(u))
	}
	return strings.Join(list, ", ")
}

// templates notes how services and programs are called, of everything at once.
const templates = `
alter table all_context add column NameTemplate varchar;
alter table all_context add column PathTemplate varchar;
update all_context set NameTemplate = 'name ' || name_template(ServiceName) where ServiceName <> '';
update all_context set PathTemplate = 'path ' || path_template(Path) where Path <> '';

create or replace temp table hit_templates as
select SourceTable, SourceFile, SourceRecord, unit_of(SourceFile, DeviceName) as Unit, unnest(list_distinct([
	case when coalesce(ServiceName, CaseServiceName, '') <> '' then 'name ' || name_template(coalesce(nullif(ServiceName, ''), CaseServiceName)) end,
	case when CasePayloadPath <> '' then 'path ' || path_template(CasePayloadPath) end,
	case when full_path(FolderPath, FileName) <> '' then 'path ' || path_template(full_path(FolderPath, FileName)) end
])) as Template
from found_events;
delete from hit_templates where Template is null;

create or replace temp table unit_templates as
select distinct Unit, Template from hit_templates where Unit <> ''
union select distinct Unit, NameTemplate from all_context where Unit <> '' and NameTemplate is not null
union select distinct Unit, PathTemplate from all_context where Unit <> '' and PathTemplate is not null;
`

func (w *world) run(files []string) {
	w.t.Helper()
	for _, name := range files {
		text, err := fs.ReadFile(smewsql.Files, "hunt/"+name+".sql")
		if err != nil {
			w.t.Fatal(err)
		}
		if err := w.e.Exec(context.Background(), string(text)); err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
	}
}

func (w *world) ctx() context.Context { return context.Background() }

func (w *world) exec(query string) {
	w.t.Helper()
	if err := w.e.Exec(context.Background(), query); err != nil {
		w.t.Fatal(err)
	}
}

// judged is a case of a judgement.
type judged struct {
	unit, id   string
	score, raw int
	severity   finding.Severity
	hidden     bool
	title      string
	branches   string
	reasons    string // the arithmetic: "branch:W15 +40, payload_unc +30"
	kinds      int    // of telemetry
}

// cases are those of the last judgement: of the units named, or all.
func (w *world) cases(units ...string) []judged {
	w.t.Helper()
	rows, err := w.e.Query(context.Background(), `
		with lines as (
			select CaseId, ReasonId || format(' {:+d}', Points) as Line, Place, ReasonId from reasons
			union all
			select CaseId, case when Action = 'change' then 'change:' else 'allowlist:' end || EntryId || format(' {:+d}', Points), 2000, EntryId from case_allowed where Points <> 0
		)
		select min(unit_of(found_events.SourceFile, found_events.DeviceName)), ranked.CaseId, Score, Raw, Severity, Suppressed, Title,
			array_to_string(ranked.Branches, ' '), coalesce((select string_agg(Line, ', ' order by Place, ReasonId) from lines where lines.CaseId = ranked.CaseId), ''), len(Kinds)
		from ranked inner join found_events on found_events.CaseId = ranked.CaseId
		group by all order by min(ranked.Place)`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	var list []judged
	for rows.Next() {
		var c judged
		if err := rows.Scan(&c.unit, &c.id, &c.score, &c.raw, &c.severity, &c.hidden, &c.title, &c.branches, &c.reasons, &c.kinds); err != nil {
			w.t.Fatal(err)
		}
		if len(units) == 0 || slices.Contains(units, c.unit) {
			list = append(list, c)
		}
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return list
}

// groups puts units together that cannot change each other's score: they have no
// device in common, no service that is called alike and no program that runs without one
// or with the same arguments. What is left is that the fleet is larger by some devices,
// which moves no bound for so few. [TestWorldIsAHunt] judges some of them alone. It is
// asked of the judgement of everything at once.
func (w *world) groups(units []string) [][]string {
	w.t.Helper()
	w.exec(templates)
	keys := map[string]map[string]bool{}
	rows, err := w.e.Query(w.ctx(), `
		select Unit, 'device ' || lower(coalesce(nullif(DeviceName, ''), DeviceId)) as Key from all_hits where Unit <> ''
		union select Unit, Template from unit_templates where starts_with(Template, 'name ')
		union select unit_of(SourceFile, DeviceName), 'path ' || path_template(full_path(FolderPath, FileName)) from found_events
			where CaseServiceName = '' and full_path(FolderPath, FileName) <> ''
		union select Unit, 'ran ' || path_template(Path) || lower(coalesce(Payload, '')) from all_context where Kind in ('run', 'load') and Path <> '' and Unit <> ''
		union select unit_of(SourceFile, DeviceName), 'ran ' || path_template(CasePayloadPath) || lower(coalesce(Payload, '')) from found_events where CasePayloadPath <> ''`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var unit string
		var text *string
		if err := rows.Scan(&unit, &text); err != nil {
			w.t.Fatal(err)
		}
		if text == nil {
			continue
		}
		key := *text
		if keys[unit] == nil {
			keys[unit] = map[string]bool{}
		}
		keys[unit][key] = true
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	var list [][]string
	var taken []map[string]bool
	for _, u := range units {
		at := slices.IndexFunc(taken, func(have map[string]bool) bool {
			for k := range keys[u] {
				if have[k] {
					return false
				}
			}
			return true
		})
		if at < 0 || len(list[at]) >= perGroup {
			list, taken, at = append(list, nil), append(taken, map[string]bool{}), len(list)
		}
		list[at] = append(list[at], u)
		for k := range keys[u] {
			taken[at][k] = true
		}
	}
	return list
}

// perGroup bounds by how much a group makes the fleet larger.
const perGroup = 10

// newFleet writes a fleet and gives its folder.
func newFleet(t testing.TB, seed int64, devices, days int) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := fleet.Write(context.Background(), fleet.Options{Dir: dir, Devices: devices, Days: days, Seed: seed}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// render writes scenarios as Defender's exports, each on a device of its own and an
// hour after the other, from the fleet's fifth day on: what is new in the first days may
// have been there before. It gives their folder, and the scenarios by the names of their
// devices.
func render(t testing.TB, scenarios []*scenario.Scenario) (string, map[string]string) {
	t.Helper()
	rendered, dir := scenario.Render("defender", scenarios), t.TempDir()
	for _, f := range rendered.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, later(f.Data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, rendered.Devices
}

var moments = regexp.MustCompile(`"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`)

// later moves all times of a rendering, which begins on 2026-03-02, into the fleet's month.
func later(text []byte) []byte {
	by := fleet.Start.AddDate(0, 0, 4).Sub(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	return moments.ReplaceAllFunc(text, func(m []byte) []byte {
		at, err := time.Parse(time.RFC3339Nano, strings.Trim(string(m), `"`))
		if err != nil {
			return m
		}
		return []byte(`"` + at.Add(by).Format("2006-01-02T15:04:05.0000000Z") + `"`)
	})
}
