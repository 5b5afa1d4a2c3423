package source

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"smew/internal/mapping"
)

// Open finds the files at the places given (files, folders with all below
// them, patterns with ** for any depth), and looks into each to say what it is.
// Files that cannot be read or are no telemetry are in Skipped. A place without
// any file is a [NoMatchError], found with errors.As. The set must be closed.
func Open(ctx context.Context, args []string, opts Options) (*Set, error) {
	found, err := expand(args)
	if err != nil {
		return nil, err
	}
	if opts.Late == 0 {
		opts.Late = defaultLate
	}
	if opts.MaxRecord <= 0 {
		opts.MaxRecord = defaultRecord
	}
	if opts.Sources == nil {
		opts.Sources = mapping.BuiltIn()
	}
	o := &opener{ctx: ctx, opts: opts, archives: newArchives(), set: &Set{Given: len(found.places), Skipped: found.skipped, Sources: opts.Sources}}
	looked := o.lookAtAll(found.places)
	o.archives.close()
	if err := ctx.Err(); err != nil {
		_ = o.set.Close()
		return nil, err
	}
	for _, l := range looked {
		o.set.Files = append(o.set.Files, l.files...)
		o.set.Skipped = append(o.set.Skipped, l.skipped...)
		o.set.Pruned += l.pruned
	}
	o.set.order()
	return o.set, nil
}

// order sorts the files and gives them their numbers.
func (s *Set) order() {
	slices.SortStableFunc(s.Files, func(a, b *File) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(s.Skipped, func(a, b Skip) int { return strings.Compare(a.File, b.File) })
	for i, f := range s.Files {
		f.ID = int32(i + 1)
		f.Name, f.Member = readable(f.Name), readable(f.Member)
	}
	for i := range s.Skipped {
		s.Skipped[i].File = readable(s.Skipped[i].File)
	}
}

// readable is a name in valid UTF-8: what is none in it is written as \xff. Names
// on Linux, and in archives of other systems, are bytes.
func readable(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, size := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, name[i])
		} else {
			b.WriteString(name[i : i+size])
		}
		i += size
	}
	return b.String()
}

// Close removes what was unpacked. The files can no longer be read.
func (s *Set) Close() error {
	if s.temp == "" {
		return nil
	}
	return os.RemoveAll(s.temp)
}

// opener looks into files.
type opener struct {
	ctx      context.Context
	opts     Options
	set      *Set
	archives *archives

	mu       sync.Mutex // over set.temp
	unpacked atomic.Int64
}

// looked is what one file was found to be: a file of its own, or many in an
// archive.
type looked struct {
	files   []*File
	skipped []Skip
	pruned  int
}

func (l *looked) skip(name, reason string) { l.skipped = append(l.skipped, newSkip(name, reason)) }

// lookAtAll looks into files side by side. Files out of the window stay unopened.
func (o *opener) lookAtAll(places []place) []looked {
	out := make([]looked, len(places))
	var next, opened atomic.Int64
	var workers sync.WaitGroup
	for range min(max(2, runtime.GOMAXPROCS(0)), len(places)) {
		workers.Go(func() {
			for o.ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(places) {
					return
				}
				date := folderDateOf(places[i].path, "")
				if date != nil && o.opts.Window.excludes(*date, o.opts.Late) {
					out[i].pruned++
					continue
				}
				if o.opts.Wanted != nil {
					wanted, err := o.opts.Wanted(places[i].path, places[i].size)
					if err != nil {
						out[i].skip(places[i].name, explain(err))
					}
					if err != nil || !wanted {
						continue
					}
				}
				opened.Add(1)
				o.lookAt(places[i], date, &out[i])
				for _, f := range out[i].files {
					f.Given = places[i].path
				}
			}
		})
	}
	workers.Wait()
	o.set.Opened = int(opened.Load())
	return out
}

// folderDateOf is the date of a file's folders, or of a member's.
func folderDateOf(path, member string) *Window {
	if from, to, ok := FolderWindow(member); ok {
		return &Window{from, to}
	}
	if from, to, ok := FolderWindow(path); ok {
		return &Window{from, to}
	}
	return nil
}

// lookAt says what one file is.
func (o *opener) lookAt(p place, date *Window, out *looked) {
	f := &File{Name: p.name, Path: p.path, Bytes: p.size, FolderDate: date}
	head, err := headOf(p.path)
	switch {
	case err != nil:
		out.skip(p.name, explain(err))
	case isZip(head):
		o.lookInside(f, out)
	case bytes.HasPrefix(head, []byte("PAR")):
		if !utf8.ValidString(p.path) {
			out.skip(p.name, "Parquet whose name is not UTF-8, which the database cannot open: rename it")
			return
		}
		if reason := checkParquet(p.path); reason != "" {
			out.skip(p.name, reason)
			return
		}
		f.Format, f.Kind = Parquet, kindParquet
		out.files = append(out.files, f)
	case bytes.HasPrefix(head, []byte(evtxMagic)):
		o.lookAtLog(f, out)
	default:
		f.Compression = compressionOf(head)
		o.lookAtText(f, head, out)
	}
}
