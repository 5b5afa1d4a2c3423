package source

import (
	"bytes"
	"io"
	"strings"

	"smew/internal/evtx"
	"smew/internal/mapping"
)

// headSize is how much of a text is looked at to say what it is. If that holds
// no whole record, as much more is as the largest record may have.
const headSize = 128 << 10

// lookAtText says what a file of text is, compressed or not, and whether it is
// one at all.
func (o *opener) lookAtText(f *File, raw []byte, out *looked) {
	if reason := o.sniff(f, raw); reason != "" {
		out.skip(f.Name, reason)
		return
	}
	out.files = append(out.files, f)
}

// sniff returns why a file is not read, or "".
func (o *opener) sniff(f *File, raw []byte) string {
	if f.Compression == "" {
		if reason := foreign(raw); reason != "" {
			return reason
		}
	}
	head, whole, err := o.textHead(f, headSize, 0)
	if err != nil && len(head) == 0 {
		return explain(err)
	}
	if bytes.HasPrefix(head, []byte(evtxMagic)) {
		return o.sniffLog(f)
	}
	if strings.HasSuffix(strings.ToLower(f.Name), ".evtx") {
		return reasonNotEVTX
	}
	if reason := o.packedInside(f, head); reason != "" {
		return reason
	}
	reason := sniffText(head, whole, f, f.Name, o.opts.Sources)
	if reason == "" || whole || err != nil {
		return reason
	}
	return o.sniffFurther(f, head, reason)
}

// lookAtLog takes a file that begins as a Windows event log.
func (o *opener) lookAtLog(f *File, out *looked) {
	if reason := o.sniffLog(f); reason != "" {
		out.skip(f.Name, reason)
		return
	}
	out.files = append(out.files, f)
}

// sniffLog returns why an event log is not read, or "".
func (o *opener) sniffLog(f *File) string {
	in, err := openFile(f, o.archives, nil)
	if err != nil {
		return explain(err)
	}
	defer in.Close()
	log, err := evtx.NewReader(stopper{o.ctx, in})
	if err != nil {
		return explain(err)
	}
	var sample [][]byte
	if o.opts.Sources.Several(mapping.EVTX) {
		sample = firstRecords(log)
	}
	return f.become(EVTX, mapping.EVTX, sample, o.opts.Sources)
}

// firstRecords decodes a log's opening records, as far as they can be.
func firstRecords(log *evtx.Reader) [][]byte {
	var records [][]byte
	for len(records) < maxMapped {
		text, _, err := log.Next(nil)
		if err != nil {
			break
		}
		if len(text) > 0 {
			records = append(records, text)
		}
	}
	return records
}

// packedInside says why what comes out of a decompressor is not read, or "".
func (o *opener) packedInside(f *File, head []byte) string {
	if f.Compression == "" {
		return ""
	}
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return "Parquet inside " + f.Compression + ": decompress it first"
	case isZip(head):
		return "an archive inside " + f.Compression + ": unpack it first"
	}
	return foreign(head)
}

// sniffFurther looks behind a first record that is longer than the head.
func (o *opener) sniffFurther(f *File, head []byte, reason string) string {
	if body := bytes.TrimLeft(head, around); len(body) > 0 && len(splitHead(body).records) > 0 {
		return reason
	}
	if head, whole, err := o.textHead(f, headSize+o.opts.MaxRecord, 0); err == nil || len(head) > 0 {
		if !whole && len(bytes.TrimLeft(head, around)) == 0 {
			return reasonBlank
		}
		if sniffText(head, whole, f, f.Name, o.opts.Sources) == "" {
			return ""
		}
		if bytes.IndexByte(head, '\n') >= 0 {
			return reason
		}
	}
	// All of it is one line. What counts is what comes below it.
	head, whole, err := o.textHead(f, headSize, 1)
	if err != nil && len(head) == 0 || len(head) == 0 {
		return reason
	}
	if sniffText(head, whole, f, f.Name, o.opts.Sources) == "" && f.Format == Lines {
		return ""
	}
	return reason
}

// textHead reads the beginning of a file as text, behind so many lines. An
// error with a head is one that came after it.
func (o *opener) textHead(f *File, size, skip int) (head []byte, whole bool, err error) {
	in, err := openFile(f, o.archives, nil)
	if err != nil {
		return nil, false, err
	}
	defer in.Close()
	raw, whole, err := readHead(stopper{o.ctx, in}, size)
	if bytes.HasPrefix(raw, []byte(evtxMagic)) {
		return raw[:len(evtxMagic)], false, nil
	}
	f.charset = charsetOf(raw)
	if skip == 0 {
		head, _ = io.ReadAll(newText(bytes.NewReader(raw), f.charset))
		if f.numbered = hasRecordLines(head); f.numbered {
			head, _ = io.ReadAll(withoutRecordLines(bytes.NewReader(head), true))
		}
		return head, whole, err
	}
	text := newText(io.MultiReader(bytes.NewReader(raw), stopper{o.ctx, in}), f.charset)
	rest, err := skipLine(text)
	if err != nil {
		return nil, true, err
	}
	head, whole, err = readHead(io.MultiReader(bytes.NewReader(rest), text), size)
	return head, whole, err
}

// skipLine reads past the end of a line and returns what it read beyond.
func skipLine(r io.Reader) (rest []byte, err error) {
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			return buf[i+1 : n], nil
		}
		if err != nil {
			return nil, err
		}
	}
}
