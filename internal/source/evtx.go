package source

import (
	"errors"
	"io"

	"smew/internal/evtx"
)

// evtxMagic begins a Windows event log.
const evtxMagic = "ElfFile\x00"

const reasonNotEVTX = "no event log in spite of its name, or its header is damaged"

// readEVTX reads a Windows event log. A record's number is its place in the file:
// the numbers inside may be anything, and in a log of forwarded events or one that
// was put together from others they come again.
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
	for place := int64(1); ; place++ {
		text, record, err := log.Next(out.text())
		switch {
		case errors.Is(err, io.EOF):
			return out.finish()
		case errors.Is(err, errStopped):
			return err
		case err != nil:
			if err := out.reject(place, explain(err)); err != nil {
				return err
			}
			return out.finish()
		case record.Problem != "":
			err = out.reject(place, record.Problem)
		case len(text)-len(out.block.Data) > s.limit:
			err = out.reject(place, reasonTooLong(s.limit))
		default:
			err = out.keep(text, place)
		}
		if err != nil {
			return err
		}
	}
}
