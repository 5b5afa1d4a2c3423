package evtx

import (
	"bytes"
	"strconv"
)

// key begins a member of the present object that may have one of that name:
// the second Name becomes Name_2.
func (d *decoder) key(out, name []byte) ([]byte, error) {
	d.keyed = true
	object := out[d.objects[len(d.objects)-1]+1:]
	taken := name
	for n := 2; ; n++ {
		if d.work -= 1 + len(object)/16; d.work < 0 {
			return out, errWork
		}
		if !hasKey(object, taken) {
			break
		}
		taken = strconv.AppendInt(append(bytes.Clone(name), '_'), int64(n), 10)
	}
	out = append(out, '"')
	out = append(out, taken...)
	return append(out, `":`...), nil
}

// hasKey looks for a member in the text of an object that is being written.
func hasKey(object, key []byte) bool {
	depth := 0
	for i := 0; i < len(object); i++ {
		switch object[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			end := stringEnd(object, i+1)
			if depth == 0 && end+1 < len(object) && object[end+1] == ':' && bytes.Equal(object[i+1:end], key) {
				return true
			}
			i = end
		}
	}
	return false
}

// stringEnd finds the quote that ends a JSON string.
func stringEnd(text []byte, from int) int {
	for i := from; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text)
}
