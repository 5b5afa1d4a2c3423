// Package source turns files into records: it finds the files, looks at the
// opening bytes of each to say what it is, and reads all of them as one stream
// of JSON records that SQL takes in batch by batch.
//
// Nothing is taken from a file's name. Files come from machines that attackers
// were on: every limit here is one that a file cannot talk its way past, and a
// file that fails costs its own bad records and nothing else.
package source

import (
	"time"

	"smew/internal/mapping"
)

// Format is how records are laid out in a file.
type Format string

// The formats that are read. [Parquet] is read by the database itself; the
// others by [Stream].
const (
	Parquet Format = "parquet"
	Lines   Format = "lines" // one JSON object per line
	JSON    Format = "json"  // arrays, wrapped arrays, objects one after the other
	CSV     Format = "csv"
	XLSX    Format = "xlsx"
	EVTX    Format = "evtx"   // Windows event log
	XML     Format = "xml"    // <Event> elements
	Audit   Format = "auditd" // Linux audit log
)

// How a record's fields lie.
const (
	// Flat: the columns are at the top level of the record.
	Flat = "flat"
	// Streamed: time, tenantId, category "AdvancedHunting-<Table>", and the
	// columns under properties.
	Streamed = "stream"
)

// Window is a stretch of time, half open. A zero end is open.
type Window struct{ From, To time.Time }

// Options are the settings of [Open]. The zero value is ready for use.
type Options struct {
	// TempDir is where archive members are unpacked to that can only be read
	// from disk (Parquet, workbooks). Empty means the system's.
	TempDir string
	// MaxRecord is the size of the largest record read, in bytes. 0 means 16 MiB.
	MaxRecord int
	// Window, if set, leaves out files whose folder dates say that they hold
	// no event of that time.
	Window *Window
	// Late is how long after the event a record may have been received and
	// still be found. 0 means 72 hours.
	Late time.Duration
	// Wanted, if set, is asked of every file before it is opened, with its path without
	// links and its size; one that is not wanted is left out. It is called by several
	// threads at once.
	Wanted func(path string, size int64) (bool, error)
	// Sources are the sources known beside Defender's exports. nil means the
	// built-in ones.
	Sources *mapping.Set
}

// Set is what was found at the places given.
type Set struct {
	Files   []*File // sorted by name
	Skipped []Skip  // sorted by name
	Given   int     // distinct files at the places given, archives counted once
	Pruned  int     // files, and members of archives, left out unopened because of their folder's date
	Opened  int     // of the files given, opened

	// Sources are the sources the files were looked at with.
	Sources *mapping.Set

	temp string // folder of unpacked members, "" if there is none
}

// File is one readable file, or one readable member of an archive.
type File struct {
	// ID counts from 1 in the order of names.
	ID int32
	// Name is the path as given; "a.zip!dir/x.json" for a member of an
	// archive, "a.xlsx!Sheet2" for one of several worksheets.
	Name string
	// Path is where the bytes are, without links: of a member, the archive, or the unpacked
	// copy if it had to be unpacked.
	Path string
	// Member is the name inside the archive, or "".
	Member string
	// Sheet is the worksheet of a workbook, or "".
	Sheet string
	// Bytes is the size on disk, of a member its compressed size.
	Bytes int64
	// Compression is "", "gzip", "zstd" or "zip".
	Compression string
	Format      Format
	// Kind says in words what the file is.
	Kind string
	// Shape is [Flat] or [Streamed] for an export of Defender's.
	Shape string
	// Mapping is the source whose SQL reads the file, nil for an export of
	// Defender's.
	Mapping *mapping.Source
	// Table is the Advanced Hunting table of all its records, or "" if each
	// record names its own: by category if streamed, by Type if flat. Always
	// "" for Parquet: its columns are the database's to read.
	Table string
	// Columns are the columns seen in the opening records, by table.
	Columns map[string][]string
	// Notes say what is odd about the file but no reason not to read it.
	Notes []string
	// FolderDate is the time that the folder's name states, or nil.
	FolderDate *Window
	// Given is the path, without links, of the file that was given: of a member, the archive.
	Given string

	numbered bool     // evtx_dump's line "Record N" stands above every record
	charset  string   // "", "utf-16le", "utf-16be"
	inner    string   // compression inside a zip member: "", "gzip", "zstd"
	entry    int      // index in the archive's directory
	comma    byte     // CSV delimiter
	header   []string // of CSV and worksheets: column names, "" for one not read
	unpacked bool     // Path is a copy in the temporary folder
}

// Skip is a file that is not read, and why.
type Skip struct {
	File   string
	Reason string // in words for the user
	// Harmless says that nothing can be lost: an empty file, or one that is
	// hidden or left behind by macOS and was not named.
	Harmless bool
}

// Subset is a set of some of the files, which get numbers of their own. It is closed by
// closing the whole.
func (s *Set) Subset(files []*File) *Set {
	sub := &Set{Sources: s.Sources}
	for i, f := range files {
		copied := *f
		copied.ID = int32(i + 1)
		sub.Files = append(sub.Files, &copied)
	}
	sub.Given, sub.Opened = len(sub.Files), len(sub.Files)
	return sub
}
