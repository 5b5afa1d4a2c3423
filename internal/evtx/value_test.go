package evtx

import (
	"encoding/binary"
	"encoding/json"
	"math/rand"
	"testing"
	"time"
	"unicode/utf16"
)

// Every type of value as the text of an element.
func TestValues(t *testing.T) {
	tests := []struct {
		name string
		arg  arg
		want string
	}{
		{"absent", arg{kind: typeNull}, `null`},
		{"absent, with bytes", raw(typeNull, "0102"), `null`},
		{"string", str("a/\\\"\u00e9€😀\t\x01"), `"a/\\\"é€😀\t\u0001"`},
		{"empty string", str(""), `""`},
		{"string with NULs at its end", str("a\x00b\x00\x00"), `"a\u0000b"`},
		{"string of half units", raw(typeString, "410042"), `"A` + "\ufffd" + `"`},
		{"unpaired surrogates", raw(typeString, "00d8 4100 00dc 00d8"), "\"\ufffdA\ufffd\ufffd\""},
		{"ANSI", arg{kind: typeANSI, data: []byte("a\"\x80\x81\xe4\n\x00")}, "\"a\\\"€\u0081ä\\n\""},
		{"int8", raw(typeInt8, "ff"), `-1`},
		{"uint8", raw(typeUint8, "ff"), `255`},
		{"int16", raw(typeInt16, "0080"), `-32768`},
		{"uint16", raw(typeUint16, "0080"), `32768`},
		{"int32", raw(typeInt32, "feffffff"), `-2`},
		{"uint32", raw(typeUint32, "feffffff"), `4294967294`},
		{"int64", raw(typeInt64, "0000000000000080"), `-9223372036854775808`},
		{"uint64", raw(typeUint64, "ffffffffffffffff"), `18446744073709551615`},
		{"real32", raw(typeReal32, "0000c03f"), `1.5`},
		{"real64", raw(typeReal64, "9a9999999999b93f"), `0.1`},
		{"large real64", raw(typeReal64, "9c7500883ce4377e"), `1e+300`},
		{"NaN", raw(typeReal64, "000000000000f87f"), `"NaN"`},
		{"infinity", raw(typeReal64, "000000000000f07f"), `"Infinity"`},
		{"minus infinity", raw(typeReal32, "000080ff"), `"-Infinity"`},
		{"true", raw(typeBool, "01000000"), `true`},
		{"false", raw(typeBool, "00000000"), `false`},
		{"true in a byte", raw(typeBool, "01"), `true`},
		{"binary", raw(typeBinary, "00ff1a"), `"00FF1A"`},
		{"GUID", raw(typeGUID, "5f3870572ac2e043bf4c06f5698ffbd9"), `"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"`},
		{"size of 32 bits", raw(typeSize, "f4010000"), `"0x1f4"`},
		{"size of 64 bits", raw(typeSize, "f401000000000000"), `"0x1f4"`},
		{"FILETIME", raw(typeFileTime, "c45e059854e9d701"), `"2021-12-04T21:19:16.7732420Z"`},
		{"FILETIME 0", raw(typeFileTime, "0000000000000000"), `"1601-01-01T00:00:00.0000000Z"`},
		{"last FILETIME", raw(typeFileTime, "ffffffffffffffff"), `"60056-05-28T05:36:10.9551615Z"`},
		{"SYSTEMTIME", raw(typeSysTime, "e507 0c00 0600 0400 1500 1300 1000 0503"), `"2021-12-04T21:19:16.7730000Z"`},
		{"SYSTEMTIME of no calendar", raw(typeSysTime, "0000 0000 0000 ffff 6300 0000 0000 0000"), `"0000-00-65535T99:00:00.0000000Z"`},
		{"SID", raw(typeSID, "0101000000000005 12000000"), `"S-1-5-18"`},
		{"longer SID", raw(typeSID, "0102000000000005 20000000 20020000"), `"S-1-5-32-544"`},
		{"SID of a large authority", raw(typeSID, "0100 123456789abc"), `"S-1-0x123456789abc"`},
		{"SID that is cut", raw(typeSID, "0105000000000005 12000000"), `"010500000000000512000000"`},
		{"hex32", raw(typeHex32, "f4010000"), `"0x1f4"`},
		{"hex64", raw(typeHex64, "0000000000000080"), `"0x8000000000000000"`},
		{"handle", raw(typeHandle, "1000000000000000"), `"0x10"`},
		{"XML as text", arg{kind: typeXML, data: wide("<a/>\x00")}, `"<a/>"`},
		{"XML", xml(fragment, el("a", txt("b"))), `{"a":"b"}`},
		{"of the wrong size", raw(typeUint32, "0102"), `"0102"`},
		{"of no size", raw(typeUint32, ""), `null`},
		{"of an unknown type", raw(0x7f, "0102"), `"0102"`},

		{"no strings", arg{kind: typeArray | typeString}, `[]`},
		{"strings", arg{kind: typeArray | typeString, data: wide("a\x00\x00b\x00")}, `["a","","b"]`},
		{"strings without an end", arg{kind: typeArray | typeString, data: wide("a\x00b")}, `["a","b"]`},
		{"ANSI strings", arg{kind: typeArray | typeANSI, data: []byte("a\x00b\x00")}, `["a","b"]`},
		{"int8s", raw(typeArray|typeInt8, "ff01"), `[-1,1]`},
		{"uint8s", raw(typeArray|typeUint8, "ff01"), `[255,1]`},
		{"int16s", raw(typeArray|typeInt16, "ffff0100"), `[-1,1]`},
		{"uint16s", raw(typeArray|typeUint16, "ffff0100"), `[65535,1]`},
		{"int32s", raw(typeArray|typeInt32, "ffffffff01000000"), `[-1,1]`},
		{"uint32s", raw(typeArray|typeUint32, "ffffffff01000000"), `[4294967295,1]`},
		{"int64s", raw(typeArray|typeInt64, "ffffffffffffffff0100000000000000"), `[-1,1]`},
		{"uint64s", raw(typeArray|typeUint64, "ffffffffffffffff0100000000000000"), `[18446744073709551615,1]`},
		{"real32s", raw(typeArray|typeReal32, "0000c03f0000c07f"), `[1.5,"NaN"]`},
		{"real64s", raw(typeArray|typeReal64, "000000000000f83f"), `[1.5]`},
		{"bools", raw(typeArray|typeBool, "0100000000000000"), `[true,false]`},
		{"binaries", raw(typeArray|typeBinary, "0102"), `"0102"`},
		{"GUIDs", raw(typeArray|typeGUID, "5f3870572ac2e043bf4c06f5698ffbd9"), `["{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"]`},
		{"sizes", raw(typeArray|typeSize, "0100000000000000"), `["0x1"]`},
		{"sizes of 32 bits", raw(typeArray|typeSize, "010000000200000003000000"), `["0x1","0x2","0x3"]`},
		{"FILETIMEs", raw(typeArray|typeFileTime, "0000000000000000"), `["1601-01-01T00:00:00.0000000Z"]`},
		{"SYSTEMTIMEs", raw(typeArray|typeSysTime, "e507 0c00 0600 0400 1500 1300 1000 0503"), `["2021-12-04T21:19:16.7730000Z"]`},
		{"SIDs", raw(typeArray|typeSID, "010100000000000512000000 0100000000000001"), `["S-1-5-18","S-1-1"]`},
		{"hex32s", raw(typeArray|typeHex32, "0100000002000000"), `["0x1","0x2"]`},
		{"hex64s", raw(typeArray|typeHex64, "0100000000000000"), `["0x1"]`},
		{"an array with a rest", raw(typeArray|typeUint16, "010002"), `[1,"02"]`},
	}
	for _, tt := range tests {
		body := el("Event", el("EventData", el("Data", attr("Name", txt("v")), sub(0, tt.arg.kind))))
		want := `{"EventData":{"v":` + tt.want + `}}`
		if got := one(t, fragment, template(body, tt.arg), tokens(tokenEOF)); got != want {
			t.Errorf("%s: %s, want %s", tt.name, got, want)
		}
	}
}

