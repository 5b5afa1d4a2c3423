package hunt_test

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"smew/internal/engine"
	"smew/internal/view"
	smewsql "smew/sql"
)

// signalTables are what the SQL of a case's signals reads, as far as it reads it.
const signalTables = `
create temp table cases (CaseId varchar, Device varchar, DeviceName varchar, DeviceId varchar, Subject varchar, Technique varchar, ServiceName varchar, Payload varchar,
	PayloadPath varchar, PayloadStem varchar, First timestamp_ns, Last timestamp_ns, Account varchar, AccountDomain varchar, AccountName varchar, Client varchar);
create temp table found_events (CaseId varchar, EventId varchar, SourceTable varchar, SourceFile varchar, SourceRecord bigint, Timestamp timestamp_ns, DeviceId varchar,
	DeviceName varchar, ActionType varchar, AccountDomain varchar, AccountName varchar, FileName varchar, FolderPath varchar, ServiceName varchar, Payload varchar,
	PayloadPath varchar, PayloadStem varchar, Kind varchar, ClientPath varchar, InitiatingProcessPath varchar);
create temp table context (Kind varchar, Timestamp timestamp_ns, DeviceId varchar, DeviceName varchar, SourceTable varchar, SourceFile varchar, SourceRecord bigint,
	ActionType varchar, ServiceName varchar, Path varchar, Text varchar, Payload varchar, AccountDomain varchar, AccountName varchar, InitiatingProcessFileName varchar,
	InitiatingProcessPath varchar, InitiatingProcessCommandLine varchar, Signer varchar);
create temp table case_related (CaseId varchar, Kind varchar, Timestamp timestamp_ns, Path varchar, Text varchar);
create temp table devices (SourceTable varchar, Device varchar);
create temp table accounts (SourceFileId integer, SourceTable varchar, Day date, InWindow bigint, Outside bigint, First timestamp_ns, Last timestamp_ns, Future bigint);
create temp table event_reasons (EventId varchar, ReasonId varchar);
create temp table weights (ReasonId varchar, Grp varchar, Points integer, Pierces boolean);
create temp table account_hours (Account varchar, Hour tinyint, Events bigint, HourDays bigint, Days bigint);
create temp table case_signals (CaseId varchar, ReasonId varchar, Detail varchar);
`

// signals is an engine that has these tables, empty.
func signals(tb testing.TB) *engine.Engine {
	tb.Helper()
	e := open(tb, 2)
	cases, err := fs.ReadFile(smewsql.Files, "hunt/cases.sql")
	if err != nil {
		tb.Fatal(err)
	}
	// The one macro of that file that these use.
	macro, _, _ := strings.Cut(string(cases[strings.Index(string(cases), "create or replace temp macro case_device"):]), ";")
	for _, text := range []string{signalTables, macro} {
		if err := e.Exec(tb.Context(), text); err != nil {
			tb.Fatal(err)
		}
	}
	return e
}

// put inserts rows; columns that a row does not name are NULL, those of a case and an
// event that are never NULL are ”.
func put(tb testing.TB, e *engine.Engine, table string, rows ...event) {
	tb.Helper()
	for _, row := range rows {
		columns := slices.Sorted(maps.Keys(row))
		values := make([]string, len(columns))
		for i, c := range columns {
			values[i] = "null"
			if row[c] != nil {
				values[i] = engine.QuoteText(fmt.Sprint(row[c]))
			}
		}
		if err := e.Exec(tb.Context(), "insert into "+table+" ("+strings.Join(columns, ", ")+") values ("+strings.Join(values, ", ")+")"); err != nil {
			tb.Fatal(err)
		}
	}
}

// act is a case of a device that begins at a time, with nothing remarkable about it.
func act(id, device, when string, pairs ...any) event {
	return event{
		"CaseId": id, "Device": device, "DeviceName": device, "Technique": "T1543.003", "ServiceName": "", "Payload": "", "PayloadPath": "", "PayloadStem": "",
		"First": when, "Last": when, "Account": `corp\ada`, "AccountDomain": "corp", "AccountName": "ada", "Client": "",
	}.with(pairs...)
}

// tells is a record of a service that no branch hit.
func tells(kind, device, when string, pairs ...any) event {
	return event{
		"Kind": kind, "DeviceName": device, "Timestamp": when, "SourceTable": "DeviceEvents", "SourceFile": "f", "SourceRecord": 1, "ServiceName": "", "Path": "",
		"Text": "", "Payload": "", "InitiatingProcessPath": "",
	}.with(pairs...)
}

// hit is an event of a case.
func hit(caseID, kind, device, when string, pairs ...any) event {
	return event{
		"CaseId": caseID, "EventId": "e" + caseID + when, "Kind": kind, "DeviceName": device, "Timestamp": when, "SourceTable": "DeviceProcessEvents", "SourceFile": "f",
		"SourceRecord": 1000, "PayloadPath": "", "PayloadStem": "", "ClientPath": "", "InitiatingProcessPath": "",
	}.with(pairs...)
}

// fleetOf fills the account of the load: so many devices, and when their data begin.
func fleetOf(tb testing.TB, e *engine.Engine, devices int, begin string) {
	tb.Helper()
	for _, statement := range []string{
		fmt.Sprintf("insert into devices select 'DeviceProcessEvents', 'ID-' || n from range(%d) as t(n)", devices),
		fmt.Sprintf("insert into devices select 'DeviceEvents', 'id-' || n from range(%d) as t(n)", devices),
		"insert into accounts values (1, 'DeviceProcessEvents', null, 1, 0, " + engine.QuoteText(begin) + ", null, 0), (2, 'DeviceEvents', null, 0, 1, null, null, 0)",
	} {
		if err := e.Exec(tb.Context(), statement); err != nil {
			tb.Fatal(err)
		}
	}
}

// signalled runs files of the judgement and gives each case's reasons with their details.
func signalled(tb testing.TB, e *engine.Engine, files ...string) map[string]map[string]string {
	tb.Helper()
	contract, err := view.LoadContract(tb.Context(), e, smewsql.Files)
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range files {
		text, err := fs.ReadFile(smewsql.Files, "hunt/"+f)
		if err != nil {
			tb.Fatal(err)
		}
		if err := contract.Need(tb.Context(), e, string(text)); err != nil {
			tb.Fatal(f, err)
		}
		if err := e.Exec(tb.Context(), string(text)); err != nil {
			tb.Fatal(f, err)
		}
	}
	rows, err := e.Query(tb.Context(), "select CaseId, ReasonId, Detail from case_signals order by all")
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	got := map[string]map[string]string{}
	for rows.Next() {
		var id, reason, detail string
		if err := rows.Scan(&id, &reason, &detail); err != nil {
			tb.Fatal(err)
		}
		if got[id] == nil {
			got[id] = map[string]string{}
		}
		if _, twice := got[id][reason]; twice {
			tb.Errorf("%s has %s twice", id, reason)
		}
		got[id][reason] = detail
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return got
}

// signalsOf are the ids of a case's signals, in order.
func signalsOf(got map[string]map[string]string, id string) string {
	return strings.Join(slices.Sorted(maps.Keys(got[id])), " ")
}
