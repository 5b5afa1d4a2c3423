// Package sample makes the telemetry under sampledata/: a made-up fleet of
// twelve devices over four days, as a dozen exports of Microsoft Defender would
// hand it over.
//
// Among the ordinary rows are an intrusion on three devices, a hit and near
// misses for each branch of the seed pack, and what administrators, installers
// and security products do that looks alike. expect.tsv says of every such row
// what a hunt must make of it; the rows it does not list must stay quiet.
//
// Everything is computed from names, so [Files] returns the same bytes every
// time. Companies, people and hosts are invented; so are all hashes and ids.
package sample

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed README.md
var readme []byte

// File is one file of sampledata/.
type File struct {
	Name string // slash-separated path below sampledata/
	Data []byte
}

// Files makes every file, sorted by name.
func Files(ctx context.Context) ([]File, error) {
	var made []File
	var lines []expectation
	for _, x := range exports() {
		for _, p := range x.parts {
			lines = append(lines, expectations(x.name, p)...)
		}
		data, err := x.encode(ctx, x)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", x.name, err)
		}
		made = append(made, File{Name: x.name, Data: data})
	}
	made = append(made,
		File{Name: "README.md", Data: readme},
		File{Name: "expect.tsv", Data: expectFile(lines)},
	)
	slices.SortFunc(made, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return made, nil
}

// expectation is one line of expect.tsv.
type expectation struct {
	file   string
	record int
	event  *Event
}

// expectations lists the labelled rows of a part of an export.
func expectations(file string, p part) []expectation {
	if p.member != "" {
		file += "!" + p.member
	}
	var list []expectation
	for i, e := range p.events {
		if e.Label.Expect != "" {
			list = append(list, expectation{file: file, record: i + 1, event: e})
		}
	}
	return list
}

// expectFile writes expect.tsv. An event that is in two files is expected at
// its first place, in the order of file names; the other is its duplicate.
func expectFile(lines []expectation) []byte {
	slices.SortStableFunc(lines, func(a, b expectation) int { return strings.Compare(a.file, b.file) })
	var out bytes.Buffer
	out.WriteString("file\trecord\ttable\tbranches\texpectation\twhy\n")
	first := map[*Event]string{}
	for _, x := range lines {
		label, branches, expect := x.event.Label, "-", x.event.Label.Expect
		if len(label.Branches) > 0 {
			branches = strings.Join(label.Branches, ",")
		}
		place := fmt.Sprintf("%s:%d", x.file, x.record)
		if earlier, ok := first[x.event]; ok {
			branches, expect = "-", "duplicate of "+earlier
		} else {
			first[x.event] = place
		}
		fmt.Fprintf(&out, "%s\t%d\t%s\t%s\t%s\t%s\n", x.file, x.record, x.event.Table, branches, expect, label.Why)
	}
	return out.Bytes()
}
