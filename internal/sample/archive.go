package sample

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

// gzipped is a blob of a storage account that was compressed on the way.
func gzipped(ctx context.Context, x export) ([]byte, error) {
	data, err := streamLines(ctx, x)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// zstandard is such a blob, compressed another way.
func zstandard(ctx context.Context, x export) ([]byte, error) {
	data, err := streamLines(ctx, x)
	if err != nil {
		return nil, err
	}
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		return nil, err
	}
	return w.EncodeAll(data, nil), nil
}

// zipped is several blobs in one archive.
func zipped(_ context.Context, x export) ([]byte, error) {
	members := make([]member, len(x.parts))
	for i, p := range x.parts {
		members[i] = member{name: p.member, data: stream(p.events)}
	}
	return pack(members)
}

// member is one file of an archive.
type member struct {
	name string
	data []byte
}

// pack writes an archive whose bytes depend on nothing but its members.
func pack(members []member) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, m := range members {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: day(21)})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(m.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// unpack reads the members of an archive, sorted by name.
func unpack(data []byte) ([]member, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var members []member
	for _, f := range r.File {
		body, err := f.Open()
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(body)
		body.Close()
		if err != nil {
			return nil, err
		}
		members = append(members, member{f.Name, text})
	}
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return members, nil
}

// repacked is a workbook with its parts in order: the library writes them as
// they come.
func repacked(workbook []byte) ([]byte, error) {
	members, err := unpack(workbook)
	if err != nil {
		return nil, err
	}
	// Readers expect the list of content types first.
	slices.SortStableFunc(members, func(a, b member) int {
		return cmp.Compare(btoi(a.name != "[Content_Types].xml"), btoi(b.name != "[Content_Types].xml"))
	})
	return pack(members)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
