package evtx

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"www.velocidex.com/golang/evtx"
)

// live is the size of the chunks that have records: what a reader works on.
func live(log []byte) (size int64) {
	for at := headerSize; at+chunkSize <= len(log); at += chunkSize {
		if !zero(log[at : at+chunkSize]) {
			size += chunkSize
		}
	}
	return size
}

// BenchmarkDecode reads the recorded logs; the rate is that of the chunks in
// use.
func BenchmarkDecode(b *testing.B) {
	logs := corpus(b)
	var size int64
	for _, l := range logs {
		size += live(l.data)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	out := make([]byte, 0, 1<<20)
	r := new(Reader)
	for b.Loop() {
		for _, l := range logs {
			if err := r.Reset(bytes.NewReader(l.data)); err != nil {
				b.Fatal(err)
			}
			for {
				var err error
				if out, _, err = r.Next(out[:0]); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

// BenchmarkLibrary reads the same with the parser that the tests compare to,
// which gives maps, not text.
func BenchmarkLibrary(b *testing.B) {
	logs := corpus(b)
	var size int64
	for _, l := range logs {
		size += live(l.data)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, l := range logs {
			chunks, err := evtx.GetChunks(bytes.NewReader(l.data))
			if err != nil {
				b.Fatal(err)
			}
			for _, c := range chunks {
				if _, err := c.Parse(0); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
