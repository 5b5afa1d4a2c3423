// Package sql holds what smew detects and how it reads: the column contract,
// functions, sources, branches and the hunt itself, as SQL and data that a
// hunter can read and change without knowing Go.
package sql

import "embed"

// Files is the content of this folder as built in. Paths are relative to it
// ("tables/columns.csv").
//
//go:embed all:tables all:functions all:branches all:sources all:load all:hunt all:query all:allowlist all:reference all:reports all:fixtures all:changes all:lake
var Files embed.FS
