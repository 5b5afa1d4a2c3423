package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// lookInside says what the members of a zip archive are, or what workbook it is.
func (o *opener) lookInside(f *File, out *looked) {
	a, err := o.archives.acquire(f.Path)
	if err != nil {
		out.skip(f.Name, explain(err))
		return
	}
	defer o.archives.release(a)
	switch {
	case isWorkbook(a.zip):
		o.lookAtWorkbook(f, out)
	case isOffice(a.zip):
		out.skip(f.Name, "an Office document, but no workbook")
	case len(a.zip.File) == 0:
		out.skip(f.Name, "an archive without members")
	case len(a.zip.File) > maxMembers:
		out.skip(f.Name, fmt.Sprintf("an archive of %d members: unpack it and name the folder", len(a.zip.File)))
	default:
		for i, entry := range a.zip.File {
			if o.ctx.Err() != nil {
				return
			}
			if !strings.HasSuffix(entry.Name, "/") {
				o.lookAtMember(f, a, i, out)
			}
		}
	}
}

func isOffice(z *zip.Reader) bool {
	return slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "[Content_Types].xml" })
}

func isWorkbook(z *zip.Reader) bool {
	return isOffice(z) && slices.ContainsFunc(z.File, func(f *zip.File) bool { return strings.HasPrefix(f.Name, "xl/") })
}

// lookAtMember says what one member of an archive is.
func (o *opener) lookAtMember(parent *File, a *archive, i int, out *looked) {
	entry := a.zip.File[i]
	f := &File{
		Name: parent.Name + "!" + entry.Name, Path: parent.Path, Member: entry.Name, entry: i,
		Bytes: int64(min(entry.CompressedSize64, uint64(a.size))), Compression: "zip",
		FolderDate: folderDateOf(parent.Path, entry.Name),
	}
	if reason := refuse(entry); reason != "" {
		out.skip(f.Name, reason)
		return
	}
	if f.FolderDate != nil && o.opts.Window.excludes(*f.FolderDate, o.opts.Late) {
		out.pruned++
		return
	}
	body, err := entry.Open()
	if err != nil {
		out.skip(f.Name, explain(err))
		return
	}
	head, _, err := readHead(body, headSize)
	_ = body.Close()
	switch {
	case len(head) == 0 && err != nil:
		out.skip(f.Name, explain(err))
	case bytes.HasPrefix(head, []byte("PAR1")):
		o.unpack(f, entry, out)
	case isZip(head) && (bytes.Contains(head, []byte("[Content_Types].xml")) || bytes.Contains(head, []byte("xl/"))):
		o.unpack(f, entry, out)
	case isZip(head):
		o.unpackArchive(parent, f, entry, out)
	default:
		if reason := foreign(head); reason != "" {
			out.skip(f.Name, reason)
			return
		}
		if bytes.HasPrefix(head, []byte(evtxMagic)) {
			o.lookAtLog(f, out)
			return
		}
		f.inner = compressionOf(head)
		o.lookAtText(f, head, out)
	}
}

// unpack copies a member that must be on disk to be read.
func (o *opener) unpack(f *File, entry *zip.File, out *looked) {
	path, err := o.copyOut(entry, f.Bytes)
	if err != nil {
		out.skip(f.Name, explain(err))
		return
	}
	f.Path, f.unpacked = path, true
	head, err := headOf(path)
	if err == nil && isZip(head) {
		a, err := openArchive(path)
		if err != nil {
			out.skip(f.Name, explain(err))
			return
		}
		workbook := isWorkbook(a.zip)
		_ = a.file.Close()
		if !workbook {
			out.skip(f.Name, "an Office document, but no workbook")
			return
		}
		o.lookAtWorkbook(f, out)
		return
	}
	if reason := checkParquet(path); reason != "" {
		out.skip(f.Name, reason)
		return
	}
	f.Format, f.Kind = Parquet, kindParquet
	out.files = append(out.files, f)
}

// unpackArchive looks into an archive inside an archive, as collectors pack one
// host after the other into one. It goes one level down and no further.
func (o *opener) unpackArchive(parent, f *File, entry *zip.File, out *looked) {
	if parent.unpacked {
		out.skip(f.Name, "an archive inside an archive inside an archive: unpack it first")
		return
	}
	path, err := o.copyOut(entry, f.Bytes)
	if err != nil {
		out.skip(f.Name, explain(err))
		return
	}
	f.Path, f.Member, f.unpacked = path, "", true
	o.lookInside(f, out)
}

// copyOut writes a member to a file of its own in the temporary folder.
func (o *opener) copyOut(entry *zip.File, packed int64) (path string, err error) {
	dir, err := o.tempDir()
	if err != nil {
		return "", err
	}
	body, err := entry.Open()
	if err != nil {
		return "", err
	}
	defer body.Close()
	path = filepath.Join(dir, fmt.Sprintf("member-%d", o.unpacked.Add(1)))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	in := &guard{r: stopper{o.ctx, body}, in: func() int64 { return packed }}
	_, err = io.Copy(file, in)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(path)
	}
	return path, err
}

// tempDir makes the folder for unpacked members on first need.
func (o *opener) tempDir() (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.set.temp == "" {
		dir, err := os.MkdirTemp(o.opts.TempDir, "smew-")
		if err != nil {
			return "", err
		}
		o.set.temp = dir
	}
	return o.set.temp, nil
}

// lookAtWorkbook makes a file of each worksheet that is telemetry.
func (o *opener) lookAtWorkbook(f *File, out *looked) {
	sheets, reason, err := sniffWorkbook(f.Path, o.opts.TempDir, f.Name)
	if err != nil {
		out.skip(f.Name, explain(err))
		return
	}
	if len(sheets) == 0 {
		out.skip(f.Name, reason)
		return
	}
	for _, sheet := range sheets {
		one := *f
		one.Format, one.Kind, one.Sheet = XLSX, kindWorkbook, sheet.name
		if len(sheets) > 1 {
			one.Name += "!" + sheet.name
			one.Bytes /= int64(len(sheets))
		}
		sheet.probe.decide(&one, f.Name)
		one.setHeader(sheet.header)
		out.files = append(out.files, &one)
	}
}
