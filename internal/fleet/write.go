package fleet

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"smew/internal/defender"
	"smew/internal/engine"
)

// common are the columns of every table that are filled in, in the order of
// writeCommon. Ticks of 100 ns since 1970 stand for times.
var common = []string{
	"Timestamp", "DeviceId", "DeviceName", "ActionType", "ReportId",
	"InitiatingProcessFileName", "InitiatingProcessFolderPath", "InitiatingProcessSHA1", "InitiatingProcessSHA256",
	"InitiatingProcessVersionInfoOriginalFileName", "InitiatingProcessVersionInfoCompanyName", "InitiatingProcessId", "InitiatingProcessCommandLine",
	"InitiatingProcessIntegrityLevel", "InitiatingProcessCreationTime", "InitiatingProcessAccountDomain", "InitiatingProcessAccountName", "InitiatingProcessAccountSid",
	"InitiatingProcessParentFileName", "InitiatingProcessParentId", "InitiatingProcessParentCreationTime",
}

// null is how a missing value is written between Go and the engine.
const null = `\N`

// writeTable writes the rows as text, in order of time, which the engine makes a
// typed file of.
func writeTable(ctx context.Context, e *engine.Engine, t *table, rows []row, opts Options) (string, error) {
	slices.SortStableFunc(rows, func(a, b row) int { return a.at.Compare(b.at) })
	text := filepath.Join(e.TempDir(), t.name+".tsv")
	if err := writeText(text, t, rows); err != nil {
		return "", err
	}
	defer os.Remove(text)
	typed, err := typedQuery(t, text)
	if err != nil {
		return "", err
	}
	path := filepath.Join(opts.Dir, t.name+".parquet")
	how := "(format parquet, compression snappy)"
	if opts.Format == "ndjson" {
		path, how, typed = filepath.Join(opts.Dir, t.name+".json"), "(format json)", streamed(t, typed)
	}
	return path, e.Exec(ctx, "set preserve_insertion_order = true; copy ("+typed+") to "+engine.QuoteText(path)+" "+how)
}

func writeText(path string, t *table, rows []row) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(f, 1<<20)
	out.WriteString(strings.Join(slices.Concat(common, t.columns), "\t") + "\n")
	for _, r := range rows {
		writeCommon(out, r)
		for _, v := range r.values {
			out.WriteByte('\t')
			writeValue(out, v)
		}
		out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func writeCommon(out *bufio.Writer, r row) {
	out.WriteString(ticks(r.at))
	fields := []string{r.host.id, r.host.name, r.action, strconv.Itoa(r.report)}
	if p := r.by; p == nil {
		fields = append(fields, "", "", "", "", "", "", "0", "", "", "", "", "", "", "", "0", "")
	} else {
		sums := hashesOf(p.path)
		path := p.path
		if r.host.os == windows {
			path = strings.ToLower(path) // as the sensor writes it
		}
		fields = append(fields, baseName(p.path), path, sums[0], sums[1], p.original(), p.company(), strconv.Itoa(p.id), p.command,
			p.integrity(), ticks(p.started), p.user.domain, p.user.name, p.user.sid)
		if p.parent == nil {
			fields = append(fields, "", "", "")
		} else {
			fields = append(fields, baseName(p.parent.path), strconv.Itoa(p.parent.id), ticks(p.parent.started))
		}
	}
	for _, v := range fields {
		out.WriteByte('\t')
		writeValue(out, v)
	}
}

func writeValue(out *bufio.Writer, v string) {
	if v == "" {
		v = null
	}
	out.WriteString(v)
}

func ticks(t time.Time) string { return strconv.FormatInt(t.UnixNano()/100, 10) }

// typedQuery reads the text with every column of the schema, typed; those that are
// not filled in are NULL.
func typedQuery(t *table, text string) (string, error) {
	schema, ok := defender.Lookup(t.name)
	if !ok {
		return "", fmt.Errorf("no such table in the schema")
	}
	filled := slices.Concat(common, t.columns)
	for _, c := range t.columns { // of the common ones a table may lack some
		if _, ok := schema.Column(c); !ok {
			return "", fmt.Errorf("column %s is not in the schema", c)
		}
	}
	columns := make([]string, len(schema.Columns))
	for i, c := range schema.Columns {
		value := "null"
		switch {
		case !slices.Contains(filled, c.Name):
		case c.Type == "datetime":
			value = "make_timestamp_ns(" + engine.QuoteIdent(c.Name) + "::bigint * 100)"
		default:
			value = engine.QuoteIdent(c.Name)
		}
		columns[i] = value + "::" + defender.SQLType(c.Type) + " as " + engine.QuoteIdent(c.Name)
	}
	// No quoting: command lines are full of quotes, and none has a tab.
	return "select " + strings.Join(columns, ",\n    ") + "\nfrom read_csv(" + engine.QuotePaths([]string{text}) +
		`, delim = '\t', header = true, quote = '', escape = '', nullstr = '` + null + "', all_varchar = true, parallel = false)", nil
}

// streamed wraps rows as the streaming API does: the columns under properties. A
// record is received three minutes after its event.
func streamed(t *table, typed string) string {
	schema, _ := defender.Lookup(t.name)
	fields := make([]string, len(schema.Columns))
	for i, c := range schema.Columns {
		value := engine.QuoteIdent(c.Name)
		if c.Type == "datetime" {
			value = iso(value)
		}
		fields[i] = engine.QuoteIdent(c.Name) + " := " + value
	}
	return "select " + iso(`"Timestamp" + interval 3 minute`) + ` as "time", 'b6a0d7c4-52c1-4f8a-9a3e-0d64c1e7f325' as "tenantId", ` +
		engine.QuoteText("AdvancedHunting-"+t.name) + " as category, struct_pack(" + strings.Join(fields, ", ") + ") as properties\nfrom (" + typed + ")"
}

// iso is SQL for a time as the streaming API writes it.
func iso(value string) string {
	return "rtrim(rtrim(strftime(" + value + ", '%Y-%m-%dT%H:%M:%S.%n'), '0'), '.') || 'Z'"
}
