package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// benchmarkFile reads a file of about so many bytes again and again.
func benchmarkFile(b *testing.B, text string, bytes int) {
	path := filepath.Join(b.TempDir(), "x")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	size := int64(0)
	for size < int64(bytes) {
		n, err := file.WriteString(text)
		if err != nil {
			b.Fatal(err)
		}
		size += int64(n)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	f := open(b, Options{}, path).Files[0]
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		s := NewStream(context.Background(), []*File{f}, StreamOptions{})
		for {
			block, err := s.Next(context.Background())
			if err != nil {
				b.Fatal(err)
			}
			if block == nil {
				break
			}
			s.Release(block)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLines(b *testing.B) {
	benchmarkFile(b, strings.Repeat(streamProcess+"\n", 1000), 500<<20)
}

func BenchmarkEventHub(b *testing.B) {
	benchmarkFile(b, `{"records":[`+strings.Repeat(streamProcess+",", 999)+streamProcess+"]}\n", 500<<20)
}

func BenchmarkCSV(b *testing.B) {
	head, rows, _ := strings.Cut(portalCSV, "\n")
	benchmarkFile(b, head+"\n"+strings.Repeat(rows, 1_000_000), 100<<20)
}

func BenchmarkGzip(b *testing.B) {
	var text strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&text, "%s\n", strings.Replace(streamProcess, "sc.exe create", fmt.Sprintf("sc.exe create %x", uint64(i)*0x9e3779b97f4a7c15), 1))
	}
	benchmarkFile(b, gz(text.String()), 1)
	b.SetBytes(int64(text.Len()))
}

func BenchmarkOpenManyFiles(b *testing.B) {
	files := map[string]string{}
	for i := range 5000 {
		files[fmt.Sprintf("y=2026/m=09/d=%02d/h=%02d/m=%02d/PT05M.json", i/288+1, i/12%24, i%12*5)] = strings.Repeat(streamProcess+"\n", 40)
	}
	dir := write(b, files)
	for b.Loop() {
		set, err := Open(context.Background(), []string{dir}, Options{})
		if err != nil || len(set.Files) != 5000 {
			b.Fatal(len(set.Files), err)
		}
	}
}
