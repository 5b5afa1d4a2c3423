package view

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"

	"smew/internal/engine"
)

// functions are the macros of sql/functions, by file. To create them all takes
// longer than a small hunt, so a file is run when something calls what it
// defines, after the files that it calls itself.
type functions struct {
	files   map[string]*functionFile // by name
	defined map[string]string        // file by macro
	data    *references
}

type functionFile struct {
	text      string
	installed bool
}

// offered are the files whose functions branches and queries may count on without
// being looked at: those the documentation names.
var offered = []string{"json.sql", "kql.sql", "path.sql", "payload.sql", "registry.sql", "service.sql"}

var (
	macroDefined = regexp.MustCompile(`(?i)create or replace macro\s+(\w+)\s*\(`)
	called       = regexp.MustCompile(`(\w+)\s*\(`)
)

// readFunctions reads the files and runs none.
func readFunctions(files fs.FS) (*functions, error) {
	names, err := fs.Glob(files, "functions/*.sql")
	if err != nil {
		return nil, err
	}
	f := &functions{files: map[string]*functionFile{}, defined: map[string]string{}}
	if f.data, err = readReferences(files); err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		file := path.Base(name)
		f.files[file] = &functionFile{text: string(text)}
		for _, m := range macroDefined.FindAllStringSubmatch(string(text), -1) {
			if other, twice := f.defined[m[1]]; twice && other != file {
				// Which of them a query meets would depend on what else was asked for.
				return nil, fmt.Errorf("the function %s is defined in both %s and %s of sql/functions", m[1], other, file)
			}
			f.defined[m[1]] = file
		}
	}
	return f, nil
}

// need runs the files that define what a text calls.
func (f *functions) need(ctx context.Context, e *engine.Engine, text string) error {
	var files []string
	for _, m := range called.FindAllStringSubmatch(text, -1) {
		if file, ok := f.defined[m[1]]; ok && !f.files[file].installed {
			files = append(files, file)
		}
	}
	slices.Sort(files)
	for _, file := range slices.Compact(files) {
		if err := f.install(ctx, e, file); err != nil {
			return err
		}
	}
	return f.data.need(ctx, e, text)
}

// install runs one file, after those it calls.
func (f *functions) install(ctx context.Context, e *engine.Engine, name string) error {
	file := f.files[name]
	if file.installed {
		return nil
	}
	file.installed = true // before the others: a file that calls itself is no circle
	if err := f.need(ctx, e, file.text); err != nil {
		return err
	}
	if err := e.Exec(ctx, file.text); err != nil {
		return fmt.Errorf("sql/functions/%s: %w", name, err)
	}
	return nil
}

// Need makes the functions that a text of SQL calls and the reference data it names. The contract's own and those
// that branches are offered are there from the start.
func (c *Contract) Need(ctx context.Context, e *engine.Engine, texts ...string) error {
	for _, text := range texts {
		if err := c.functions.need(ctx, e, text); err != nil {
			return err
		}
	}
	return nil
}
