package source

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"smew/internal/defender"
)

const (
	// maxWorkbook is how large a workbook may be unpacked.
	maxWorkbook = 4 << 30
	// maxPart is how much of a workbook's part is unpacked in memory; larger
	// ones go to disk.
	maxPart = 16 << 20
)

// openWorkbook opens a workbook. Bombs are told by what the archive says of
// itself, which its reader holds it to.
// maxHeld bounds what of a workbook is not its sheets.
const maxHeld = 64 << 20

func openWorkbook(path, temp string) (*excelize.File, error) {
	a, err := openArchive(path)
	if err != nil {
		return nil, err
	}
	var size, held uint64
	for _, part := range a.zip.File {
		size += part.UncompressedSize64
		// The reader keeps sheets and texts on disk and all else in memory.
		if !strings.HasPrefix(part.Name, "xl/worksheets/") && !strings.EqualFold(part.Name, "xl/sharedStrings.xml") {
			held += part.UncompressedSize64
		}
	}
	_ = a.file.Close()
	if size > bombFloor && size/bombRatio > uint64(a.size) || size > maxWorkbook {
		return nil, errBomb
	}
	if held > maxHeld {
		return nil, errors.New("a workbook with more than 64 MiB of pictures and other parts: save the sheet as CSV")
	}
	book, err := excelize.OpenFile(path, excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxPart, TmpDir: temp,
	})
	if err != nil {
		return nil, fmt.Errorf("damaged workbook: %v", err)
	}
	return book, nil
}

// recovered turns a panic of the workbook reader, which hostile files can
// cause, into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("damaged workbook: %v", p)
	}
}

// sheetHead is a worksheet that is telemetry.
type sheetHead struct {
	name   string
	header []string
	probe  probe
}

// sniffWorkbook returns the worksheets whose header is a table's.
func sniffWorkbook(path, temp, hint string) (found []sheetHead, reason string, err error) {
	defer recovered(&err)
	book, err := openWorkbook(path, temp)
	if err != nil {
		return nil, "", err
	}
	defer book.Close()
	reason = "a workbook without rows"
	for _, name := range book.GetSheetList() {
		head, err := readSheetHead(book, name)
		if err != nil {
			return nil, "", err
		}
		if len(head.header) == 0 {
			continue
		}
		if head.probe.decide(&File{}, hint) {
			found = append(found, head)
		} else {
			reason = head.probe.reason()
		}
	}
	return found, reason, nil
}

func readSheetHead(book *excelize.File, name string) (sheetHead, error) {
	head := sheetHead{name: name}
	rows, err := book.Rows(name)
	if err != nil {
		return head, nil // a sheet of charts has no rows
	}
	defer rows.Close()
	var columns []string
	table, action := -1, -1
	for n := 0; n < maxProbe && rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return head, err
		}
		if blankCells(cells) {
			continue
		}
		if head.header != nil {
			head.probe.row(columns, at(cells, table), at(cells, action))
			continue
		}
		head.header = cells
		for i, cell := range cells {
			columns = append(columns, columnName(cell))
			switch columns[i] {
			case "Type":
				table = i
			case "ActionType":
				action = i
			}
		}
	}
	if head.header != nil && head.probe.flat == 0 {
		head.probe.row(columns, "", "")
	}
	return head, rows.Error()
}

func blankCells(cells []string) bool {
	for _, c := range cells {
		if c != "" {
			return false
		}
	}
	return true
}

// readWorkbook hands on each row below the header as a JSON object of texts. A
// record's number is its row below the header.
func readWorkbook(f *File, s *sink, temp string) (err error) {
	out := &composer{s: s}
	number := int64(0)
	if err = sheetRows(f, out, temp, &number); err == nil {
		return out.finish()
	}
	if errors.Is(err, errStopped) {
		return err
	}
	if err = out.reject(number+1, explain(err)); err != nil {
		return err
	}
	return out.finish()
}

func sheetRows(f *File, out *composer, temp string, number *int64) (err error) {
	defer recovered(&err)
	book, err := openWorkbook(f.Path, temp)
	if err != nil {
		return err
	}
	defer book.Close()
	rows, err := book.Rows(f.Sheet)
	if err != nil {
		return err
	}
	defer rows.Close()
	write := newCellWriter(book, f)
	header := false
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return err
		}
		blank := blankCells(cells)
		if !header {
			header = !blank
			continue
		}
		*number++
		if blank {
			continue
		}
		if err := write.row(out, cells, *number); err != nil {
			return err
		}
	}
	return rows.Error()
}

// cellWriter writes a worksheet's rows as JSON objects.
type cellWriter struct {
	rowWriter
	types    []string // of the columns
	date1904 bool
}

func newCellWriter(book *excelize.File, f *File) *cellWriter {
	w := &cellWriter{rowWriter: rowWriter{names: f.header}}
	table, _ := defender.Lookup(f.Table)
	for _, name := range f.header {
		c, _ := table.Column(name)
		if name == "TimeGenerated" {
			c.Type = "datetime"
		}
		w.types = append(w.types, c.Type)
	}
	if props, err := book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		w.date1904 = *props.Date1904
	}
	return w
}

func (w *cellWriter) row(out *composer, cells []string, number int64) error {
	if len(cells) > len(w.names) && !blankCells(cells[len(w.names):]) {
		return out.reject(number, fmt.Sprintf("%s, but the header has %d", count(len(cells), "cell"), len(w.names)))
	}
	text := w.open(out.text())
	size := len(text)
	for i, cell := range cells[:min(len(cells), len(w.names))] {
		text = w.pair(text, size, i, mend([]byte(w.value(i, cell))))
	}
	return out.keep(append(text, '}'), number)
}

// value is a cell's text as an export would write it.
func (w *cellWriter) value(i int, cell string) string {
	switch w.types[i] {
	case "datetime":
		if n, err := strconv.ParseFloat(cell, 64); err == nil {
			if t, ok := serialTime(n, w.date1904); ok {
				return t.Format("2006-01-02T15:04:05.0000000Z")
			}
		}
	case "long", "int":
		// Numbers of more than eleven digits may stand as 1.2345E+15.
		if n, err := strconv.ParseFloat(cell, 64); err == nil && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return strconv.FormatInt(int64(n), 10)
		}
	}
	return cell
}

// serialTime turns a date as Excel counts it, in days, into a time. Fifteen
// digits of a day are about 10 µs, and a workbook shows no more than
// milliseconds: what is that close to a millisecond is meant to be one.
func serialTime(days float64, date1904 bool) (time.Time, bool) {
	epoch := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if date1904 {
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if !(days > 0 && days < 200_000) {
		return time.Time{}, false
	}
	whole, part := math.Modf(days)
	t := epoch.AddDate(0, 0, int(whole)).Add(time.Duration(math.Round(part * float64(24*time.Hour))))
	if ms := t.Round(time.Millisecond); t.Sub(ms).Abs() <= 10*time.Microsecond {
		t = ms
	}
	// Other numbers are no dates of telemetry, and are left as they are.
	return t.Round(time.Microsecond), t.Year() >= 1970 && t.Year() < 2200
}
