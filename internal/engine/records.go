package engine

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// Span is one record of a [Block].
type Span struct {
	// Start and End delimit the record's text in Block.Data. Both are 0 for a
	// record that has no usable text; Reason then says why.
	Start, End int
	// Number is the record's place in its file, counted from 1: the line of a
	// file of lines, the data row of a CSV or worksheet, the element of an array.
	Number int64
	// Reason is empty for a record to be read. Otherwise the record is
	// rejected and Reason says why, in words for the user.
	Reason string
}

// Block is a run of records of one file, handed over at once.
type Block struct {
	File  int32 // the file's number in this run
	Data  []byte
	Spans []Span
}

// Bytes is the weight of the block: what a batch is measured by.
func (b *Block) Bytes() int64 { return int64(len(b.Data)) }

// Records is a stream of blocks that SQL reads through [Engine.ServeRecords].
type Records interface {
	// Next returns the next block, or nil when the present batch is complete.
	// It is called by several threads at once.
	Next(ctx context.Context) (*Block, error)
	// Release takes back a block whose records have all been handed over.
	Release(*Block)
}

// ServeRecords makes a stream readable as a table function of that name, with
// the columns
//
//	SourceFile INTEGER, SourceRecord BIGINT, Record VARCHAR, Reason VARCHAR
//
// Every query over it reads the stream on from where the last one stopped:
// one query, one batch. Text must be valid UTF-8.
func (e *Engine) ServeRecords(name string, records Records, threads int) error {
	return wrap(duckdb.RegisterTableUDF(e.conn, name, duckdb.ParallelChunkTableFunction{
		BindArgumentsContext: func(ctx context.Context, _ map[string]any, _ ...any) (duckdb.ParallelChunkTableSource, error) {
			return &recordTable{ctx: ctx, records: records, threads: threads}, nil
		},
	}))
}

// OpenRecords starts a stream of the files that a pattern names. Its second result
// gives a file's name by its number, its third ends the stream.
type OpenRecords func(ctx context.Context, pattern string) (Records, func(int32) string, func(), error)

// ServeFiles makes files readable as a table function of that name and one
// argument, a pattern, with the columns
//
//	SourceFile VARCHAR, SourceRecord BIGINT, Record VARCHAR, Reason VARCHAR
//
// Every scan opens the files anew; nothing is opened before the first row is asked
// for.
func (e *Engine) ServeFiles(name string, open OpenRecords, threads int) error {
	text, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		return wrap(err)
	}
	return wrap(duckdb.RegisterTableUDF(e.conn, name, duckdb.ParallelChunkTableFunction{
		Config: duckdb.TableFunctionConfig{Arguments: []duckdb.TypeInfo{text}},
		BindArgumentsContext: func(ctx context.Context, _ map[string]any, args ...any) (duckdb.ParallelChunkTableSource, error) {
			pattern, _ := args[0].(string)
			t := &recordTable{ctx: ctx, threads: threads}
			t.open = sync.OnceValue(func() error {
				records, name, end, err := open(ctx, pattern)
				if err != nil {
					return err
				}
				t.records, t.name = records, name
				e.mu.Lock()
				defer e.mu.Unlock()
				e.atClose = append(e.atClose, end)
				return nil
			})
			return t, nil
		},
	}))
}

// recordTable is one scan of a stream.
type recordTable struct {
	ctx     context.Context
	records Records
	threads int
	done    atomic.Bool
	open    func() error // before the first row; nil if records is open
	name    func(int32) string
}

// recordCursor is where one thread stands in the block it holds.
type recordCursor struct {
	block *Block
	next  int
}

func (t *recordTable) ColumnInfos() []duckdb.ColumnInfo {
	column := func(name string, typ duckdb.Type) duckdb.ColumnInfo {
		info, err := duckdb.NewTypeInfo(typ)
		if err != nil {
			panic(err) // only for types that need parameters
		}
		return duckdb.ColumnInfo{Name: name, T: info}
	}
	file := duckdb.TYPE_INTEGER
	if t.open != nil {
		file = duckdb.TYPE_VARCHAR
	}
	return []duckdb.ColumnInfo{
		column("SourceFile", file),
		column("SourceRecord", duckdb.TYPE_BIGINT),
		column("Record", duckdb.TYPE_VARCHAR),
		column("Reason", duckdb.TYPE_VARCHAR),
	}
}

