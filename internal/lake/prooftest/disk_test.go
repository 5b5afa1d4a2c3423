package prooftest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// tmpfs mounts a file system of a size in memory. Only root may, and only on Linux; where
// it cannot be had the test is skipped.
func tmpfs(t *testing.T, kib int) (dir string, remount func(options string)) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("needs root on Linux, to mount a small file system")
	}
	dir = t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dk", kib), "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no small file system can be mounted: %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", dir).Run() })
	return dir, func(options string) {
		t.Helper()
		if out, err := exec.Command("mount", "-o", "remount,"+options, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
	}
}

// TestDiskFull fills the disk at several moments of an ingest. It says so, the lake is
// whole, and once there is room the same command completes it.
func TestDiskFull(t *testing.T) {
	killing(t) // makes the lake to compare with
	sizes := []int{250}
	if *kills > 0 {
		sizes = []int{20, 60, 100, 150, 200, 250, 300, 350, 400, 500, 600, 700}
	}
	for _, kib := range sizes {
		t.Run(fmt.Sprintf("%dKiB", kib), func(t *testing.T) {
			disk, remount := tmpfs(t, kib)
			dir := filepath.Join(disk, "lake")
			refused(t, "make room and run the same again", ingesting(dir)...)
			if _, err := os.Stat(filepath.Join(dir, "lake.json")); err == nil {
				if said := must(t, "lake", "verify", dir); !strings.Contains(said, ": all is right") {
					t.Error(said)
				}
			}
			remount("size=64m")
			must(t, ingesting(dir)...)
			if said := must(t, "lake", "verify", dir); !strings.Contains(said, ": all is right") {
				t.Error(said)
			}
			same(t, unharmed.content, contentOf(t, dir))
		})
	}
}

// TestHuntOnAFullDisk: a cache that has no room costs time and nothing else.
func TestHuntOnAFullDisk(t *testing.T) {
	killing(t)
	disk, _ := tmpfs(t, 8<<10)
	dir := filepath.Join(disk, "lake")
	if err := os.CopyFS(dir, os.DirFS(unharmed.lake)); err != nil {
		t.Fatal(err)
	}
	_ = os.RemoveAll(filepath.Join(dir, "cache"))
	fill(t, filepath.Join(disk, "full"))
	for range 2 {
		if got := found(t, "--lake", dir, "--stretch-rows", "60"); string(got) != string(unharmed.hunted) {
			t.Errorf("not what the files give%s", whereTheyDiffer(unharmed.hunted, got))
		}
	}
}

// fill writes a file until there is no room.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}

// TestReadOnlyLake: what cannot be written can be hunted, and an ingest says that it
// cannot be written.
func TestReadOnlyLake(t *testing.T) {
	from, _, in := small(t)
	dir := readOnly(t, from)
	for range 2 {
		if n := hunted(t, dir); n != 3 {
			t.Errorf("%d rows", n)
		}
	}
	if said := must(t, "lake", "verify", dir); !strings.Contains(said, ": all is right") {
		t.Error(said)
	}
	must(t, "lake", "status", dir)
	write(t, in, []byte(lines(1, 5)))
	for _, args := range [][]string{{"ingest", in, "--lake", dir}, {"lake", "compact", dir}, {"lake", "forget", dir, "--before", "2026-02-20"}} {
		refused(t, "cannot be written: ", args...)
	}
}

// readOnly is a copy of a lake that cannot be written, to root neither.
func readOnly(t *testing.T, lake string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("folders cannot be made read-only there")
	}
	if os.Geteuid() == 0 {
		disk, remount := tmpfs(t, 8<<10)
		dir := filepath.Join(disk, "lake")
		if err := os.CopyFS(dir, os.DirFS(lake)); err != nil {
			t.Fatal(err)
		}
		remount("ro")
		return dir
	}
	chmod := func(mode os.FileMode) {
		_ = filepath.WalkDir(lake, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				_ = os.Chmod(path, mode)
			}
			return nil
		})
	}
	chmod(0o555)
	t.Cleanup(func() { chmod(0o755) })
	return lake
}
