package term

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWidth(t *testing.T) {
	tests := []struct {
		columns  string
		fallback int
		want     int
	}{
		{"", 0, 80},
		{"", 120, 120},
		{"132", 0, 132},
		{"0", 0, 80},
		{"-5", 0, 80},
		{"wide", 0, 80},
		{"999999999", 0, 80},
	}
	for _, tt := range tests {
		t.Setenv("COLUMNS", tt.columns)
		if got := Width(io.Discard, tt.fallback); got != tt.want {
			t.Errorf("COLUMNS=%q: Width(fallback %d) = %d, want %d", tt.columns, tt.fallback, got, tt.want)
		}
	}
}

func TestIsTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, w := range []any{nil, &bytes.Buffer{}, file, (*os.File)(nil)} {
		if IsTerminal(w) {
			t.Errorf("IsTerminal(%T) = true", w)
		}
	}
}

func TestColor(t *testing.T) {
	for mode, want := range map[string]bool{"always": true, "never": false, "auto": false, "": false} {
		if got, err := Color(mode, io.Discard); err != nil || got != want {
			t.Errorf("Color(%q) = %v, %v; want %v", mode, got, err, want)
		}
	}
	t.Setenv("NO_COLOR", "1") // a flag is nearer than a variable
	if got, _ := Color("always", io.Discard); !got {
		t.Error("NO_COLOR overrules --color always")
	}
	_, err := Color("\x1b[31mred", io.Discard)
	want := `--color \x1b[31mred: want auto, always or never`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestPaint(t *testing.T) {
	tests := []struct {
		style Style
		on    bool
		in    string
		want  string
	}{
		{Red, true, "high", "\x1b[1;31mhigh\x1b[0m"},
		{Red, false, "high", "high"},
		{Plain, true, "high", "high"},
		{Red, true, "", ""},
	}
	for _, tt := range tests {
		if got := tt.style.Paint(tt.on, tt.in); got != tt.want {
			t.Errorf("%q.Paint(%v, %q) = %q, want %q", tt.style, tt.on, tt.in, got, tt.want)
		}
	}
}
