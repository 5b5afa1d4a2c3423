package defender

import (
	"maps"
	"strings"
)

// ActionTable names the table that records events of an ActionType, where the
// value leaves no doubt. The values are those of published queries and samples:
// Microsoft documents the full list only inside the portal.
func ActionTable(action string) (table string, ok bool) {
	action = strings.ToLower(action)
	if t, ok := actionValues[action]; ok {
		return t, true
	}
	if strings.HasSuffix(action, "connectioninspected") {
		return "DeviceNetworkEvents", true
	}
	for _, prefix := range deviceEventPrefixes {
		if strings.HasPrefix(action, prefix) {
			return "DeviceEvents", true
		}
	}
	return "", false
}

// ActionTables maps ActionTypes, in lower case, to the table that records them:
// the whole values that [ActionTable] knows.
func ActionTables() map[string]string { return maps.Clone(actionValues) }

// actionValues maps an ActionType in lower case to its table.
var actionValues = map[string]string{
	"processcreated": "DeviceProcessEvents",

	"registrykeycreated":   "DeviceRegistryEvents",
	"registrykeydeleted":   "DeviceRegistryEvents",
	"registrykeyrenamed":   "DeviceRegistryEvents",
	"registryvalueset":     "DeviceRegistryEvents",
	"registryvaluedeleted": "DeviceRegistryEvents",

	"filecreated":                  "DeviceFileEvents",
	"filemodified":                 "DeviceFileEvents",
	"filedeleted":                  "DeviceFileEvents",
	"filerenamed":                  "DeviceFileEvents",
	"filecreatedaggregatedreport":  "DeviceFileEvents",
	"filemodifiedaggregatedreport": "DeviceFileEvents",
	"filerenamedaggregatedreport":  "DeviceFileEvents",
	"filedeletedaggregatedreport":  "DeviceFileEvents",

	"imageloaded": "DeviceImageLoadEvents",

	"connectionsuccess":          "DeviceNetworkEvents",
	"connectionfailed":           "DeviceNetworkEvents",
	"connectionfound":            "DeviceNetworkEvents",
	"connectionrequest":          "DeviceNetworkEvents",
	"connectionattempt":          "DeviceNetworkEvents",
	"connectionacknowledged":     "DeviceNetworkEvents",
	"inboundconnectionaccepted":  "DeviceNetworkEvents",
	"listeningconnectioncreated": "DeviceNetworkEvents",
	"networksignatureinspected":  "DeviceNetworkEvents",

	"serviceinstalled":             "DeviceEvents",
	"driverload":                   "DeviceEvents",
	"dnsqueryresponse":             "DeviceEvents",
	"ldapsearch":                   "DeviceEvents",
	"namedpipeevent":               "DeviceEvents",
	"powershellcommand":            "DeviceEvents",
	"openprocessapicall":           "DeviceEvents",
	"createremotethreadapicall":    "DeviceEvents",
	"processcreatedusingwmiquery":  "DeviceEvents",
	"processprimarytokenmodified":  "DeviceEvents",
	"pnpdeviceconnected":           "DeviceEvents",
	"screenshottaken":              "DeviceEvents",
	"shelllinkcreatefileevent":     "DeviceEvents",
	"securitylogcleared":           "DeviceEvents",
	"tamperingattempt":             "DeviceEvents",
	"useraccountcreated":           "DeviceEvents",
	"useraccountdeleted":           "DeviceEvents",
	"useraccountmodified":          "DeviceEvents",
	"useraccountaddedtolocalgroup": "DeviceEvents",
}

// deviceEventPrefixes begin the many values of DeviceEvents, in lower case.
var deviceEventPrefixes = []string{
	"antivirus", "appcontrol", "applocker", "asr", "browserlaunched",
	"controlledfolderaccess", "exploitguard", "firewall", "getclipboard",
	"ntallocatevirtualmemory", "ntprotectvirtualmemory", "ntmapviewofsection",
	"scheduledtask", "smartscreen", "usbdrive", "writeprocessmemory",
}

// closed are the tables whose ActionType values are all in actionValues.
var closed = []string{
	"DeviceProcessEvents", "DeviceRegistryEvents", "DeviceFileEvents", "DeviceImageLoadEvents",
}

// logAnalytics are columns, in lower case, that Log Analytics and the
// streaming API put beside a table's own. Some tables have one of them too.
var logAnalytics = set(
	"TimeGenerated", "TenantId", "Type", "SourceSystem", "MachineGroup",
	"Computer", "MG", "ManagementGroupName", "RawData", "IsBillable", "BilledSize",
	"ItemCount", "Tenant", "OperationName", "TableName", "$table",
)

// commonplace are column names, in lower case, that any log or spreadsheet may
// have. They fit, but they convince nobody that a file is telemetry.
var commonplace = set(
	"Timestamp", "DeviceId", "DeviceName", "ActionType", "ReportId",
	"FileName", "FolderPath", "FileSize", "FileType", "SHA1", "SHA256", "MD5",
	"AccountName", "AccountDomain", "AccountId", "AccountSid", "AccountType", "AccountUpn",
	"Application", "ApplicationId", "OSPlatform", "OSVersion", "OSBuild", "OSArchitecture",
	"IPAddress", "IPAddresses", "MacAddress", "PublicIP", "Port", "Protocol",
	"RemoteIP", "RemotePort", "LocalIP", "LocalPort", "LogonType", "LogonId",
	"DestinationPort", "DestinationIPAddress", "ProcessId", "Url", "UserAgent", "Browser", "Workload",
	"Country", "CountryCode", "City", "State", "Location", "Latitude", "Longitude", "Isp", "Address",
	"Title", "Category", "Categories", "Severity", "Description", "Tags", "Context", "Subject",
	"StartTime", "EndTime", "CreatedDateTime", "LastModifiedTime", "PublishedDate",
	"DeviceType", "DeviceCategory", "Model", "Vendor", "Manufacturer", "ComponentType", "ComponentName",
	"ErrorCode", "CorrelationId", "RequestId", "SessionId", "SessionData", "ResourceId", "ResourceType",
	"SubscriptionId", "ObjectId", "ObjectName", "ObjectType", "EntityType", "OperationName",
	"DataSource", "DataSources", "FieldName", "Action", "ActionResult", "Query", "QueryType",
	"Signer", "Issuer", "Manager", "Phone", "GivenName", "Surname", "Department", "JobTitle",
	"EmailAddress", "EmailSubject", "SoftwareName", "SoftwareVendor", "SoftwareVersion",
	"Connectors", "NodeId", "NodeName",
)

// often orders the tables that a hunt reads before all others. It decides
// between tables that have every column of a small export.
var often = []string{
	"DeviceProcessEvents", "DeviceRegistryEvents", "DeviceFileEvents",
	"DeviceNetworkEvents", "DeviceLogonEvents", "DeviceImageLoadEvents", "DeviceEvents",
}

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[strings.ToLower(n)] = true
	}
	return m
}
