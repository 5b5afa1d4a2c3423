package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// recording gives one of the recorded logs.
func recording(tb testing.TB, name string) []byte {
	for _, l := range corpus(tb) {
		if strings.Contains(l.name, name) {
			return l.data
		}
	}
	tb.Fatalf("no recording %q", name)
	return nil
}

const long = "ID7000,7009,7045" // 733 records in 8 chunks

// ends lists where the records of a log that is whole end in the file.
func ends(log []byte) (list []int) {
	for at := headerSize; at+chunkSize <= len(log); at += chunkSize {
		chunk := log[at : at+chunkSize]
		if zero(chunk) {
			continue
		}
		free := int(binary.LittleEndian.Uint32(chunk[48:]))
		for pos := chunkHeaderSize; pos < free; {
			pos += int(binary.LittleEndian.Uint32(chunk[pos+4:]))
			list = append(list, at+pos)
		}
	}
	return list
}

// A log that is cut off keeps every record that is wholly in it, and counts
// each of the others once.
func TestCutOff(t *testing.T) {
	for _, l := range append(recordings(t), built()) {
		if strings.Contains(l.name, "2-vss") { // copied while it was written: nothing says what it should have
			continue
		}
		all := ends(l.data)
		cuts := []int{headerSize, headerSize + 1, headerSize + 100, headerSize + 130, headerSize + 600, len(l.data) / 2, len(l.data) - 1}
		if l.name == "built" {
			cuts = append(cuts, all...)
		}
		if strings.Contains(l.name, long) {
			for c := range 9 {
				at := headerSize + c*chunkSize
				cuts = append(cuts, at-1, at, at+50, at+127, at+128, at+511, at+512, at+513, at+20_000, at+chunkSize/2, at+65_000, at+chunkSize-1)
			}
			for _, i := range []int{0, 1, 50, 96, 97, 98, 400, 731, 732} {
				cuts = append(cuts, all[i]-5, all[i]-4, all[i]-1, all[i], all[i]+1)
			}
		}
		for _, cut := range cuts {
			if cut < headerSize {
				continue
			}
			events, problems := read(t, l.data[:cut])
			inside := 0
			for _, end := range all {
				if end <= cut {
					inside++
				}
			}
			// The last four bytes of a record repeat its size: without them it is whole.
			if len(events) < inside || len(events) > inside+1 {
				t.Errorf("%s cut at %d: %d records kept, %d are whole", l.name, cut, len(events), inside)
			}
			if got := len(events) + len(problems); got != len(all) {
				t.Errorf("%s cut at %d: %d kept and %d lost, of %d", l.name, cut, len(events), len(problems), len(all))
			}
			for i, e := range events {
				if e.ID != uint64(i+1) {
					t.Fatalf("%s cut at %d: record %d is number %d", l.name, cut, i+1, e.ID)
				}
			}
			for i, p := range problems {
				if p.ID != 0 && p.ID != uint64(len(events)+i+1) {
					t.Fatalf("%s cut at %d: the lost record %d is said to be %v", l.name, cut, len(events)+i+1, p)
				}
			}
		}
	}
}

