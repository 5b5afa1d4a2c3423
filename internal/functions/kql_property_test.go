package functions_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"smew/internal/engine"
)

// The rule, said a second time and in another way: by looking at every place
// where the needle may stand, one character at a time.

func isTerm(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func sameLetter(a, b rune, exact bool) bool {
	if a == b || exact {
		return a == b
	}
	for r := unicode.SimpleFold(a); r != a; r = unicode.SimpleFold(r) {
		if r == b {
			return true
		}
	}
	return false
}

// stands reports whether n stands somewhere in h so that both its edges are as
// asked.
func stands(haystack, needle string, left, right, exact bool) bool {
	h, n := []rune(haystack), []rune(needle)
	for at := 0; at+len(n) <= len(h); at++ {
		same := true
		for i := range n {
			same = same && sameLetter(h[at+i], n[i], exact)
		}
		after := at + len(n)
		fusedLeft := left && len(n) > 0 && isTerm(n[0]) && at > 0 && isTerm(h[at-1])
		fusedRight := right && len(n) > 0 && isTerm(n[len(n)-1]) && after < len(h) && isTerm(h[after])
		if same && !fusedLeft && !fusedRight {
			return true
		}
	}
	return false
}

func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// reference has the answer of each function for a haystack and needles.
var reference = map[string]func(h string, n []string) bool{
	"has(h, n[1])":          func(h string, n []string) bool { return stands(h, n[0], true, true, false) },
	"has_cs(h, n[1])":       func(h string, n []string) bool { return stands(h, n[0], true, true, true) },
	"hasprefix(h, n[1])":    func(h string, n []string) bool { return stands(h, n[0], true, false, false) },
	"hasprefix_cs(h, n[1])": func(h string, n []string) bool { return stands(h, n[0], true, false, true) },
	"hassuffix(h, n[1])":    func(h string, n []string) bool { return stands(h, n[0], false, true, false) },
	"hassuffix_cs(h, n[1])": func(h string, n []string) bool { return stands(h, n[0], false, true, true) },
	"contains_i(h, n[1])":   func(h string, n []string) bool { return stands(h, n[0], false, false, false) },
	"has_any(h, n)":         func(h string, n []string) bool { return someStand(h, n, false) > 0 },
	"has_any_cs(h, n)":      func(h string, n []string) bool { return someStand(h, n, true) > 0 },
	"has_all(h, n)":         func(h string, n []string) bool { return someStand(h, n, false) == len(n) },
	"eq_i(h, n[1])":         func(h string, n []string) bool { return foldASCII(h) == foldASCII(n[0]) },
	"neq_i(h, n[1])":        func(h string, n []string) bool { return foldASCII(h) != foldASCII(n[0]) },
	"in_i(h, n)":            func(h string, n []string) bool { return oneEquals(h, n) },
	"not_in_i(h, n)":        func(h string, n []string) bool { return !oneEquals(h, n) },
	"fold(h) = fold(n[1])":  func(h string, n []string) bool { return foldASCII(h) == foldASCII(n[0]) },
}

func someStand(h string, needles []string, exact bool) (count int) {
	for _, n := range needles {
		if stands(h, n, true, true, exact) {
			count++
		}
	}
	return count
}

func oneEquals(h string, needles []string) bool {
	for _, n := range needles {
		if foldASCII(h) == foldASCII(n) {
			return true
		}
	}
	return false
}

// alphabet has a letter of each kind that folds in its own way (U+212A, U+017F,
// U+0130), letters without case, digits of other scripts, marks, separators and
// whatever a pattern could take for its own.
var alphabet = []rune("aabbAB1éÉßẞkKsSſ\u212aiI\u0130日٣²_\\.%-/ \n\t$^()[]*+?|{}'\"\u0301")

func word(limit int) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom(alphabet), 0, limit, -1)
}

// pair is a haystack with needles, some of them cut from it.
func pair(t *rapid.T) (string, []string) {
	h := word(10).Draw(t, "haystack")
	runes := []rune(h)
	needles := make([]string, rapid.IntRange(1, 11).Draw(t, "needles"))
	for i := range needles {
		if rapid.Bool().Draw(t, "cut") && len(runes) > 0 {
			from := rapid.IntRange(0, len(runes)-1).Draw(t, "from")
			to := rapid.IntRange(from, min(len(runes), from+4)).Draw(t, "to")
			needles[i] = string(runes[from:to])
			continue
		}
		needles[i] = word(3).Draw(t, "needle")
	}
	return h, needles
}

func TestRule(t *testing.T) {
	e := open(t)
	var expressions []string
	for expression := range reference {
		expressions = append(expressions, expression)
	}
	rapid.Check(t, func(t *rapid.T) {
		h, needles := pair(t)
		for _, from := range []string{
			fmt.Sprintf("(select unnest([%s]) as h, unnest([%s]) as n)", engine.QuoteText(h), engine.QuoteTexts(needles)),
			fmt.Sprintf("(select %s as h, %s as n)", engine.QuoteText(h), engine.QuoteTexts(needles)),
		} {
			got := make([]bool, len(expressions))
			dest := make([]any, len(expressions))
			for i := range got {
				dest[i] = &got[i]
			}
			query := "select " + strings.Join(expressions, ", ") + " from " + from
			if err := e.Scan(context.Background(), query, dest...); err != nil {
				t.Fatalf("%v\n%s", err, query)
			}
			for i, expression := range expressions {
				if want := reference[expression](h, needles); got[i] != want {
					t.Errorf("%s = %v, want %v, with h = %q, n = %q, from %s", expression, got[i], want, h, needles, from)
				}
			}
		}
	})
}
