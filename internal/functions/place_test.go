package functions_test

import (
	"testing"

	"smew/internal/engine"
)

// compareTable asks of every row of a table of one argument, for each function that a
// column is named for.
func compareTable(t *testing.T, e *engine.Engine, name string, columns ...string) {
	t.Helper()
	for _, r := range readTable(t, name, columns...) {
		for i, function := range columns[1:] {
			compare(t, e, r, r.cells[1+i], function, r.cells[0])
		}
	}
}

// Where a file lies, and who a process is by where it lies.
func TestPlaces(t *testing.T) {
	e := open(t)
	compareTable(t, e, "place.tsv", "path", "in_system_folder", "in_program_files", "in_driver_place")
	compareTable(t, e, "without_dots.tsv", "path", "without_dots")
	compareTable(t, e, "plain_folder.tsv", "folder", "in_windows_or_programs")
	compareTable(t, e, "svchost_groups_key.tsv", "key", "svchost_groups_key")
	for _, r := range readTable(t, "writer.tsv", "path", "name", "by_service_manager", "by_servicing") {
		compare(t, e, r, r.cells[2], "by_service_manager", r.cells[0], r.cells[1])
		compare(t, e, r, r.cells[3], "by_servicing", r.cells[0], r.cells[1])
	}
	for _, r := range readTable(t, "image_is_like.tsv", "path", "pattern", "image_is_like") {
		compare(t, e, r, r.cells[2], "image_is_like", r.cells[0], r.cells[1])
	}
}
