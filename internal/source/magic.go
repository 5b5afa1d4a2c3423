package source

import "bytes"

// magics are the first bytes of files that are something else.
var magics = []struct{ magic, reason string }{
	{"\xd0\xcf\x11\xe0", "an old or encrypted Office document: save it as .xlsx without a password"},
	{"\xfd7zXZ\x00", "xz compression is not read: decompress it first"},
	{"BZh", "bzip2 compression is not read: decompress it first"},
	{"\x04\x22\x4d\x18", "lz4 compression is not read: decompress it first"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"},
	{"Rar!", "a RAR archive: unpack it first"},
	{"MSCF", "a cabinet archive: unpack it first"},
	{"Obj\x01", "Avro (Event Hubs Capture) is not read: convert it to JSON lines"},
	{"ORC", "ORC is not read: convert it to Parquet"},
	{"SQLite format 3\x00", "a SQLite database, no telemetry"},
	{"%PDF", "a PDF document, no telemetry"},
	{"MZ", "a Windows program, no telemetry"},
	{"\x7fELF", "a program, no telemetry"},
	{"\x89PNG", "an image, no telemetry"},
	{"\xff\xd8\xff", "an image, no telemetry"},
}

// foreign says what a file is that is not read, or "".
func foreign(head []byte) string {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.magic)) {
			return m.reason
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return "a tar archive: unpack it first"
	}
	return ""
}

// compressionOf recognises compressed data.
func compressionOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}),
		len(head) >= 4 && head[0]&0xf0 == 0x50 && head[1] == 0x2a && head[2] == 0x4d && head[3] == 0x18: // skippable frame
		return "zstd"
	}
	return ""
}

func isZip(head []byte) bool {
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06"))
}