// Cardinality says that there are many rows. Not told so, DuckDB takes a stream for
// a small table and builds the hash tables of joins out of it.
func (t *recordTable) Cardinality() *duckdb.CardinalityInfo {
	return &duckdb.CardinalityInfo{Cardinality: manyRows}
}

// manyRows is about how many rows a batch has.
const manyRows = 100_000

func (t *recordTable) Init() duckdb.ParallelTableSourceInfo {
	return duckdb.ParallelTableSourceInfo{MaxThreads: t.threads}
}

func (t *recordTable) NewLocalState() any { return &recordCursor{} }

// FillChunk hands over as many records as one chunk holds.
func (t *recordTable) FillChunk(local any, chunk duckdb.DataChunk) error {
	cursor := local.(*recordCursor)
	if t.open != nil {
		if err := t.open(); err != nil {
			return err
		}
	}
	capacity := duckdb.GetDataChunkCapacity()
	if err := chunk.SetSize(capacity); err != nil {
		return err
	}
	out, err := newRecordWriter(chunk)
	if err != nil {
		return err
	}
	row := 0
	for ; row < capacity; row++ {
		span, err := t.advance(cursor)
		if err != nil {
			return err
		}
		if span == nil {
			break
		}
		if err := out.write(row, cursor.block, span, t.name); err != nil {
			return err
		}
	}
	return chunk.SetSize(row)
}

// advance takes the next record, nil at the end of the batch. It is of the block
// that the cursor holds, and good until the next call.
func (t *recordTable) advance(cursor *recordCursor) (*Span, error) {
	for cursor.block == nil || cursor.next == len(cursor.block.Spans) {
		if cursor.block != nil {
			t.records.Release(cursor.block)
			cursor.block = nil
		}
		if t.done.Load() {
			return nil, nil
		}
		block, err := t.records.Next(t.ctx)
		if err != nil {
			return nil, err
		}
		if block == nil {
			t.done.Store(true)
			return nil, nil
		}
		cursor.block, cursor.next = block, 0
	}
	span := &cursor.block.Spans[cursor.next]
	cursor.next++
	return span, nil
}

// recordWriter writes records into the vectors of one chunk. A query that does
// not ask for a column gets no vector for it; its writer is nil.
type recordWriter struct {
	chunk  duckdb.DataChunk
	record *duckdb.VectorWriter[string]
	reason *duckdb.VectorWriter[string]
}

func newRecordWriter(chunk duckdb.DataChunk) (recordWriter, error) {
	w := recordWriter{chunk: chunk}
	var err error
	if w.record, err = textWriter(chunk, 2); err != nil {
		return w, err
	}
	w.reason, err = textWriter(chunk, 3)
	return w, err
}

func textWriter(chunk duckdb.DataChunk, column int) (*duckdb.VectorWriter[string], error) {
	vector, err := chunk.GetVector(column)
	if err != nil {
		// The driver has no exported error for a column not asked for.
		if strings.Contains(err.Error(), "unprojected column") {
			return nil, nil
		}
		return nil, err
	}
	w, err := duckdb.GetVectorWriter[string](vector)
	return &w, err
}

func (w recordWriter) write(row int, block *Block, span *Span, name func(int32) string) error {
	var err error
	if name != nil {
		err = duckdb.SetChunkValue(w.chunk, 0, row, name(block.File))
	} else {
		err = duckdb.SetChunkValue(w.chunk, 0, row, block.File)
	}
	if err != nil {
		return err
	}
	if err := duckdb.SetChunkValue(w.chunk, 1, row, span.Number); err != nil {
		return err
	}
	if err := setText(w.reason, row, span.Reason); err != nil {
		return err
	}
	text := block.Data[span.Start:span.End]
	if len(text) == 0 {
		return setText(w.record, row, "")
	}
	// The database copies the bytes before Set returns.
	return setText(w.record, row, unsafe.String(&text[0], len(text)))
}

// setText writes a text, NULL for an empty one.
func setText(w *duckdb.VectorWriter[string], row int, text string) error {
	switch {
	case w == nil:
		return nil
	case text == "":
		return w.SetNull(row)
	}
	return w.Set(row, text)
}
