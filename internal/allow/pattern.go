package allow

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pattern is a glob in the forms that SQL compares with. All of them are in
// lower case, A to Z alone, and are meant for text of which the same is true
// (the macro fold in sql/functions/kql.sql).
type Pattern struct {
	// Regexp is the pattern as RE2, anchored at both ends. It has no (?i):
	// that would also read ſ (U+017F) as s, and a folder C:\Windowſ is
	// anybody's to make.
	Regexp string
	// Prefix is the text that every match begins with: an index.
	Prefix string
	// Like is a LIKE pattern, escaped with ^, that matches whatever Regexp
	// matches and perhaps more. It is forty times cheaper to try.
	Like string
}

// Compile turns a glob into a [Pattern]. * is any run of characters other than
// \ and /, two or more stars are any run at all, every other character stands
// for itself. The case of A to Z does not matter; other letters must be written
// as they are recorded.
func Compile(glob string) Pattern {
	return compileParts(parts(glob))
}

// CompileAccount is [Compile] for an account, which is compared as
// domain\user, with nothing before the \ where the domain is unknown. A glob
// without \ is a user of any domain.
func CompileAccount(glob string) Pattern {
	list := parts(glob)
	if !strings.Contains(glob, `\`) {
		list = append([]part{{star: 1}, {char: '\\'}}, list...)
	}
	return compileParts(list)
}

// CompileDevice is [Compile] for a device: a glob without a dot is a device of any
// domain or of none.
func CompileDevice(glob string) []Pattern {
	if strings.Contains(glob, ".") {
		return []Pattern{Compile(glob)}
	}
	return []Pattern{Compile(glob), Compile(glob + ".**")}
}

// Literal says why no glob stands for the text alone, or "". A glob has no way to
// write a star that is one.
func Literal(text string) string {
	switch {
	case !utf8.ValidString(text):
		return "it is not UTF-8 text"
	case strings.Contains(text, "*"):
		return "it has a star in it, which a pattern reads as any text"
	case strings.IndexFunc(text, unicode.IsControl) >= 0:
		return "it has a control character in it"
	}
	return ""
}

// part is a piece of a glob: a character, or a run of stars.
type part struct {
	char rune
	star int // 0 a character, 1 within a segment, 2 anything
}

// accepts reports whether the part can stand for the character.
func (t part) accepts(r rune) bool {
	switch t.star {
	case 0:
		return t.char == r
	case 1:
		return r != '\\' && r != '/'
	default:
		return true
	}
}

// fold is lower case for A to Z alone. Other letters have look-alikes that
// become plain ones in lower case: İ (U+0130) and the Kelvin sign.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// parts splits a glob, in lower case.
func parts(glob string) []part {
	var list []part
	for _, r := range fold(glob) {
		last := len(list) - 1
		switch {
		case r != '*':
			list = append(list, part{char: r})
		case last >= 0 && list[last].star > 0:
			list[last].star = 2
		default:
			list = append(list, part{star: 1})
		}
	}
	return list
}

func compileParts(list []part) Pattern {
	var re, like, prefix strings.Builder
	re.WriteString("(?s)^")
	literal := true
	for _, t := range list {
		if t.star > 0 {
			literal = false
			like.WriteByte('%')
			re.WriteString([]string{1: `[^\\/]*`, 2: `.*`}[t.star])
			continue
		}
		if strings.ContainsRune("%_^", t.char) {
			like.WriteByte('^')
		}
		like.WriteRune(t.char)
		re.WriteString(regexp.QuoteMeta(string(t.char)))
		if literal {
			prefix.WriteRune(t.char)
		}
	}
	re.WriteByte('$')
	return Pattern{Regexp: re.String(), Prefix: prefix.String(), Like: like.String()}
}

// overlap reports whether some text is matched by both globs: it walks the
// pairs of positions that one common text can reach.
func overlap(a, b []part) bool {
	type pair struct{ i, j int }
	seen := map[pair]bool{}
	queue := []pair{{0, 0}}
	visit := func(i, j int) {
		if !seen[pair{i, j}] {
			seen[pair{i, j}] = true
			queue = append(queue, pair{i, j})
		}
	}
	for len(queue) > 0 {
		p := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if p.i == len(a) && p.j == len(b) {
			return true
		}
		if p.i < len(a) && a[p.i].star > 0 {
			visit(p.i+1, p.j) // the star stands for nothing more
			if p.j < len(b) && b[p.j].star == 0 && a[p.i].accepts(b[p.j].char) {
				visit(p.i, p.j+1)
			}
		}
		if p.j < len(b) && b[p.j].star > 0 {
			visit(p.i, p.j+1)
			if p.i < len(a) && a[p.i].star == 0 && b[p.j].accepts(a[p.i].char) {
				visit(p.i+1, p.j)
			}
		}
		if p.i < len(a) && p.j < len(b) && a[p.i].star == 0 && b[p.j].star == 0 && a[p.i].char == b[p.j].char {
			visit(p.i+1, p.j+1)
		}
	}
	return false
}

const (
	maxPattern     = 512 // characters; RE2 slows down past a few thousand
	maxPatternRuns = 8   // runs of two or more stars
)

// checkPattern says what is wrong with a pattern of that kind, or "".
func checkPattern(k kind, glob string) string {
	if strings.TrimSpace(glob) == "" {
		return "an empty pattern matches nothing"
	}
	if n := utf8.RuneCountInString(glob); n > maxPattern {
		return fmt.Sprintf("a pattern of %d characters is too long: at most %d", n, maxPattern)
	}
	if strings.Count(glob, "**") > maxPatternRuns {
		return fmt.Sprintf("a pattern has at most %d runs of **", maxPatternRuns)
	}
	switch k {
	case idKind:
		return checkID(glob)
	case pathKind:
		return checkPath(fold(glob))
	case accountKind:
		return checkAccount(glob)
	case deviceKind:
		return "" // two letters and a star name many a group of devices
	default:
		return checkText(glob)
	}
}

var branchID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func checkID(s string) string {
	if !branchID.MatchString(s) {
		return fmt.Sprintf("%q is not the id of a branch, like W04 (patterns are not read here)", s)
	}
	return ""
}

// commonWords are what is left of a pattern that names nothing.
var commonWords = regexp.MustCompile(`\.(exe|dll|sys|com|bat|cmd|ps1)\b`)

var letters = regexp.MustCompile(`[\pL\pN]`)

// checkText wants a pattern with stars to name something besides.
func checkText(glob string) string {
	if !strings.Contains(glob, "*") {
		return ""
	}
	core := commonWords.ReplaceAllString(fold(glob), "")
	if len(letters.FindAllString(core, 3)) < 3 {
		return fmt.Sprintf("%q matches nearly everything; spell out three letters or digits at least", glob)
	}
	return ""
}

func checkAccount(glob string) string {
	_, user, found := strings.Cut(glob, `\`)
	if strings.Contains(user, `\`) {
		return fmt.Sprintf(`%q is not an account: DOMAIN\user or user`, glob)
	}
	if !found {
		user = glob
	}
	return checkText(user)
}
