package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Logs made to cost more than they should. Each is one chunk: what it gives and
// how long it takes is bounded, whatever its templates say.
func TestHostile(t *testing.T) {
	const (
		first      = chunkHeaderSize + recordHeader // XML of the first record
		definition = first + instanceHeader         // its template, if it begins with one
	)
	many := func(n int, p part) part {
		list := make([]part, n)
		for i := range list {
			list[i] = p
		}
		return parts(list...)
	}
	fill := func(b *builder, content part) *builder {
		for before := *b; ; before = *b {
			if b.record(content); len(b.chunk) > chunkSize {
				return &before
			}
		}
	}
	tests := []struct {
		name string
		log  func() *builder
		why  string // of the first record that is lost
	}{
		{
			"a template in itself", func() *builder {
				return newBuilder().record(template(event1(again(definition), again(definition))))
			}, errDeep.Error(),
		},
		{
			"values in values", func() *builder {
				v := xml(template(el("a", many(100, sub(0, typeBinXML))), str("x")))
				for range 8 {
					v = xml(template(el("a", many(100, sub(0, typeBinXML))), v))
				}
				return fill(newBuilder().record(template(event1(sub(0, typeBinXML)), v)), again(definition, v))
			}, errWork.Error(),
		},
		{
			"one value many times", func() *builder {
				return newBuilder().record(template(data(many(1000, named("a", sub(0, typeString)))), str(strings.Repeat("\x01", 9000))))
			}, errLarge.Error(),
		},
		{
			"a value of NULs many times", func() *builder {
				inner := template(data(many(1000, named("a", sub(0, typeString)))), arg{kind: typeString, data: make([]byte, 20_000)})
				return fill(newBuilder().record(template(inner)), again(definition))
			}, errWork.Error(),
		},
		{
			"large templates, small records", func() *builder {
				return fill(newBuilder().record(template(data(many(1500, named("a", txt("\x01\x02")))))), again(definition))
			}, "",
		},
		{
			"a template at every offset", func() *builder {
				b := newBuilder().record(template(data(many(600, named("a")))))
				for at := definition; len(b.chunk) < chunkSize-200; at++ {
					b.record(again(at))
				}
				return b
			}, "",
		},
		{
			"long names", func() *builder {
				b := newBuilder().record(event1(el(strings.Repeat("n", maxName))))
				b.record(template(event1(many(2500, el(strings.Repeat("n", maxName))))))
				return fill(b, event1(many(100, el(strings.Repeat("n", maxName)))))
			}, "",
		},
		{
			"names to look for", func() *builder {
				return fill(newBuilder().record(template(data(sub(0, typeBinXML)), xml(many(2000, el("a"))))), event1(el("EventData", el("a"))))
			}, "",
		},
		{
			"names that are values", func() *builder {
				return newBuilder().record(template(data(many(2500, el("Data", attr("Name", sub(0, typeString))))), str("a")))
			}, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.log()
			if len(b.chunk) > chunkSize {
				t.Fatalf("the log has %d bytes", len(b.chunk))
			}
			r, err := NewReader(bytes.NewReader(b.log()))
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			out, size, why := []byte(nil), 0, ""
			records := 0
			for ; ; records++ {
				var record Record
				if out, record, err = r.Next(out[:0]); errors.Is(err, io.EOF) {
					break
				}
				size += len(out)
				if why == "" && record.Problem != "" {
					_, why, _ = strings.Cut(record.Problem, "be read: ")
				}
			}
			took := time.Since(begin)
			t.Logf("%d records, %d bytes, %v", records, size, took)
			if records != b.records || size > maxOutput+maxRecord || cap(out) > 4*maxRecord || took > 5*time.Second {
				t.Errorf("%d records of %d, %d bytes, %d at once, in %v", records, b.records, size, cap(out), took)
			}
			if tt.why != "" && why != tt.why {
				t.Errorf("lost because %q, want %q", why, tt.why)
			}
		})
	}
}

// Memory does not grow with the log.
func TestMemoryIsFlat(t *testing.T) {
	log := recording(t, long)
	r, err := NewReader(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 0, 1<<16)
	pass := func() {
		if err := r.Reset(bytes.NewReader(log)); err != nil {
			t.Fatal(err)
		}
		for {
			if out, _, err = r.Next(out[:0]); errors.Is(err, io.EOF) {
				return
			}
		}
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	pass()
	before := heap()
	allocations := testing.AllocsPerRun(20, pass)
	if after := heap(); after > before+64<<10 {
		t.Errorf("%d bytes held before, %d after", before, after)
	}
	// Templates cost some, records nothing: 733 in 8 chunks.
	if allocations > 400 {
		t.Errorf("%v allocations", allocations)
	}
}

// FuzzReader reads logs that are damaged at random. There is no panic and no
// end to wait for, what comes out is JSON and bounded by what went in, and no
// lost record goes without a word.
func FuzzReader(f *testing.F) {
	rng := rand.New(rand.NewSource(1))
	for _, l := range append(recordings(f), built()) {
		used := binary.LittleEndian.Uint32(l.data[headerSize+48:])
		log := l.data[:headerSize+min(used, 12<<10)] // large ones are slow to change
		f.Add(log)
		for range 4 {
			bad := bytes.Clone(log)
			for range 1 + rng.Intn(8) {
				bad[headerSize+rng.Intn(len(bad)-headerSize)] = byte(rng.Intn(256))
			}
			f.Add(bad)
		}
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		if len(log) > headerSize+2*chunkSize {
			return
		}
		begin := time.Now()
		r, err := NewReader(bytes.NewReader(log))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "not an event log") {
				t.Fatalf("an error that is not for users: %v", err)
			}
			return
		}
		events, problems := drain(t, r)
		size := 0
		for _, e := range events {
			size += len(e.text)
		}
		chunks := (len(log) + chunkSize - 1) / chunkSize
		if size > chunks*(maxOutput+maxRecord) || len(events) > chunks*maxRecords || len(problems) > chunks*maxRecords+maxLost+65_536 {
			t.Fatalf("%d bytes in %d records, %d lost", size, len(events), len(problems))
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Fatalf("it took %v", took)
		}
		for _, p := range problems {
			if !strings.HasPrefix(p.Problem, "chunk") {
				t.Fatalf("a problem without a place: %q", p.Problem)
			}
		}
	})
}

// FuzzChunk does the same behind checksums that are right, where the counts of
// a header are believed.
func FuzzChunk(f *testing.F) {
	for _, l := range append(recordings(f), built()) {
		f.Add(l.data[headerSize:][:chunkHeaderSize], l.data[headerSize+chunkHeaderSize:][:8<<10])
	}
	f.Fuzz(func(t *testing.T, header, records []byte) {
		if len(header) > chunkHeaderSize || len(records) > chunkSize-chunkHeaderSize {
			return
		}
		log := newBuilder().log()
		sealChunk(log, 0, func(c []byte) {
			copy(c, header)
			copy(c, chunkMagic)
			copy(c[chunkHeaderSize:], records)
		})
		r, err := NewReader(bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		events, problems := drain(t, r)
		first, last := binary.LittleEndian.Uint64(log[headerSize+8:]), binary.LittleEndian.Uint64(log[headerSize+16:])
		if n := last - first + 1; first > 0 && n <= maxRecords && len(events)+len(problems) < int(n) {
			t.Fatalf("%d kept and %d lost, of %d", len(events), len(problems), n)
		}
	})
}
