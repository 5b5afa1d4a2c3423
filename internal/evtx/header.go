package evtx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

const (
	fileMagic  = "ElfFile\x00"
	chunkMagic = "ElfChnk\x00"

	headerSize = 4096
	chunkSize  = 64 << 10
)

// fileHeader is what the file says of itself. While a log is being written the
// counts lag behind.
type fileHeader struct {
	firstChunk, lastChunk uint64 // oldest and newest: a full log begins again at its start
	next                  uint64 // number that the next record will get
	chunks                int    // in use; the file may have room for more
	size                  int    // of the header itself
	dirty                 bool   // not closed
	intact                bool   // its checksum is right
	minor                 uint16
}

// readHeader reads the first block of a file.
func readHeader(src io.Reader, block []byte) (fileHeader, error) {
	n, err := fill(src, block[:headerSize])
	b := block[:n]
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fileHeader{}, err
	case n < len(fileMagic) || string(b[:len(fileMagic)]) != fileMagic:
		return fileHeader{}, errors.New("not an event log: it does not begin as one")
	case n < headerSize:
		return fileHeader{}, errors.New("not an event log: it is cut off inside its header")
	}
	h := fileHeader{
		firstChunk: binary.LittleEndian.Uint64(b[8:]),
		lastChunk:  binary.LittleEndian.Uint64(b[16:]),
		next:       binary.LittleEndian.Uint64(b[24:]),
		size:       int(binary.LittleEndian.Uint16(b[40:])),
		chunks:     int(binary.LittleEndian.Uint16(b[42:])),
		dirty:      b[120]&1 != 0,
		intact:     crc32.ChecksumIEEE(b[:120]) == binary.LittleEndian.Uint32(b[124:]),
		minor:      binary.LittleEndian.Uint16(b[36:]),
	}
	if major := binary.LittleEndian.Uint16(b[38:]); major != 3 {
		return h, fmt.Errorf("not an event log that can be read: its format is %d.%d, only 3 is known", major, h.minor)
	}
	if last := h.lastChunk + 1; last > uint64(h.chunks) && last <= 1<<20 && int(last&0xffff) == h.chunks {
		h.chunks = int(last) // the count has 16 bits only
	}
	if !h.intact && uint64(h.chunks) != h.lastChunk+1 {
		h.chunks = 0 // one of the two is damaged
	}
	return h, h.skip(src, block)
}

// skip reads on to the first chunk, if the header says it is larger than usual.
func (h *fileHeader) skip(src io.Reader, block []byte) error {
	if !h.intact || h.size <= headerSize {
		h.size = headerSize
		return nil
	}
	_, err := fill(src, block[:h.size-headerSize])
	if errors.Is(err, io.EOF) {
		err = nil // then there are no chunks
	}
	return err
}

// chunkHeader is what a chunk says of itself.
type chunkHeader struct {
	firstNumber, lastNumber uint64 // counted from the first record of the file
	firstID, lastID         uint64 // as the records have them
	free                    int    // where its last record ends
	checksum                uint32 // of the records
	magic, intact           bool
}

const (
	chunkHeaderSize = 512
	recordHeader    = 24
	minRecord       = recordHeader + 4
	maxRecords      = (chunkSize - chunkHeaderSize) / minRecord // that a chunk can hold
)

// readChunkHeader reads the header of a chunk of which at least the numbers
// are there.
func readChunkHeader(data []byte) chunkHeader {
	h := chunkHeader{
		magic:       string(data[:len(chunkMagic)]) == chunkMagic,
		firstNumber: binary.LittleEndian.Uint64(data[8:]),
		lastNumber:  binary.LittleEndian.Uint64(data[16:]),
		firstID:     binary.LittleEndian.Uint64(data[24:]),
		lastID:      binary.LittleEndian.Uint64(data[32:]),
		free:        int(binary.LittleEndian.Uint32(data[48:])),
		checksum:    binary.LittleEndian.Uint32(data[52:]),
	}
	if len(data) >= chunkHeaderSize {
		sum := crc32.ChecksumIEEE(data[:120])
		sum = crc32.Update(sum, crc32.IEEETable, data[128:chunkHeaderSize])
		h.intact = sum == binary.LittleEndian.Uint32(data[124:])
	}
	return h
}

// count is how many records the chunk holds, if its header can be believed: it
// is whole, or says the same twice.
func (h chunkHeader) count() (n int, known bool) {
	numbers, ids := span(h.firstNumber, h.lastNumber), span(h.firstID, h.lastID)
	if numbers < 0 || !h.intact && numbers != ids {
		return 0, false
	}
	return numbers, true
}

// span counts from first to last, -1 if that is more than a chunk can hold. An
// empty chunk has a last that is one less. Nothing is ever number 0.
func span(first, last uint64) int {
	if n := last - first + 1; first > 0 && n <= maxRecords {
		return int(n)
	}
	return -1
}

// fill reads until b is full. The error says why it is not.
func fill(src io.Reader, b []byte) (n int, err error) {
	for idle := 0; n < len(b) && err == nil; {
		var m int
		if m, err = src.Read(b[n:]); m > 0 {
			n, idle = n+m, 0
		} else if idle++; idle > 100 {
			err = io.ErrNoProgress
		}
	}
	if n == len(b) {
		err = nil
	}
	return n, err
}
