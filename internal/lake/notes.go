package lake

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"smew/internal/engine"
	"smew/internal/source"
)

// The kinds of the manifest's Parquet files. What is said of a source file holds as of
// the latest run that read it; devices, hours, boots and duplicates add up.
const (
	kindPlaces     = "places"
	kindSources    = "sources"
	kindAccounts   = "accounts"
	kindDoubts     = "doubts"
	kindPresence   = "presence"
	kindRejections = "rejections"
	kindSkipped    = "skipped"
	kindDevices    = "devices"
	kindHours      = "hours"
	kindBoots      = "boots"
	kindDuplicates = "duplicates"
)

// notes writes the manifest's Parquet files of one run.
type notes struct {
	l    *Lake
	e    *engine.Engine
	run  int64
	snap *Snapshot
	made []Meta
}

// write makes one file of the rows of a query, if it has any.
func (n *notes) write(ctx context.Context, kind, query string) error {
	m := Meta{Path: fmt.Sprintf("%s/%s/%06d.parquet", manifestDir, kind, n.run), Kind: kind}
	at := n.at(m)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	if err := n.e.Scan(ctx, "select count(*) from ("+query+")", &m.Rows); err != nil {
		return fmt.Errorf("the manifest's %s: %w", kind, err)
	}
	if m.Rows == 0 {
		return nil
	}
	if err := n.e.Exec(ctx, "copy ("+query+" order by all) to "+engine.QuoteText(at)+" (format parquet, compression zstd)"); err != nil {
		return fmt.Errorf("the manifest's %s: %w", kind, err)
	}
	var err error
	if m.Sum, _, err = sumOf(at); err != nil {
		return err
	}
	n.made = append(n.made, m)
	return nil
}

func (n *notes) at(m Meta) string {
	return filepath.Join(n.l.Work(), filepath.FromSlash(m.Path))
}

// placeAll moves what was written to where it belongs and names it in the snapshot.
func (n *notes) placeAll() error {
	for _, m := range n.made {
		to := n.l.path(m.Path)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := moveSynced(n.at(m), to); err != nil {
			return err
		}
		if err := syncDir(filepath.Dir(to)); err != nil {
			return err
		}
	}
	n.snap.Meta = append(n.snap.Meta, n.made...)
	return nil
}

func (n *notes) skipped(ctx context.Context, skips []source.Skip) error {
	rows := make([]string, 0, len(skips))
	for _, s := range skips {
		rows = append(rows, "("+engine.QuoteText(s.File)+", "+engine.QuoteText(s.Reason)+", "+fmt.Sprint(s.Harmless)+", "+number(n.run)+"::bigint)")
	}
	return n.values(ctx, kindSkipped, rows, "File, Reason, Harmless, Run")
}

func (n *notes) places(ctx context.Context, list []place) error {
	rows := make([]string, 0, len(list))
	for _, p := range list {
		rows = append(rows, fmt.Sprintf("(%s, %d::bigint, %d::bigint, %s, %d::bigint)", engine.QuoteText(p.Path), p.Size, p.MTime, engine.QuoteText(p.Hash), n.run))
	}
	return n.values(ctx, kindPlaces, rows, "Path, Size, MTime, Hash, Run")
}

func (n *notes) values(ctx context.Context, kind string, rows []string, columns string) error {
	if len(rows) == 0 {
		return nil
	}
	return n.write(ctx, kind, "select * from (values "+strings.Join(rows, ", ")+") as t("+columns+")")
}

// detail is what a hunt needs to know of a source file, as the manifest keeps it.
type detail struct {
	Bytes       int64               `json:"bytes"`
	Compression string              `json:"compression,omitempty"`
	Format      source.Format       `json:"format"`
	Kind        string              `json:"kind"`
	Shape       string              `json:"shape,omitempty"`
	Mapping     string              `json:"mapping,omitempty"`
	Table       string              `json:"table,omitempty"`
	Member      string              `json:"member,omitempty"`
	Sheet       string              `json:"sheet,omitempty"`
	Columns     map[string][]string `json:"columns,omitempty"`
	Notes       []string            `json:"notes,omitempty"`
}

func detailOf(f *source.File, notes []string) (string, error) {
	d := detail{
		Bytes: f.Bytes, Compression: f.Compression, Format: f.Format, Kind: f.Kind, Shape: f.Shape, Table: f.Table,
		Member: f.Member, Sheet: f.Sheet, Columns: f.Columns, Notes: notes,
	}
	if f.Mapping != nil {
		d.Mapping = f.Mapping.Name
	}
	text, err := json.Marshal(d)
	return string(text), err
}
