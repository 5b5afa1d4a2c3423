package evtx

import (
	"encoding/binary"
	"strconv"
)

const (
	ticks      = 10_000_000 // of a FILETIME, in a second
	daySeconds = 24 * 60 * 60
)

// clock prints FILETIMEs. Most records of a chunk are of one day: its date is
// kept.
type clock struct {
	day  uint64 // days since 1601, plus one: 0 is none
	date []byte
}

// appendFileTime appends a count of 100 nanoseconds since 1601 as
// "2021-12-04T21:19:16.7732420Z", every digit of it.
func (c *clock) appendFileTime(out []byte, t uint64) []byte {
	seconds, fraction := t/ticks, t%ticks
	day, s := seconds/daySeconds, seconds%daySeconds
	if c.day != day+1 {
		c.day = day + 1
		c.date = appendDate(c.date[:0], day)
	}
	out = append(out, '"')
	out = append(out, c.date...)
	rest := [19]byte{0: 'T', 3: ':', 6: ':', 9: '.', 17: 'Z', 18: '"'}
	putDigits(rest[1:3], s/3600)
	putDigits(rest[4:6], s/60%60)
	putDigits(rest[7:9], s%60)
	putDigits(rest[10:17], fraction)
	return append(out, rest[:]...)
}

// appendDate appends the date of a day counted from 1601-01-01, in the
// Gregorian calendar. Years are counted from March, so that the leap day ends
// them: the months' lengths then follow a straight line.
func appendDate(out []byte, day uint64) []byte {
	const (
		era      = 146_097 // days of 400 years
		marchOf0 = 584_694 // days from 0000-03-01 to 1601-01-01
	)
	day += marchOf0
	cycle, day := day/era, day%era
	year := (day - day/1460 + day/36524 - day/(era-1)) / 365
	day -= 365*year + year/4 - year/100
	month := (5*day + 2) / 153
	day -= (153*month + 2) / 5
	year += 400 * cycle
	if month += 3; month > 12 {
		month -= 12
		year++
	}
	out = appendPadded(out, year, 4)
	out = append(out, '-')
	out = appendPadded(out, month, 2)
	out = append(out, '-')
	return appendPadded(out, day+1, 2)
}

// appendSysTime appends a SYSTEMTIME: eight numbers, of which the third is the
// day of the week. They are printed as they are, even where no calendar has
// such a day: it is what was recorded.
func appendSysTime(out, b []byte) []byte {
	field := func(i int) uint64 { return uint64(binary.LittleEndian.Uint16(b[2*i:])) }
	out = append(out, '"')
	out = appendPadded(out, field(0), 4)
	for i, before := range "--T::." {
		at := [6]int{1, 3, 4, 5, 6, 7}[i]
		out = append(out, byte(before))
		if before == '.' {
			out = appendPadded(out, field(at), 3)
		} else {
			out = appendPadded(out, field(at), 2)
		}
	}
	return append(out, `0000Z"`...)
}

// appendPadded appends a number with at least so many digits.
func appendPadded(out []byte, n uint64, width int) []byte {
	if n >= 10_000 {
		return strconv.AppendUint(out, n, 10)
	}
	var digits [4]byte
	putDigits(digits[:], n)
	from := 0
	for from < len(digits)-width && digits[from] == '0' {
		from++
	}
	return append(out, digits[from:]...)
}

// putDigits fills dst with the last digits of n.
func putDigits(dst []byte, n uint64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
}