func TestCutOffInWords(t *testing.T) {
	log := recording(t, long)
	tests := map[int]string{
		headerSize:                        "chunks 0 to 7: the file is cut off; records 1 to 733 are missing",
		headerSize + 50:                   "chunks 0 to 7: the file is cut off inside its header; records 1 to 733 are missing",
		headerSize + chunkSize:            "chunks 1 to 7: the file is cut off; records 98 to 733 are missing",
		headerSize + 2*chunkSize + 20_000: "chunk 2, offset 0x25c58: the record cannot be read: the file is cut off inside it",
	}
	for cut, want := range tests {
		if _, problems := read(t, log[:cut]); problems[0].Problem != want {
			t.Errorf("cut at %d: %q, want %q", cut, problems[0].Problem, want)
		}
	}
	_, problems := read(t, log[:headerSize+2*chunkSize+20_000])
	if got, want := problems[1].Problem, "chunk 2, offset 0x25e20: the file is cut off inside the chunk: its header counts 96 records, of which 69 are not there"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A flipped bit among the records costs the one it is in at most, and each
// record is either kept or lost.
func TestFlippedBits(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	log := bytes.Clone(recording(t, long)[:headerSize+2*chunkSize])
	seal(log, func(h []byte) {
		binary.LittleEndian.PutUint16(h[42:], 2)
		binary.LittleEndian.PutUint64(h[16:], 1)
		binary.LittleEndian.PutUint64(h[24:], 194)
	})
	const total = 193
	whole, _ := read(t, log)
	if len(whole) != total {
		t.Fatalf("%d records", len(whole))
	}
	lost := 0
	for range 2000 {
		at := headerSize + rng.Intn(2*chunkSize)
		bit := byte(1) << rng.Intn(8)
		log[at] ^= bit
		events, problems := read(t, log)
		log[at] ^= bit
		if len(events)+len(problems) != total {
			t.Fatalf("bit at %d: %d kept and %d lost, of %d: %v", at, len(events), len(problems), total, problems)
		}
		if len(problems) > 0 && (at-headerSize)%chunkSize < chunkHeaderSize {
			t.Fatalf("bit at %d, in the header of a chunk: %v", at, problems)
		}
		lost = max(lost, len(problems))
	}
	// A template that is damaged costs all records that use it.
	if lost < 1 || lost > 97 {
		t.Errorf("at most %d records lost by one bit", lost)
	}
}

// Damage of any size: no record is counted twice, none forgotten.
func TestSmashed(t *testing.T) {
	rng := rand.New(rand.NewSource(2))
	log := recording(t, long)
	const total = 733
	for range 200 {
		damaged := bytes.Clone(log)
		at := headerSize + rng.Intn(8*chunkSize)
		n := min(1<<rng.Intn(18), headerSize+8*chunkSize-at)
		if rng.Intn(2) == 0 {
			clear(damaged[at : at+n])
		} else {
			rng.Read(damaged[at : at+n])
		}
		events, problems := read(t, damaged)
		if got := len(events) + len(problems); got != total {
			t.Errorf("%d bytes at %d: %d kept and %d lost, of %d: %v", n, at, len(events), len(problems), total, problems)
		}
		seen := map[uint64]bool{}
		for _, e := range events {
			if seen[e.ID] {
				t.Fatalf("%d bytes at %d: record %d twice", n, at, e.ID)
			}
			seen[e.ID] = true
		}
	}
}

// seal changes a file header and makes its checksum right again.
func seal(log []byte, change func(header []byte)) {
	change(log)
	binary.LittleEndian.PutUint32(log[124:], crc32.ChecksumIEEE(log[:120]))
}

// sealChunk changes a chunk and makes its checksums right again.
func sealChunk(log []byte, index int, change func(chunk []byte)) {
	chunk := log[headerSize+index*chunkSize:][:chunkSize]
	change(chunk)
	if free := int(binary.LittleEndian.Uint32(chunk[48:])); free >= chunkHeaderSize && free <= chunkSize {
		binary.LittleEndian.PutUint32(chunk[52:], crc32.ChecksumIEEE(chunk[chunkHeaderSize:free]))
	}
	sum := crc32.ChecksumIEEE(chunk[:120])
	binary.LittleEndian.PutUint32(chunk[124:], crc32.Update(sum, crc32.IEEETable, chunk[128:chunkHeaderSize]))
}

// What is left of a damaged log, and what is said about it.
func TestDamage(t *testing.T) {
	const total = 733
	chunk := func(log []byte, i int) []byte { return log[headerSize+i*chunkSize:][:chunkSize] }
	tests := []struct {
		name    string
		damage  func(log []byte)
		lost    int
		problem string // what the first says
		note    string // what the first says
	}{
		{name: "none", damage: func([]byte) {}},
		{
			name: "chunk wiped", damage: func(log []byte) { clear(chunk(log, 3)) }, lost: 96,
			problem: "chunk 3: empty, though the file header counts it; records 290 to 385 are missing",
		},
		{
			name: "first chunk overwritten", damage: func(log []byte) { rand.New(rand.NewSource(3)).Read(chunk(log, 0)) }, lost: 97,
			problem: "chunk 0: overwritten: neither the header of a chunk nor a first record; records 1 to 97 are missing",
		},
		{
			name: "last chunk overwritten", damage: func(log []byte) { rand.New(rand.NewSource(3)).Read(chunk(log, 7)) }, lost: 60,
			problem: "chunk 7: overwritten: neither the header of a chunk nor a first record; records 674 to 733 are missing",
		},
		{
			name: "chunk's signature gone", damage: func(log []byte) { copy(chunk(log, 2), "XXXXXXXX") },
			note: "chunk 2 has lost its signature",
		},
		{
			name: "chunk's header gone", damage: func(log []byte) { clear(chunk(log, 2)[:chunkHeaderSize]) },
			note: "chunk 2 has lost its signature",
		},
		{
			name: "end of records wrong", damage: func(log []byte) {
				sealChunk(log, 2, func(c []byte) { binary.LittleEndian.PutUint32(c[48:], 2000) })
			},
		},
		{
			name: "end of records impossible", damage: func(log []byte) {
				sealChunk(log, 7, func(c []byte) { binary.LittleEndian.PutUint32(c[48:], 1<<31) })
			},
		},
		{
			name: "numbers impossible", damage: func(log []byte) {
				sealChunk(log, 7, func(c []byte) { binary.LittleEndian.PutUint64(c[16:], 1<<40) })
			},
		},
		{
			name: "text changed", damage: func(log []byte) { chunk(log, 1)[40_000] ^= 1 },
			note: "chunk 1: the checksum of its records does not match",
		},
		{
			name: "header changed", damage: func(log []byte) { log[24]++ },
			note: "the checksum of the file header does not match",
		},
		{
			name: "a record's signature gone", damage: func(log []byte) { clear(chunk(log, 0)[512:516]) },
			note: "chunk 0: the checksum of its records does not match",
		},
		{
			name: "a record's size wrong", damage: func(log []byte) { chunk(log, 0)[516]++ },
			note: "chunk 0: the checksum of its records does not match",
		},
		{
			name: "the copy of a size wrong", damage: func(log []byte) {
				c := chunk(log, 0)
				c[512+binary.LittleEndian.Uint32(c[516:])-4]++
			},
			note: "chunk 0: the checksum of its records does not match",
		},
		{
			name: "a record's frame gone", damage: func(log []byte) { clear(chunk(log, 0)[512:536]) }, lost: 1,
			problem: "chunk 0, offset 0x1200: damaged: no record can be told there",
			note:    "chunk 0: the checksum of its records does not match",
		},
		{
			name: "a record's template elsewhere", damage: func(log []byte) {
				c := chunk(log, 0)
				c[512+24+4+6+2]++ // the definition's offset, third byte
			}, lost: 1,
			problem: "chunk 0, offset 0x1200: the record cannot be read: its template lies outside the chunk",
			note:    "chunk 0: the checksum of its records does not match",
		},
		{
			name: "a record removed", damage: func(log []byte) {
				sealChunk(log, 0, func(c []byte) {
					size := binary.LittleEndian.Uint32(c[516:])
					second := binary.LittleEndian.Uint32(c[512+size+4:])
					binary.LittleEndian.PutUint32(c[516:], size+second)
					binary.LittleEndian.PutUint32(c[512+size+second-4:], size+second)
					binary.LittleEndian.PutUint64(c[16:], 96)
				})
			}, lost: 0, note: "chunk 0, offset 0x1c60: record 1 hides another one, which was removed from the log",
		},
		{
			name: "fewer records than the header counts", damage: func(log []byte) {
				sealChunk(log, 7, func(c []byte) {
					free := ends(log)[730] - headerSize - 7*chunkSize
					binary.LittleEndian.PutUint32(c[48:], uint32(free))
					clear(c[free:])
				})
			}, lost: 2, problem: "chunk 7, offset 0x7adb8: its header counts 60 records, of which 2 are not there",
		},
		{
			name: "fewer records than the file header counts", damage: func(log []byte) {
				seal(log, func(h []byte) { binary.LittleEndian.PutUint64(h[24:], 800) })
			}, note: "the file header counts records up to 799, the newest that is there is 733",
		},
		{
			name: "full, begun again at the start", damage: wrap,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log := bytes.Clone(recording(t, long))
			tt.damage(log)
			r, err := NewReader(bytes.NewReader(log))
			if err != nil {
				t.Fatal(err)
			}
			events, problems := drain(t, r)
			want := total - tt.lost
			if strings.Contains(tt.note, "removed") {
				want--
			}
			if len(events) != want || len(problems) != tt.lost {
				t.Errorf("%d kept and %d lost: %v", len(events), len(problems), problems[:min(1, len(problems))])
			}
			if got := first(problems); got != tt.problem {
				t.Errorf("problem %q, want %q", got, tt.problem)
			}
			if got := append(slices.Clone(r.Notes()), "")[0]; got != tt.note {
				t.Errorf("note %q, want %q", got, tt.note)
			}
		})
	}
}

