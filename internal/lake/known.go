package lake

import (
	"context"
	"fmt"

	"smew/internal/engine"
)

// relation is the manifest's Parquet files of one kind as a relation, "" if there are
// none.
func (l *Lake) relation(s *Snapshot, kind string) string {
	var paths []string
	for _, m := range s.Meta {
		if m.Kind == kind {
			paths = append(paths, l.path(m.Path))
		}
	}
	if len(paths) == 0 {
		return ""
	}
	return "read_parquet(" + engine.QuotePaths(paths) + ", hive_partitioning = false)"
}

// latest is the relation of what is said of source files, as of the latest run that read
// each: sources has every file once.
func (l *Lake) latest(s *Snapshot, kind string) string {
	rel := l.relation(s, kind)
	if rel == "" {
		return ""
	}
	return "(select said.* from " + rel + " as said inner join (select Number, max(Run) as Run from " + l.relation(s, kindSources) +
		" group by Number) as newest on newest.Number = said.Number and newest.Run = said.Run)"
}

// knowPlaces reads which files are in the lake.
func (r *run) knowPlaces(ctx context.Context) error {
	r.places = &places{byPath: map[string]place{}, byHash: map[string]bool{}, fresh: map[string]place{}, met: map[string]bool{}, grown: map[string]bool{}, lake: r.l.abs, now: r.began}
	r.earlier = map[earlierKey]earlier{}
	r.left = map[string]int{}
	r.damaged = map[string]string{}
	r.names = map[string]int32{}
	if len(r.snap.Meta) == 0 {
		return nil
	}
	e, err := r.req.Engine(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	if err := r.readPlaces(ctx, e); err != nil {
		return fmt.Errorf("the lake's manifest: %w", err)
	}
	if err := r.readEarlier(ctx, e); err != nil {
		return fmt.Errorf("the lake's manifest: %w", err)
	}
	return nil
}

func (r *run) readPlaces(ctx context.Context, e *engine.Engine) error {
	rel := r.l.relation(r.snap, kindPlaces)
	if rel == "" {
		return nil
	}
	rows, err := e.Query(ctx, "select Path, Size, MTime, Hash, Run from "+rel+" order by Run")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p place
		if err := rows.Scan(&p.Path, &p.Size, &p.MTime, &p.Hash, &p.Run); err != nil {
			return err
		}
		r.places.byPath[p.Path] = p
		r.places.byHash[p.Hash] = true
	}
	return rows.Err()
}

func (r *run) readEarlier(ctx context.Context, e *engine.Engine) error {
	if r.l.relation(r.snap, kindSources) == "" {
		return nil
	}
	rows, err := e.Query(ctx, "select Path, Part, Number, Through, Hash, Name from "+r.l.latest(r.snap, kindSources)+" order by Number")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key earlierKey
		var known earlier
		if err := rows.Scan(&key.path, &key.part, &known.number, &known.through, &key.hash, &known.name); err != nil {
			return err
		}
		r.earlier[key] = known
		r.names[known.name] = known.number
	}
	return rows.Err()
}
