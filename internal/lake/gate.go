package lake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
)

// Gate is what the branches of an ingest ask of one table: rows that it lets through lie
// together at the head of every file, so that a hunt by these branches reads them alone.
type Gate struct {
	// Names is what costs one look at a row's names, true wherever Where is; Where is the
	// predicate over the table's columns. "" is false.
	Names, Where string
	// Columns are those that Where asks, Tested the recorded ones that it rests on.
	Columns, Tested []string
	// Covers are names of the single predicates, as [Asked] gives them.
	Covers []string
}

// Asked is the name of one predicate: its text with what its functions and reference
// data are.
func Asked(predicate, means string) string {
	sum := sha256.Sum256([]byte(means + "\n" + predicate))
	return hex.EncodeToString(sum[:])[:16]
}

// name is what the gate is called in a snapshot.
func (g Gate) name() string {
	sum := sha256.Sum256(fmt.Append(nil, slices.Sorted(slices.Values(g.Covers))))
	return hex.EncodeToString(sum[:])[:16]
}