func first(problems []Record) string {
	if len(problems) == 0 {
		return ""
	}
	return problems[0].Problem
}

// wrap makes of a log one that was full: its newest records stand at the start.
func wrap(log []byte) {
	used := log[headerSize : headerSize+8*chunkSize]
	old := bytes.Clone(used)
	copy(used, old[5*chunkSize:])
	copy(used[3*chunkSize:], old)
	seal(log, func(h []byte) {
		binary.LittleEndian.PutUint64(h[8:], 3)
		binary.LittleEndian.PutUint64(h[16:], 2)
	})
}

// Of a log that was full, what is missing at the end is in the middle.
func TestWrappedCutOff(t *testing.T) {
	log := bytes.Clone(recording(t, long))
	wrap(log)
	tests := []struct {
		chunks, kept, lost int
		problem            string
	}{
		{7, 733 - 96, 96, "chunk 7: the file is cut off; records 386 to 481 are missing"},
		{5, 733 - 288, 288, "chunks 5 to 7: the file is cut off; records 194 to 481 are missing"},
		{3, 252, 5, "chunks 3 to 7: the file is cut off; how many records are lost is not known"},
		{2, 192, 65, "chunks 2 to 7: the file is cut off; records 674 to 733 are missing"},
	}
	for _, tt := range tests {
		events, problems := read(t, log[:headerSize+tt.chunks*chunkSize])
		if len(events) != tt.kept || len(problems) != tt.lost || first(problems) != tt.problem {
			t.Errorf("%d chunks: %d kept, %d lost, %q", tt.chunks, len(events), len(problems), first(problems))
		}
	}
}

