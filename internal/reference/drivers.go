package reference

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// driversTable is the table that [Overlay] fills from a list of LOLDrivers.
const driversTable = "vulnerable_drivers"

// driver is one sample of a driver that is known to be misused.
type driver struct{ sha256, sha1, md5, name string }

// addDrivers reads a list of LOLDrivers in either of the forms that the project
// publishes (https://www.loldrivers.io, api/drivers.json and api/drivers.csv).
func (o *overlay) addDrivers(name string) error {
	text, err := readLimited(name)
	if err != nil {
		return err
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var drivers []driver
	if strings.HasPrefix(strings.TrimSpace(string(text[:min(len(text), 512)])), "[") {
		drivers, err = driversFromJSON(text)
	} else {
		drivers, err = driversFromCSV(text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w; LOLDrivers publishes drivers.json and drivers.csv, and either will do", name, err)
	}
	more := &Table{Name: driversTable, Columns: []string{"sha256", "sha1", "md5", "name", "source"}}
	for _, d := range drivers {
		if key := firstOf(d.sha256, d.sha1, d.md5); key != "" {
			// The key may not be empty: a sample of which only another hash is known
			// stands under that one, which is no SHA-256 of anything.
			more.Rows = append(more.Rows, []string{key, d.sha1, d.md5, d.name, filepath.Base(name)})
		}
	}
	if len(more.Rows) == 0 {
		return fmt.Errorf("%s: has no driver with a hash; LOLDrivers publishes drivers.json and drivers.csv, and either will do", name)
	}
	return o.add(name, more)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// driversFromJSON reads an array of drivers, each with its samples.
func driversFromJSON(text []byte) ([]driver, error) {
	var list []struct {
		Tags    []string `json:"Tags"`
		Samples []struct {
			Filename, OriginalFilename, SHA256, SHA1, MD5 string
		} `json:"KnownVulnerableSamples"`
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("is not LOLDrivers' JSON: %w", err)
	}
	var drivers []driver
	for _, d := range list {
		for _, s := range d.Samples {
			name := firstOf(s.Filename, s.OriginalFilename)
			if name == "" && len(d.Tags) > 0 {
				name = d.Tags[0]
			}
			drivers = append(drivers, newDriver(s.SHA256, s.SHA1, s.MD5, name))
		}
	}
	return drivers, nil
}

// driversFromCSV reads one row a driver, in which the hashes of its samples stand
// side by side in one field.
func driversFromCSV(text []byte) ([]driver, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("is empty")
	}
	at := map[string]int{}
	for i, c := range rows[0] {
		at[strings.ToLower(strings.TrimSpace(c))] = i
	}
	column := func(row []string, names ...string) []string {
		for _, n := range names {
			if i, ok := at[n]; ok && i < len(row) {
				return strings.FieldsFunc(row[i], func(r rune) bool { return strings.ContainsRune(",;| \n\t[]'\"", r) })
			}
		}
		return nil
	}
	var drivers []driver
	for _, row := range rows[1:] {
		name := firstOf(append(column(row, "tags", "name", "filename"), "")...)
		for _, h := range column(row, "knownvulnerablesamples_sha256", "sha256") {
			drivers = append(drivers, newDriver(h, "", "", name))
		}
		for _, h := range column(row, "knownvulnerablesamples_sha1", "sha1") {
			drivers = append(drivers, newDriver("", h, "", name))
		}
		for _, h := range column(row, "knownvulnerablesamples_md5", "md5") {
			drivers = append(drivers, newDriver("", "", h, name))
		}
	}
	return drivers, nil
}

var hexDigits = regexp.MustCompile(`^[0-9a-f]+$`)

// newDriver keeps what is a hash of the right length, in small letters.
func newDriver(sha256, sha1, md5, name string) driver {
	hash := func(s string, length int) string {
		s = strings.ToLower(strings.TrimSpace(s))
		if len(s) != length || !hexDigits.MatchString(s) {
			return ""
		}
		return s
	}
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, name)
	return driver{hash(sha256, 64), hash(sha1, 40), hash(md5, 32), clean}
}
