package source

import (
	"encoding/binary"
	"errors"
	"io"
)

// headOf reads the first bytes of a file as they are on disk.
func headOf(path string) ([]byte, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head, _, err := readHead(file, 1024)
	return head, err
}

// checkParquet says why a file that begins as Parquet cannot be read, or "".
func checkParquet(path string) string {
	file, err := openRegular(path)
	if err != nil {
		return explain(err)
	}
	defer file.Close()
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return explain(err)
	}
	var head, tail [8]byte
	if size < 12 {
		return "Parquet footer missing: the file is cut off"
	}
	_, errHead := file.ReadAt(head[:4], 0)
	_, errTail := file.ReadAt(tail[:], size-8)
	if err := errors.Join(errHead, errTail); err != nil {
		return explain(err)
	}
	footer := int64(binary.LittleEndian.Uint32(tail[:4]))
	switch {
	case string(head[:4]) == "PARE" || string(tail[4:]) == "PARE":
		return "encrypted Parquet is not read"
	case string(head[:4]) != "PAR1" || string(tail[4:]) != "PAR1" || footer > size-12:
		return "Parquet footer missing: the file is cut off"
	}
	return ""
}
