package fleet

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

// table is one of Defender's tables with the columns that are filled in, beyond
// those about the device and the initiating process.
type table struct {
	name    string
	columns []string
}

// The tables that a fleet has rows of.
var (
	processTable = &table{"DeviceProcessEvents", []string{
		"FileName", "FolderPath", "SHA1", "SHA256", "ProcessVersionInfoOriginalFileName", "ProcessVersionInfoCompanyName", "ProcessId", "ProcessCommandLine",
		"ProcessIntegrityLevel", "ProcessCreationTime", "AccountDomain", "AccountName", "AccountSid",
	}}
	registryTable = &table{"DeviceRegistryEvents", []string{
		"RegistryKey", "RegistryValueName", "RegistryValueType", "RegistryValueData", "PreviousRegistryKey", "PreviousRegistryValueName", "PreviousRegistryValueData",
	}}
	eventTable = &table{"DeviceEvents", []string{
		"FileName", "FolderPath", "SHA1", "SHA256", "AccountDomain", "AccountName", "ProcessCommandLine", "AdditionalFields",
	}}
	fileTable = &table{"DeviceFileEvents", []string{
		"FileName", "FolderPath", "SHA1", "SHA256", "PreviousFolderPath", "PreviousFileName", "RequestProtocol", "RequestSourceIP", "RequestAccountName", "ShareName",
	}}
	logonTable = &table{"DeviceLogonEvents", []string{
		"LogonType", "AccountDomain", "AccountName", "AccountSid", "Protocol", "LogonId", "RemoteDeviceName", "RemoteIP", "RemoteIPType",
	}}
	networkTable = &table{"DeviceNetworkEvents", []string{
		"RemoteIP", "RemotePort", "LocalIP", "LocalPort", "Protocol", "RemoteUrl",
	}}
	tables = []*table{processTable, registryTable, eventTable, fileTable, logonTable, networkTable}
)

// row is one event of a table.
type row struct {
	host   *host
	action string
	at     time.Time
	report int
	by     *process // nil: the sensor does not know
	values []string // by the table's columns; "" is null
}

// add notes an event.
func (h *host) add(t *table, action string, at time.Time, by *process, values ...string) {
	if len(values) != len(t.columns) {
		panic("wrong number of values for " + t.name) // a typing error in this package
	}
	if at.Before(h.from) || !at.Before(h.until) {
		return // what goes on past the last midnight is of the next month
	}
	h.rows[t] = append(h.rows[t], row{host: h, action: action, at: at.Truncate(100), by: by, values: values})
}

// baseName is the file's name of a path of either kind of system.
func baseName(path string) string { return path[strings.LastIndexAny(path, `\/`)+1:] }

// folder is the path without the file's name.
func folder(path string) string { return path[:max(0, strings.LastIndexAny(path, `\/`))] }

var hashes sync.Map // of [2]string by path

// hashesOf are the SHA-1 and SHA-256 of the file at a path: any, but the same on
// every device.
func hashesOf(path string) [2]string {
	if known, ok := hashes.Load(path); ok {
		return known.([2]string)
	}
	one, two := sha1.Sum([]byte("fleet "+path)), sha256.Sum256([]byte("fleet "+path))
	sums := [2]string{hex.EncodeToString(one[:]), hex.EncodeToString(two[:])}
	hashes.Store(path, sums)
	return sums
}
