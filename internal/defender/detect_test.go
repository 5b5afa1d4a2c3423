package defender

import (
	"math/rand"
	"strings"
	"testing"
)

func names(t Table) []string {
	var out []string
	for _, c := range t.Columns {
		out = append(out, c.Name)
	}
	return out
}

// Each table's own columns, whatever their order or case, whatever an export
// adds to them and whatever the path says, are that table.
func TestDetectWholeTables(t *testing.T) {
	for _, table := range Tables() {
		own := names(table)
		shuffled := append([]string(nil), own...)
		rand.New(rand.NewSource(1)).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = strings.ToUpper(shuffled[j]), shuffled[i]
		})
		for form, columns := range map[string][]string{
			"as documented": own,
			"shuffled":      shuffled,
			"log analytics": append([]string{
				"TimeGenerated", "TenantId", "Type", "SourceSystem", "MachineGroup", "_ResourceId", "_IsBillable",
			}, own...),
			"one unknown": append([]string{"CreatedProcessParentId"}, own...),
		} {
			for _, hint := range []string{"", "x/" + table.Name + ".csv", "am-DeviceEvents/y=2026/PT05M.json"} {
				if got, ok := Detect(columns, nil, hint); !ok || got != table.Name {
					t.Errorf("%s, %s, path %q: %q %v", table.Name, form, hint, got, ok)
				}
			}
		}
	}
}

func TestDetect(t *testing.T) {
	tests := []struct {
		name    string
		columns string
		actions string
		hint    string
		want    string // "" = none
	}{
		{"process projection", "Timestamp DeviceName FileName ProcessCommandLine", "", "", "DeviceProcessEvents"},
		{"process by action", "Timestamp DeviceName ActionType FileName", "ProcessCreated", "", "DeviceProcessEvents"},
		{"log analytics time", "TimeGenerated DeviceId ProcessCommandLine", "", "", "DeviceProcessEvents"},
		{"registry projection", "Timestamp DeviceName RegistryKey RegistryValueName RegistryValueData", "", "", "DeviceRegistryEvents"},
		{"registry by action", "Timestamp DeviceName ActionType RegistryKey", "RegistryKeyCreated RegistryValueSet", "", "DeviceRegistryEvents"},
		{"file by action", "Timestamp DeviceName ActionType FileName FolderPath", "FileCreated FileRenamed", "", "DeviceFileEvents"},
		{"file by unique column", "Timestamp DeviceName FileName PreviousFileName", "", "", "DeviceFileEvents"},
		{"file by path", "Timestamp DeviceName FileName InitiatingProcessFileName", "", "insights-logs-advancedhunting-devicefileevents/x", "DeviceFileEvents"},
		{"service installed", "Timestamp DeviceName ActionType FileName AdditionalFields", "ServiceInstalled", "", "DeviceEvents"},
		{"device event with registry", "Timestamp DeviceName ActionType RegistryKey", "ServiceInstalled", "", "DeviceEvents"},
		{"action of no closed table", "Timestamp DeviceName ActionType ProcessCommandLine", "CredentialsBackup", "", "DeviceEvents"},
		{"action by prefix", "Timestamp DeviceName ActionType FileName", "AsrLsassCredentialTheftBlocked", "", "DeviceEvents"},
		{"image load by action", "Timestamp DeviceName ActionType FileName", "ImageLoaded", "", "DeviceImageLoadEvents"},
		{"network", "Timestamp DeviceName RemoteIP RemotePort RemoteUrl InitiatingProcessFileName", "", "", "DeviceNetworkEvents"},
		{"network by action", "Timestamp DeviceName ActionType RemoteIP", "DnsConnectionInspected", "", "DeviceNetworkEvents"},
		{"logon", "Timestamp DeviceName AccountName LogonType IsLocalAdmin", "LogonSuccess", "", "DeviceLogonEvents"},
		{"mail", "Timestamp NetworkMessageId SenderFromAddress RecipientEmailAddress DeliveryAction", "", "", "EmailEvents"},
		{"content over path", "Timestamp DeviceName RegistryKey PreviousRegistryKey", "", "DeviceProcessEvents.json", "DeviceRegistryEvents"},
		{"few unknown", "Timestamp DeviceName ProcessCommandLine FileName my_note", "", "", "DeviceProcessEvents"},

		{"several tables alike", "Timestamp DeviceName FileName FolderPath SHA1", "", "", ""},
		{"several tables alike, initiator", "Timestamp DeviceName FileName InitiatingProcessFileName", "", "", ""},
		{"union of tables", "Timestamp DeviceName ActionType ProcessCommandLine RegistryKey", "ProcessCreated RegistryValueSet", "", ""},
		{"no time", "DeviceName ProcessCommandLine FileName", "", "", ""},
		{"no device", "Timestamp ProcessCommandLine FileName", "", "", ""},
		{"shopping list", "Timestamp Item Price Url Title Category", "", "", ""},
		{"sensor readings", "Timestamp DeviceId DeviceName Protocol City Temperature", "", "", ""},
		{"sensor readings in a folder of that name", "Timestamp DeviceId DeviceName Port", "", "DeviceEvents/x.csv", ""},
		{"auditd", "type msg audit pid uid auid ses comm exe key", "", "", ""},
		{"windows log", "@timestamp EventID Hostname Channel ProcessId Image CommandLine TargetObject Message", "", "", ""},
		{"mostly unknown", "Timestamp DeviceName ProcessCommandLine a b c d e", "", "", ""},
		{"everyday words of a small table", "FieldName Description Categories", "", "", ""},
		{"repeated name", "Timestamp timestamp TIMESTAMP DeviceName devicename", "", "DeviceProcessEvents", ""},
		{"nothing", "", "", "DeviceProcessEvents", ""},
	}
	for _, tt := range tests {
		got, ok := Detect(strings.Fields(tt.columns), strings.Fields(tt.actions), tt.hint)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q %v, want %q", tt.name, got, ok, tt.want)
		}
	}
}

func TestActionTable(t *testing.T) {
	for action, want := range map[string]string{
		"ProcessCreated":              "DeviceProcessEvents",
		"ProcessCreatedUsingWmiQuery": "DeviceEvents",
		"registryvalueset":            "DeviceRegistryEvents",
		"SslConnectionInspected":      "DeviceNetworkEvents",
		"ScheduledTaskCreated":        "DeviceEvents",
		"LogonSuccess":                "", // device and identity logons both
		"":                            "",
	} {
		if got, _ := ActionTable(action); got != want {
			t.Errorf("ActionTable(%q) = %q, want %q", action, got, want)
		}
	}
	for action, table := range actionValues {
		if _, ok := Lookup(table); !ok || action != strings.ToLower(action) {
			t.Errorf("%s → %s is not lower case or no table", action, table)
		}
	}
}
