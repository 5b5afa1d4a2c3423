package sources

import (
	"bytes"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWindowsHostile puts hostile text into the samples' values, breaks the samples
// in many ways at random places, and reads them all: nothing may fail, and every record must be a row, rejected or counted
// as another kind of event. The seed is fixed, so a failure comes again.
func TestWindowsHostile(t *testing.T) {
	const copies = 24
	random := rand.New(rand.NewPCG(4, 4))
	dir := t.TempDir()
	for _, sample := range samples(t, "windows") {
		text, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		var broken bytes.Buffer
		// The sample as it is comes first, so that the file is known for what it is.
		broken.Write(text)
		lines := bytes.Split(bytes.TrimRight(text, "\n"), []byte("\n"))
		switch filepath.Ext(sample) {
		case ".csv":
			lines = lines[1:]
		case ".xml":
			lines = wholeEvent.FindAll(text, -1)
		}
		for range copies {
			for _, line := range lines {
				if random.IntN(3) == 0 {
					line = breakLine(random, line)
				} else {
					line = poisonLine(random, line)
				}
				broken.Write(line)
				broken.WriteByte('\n')
			}
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(sample)), broken.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := loadFiles(t, dir)
	account := got.account
	for _, s := range account.Skipped {
		t.Errorf("%s: skipped: %s", s.File, s.Reason)
	}
	byRecord := map[string]string{}
	for _, row := range got.rows {
		at := fmt.Sprint(filepath.Base(row.file), " ", row.record)
		if other, ok := byRecord[at]; ok {
			t.Errorf("%s is a row of %s and of %s", at, other, row.table)
		}
		byRecord[at] = row.table
		if row.values["Timestamp"]+row.values["TimestampNote"] == "" || row.values["Telemetry"] == "" {
			t.Errorf("%s: %v", at, row.values)
		}
	}
	if kept := account.RowsKept() + account.RowsDuplicate(); kept != int64(len(got.rows)) {
		t.Errorf("%d rows, the account has %d", len(got.rows), kept)
	}
	if account.RowsRejected() == 0 || account.RowsOther() == 0 || len(got.rows) < 1000 {
		t.Errorf("%d rows, %d rejected, %d others: what was broken was not read", len(got.rows), account.RowsRejected(), account.RowsOther())
	}
	reasons := map[string]int64{}
	for _, r := range account.Rejected {
		reasons[r.Reason] += r.Rows
	}
	t.Logf("rejected: %v", reasons)
	t.Logf("%d records: %d rows, %d rejected, %d others", account.RowsRead(), len(got.rows), account.RowsRejected(), account.RowsOther())
}

// hostile are pieces that mean something to a reader.
var hostile = []string{
	`"`, `\`, `{`, `}`, `[`, `]`, `,`, `:`, `null`, `true`, `-1e999`, `99999999999999999999`, `0xfffffffffffffffff`, `\u0000`, `\ud800`, `"a":"b",`,
	`<`, `>`, `&`, `&#`, `&#x;`, `&#99999999;`, `<![CDATA[`, `]]>`, `<!--`, `-->`, `</Data>`, `<Data Name="`, `</System>`, `</Event>`, `<Event>`, `'`,
	`%`, `%%`, `-`, "\x00", "\x1b[2J", "\u202e", "é", "\xff", `%%1906`, `DWORD (0x`, `infinity`, `1969-12-31T00:00:00Z`, `$.*`, `(?i)`, `';--`,
}

var wholeEvent = regexp.MustCompile(`(?s)<(?:\w+:)?Event[ >].*?</(?:\w+:)?Event>`)

// poisonLine puts a hostile piece into a value, quoted as the format asks, so that
// the record stays one.
func poisonLine(random *rand.Rand, line []byte) []byte {
	piece := hostile[random.IntN(len(hostile))]
	mark, quoted := `":"`, strings.Trim(fmt.Sprintf("%q", strings.ToValidUTF8(piece, "?")), `"`)
	switch {
	case bytes.Contains(line, []byte(`": "`)):
		mark = `": "`
	case bytes.Contains(line, []byte(`<`)) && line[0] != '{':
		mark, quoted = `>`, html.EscapeString(piece)
	}
	var starts []int
	for at := 0; ; {
		i := bytes.Index(line[at:], []byte(mark))
		if i < 0 {
			break
		}
		at += i + len(mark)
		starts = append(starts, at)
	}
	if len(starts) == 0 {
		return line
	}
	at := starts[random.IntN(len(starts))]
	quoted = strings.NewReplacer(`\x00`, `\u0000`, `\x1b`, `\u001b`).Replace(quoted)
	if random.IntN(2) == 0 { // instead of the value, up to its end
		end := at
		for end < len(line) && line[end] != '"' && line[end] != '<' {
			end++
		}
		return bytes.Join([][]byte{line[:at], []byte(quoted), line[end:]}, nil)
	}
	return bytes.Join([][]byte{line[:at], []byte(quoted), line[at:]}, nil)
}

// breakLine changes a line in one of the ways that files break or are made to.
func breakLine(random *rand.Rand, line []byte) []byte {
	if len(line) == 0 {
		return line
	}
	at := random.IntN(len(line))
	end := min(at+1+random.IntN(20), len(line))
	piece := []byte(hostile[random.IntN(len(hostile))])
	switch random.IntN(5) {
	case 0:
		return line[:at]
	case 1:
		return bytes.Join([][]byte{line[:at], line[end:]}, nil)
	case 2:
		return bytes.Join([][]byte{line[:at], piece, line[end:]}, nil)
	case 3:
		return bytes.Join([][]byte{line[:at], piece, line[at:]}, nil)
	default: // a value for another: the first text that is alike at its edges
		parts := strings.Split(string(line), `"`)
		if len(parts) < 8 {
			return line
		}
		i := 1 + random.IntN(len(parts)-2)
		parts[i] = string(piece) + parts[random.IntN(len(parts))]
		return []byte(strings.Join(parts, `"`))
	}
}
