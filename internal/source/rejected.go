package source

import (
	"bufio"
	"context"
	"io"
)

// Text gives what stands in some records of a file of lines, by their numbers, each cut
// to the most bytes given: what a report of rejected lines shows of them. Of other
// formats it gives nothing, for what a bad record of theirs is nobody can say.
func Text(ctx context.Context, f *File, wanted map[int64]bool, most int) (map[int64]string, error) {
	texts := map[int64]string{}
	if f.Format != Lines || len(wanted) == 0 {
		return texts, nil
	}
	a := newArchives()
	defer a.close()
	in, err := openFile(f, a, func(int64) {})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := bufio.NewReaderSize(stopper{ctx, withoutRecordLines(newText(in, f.charset), f.numbered)}, 1<<20)
	var line []byte
	for number := int64(1); len(texts) < len(wanted); {
		part, err := r.ReadSlice('\n')
		if room := most - len(line); wanted[number] && room > 0 {
			line = append(line, part[:min(room, len(part))]...)
		}
		if err == bufio.ErrBufferFull {
			continue
		}
		if wanted[number] {
			texts[number] = string(trimEnd(line))
		}
		line, number = line[:0], number+1
		if err == io.EOF {
			break
		}
		if err != nil {
			return texts, err
		}
	}
	return texts, nil
}

// trimEnd cuts the end of a line off.
func trimEnd(line []byte) []byte {
	for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
		line = line[:len(line)-1]
	}
	return line
}
