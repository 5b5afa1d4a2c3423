package lake

import (
	"context"
	"slices"

	"smew/internal/engine"
	"smew/internal/view"
)

// Starts fills process_starts, anew, with the starts of processes that the rows of a
// relation may have been started by, and of the programs that tell of a boot: what
// load.Loader.Context looks in. A day of the past may hold them, so no window applies.
func (r *Reader) Starts(ctx context.Context, e *engine.Engine, process *view.Table, relation string) error {
	var files []Data
	for _, d := range r.Snapshot.Data {
		if d.Table == process.Name {
			files = append(files, d)
		}
	}
	if err := e.Exec(ctx, "delete from process_starts"); err != nil || len(files) == 0 {
		return err
	}
	const device = "coalesce(lower(DeviceName), '#' || lake_id(SourceFileId))"
	wanted := "select distinct coalesce(lower(DeviceName), '#' || SourceFileId) as Device, lower(InitiatingProcessGuid) as Guid, InitiatingProcessId as Pid from " +
		relation + " where Telemetry <> 'Defender'"
	return e.Exec(ctx, "create or replace temp table starts_wanted as "+wanted+`;
insert into process_starts
select `+device+`, lower(ProcessGuid), ProcessId, `+loadedTime("Timestamp")+`, FileName, FolderPath, ProcessCommandLine, AccountDomain, AccountName,
	InitiatingProcessId, InitiatingProcessFileName, lake_id(SourceFileId), SourceRecord, TimestampNote
from `+r.l.readFiles(slices.Clip(files))+` as stored
where Telemetry <> 'Defender' and (ProcessId is not null or ProcessGuid is not null)
	and (lower(FileName) = 'smss.exe'
		or (`+device+`, ProcessId) in (select Device, Pid from starts_wanted)
		or (`+device+`, lower(ProcessGuid)) in (select Device, Guid from starts_wanted))`)
}
