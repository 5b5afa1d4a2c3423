package fields

// maxNumber is the length of the longest number that is looked at: no such
// number without an exponent is too large for a double.
const maxNumber = 64

// skip goes over a value and returns where it ends, -1 for what is left to the
// database.
func skip(b []byte, i int) int {
	if i == len(b) {
		return -1
	}
	switch c := b[i]; c {
	case '"':
		return skipText(b, i+1)
	case '{', '[':
		return walk(b, i, nil, 0)
	case 't', 'f', 'n':
		return word(b, i)
	}
	end, _ := number(b, i)
	return end
}

// other is a value that is no string, as text: nil for null.
func (r *Reader) other(b []byte, i int) (value []byte, end int) {
	if i == len(b) {
		return nil, -1
	}
	switch b[i] {
	case '{', '[':
		start := len(r.scratch)
		end = walk(b, i, &r.scratch, 0)
		return r.scratch[start:len(r.scratch):len(r.scratch)], end
	case 'n':
		return nil, word(b, i)
	case 't', 'f':
		if end = word(b, i); end < 0 {
			return nil, -1
		}
		return b[i:end:end], end
	}
	end, last := number(b, i)
	if last < 0 {
		return nil, -1
	}
	return b[i:last:last], end
}

// word goes over true, false or null.
func word(b []byte, i int) int {
	for _, w := range [...]string{"null", "true", "false"} {
		if leads(b, i, w) {
			return i + len(w)
		}
	}
	return -1
}

// maxDigits is how many digits a double always gives back as they were written.
const maxDigits = 15

// number goes over a number. last is where it ends as DuckDB writes it, -1 if it
// writes it otherwise: a whole number stands as it is; what has a fraction was a
// double and has lost the zeros at its end.
func number(b []byte, i int) (end, last int) {
	start := i
	if i < len(b) && b[i] == '-' {
		i++
	}
	first := i
	if i = digits(b, i); i == first || b[first] == '0' && i > first+1 {
		return -1, -1
	}
	if last = i; b[first] == '0' && first > start {
		last = -1 // DuckDB makes 0 of -0
	}
	if point := i; i < len(b) && b[i] == '.' {
		if i = digits(b, i+1); i == point+1 {
			return -1, -1
		}
		last = fraction(b, first, point, i)
	}
	if i-start > maxNumber || i < len(b) && !ends(b[i]) {
		return -1, -1
	}
	return i, last
}

// fraction is where a number with a point ends as DuckDB writes it, -1 if it may
// write it otherwise.
func fraction(b []byte, first, point, end int) int {
	if end-first-1 > maxDigits {
		return -1
	}
	last := end
	for last > point+2 && b[last-1] == '0' {
		last--
	}
	if b[first] == '0' && b[point+1] == '0' && last > point+2 {
		return -1 // small numbers have an exponent
	}
	return last
}

func digits(b []byte, i int) int {
	for i < len(b) && '0' <= b[i] && b[i] <= '9' {
		i++
	}
	return i
}

// ends tells whether a byte may stand behind a number.
func ends(c byte) bool {
	switch c {
	case ',', '}', ']', ' ', '\t', '\r', '\n':
		return true
	}
	return false
}
