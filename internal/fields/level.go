package fields

// level is what is known about one object of every record: its names, and how
// the records so far were laid out.
type level struct {
	names map[string]int32 // the wanted ones
	steps []step
	index map[string]int32 // steps by name
}

// step is one field as it was written last.
type step struct {
	// lead is all that stands between the bracket or comma before the field
	// and its value: the name, the colon, white space.
	lead   string
	target int32
	next   int32 // the step that came after it last time; 0 is none
}

// maxSteps and maxLead bound what is remembered: names come from the files.
const (
	maxSteps = 1024
	maxLead  = 256
)

func newLevel(names map[string]int32) level {
	// The first step stands for the opening bracket.
	return level{names: names, steps: make([]step, 1, 64), index: map[string]int32{}}
}

// object goes over an object of that level from behind its opening bracket and
// returns where it ends, -1 for what is left to the database.
func (r *Reader) object(l *level, b []byte, i int) int {
	if j := space(b, i); j < len(b) && b[j] == '}' {
		return j + 1
	}
	at := int32(0)
	for {
		target := int32(skipped)
		if next := l.steps[at].next; next != 0 && leads(b, i, l.steps[next].lead) {
			at = next
			i = space(b, i+len(l.steps[at].lead))
			target = l.steps[at].target
		} else {
			i, at, target = l.name(b, i, at)
			if i < 0 {
				return -1
			}
		}
		if i = r.field(b, i, target); i < 0 {
			return -1
		}
		if i < len(b) && b[i] == ',' {
			i++
			continue
		}
		if i = space(b, i); i == len(b) {
			return -1
		}
		i++
		switch b[i-1] {
		case ',':
		case '}':
			return i
		default:
			return -1
		}
	}
}

func leads(b []byte, i int, lead string) bool {
	return len(b)-i >= len(lead) && string(b[i:i+len(lead)]) == lead
}

// name reads a field's name and what stands around it, up to its value, and
// remembers it as what comes after step prev.
func (l *level) name(b []byte, i int, prev int32) (value int, at, target int32) {
	start := i
	if i = space(b, i); i == len(b) || b[i] != '"' {
		return -1, 0, 0
	}
	end := plain(b, i+1)
	if end == len(b) || b[end] != '"' {
		return -1, 0, 0
	}
	name := b[i+1 : end]
	if i = space(b, end+1); i == len(b) || b[i] != ':' {
		return -1, 0, 0
	}
	i = space(b, i+1)
	target, wanted := l.names[string(name)]
	if !wanted {
		target = skipped
	}
	at = l.index[string(name)]
	if at == 0 {
		if len(l.steps) == maxSteps || i-start > maxLead {
			return i, 0, target
		}
		at = int32(len(l.steps))
		l.steps = append(l.steps, step{target: target})
		l.index[string(name)] = at
	}
	if i-start <= maxLead && string(b[start:i]) != l.steps[at].lead {
		l.steps[at].lead = string(b[start:i])
	}
	l.steps[prev].next = at
	return i, at, target
}

// field goes over one field's value and keeps it if it is wanted.
func (r *Reader) field(b []byte, i int, target int32) int {
	switch {
	case target == skipped:
		return skip(b, i)
	case target == holder:
		return r.hold(b, i)
	case r.seen[target] == r.record: // the first of a name counts
		return skip(b, i)
	}
	r.seen[target] = r.record
	if i < len(b) && b[i] == '"' {
		r.out[target], i = r.text(b, i+1)
		return i
	}
	r.out[target], i = r.other(b, i)
	return i
}

// hold goes over the object that holds the fields.
func (r *Reader) hold(b []byte, i int) int {
	if r.found {
		return skip(b, i)
	}
	if i == len(b) || b[i] != '{' {
		return -1
	}
	r.found = true
	return r.object(&r.inner, b, i+1)
}
