package source

import (
	"errors"
	"io"

	"smew/internal/evtx"
)

// evtxMagic begins a Windows event log.
const evtxMagic = "ElfFile\x00"

const reasonNotEVTX = "named as a Windows event log, but it does not begin as one (ElfFile): the header is damaged, or it is something else"

// readEVTX reads a Windows event log. A record's number is the one that the file
// gives it, which in an exported log is not its EventRecordID.
// What cannot be read of the log is rejected record by record, as far as its
// headers say how many there are.
func readEVTX(r io.Reader, s *sink, note func(string)) error {
	log, err := evtx.NewReader(r)
	if err != nil {
		if errors.Is(err, errStopped) {
			return err
		}
		return s.fail(err)
	}
	defer func() {
		for _, text := range log.Notes() {
			note(text)
		}
	}()
	out := &composer{s: s}
	for {
		text, record, err := log.Next(out.text())
		switch {
		case errors.Is(err, io.EOF):
			return out.finish()
		case errors.Is(err, errStopped):
			return err
		case err != nil:
			if err := out.reject(int64(record.ID), explain(err)); err != nil {
				return err
			}
			return out.finish()
		case record.Problem != "":
			err = out.reject(int64(record.ID), record.Problem)
		case len(text)-len(out.block.Data) > s.limit:
			err = out.reject(int64(record.ID), reasonTooLong(s.limit))
		default:
			err = out.keep(text, int64(record.ID))
		}
		if err != nil {
			return err
		}
	}
}
