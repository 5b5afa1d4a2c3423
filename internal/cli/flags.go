package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smew/internal/engine"
	"smew/internal/finding"
	"smew/internal/report"
	"smew/internal/term"
)

// engineFlags are the limits of the embedded database.
type engineFlags struct {
	memory  string
	threads int
	tempDir string
}

func (f *engineFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.memory, "memory", "", "most memory the engine may use, such as 1GiB (default: three quarters of what there is)")
	fs.IntVar(&f.threads, "threads", 0, "worker threads (default: one per core)")
	fs.StringVar(&f.tempDir, "temp-dir", "", "folder for what does not fit in memory")
}

func (f *engineFlags) open(ctx context.Context) (*engine.Engine, error) {
	if f.threads < 0 || f.threads > maxThreads {
		return nil, usage(fmt.Errorf("--threads is %d", f.threads), fmt.Sprintf("give a number from 1 to %d, or leave it out", maxThreads))
	}
	e, err := engine.Open(ctx, engine.Options{Memory: f.memory, Threads: f.threads, TempDir: f.tempDir})
	if err != nil && !errors.Is(err, context.Canceled) {
		return nil, usage(err, "--memory takes a size such as 800MB or 2GiB, --temp-dir a folder that can be written")
	}
	return e, err
}

// maxThreads is more than any machine gains from, and fewer than break one.
const maxThreads = 1024

func (f *engineFlags) workers() int {
	if f.threads > 0 {
		return f.threads
	}
	return runtime.GOMAXPROCS(0)
}

// outputFlags say in which form results are given, and where.
type outputFlags struct {
	format string
	json   bool
	output string
	color  string
}

func (f *outputFlags) register(cmd *cobra.Command, formats []string) {
	fs := cmd.Flags()
	fs.StringVar(&f.format, "format", "table", "form of the results: "+strings.Join(formats, ", "))
	fs.BoolVar(&f.json, "json", false, "short for --format json")
	fs.StringVarP(&f.output, "output", "o", "", "write the results to a file, which is replaced only when they are complete")
	fs.StringVar(&f.color, "color", "auto", "colour: auto, always or never")
	complete(cmd, "format", formats)
	complete(cmd, "color", []string{"auto", "always", "never"})
}

// check resolves contradictions between the flags.
func (f *outputFlags) check(cmd *cobra.Command, formats []string, stdout io.Writer) error {
	if f.json {
		if cmd.Flags().Changed("format") && f.format != "json" {
			return usage(errors.New("--json and --format "+f.format+" contradict each other"), "give one of them")
		}
		f.format = "json"
	}
	if form, ok := byEnding[strings.ToLower(filepath.Ext(f.output))]; ok && !f.json && !cmd.Flags().Changed("format") {
		f.format = form
	}
	if !slices.Contains(formats, f.format) {
		return usage(errors.New("no format "+quote(f.format)), "formats: "+strings.Join(formats, ", "))
	}
	if !slices.Contains([]string{"auto", "always", "never"}, f.color) {
		return usage(errors.New("no colour setting "+quote(f.color)), "--color takes auto, always or never")
	}
	if f.format == "parquet" && f.output == "" && term.IsTerminal(stdout) {
		return usage(errors.New("parquet is not for a terminal"), "give -o FILE, or send it to a pipe")
	}
	return f.checkOutput()
}

// byEnding is the form that a file's name asks for, when no flag does.
var byEnding = map[string]string{".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".md": "markdown", ".parquet": "parquet"}

// windowFlags choose the span of event time.
type windowFlags struct {
	since, until, last, asOf string
}

func (f *windowFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.since, "since", "", "only events at or after this time, UTC: 2026-09-20 or 2026-09-20T10:00:00Z")
	fs.StringVar(&f.until, "until", "", "only events before this time")
	fs.StringVar(&f.last, "last", "", "only this long back from the newest event that is not in the future: 24h, 7d, 3mon")
	fs.StringVar(&f.asOf, "as-of", "", "judge expiry of allowlist entries as on this day (default: now)")
}

// bounds reads --since, --until and --as-of; --last needs the data.
func (f *windowFlags) bounds() (since, until *time.Time, asOf time.Time, err error) {
	if f.last != "" && (f.since != "" || f.until != "") {
		return nil, nil, asOf, usage(errors.New("--last does not go with --since or --until"), "give --last, or a span by --since and --until")
	}
	asOf = time.Now().UTC()
	for _, flag := range []struct {
		name, text string
		set        func(time.Time)
	}{
		{"--since", f.since, func(t time.Time) { since = &t }},
		{"--until", f.until, func(t time.Time) { until = &t }},
		{"--as-of", f.asOf, func(t time.Time) { asOf = t }},
	} {
		if flag.text == "" {
			continue
		}
		t, err := parseMoment(flag.text)
		if err != nil {
			return nil, nil, asOf, usage(fmt.Errorf("%s: %w", flag.name, err), "write 2026-09-20, 2026-09-20T10:00:00Z or with a zone, 2026-09-20T10:00:00+02:00")
		}
		flag.set(t)
	}
	if since != nil && until != nil && !since.Before(*until) {
		return nil, nil, asOf, usage(fmt.Errorf("--since %s is not before --until %s", f.since, f.until), "the window is [since, until)")
	}
	return since, until, asOf, nil
}

// parseMoment reads a day or a moment; without a zone it is UTC.
func parseMoment(text string) (time.Time, error) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999",
		"2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly,
	} {
		if t, err := time.Parse(layout, text); err == nil {
			if t.Year() < 1678 || t.Year() > 2261 {
				return t, errors.New("the year " + fmt.Sprint(t.Year()) + " is out of range")
			}
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("not a time: " + quote(text))
}

// countBack is how far --last reaches, as the engine reads an interval.
func countBack(ctx context.Context, e *engine.Engine, last string, newest time.Time) (time.Time, error) {
	var since string
	var negative bool
	err := e.Scan(ctx, "select cast("+engine.TimeLiteral(newest)+" - cast("+engine.QuoteText(last)+" as interval) as varchar), cast("+engine.QuoteText(last)+" as interval) <= interval 0 second",
		&since, &negative)
	if err != nil {
		return time.Time{}, usage(errors.New("--last: not a length of time: "+quote(last)), "write 24h, 7d, 2w or 3mon; 90m is ninety minutes")
	}
	if negative {
		return time.Time{}, usage(errors.New("--last: "+quote(last)+" is not a positive length of time"), "write 24h, 7d, 2w or 3mon")
	}
	moment, err := parseMoment(since)
	return moment.Add(newest.Sub(newest.Truncate(time.Microsecond))), err // the engine counts whole microseconds
}

// parseFailOn reads --fail-on; "" means that findings are no failure.
func parseFailOn(text string) (finding.Severity, error) {
	if text == "none" {
		return "", nil
	}
	if slices.Contains(finding.Severities, finding.Severity(text)) {
		return finding.Severity(text), nil
	}
	return "", usage(errors.New("--fail-on: no severity "+quote(text)), "high, medium, low, informational or none")
}

func complete(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // only for a flag that does not exist
	}
}

var huntFormats = append(slices.Clone(report.Formats()), "parquet")
