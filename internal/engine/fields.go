package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	duckdb "github.com/duckdb/duckdb-go/v2"
)

// FieldReader takes a record apart. The values are good until the next call, as
// long as the record is; nil stands for NULL. Not ok means that the record is left
// to the database.
type FieldReader interface {
	Read(record []byte) (values [][]byte, ok bool)
}

// Fields says what [Engine.ServeFields] makes of records.
type Fields struct {
	// Columns are the names of what a reader returns, in its order.
	Columns []string
	// Identity is the column without which a record needs a hash, to be told
	// from another; -1 if there is none.
	Identity int
	// Reader makes a reader for one thread.
	Reader func() FieldReader
}

// The columns of [Engine.ServeFields] before those of the fields.
const (
	fieldFile = iota
	fieldRecord
	fieldRejection
	fieldWhole
	fieldHash
	fieldOwn // how many there are
)

// maxChunkText is how much text a chunk may have before it counts as full.
const maxChunkText = 16 << 20

// ServeFields makes the fields of a stream's records readable as a table function
// of that name, with the columns
//
//	SourceFileId INTEGER, SourceRecord BIGINT, Rejection VARCHAR, WholeRow VARCHAR,
//	RecordHash UBIGINT
//
// and one VARCHAR for each field. WholeRow is NULL, but for a record that the reader
// leaves to the database: then it is the record's text, and the fields are NULL.
// RecordHash is there where the identity is NULL. A query reads the stream as with
// [Engine.ServeRecords]; fields is asked once for each.
func (e *Engine) ServeFields(name string, records Records, fields func() Fields, threads int) error {
	return wrap(duckdb.RegisterTableUDF(e.conn, name, duckdb.ParallelChunkTableFunction{
		BindArgumentsContext: func(ctx context.Context, _ map[string]any, _ ...any) (duckdb.ParallelChunkTableSource, error) {
			return &fieldTable{
				recordTable: recordTable{ctx: ctx, records: records, threads: threads},
				fields:      fields(),
			}, nil
		},
	}))
}

// fieldTable is one scan of a stream's fields.
type fieldTable struct {
	recordTable
	fields Fields
}

// fieldCursor is where one thread stands, and what it writes with.
type fieldCursor struct {
	recordCursor
	reader  FieldReader
	columns []columnWriter
	size    int // bytes of text in the present chunk
}

func (t *fieldTable) ColumnInfos() []duckdb.ColumnInfo {
	own := []duckdb.ColumnInfo{
		{Name: "SourceFileId", T: plainType(duckdb.TYPE_INTEGER)},
		{Name: "SourceRecord", T: plainType(duckdb.TYPE_BIGINT)},
		{Name: "Rejection", T: plainType(duckdb.TYPE_VARCHAR)},
		{Name: "WholeRow", T: plainType(duckdb.TYPE_VARCHAR)},
		{Name: "RecordHash", T: plainType(duckdb.TYPE_UBIGINT)},
	}
	for _, name := range t.fields.Columns {
		own = append(own, duckdb.ColumnInfo{Name: name, T: plainType(duckdb.TYPE_VARCHAR)})
	}
	return own
}

func (t *fieldTable) NewLocalState() any {
	return &fieldCursor{reader: t.fields.Reader(), columns: make([]columnWriter, fieldOwn+len(t.fields.Columns))}
}

// FillChunk hands over the fields of as many records as one chunk holds.
func (t *fieldTable) FillChunk(local any, chunk duckdb.DataChunk) error {
	cursor := local.(*fieldCursor)
	capacity := duckdb.GetDataChunkCapacity()
	if err := chunk.SetSize(capacity); err != nil {
		return err
	}
	for i := range cursor.columns {
		width := uintptr(8)
		if i == fieldFile {
			width = 4
		}
		if err := cursor.columns[i].begin(chunk, i, width); err != nil {
			return err
		}
	}
	row := 0
	for cursor.size = 0; row < capacity && cursor.size < maxChunkText; row++ {
		span, err := t.advance(&cursor.recordCursor)
		if err != nil {
			return err
		}
		if span == nil {
			break
		}
		if err := t.write(cursor, row, span); err != nil {
			return err
		}
	}
	for i := range cursor.columns {
		if err := cursor.columns[i].end(row); err != nil {
			return err
		}
	}
	return chunk.SetSize(row)
}

// write takes one record apart into a row.
func (t *fieldTable) write(c *fieldCursor, row int, span *Span) error {
	if err := errors.Join(
		c.columns[fieldFile].number(row, uint64(c.block.File)),
		c.columns[fieldRecord].number(row, uint64(span.Number)),
	); err != nil {
		return err
	}
	if span.Reason != "" {
		return c.columns[fieldRejection].text(row, []byte(span.Reason))
	}
	record := c.block.Data[span.Start:span.End]
	values, ok := c.reader.Read(record)
	if id := t.fields.Identity; !ok || id >= 0 && values[id] == nil {
		if err := c.columns[fieldHash].number(row, hashOf(record)); err != nil {
			return err
		}
	}
	if !ok {
		c.size += len(record)
		return c.columns[fieldWhole].text(row, record)
	}
	for i, value := range values {
		if value == nil {
			continue
		}
		c.size += len(value)
		if err := c.columns[fieldOwn+i].text(row, value); err != nil {
			return err
		}
	}
	return nil
}

func plainType(typ duckdb.Type) duckdb.TypeInfo {
	info, err := duckdb.NewTypeInfo(typ)
	if err != nil {
		panic(err) // only for types that need parameters
	}
	return info
}

// hashOf is a number for a record's text, the same in every run: a lake compares records of
// today with those of last year.
func hashOf(record []byte) uint64 {
	sum := sha256.Sum256(record)
	return binary.LittleEndian.Uint64(sum[:])
}