// Of a log that was being written when it was copied, the headers lag behind:
// it has lost nothing.
func TestDirty(t *testing.T) {
	log := recording(t, "2-vss")
	r, err := NewReader(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	events, problems := drain(t, r)
	notes := []string{"records 1156 to 1417 are not in the file: the next that is there is 1418, in chunk 12"}
	if len(events) != 1160 || len(problems) != 0 || !slices.Equal(r.Notes(), notes) {
		t.Errorf("%d kept, %d lost, %q", len(events), len(problems), r.Notes())
	}
}

// What is not a log is one error.
func TestNotALog(t *testing.T) {
	good := recording(t, long)
	version := bytes.Clone(good)
	version[38] = 4
	tests := map[string]struct {
		data []byte
		want string
	}{
		"empty":   {nil, "not an event log: it does not begin as one"},
		"text":    {bytes.Repeat([]byte("Event "), 1000), "not an event log: it does not begin as one"},
		"old log": {[]byte("\x30\x00\x00\x00LfLe"), "not an event log: it does not begin as one"},
		"short":   {good[:100], "not an event log: it is cut off inside its header"},
		"version": {version, "not an event log that can be read: its format is 4.1, only 3 is known"},
	}
	for name, tt := range tests {
		if _, err := NewReader(bytes.NewReader(tt.data)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// Counts that only an attacker writes cost nothing.
func TestLyingHeader(t *testing.T) {
	log := bytes.Clone(recording(t, long)[:headerSize])
	seal(log, func(h []byte) {
		binary.LittleEndian.PutUint64(h[24:], 1<<62)
		binary.LittleEndian.PutUint64(h[16:], 65_534)
		binary.LittleEndian.PutUint16(h[42:], 65_535)
	})
	events, problems := read(t, log)
	if len(events) != 0 || len(problems) != 65_535 {
		t.Errorf("%d records, %d lost", len(events), len(problems))
	}
	seal(log, func(h []byte) { binary.LittleEndian.PutUint64(h[24:], 1<<27) })
	if _, problems := read(t, log); len(problems) != maxLost {
		t.Errorf("%d lost", len(problems))
	}
}

// A source that fails gives what was read before, then its own error.
func TestSourceFails(t *testing.T) {
	broken := errors.New("the archive is damaged")
	log := recording(t, long)[:headerSize+chunkSize+30_000]
	r, err := NewReader(io.MultiReader(iotest.OneByteReader(bytes.NewReader(log)), iotest.ErrReader(broken)))
	if err != nil {
		t.Fatal(err)
	}
	kept, lost := 0, 0
	for {
		_, record, err := r.Next(nil)
		if err != nil {
			if !errors.Is(err, broken) {
				t.Errorf("the error is %v", err)
			}
			break
		}
		if record.Problem == "" {
			kept++
		} else {
			lost++
		}
	}
	if kept < 97+40 || kept+lost != 733 {
		t.Errorf("%d kept, %d lost", kept, lost)
	}
	if _, _, err := r.Next(nil); !errors.Is(err, broken) {
		t.Errorf("asked again: %v", err)
	}
}

// A reader can be used for the next log, whatever the last one was.
func TestReset(t *testing.T) {
	r, err := NewReader(bytes.NewReader(recording(t, long)[:headerSize+chunkSize+9000]))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, _, err := r.Next(nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Reset(strings.NewReader("nothing")); err == nil {
		t.Error("nothing is a log")
	}
	if err := r.Reset(bytes.NewReader(recording(t, "ID13-New"))); err != nil {
		t.Fatal(err)
	}
	events, problems := drain(t, r)
	if len(events) != 2 || len(problems) != 0 || len(r.Notes()) != 0 {
		t.Errorf("%d kept, %d lost, notes %q", len(events), len(problems), r.Notes())
	}
}
