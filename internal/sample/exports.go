package sample

import (
	"context"
	"slices"
	"time"
)

// part is the rows of one readable file: the export itself, or a member of an
// archive.
type part struct {
	member string
	events []*Event // in the order of the file
}

// export is one file to be written.
type export struct {
	name   string
	parts  []part
	encode func(context.Context, export) ([]byte, error)
	// columns are those that a query projected, or nil for all.
	columns []string
}

const (
	streamFolder    = "storage-account/insights-logs-advancedhunting-"
	workspaceFolder = "log-analytics/am-DeviceRegistryEvents/WorkspaceResourceId=/subscriptions/6c1f2a90-0d3b-47e8-b5a4-98e7d160c2f3/resourcegroups/rg-soc/providers/microsoft.operationalinsights/workspaces/law-soc/"
	jobFolder       = "export-job/workspaceId/" + workspaceID + "/jobId/" + jobID + "/"
)

// exports is the whole of sampledata, but for its documentation.
func exports() []export {
	f := newFleet()
	s := tellStory(f)
	hour := func(n, h int) time.Time { return day(n).Add(time.Duration(h) * time.Hour) }
	const most = 50 * time.Minute

	phishHour := join(s.phishProcesses, ordinaryProcesses(f.ws141, hour(18, 15), most, 5), ordinaryProcesses(f.ws155, hour(18, 15), most, 4))
	nightHour := join(s.nightSource, everyDevice(f, func(d *Device) []*Event { return ordinaryProcesses(d, hour(19, 2), most, 7) }))
	openHour := join(ordinaryProcesses(f.lt219, hour(21, 9), most, 5), ordinaryProcesses(f.dc01, hour(21, 9), most, 4))
	phishKeys := join(s.phishRegistry, ordinaryRegistry(f.ws141, hour(18, 15), most, 5))
	nightHub := join(s.nightTargets, s.phishOther, ordinaryTraffic(f, f.ws155, hour(19, 2), most, 4))
	processHits, registryHits := seedProcesses(f), seedRegistry(f)
	apiRows, jobRows := processHits[:len(processHits)/2], processHits[len(processHits)/2:]
	workspaceRows, graphRows := registryHits[:len(registryHits)*2/3], registryHits[len(registryHits)*2/3:]
	portalRows := join(benignProcesses(f), []*Event{s.create}, ordinaryProcesses(f.dc01, hour(20, 11), most, 6), ordinaryProcesses(f.dev11, hour(20, 11), most, 6))
	sheetRows := wholeSeconds(join(benignRegistry(f), ordinaryRegistry(f.dc01, hour(20, 3), 2*time.Hour, 8), ordinaryRegistry(f.lt202, hour(20, 3), 2*time.Hour, 6)))
	jobRows = join(jobRows, everyDevice(f, func(d *Device) []*Event { return ordinaryProcesses(d, hour(20, 10), most, 8) }))
	workspaceRows = spread(join(workspaceRows, ordinaryRegistry(f.ws177, hour(20, 10), most, 8)), at(20, "10:05:00"), 5*time.Minute)
	files := everyDevice(f, func(d *Device) []*Event { return ordinaryFiles(d, hour(20, 8), 8*time.Hour, 6) })
	keys := everyDevice(f, func(d *Device) []*Event { return ordinaryRegistry(d, hour(21, 6), 6*time.Hour, 7) })
	deviceRows := everyDevice(f, func(d *Device) []*Event { return ordinaryDeviceEvents(d, hour(20, 0), 20*time.Hour, 4) })

	list := []export{
		one(streamFolder+"deviceprocessevents/tenantId="+tenantID+"/y=2026/m=09/d=18/h=15/m=00/PT1H.json", phishHour, streamLines),
		one(streamFolder+"deviceregistryevents/tenantId="+tenantID+"/y=2026/m=09/d=18/h=15/m=00/PT1H.json", phishKeys, streamLines),
		one(streamFolder+"deviceprocessevents/tenantId="+tenantID+"/y=2026/m=09/d=19/h=02/m=00/PT1H.json.gz", nightHour, gzipped),
		one(streamFolder+"deviceprocessevents/tenantId="+tenantID+"/y=2026/m=09/d=21/h=09/m=00/PT1H.json", openHour, cutStreamLines),
		one("event-hub/capture-0001.json", nightHub, eventHub),
		{name: "api/xdr-advancedhunting.json", parts: []part{{events: apiRows}}, encode: xdrResult, columns: processProjection},
		{name: "api/graph-runhuntingquery.json", parts: []part{{events: graphRows}}, encode: graphResult, columns: registryProjection},
		one("portal/DeviceProcessEvents.csv", portalRows, portalCSV),
		one("portal/DeviceRegistryEvents.xlsx", sheetRows, portalWorkbook),
		one(workspaceFolder+"y=2026/m=09/d=20/h=10/m=05/PT05M.json", workspaceRows, workspaceLines),
		one(jobFolder+"year=2026/month=09/day=20/hour=10/part-00000.parquet", jobRows, jobParquet),
		{name: "archive/fleet-baseline.zip", encode: zipped, parts: []part{
			{member: "baseline/DeviceFileEvents.jsonl", events: files},
			{member: "baseline/DeviceRegistryEvents.jsonl", events: keys},
		}},
		one("archive/device-events.ndjson.zst", deviceRows, zstandard),
	}
	var all []*Event
	for _, x := range list {
		for _, p := range x.parts {
			slices.SortStableFunc(p.events, func(a, b *Event) int { return a.At.Compare(b.At) })
			all = append(all, p.events...)
		}
	}
	assignReportIDs(all)
	return list
}

// The columns that the two queries over the APIs asked for.
var (
	processProjection = []string{
		"Timestamp", "DeviceId", "DeviceName", "ReportId", "ActionType", "FileName", "FolderPath", "SHA1", "ProcessId", "ProcessCommandLine",
		"ProcessVersionInfoOriginalFileName", "ProcessIntegrityLevel", "AccountDomain", "AccountName", "InitiatingProcessFileName",
		"InitiatingProcessFolderPath", "InitiatingProcessCommandLine", "InitiatingProcessId", "InitiatingProcessParentFileName",
	}
	registryProjection = []string{
		"Timestamp", "DeviceId", "DeviceName", "ReportId", "ActionType", "RegistryKey", "RegistryValueName", "RegistryValueType", "RegistryValueData",
		"InitiatingProcessAccountDomain", "InitiatingProcessAccountName", "InitiatingProcessFileName", "InitiatingProcessFolderPath",
		"InitiatingProcessCommandLine",
	}
)

func one(name string, events []*Event, encode func(context.Context, export) ([]byte, error)) export {
	return export{name: name, parts: []part{{events: events}}, encode: encode}
}

func join(lists ...[]*Event) []*Event { return slices.Concat(lists...) }

func everyDevice(f *fleet, events func(*Device) []*Event) []*Event {
	var list []*Event
	for _, d := range f.all() {
		list = append(list, events(d)...)
	}
	return list
}

// spread moves events into the few minutes that one blob of Log Analytics covers.
func spread(events []*Event, from time.Time, over time.Duration) []*Event {
	step := (over / time.Duration(len(events))).Truncate(time.Second)
	for i, e := range events {
		e.At = from.Add(time.Duration(i)*step + time.Duration(e.At.Nanosecond()))
		e.Values["Timestamp"] = e.At
	}
	return events
}

// wholeSeconds drops what a portal's workbook does not show.
func wholeSeconds(events []*Event) []*Event {
	for _, e := range events {
		e.At = e.At.Truncate(time.Second)
		e.Values["Timestamp"] = e.At
	}
	return events
}
