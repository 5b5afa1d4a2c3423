package fields

// maxDepth is how deep brackets may be inside a field.
const maxDepth = 64

// walk goes over an object or array from its bracket on and returns where it
// ends, -1 for what is left to the database. To out, if there is one, it adds the
// value as DuckDB writes it: without white space, with no escape that need not be.
func walk(b []byte, i int, out *[]byte, depth int) int {
	open := b[i]
	shut := open + 2 // '[' and ']', '{' and '}' are two apart
	put(out, open)
	if j := space(b, i+1); j < len(b) && b[j] == shut {
		put(out, shut)
		return j + 1
	}
	if depth == maxDepth {
		return -1
	}
	for i++; ; i++ {
		if open == '{' {
			if i = name(b, space(b, i), out); i < 0 {
				return -1
			}
		}
		if i = element(b, space(b, i), out, depth); i < 0 {
			return -1
		}
		if i = space(b, i); i == len(b) {
			return -1
		}
		put(out, b[i])
		switch b[i] {
		case ',':
		case shut:
			return i + 1
		default:
			return -1
		}
	}
}

func put(out *[]byte, c byte) {
	if out != nil {
		*out = append(*out, c)
	}
}

// name goes over a field's name and its colon.
func name(b []byte, i int, out *[]byte) int {
	if i == len(b) || b[i] != '"' {
		return -1
	}
	if i = quoted(b, i, out); i < 0 {
		return -1
	}
	if i = space(b, i); i == len(b) || b[i] != ':' {
		return -1
	}
	put(out, ':')
	return i + 1
}

// element goes over one value inside another.
func element(b []byte, i int, out *[]byte, depth int) (end int) {
	if i == len(b) {
		return -1
	}
	switch b[i] {
	case '{', '[':
		return walk(b, i, out, depth+1)
	case '"':
		return quoted(b, i, out)
	}
	last := -1
	switch b[i] {
	case 't', 'f', 'n':
		end = word(b, i)
		last = end
	default:
		end, last = number(b, i)
	}
	if out == nil || end < 0 {
		return end
	}
	if last < 0 {
		return -1
	}
	*out = append(*out, b[i:last]...)
	return end
}

// quoted goes over a string from its opening quote on.
func quoted(b []byte, i int, out *[]byte) int {
	if out == nil {
		return skipText(b, i+1)
	}
	put(out, '"')
	i++
	for {
		end := plain(b, i)
		if end == len(b) {
			return -1
		}
		*out = append(*out, b[i:end]...)
		switch b[end] {
		case '"':
			put(out, '"')
			return end + 1
		case '\\':
			var c rune
			if c, i = escape(b, end); i < 0 {
				return -1
			}
			*out = appendEscaped(*out, c)
		default:
			return -1
		}
	}
}
