package source

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Records as Defender writes them: keys in alphabetical order, 100 ns steps,
// FolderPath with the file name, AdditionalFields as a string.
const (
	process  = `{"ActionType":"ProcessCreated","DeviceName":"pc1.example.test","FileName":"sc.exe","FolderPath":"C:\\Windows\\System32\\sc.exe","ProcessCommandLine":"sc.exe create \"a b\" binPath= C:\\x.exe","ReportId":7,"Timestamp":"2026-09-20T10:11:12.6265786Z"}`
	registry = `{"ActionType":"RegistryValueSet","DeviceName":"pc1.example.test","RegistryKey":"HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\a","RegistryValueData":"4","RegistryValueName":"Start","ReportId":8,"Timestamp":"2026-09-20T10:11:13.28188Z"}`
)

func streamed(table, row string) string {
	return `{"category":"AdvancedHunting-` + table + `","operationName":"Publish","properties":` + row + `,"tenantId":"t","time":"2026-09-20T10:45:56.1234567Z"}`
}

var (
	streamProcess  = streamed("DeviceProcessEvents", process)
	streamRegistry = streamed("DeviceRegistryEvents", registry)
)

// row is a record as a test sees it.
type row struct {
	Number int64
	Text   string // "" if rejected
	Reason string
}

func good(n int64, text string) row  { return row{Number: n, Text: text} }
func bad(n int64, reason string) row { return row{Number: n, Reason: reason} }

// write puts files in a folder of the test's own.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t testing.TB, opts Options, args ...string) *Set {
	t.Helper()
	set, err := Open(context.Background(), args, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return set
}

// openOne opens a file that must be readable.
func openOne(t testing.TB, name, text string) *File {
	t.Helper()
	set := open(t, Options{}, write(t, map[string]string{name: text}))
	if len(set.Files) != 1 || len(set.Skipped) != 0 {
		t.Fatalf("%s: files %v, skipped %v", name, names(set), set.Skipped)
	}
	return set.Files[0]
}

func names(set *Set) []string {
	var out []string
	for _, f := range set.Files {
		out = append(out, f.Name)
	}
	return out
}

// read reads files to the end, by file, records in order.
func read(t testing.TB, opts StreamOptions, files ...*File) map[int32][]row {
	t.Helper()
	s := NewStream(context.Background(), files, opts)
	defer s.Close()
	out := map[int32][]row{}
	for {
		b, err := s.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			break
		}
		for _, span := range b.Spans {
			out[b.File] = append(out[b.File], row{span.Number, string(b.Data[span.Start:span.End]), span.Reason})
		}
		s.Release(b)
	}
	if done, total := s.Progress(); done != total || !s.Done() {
		t.Errorf("at the end %d of %d bytes are read, done %v", done, total, s.Done())
	}
	return out
}

// readOne reads one file.
func readOne(t testing.TB, f *File) []row {
	t.Helper()
	return read(t, StreamOptions{}, f)[f.ID]
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func gz(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

func zst(text string) string {
	w, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	defer w.Close()
	return string(w.EncodeAll([]byte(text), nil))
}

// zipped makes an archive of name, text pairs in their order.
func zipped(t testing.TB, pairs ...string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		f, err := w.Create(pairs[i])
		if err == nil {
			_, err = f.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func utf16Text(text string, big, mark bool) string {
	if mark {
		text = bom + text
	}
	var out []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return string(out)
}

// skipReason is why a file was skipped, or "".
func skipReason(set *Set, suffix string) string {
	i := slices.IndexFunc(set.Skipped, func(s Skip) bool { return strings.HasSuffix(s.File, suffix) })
	if i < 0 {
		return ""
	}
	return set.Skipped[i].Reason
}

// shared finds a file of the reference data beside the repository.
func shared(t testing.TB, path string) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil {
			full := filepath.Join(dir, "..", "shared", path)
			if _, statErr := os.Stat(full); statErr == nil {
				return full
			}
			break
		}
		dir = filepath.Dir(dir)
	}
	t.Skipf("../shared/%s is not there", path)
	return ""
}

func peakHeap(f func()) uint64 {
	stop, result := make(chan struct{}), make(chan uint64)
	go func() {
		var peak uint64
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case <-stop:
				result <- peak
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	f()
	close(stop)
	return <-result
}

var errTest = errors.New("the disk is on fire")

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
