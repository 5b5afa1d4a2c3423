package functions_test

import "testing"

// What a command line changes about a service beside its program.
func TestServiceTamper(t *testing.T) {
	e := open(t)
	compareTable(t, e, "service_change.tsv", "command", "failure_command_text", "permission_text", "permission_service_text", "failure_service_text")
	compareTable(t, e, "registry_text.tsv", "command", "registry_service_text", "registry_data_text")
	compareTable(t, e, "svchost_group.tsv", "command", "svchost_group")
	for _, r := range readTable(t, "registry_write.tsv", "text", "is_registry_write(plain_text(x))") {
		if got := value(t, e, "is_registry_write(plain_text("+text(r.cells[0])+"))"); got != r.cells[1] {
			t.Errorf("%s: %q writes to the registry: %s, want %s", r.place, r.cells[0], got, r.cells[1])
		}
	}
}

func TestSDDL(t *testing.T) {
	compareTable(t, open(t), "sddl.tsv", "sddl", "sddl_denies", "sddl_opens")
}