// Times are as the calendar of the standard library has them.
func TestFileTimes(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	var c clock
	year := time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 20_000 {
		n := rng.Uint64() >> rng.Intn(20)
		if i%2 == 0 { // days around the ends of months and years
			n = uint64(i)*daySeconds*ticks + uint64(rng.Intn(3))*ticks
		}
		at := time.Unix(year.Unix()+int64(n/ticks), int64(n%ticks)*100).UTC()
		want := at.Format(`"2006-01-02T15:04:05.0000000Z"`)
		if got := string(c.appendFileTime(nil, n)); got != want {
			t.Fatalf("%d: %s, want %s", n, got, want)
		}
	}
}

// Text comes out as encoding/json reads it back, whatever it is.
func TestText(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	alphabet := []uint16{'a', 'Z', ' ', '"', '\\', '\n', '\t', '\r', 0, 1, 0x1f, 0x7f, 0x80, 0xe9, 0x7ff, 0x800, 0x20ac, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xfffd, 0xffff, 0x2028, 0x202e}
	for range 50_000 {
		units := make([]uint16, rng.Intn(24))
		for i := range units {
			if rng.Intn(3) == 0 {
				units[i] = alphabet[rng.Intn(len(alphabet))]
			} else {
				units[i] = uint16(' ' + rng.Intn(95))
			}
		}
		var text []byte
		for _, u := range units {
			text = binary.LittleEndian.AppendUint16(text, u)
		}
		for len(units) > 0 && units[len(units)-1] == 0 {
			units = units[:len(units)-1]
		}
		out := append(appendUTF16([]byte(`"`), text), '"')
		var got string
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%x: %v in %q", text, err, out)
		}
		if want := string(utf16.Decode(units)); got != want {
			t.Fatalf("%x: %q, want %q", text, got, want)
		}
	}
}
