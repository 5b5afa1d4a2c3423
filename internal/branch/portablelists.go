package branch

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// shared are the functions and operators, by their names in DuckDB's parse tree,
// that both engines answer alike.
var shared = set(`
	lower upper strpos position starts_with ^@ substr substring length reverse replace split_part split trim ltrim rtrim
	concat concat_ws || lpad translate ~~ !~~ like_escape not_like_escape chr url_decode from_hex from_base64
	regexp_extract_all
	nullif abs mod % floor ln log2 log10 log + - *
	contains array_distinct array_sort filter row unnest array_extract
	date_diff date_trunc date_part hour year
	to_seconds to_minutes to_hours to_days to_months to_years
	count count_star count_if bool_or any_value max_by min_by array_agg min max sum avg
	row_number rank dense_rank lag lead first_value last_value ntile
`)

// oneEngine are those that only DuckDB has, with what to write instead.
var oneEngine = map[string]string{
	"~~*": "write has, contains_i or eq_i", "!~~*": "write not contains_i or neq_i",
	"~~~": "write LIKE or a function of sql/functions", "ilike_escape": "write contains_i", "not_ilike_escape": "write not contains_i",
	"regexp_matches": "write has, has_any, hasprefix or a function of sql/functions", "regexp_full_match": "write a function of sql/functions",
	"regexp_like": "write a function of sql/functions",
	"len":         "write length", "string_split": "write split", "str_split": "write split", "string_to_array": "write split",
	"ends_with": "write a LIKE, or compare substr", "suffix": "write a LIKE", "prefix": "write starts_with",
	"string_agg": "write array_agg(x ORDER BY …) and a function of sql/functions", "listagg": "write array_agg(x ORDER BY …)", "group_concat": "write array_agg(x ORDER BY …)",
	"array_to_string": "write concat_ws over the columns", "array_join": "write concat_ws over the columns",
	"transform": "write a function of sql/functions", "any_match": "write filter(ARRAY[…], x -> …)",
	"cardinality": "write a function of sql/functions", "epoch": "write date_diff", "to_unixtime": "write date_diff",
	"percentile_cont": "write a function of sql/functions", "quantile_cont": "write a function of sql/functions",
	"sha256": "write a function of sql/functions", "sha1": "write a function of sql/functions", "entropy": "write a function of sql/functions",
	"printf": "write ||", "ascii": "write a function of sql/functions", "unicode": "write a function of sql/functions", "codepoint": "write a function of sql/functions", "ord": "write a function of sql/functions",
	"&": "write a function of sql/functions", "|": "write a function of sql/functions", "<<": "write a function of sql/functions", ">>": "write a function of sql/functions", "~": "write a function of sql/functions", "xor": "write a function of sql/functions",
	"//": "write floor of a quotient of doubles", "**": "write a function of sql/functions", "^": "write a function of sql/functions",
	"struct_pack": "write ROW(…)", "arg_max": "write max_by", "arg_min": "write min_by", "countif": "write count_if",
	"hash": "write a function of sql/functions", "now": "take the time from the events", "today": "take the time from the events",
}

// oneEngineFamilies are beginnings of the names of such functions.
var oneEngineFamilies = []struct{ prefix, instead string }{
	{"list_", "write the array function of the same meaning, or a function of sql/functions"},
	{"json_", "write json_text, which has a body for each engine"},
	{"levenshtein", "write a function of sql/functions"},
	{"damerau", "write a function of sql/functions"},
	{"jaro", "write a function of sql/functions"},
	{"approx_", "write the exact aggregate"},
	{"bit_", "write a function of sql/functions"},
	{"bitwise_", "write a function of sql/functions"},
	{"epoch_", "write date_diff"},
	{"struct_", "write ROW(…)"},
	{"map_", "write a function of sql/functions"},
}

// differs are those that both engines have and answer differently.
var differs = map[string]string{
	"/":              "1/2 is 0.5 on DuckDB and 0 on Trino: cast one side to DOUBLE first, and leave the division to a function of sql/functions",
	"regexp_extract": "without a match it is '' on DuckDB and NULL on Trino: use a function of sql/functions, which decides once",
	"regexp_replace": "DuckDB replaces the first match and writes \\1, Trino replaces all and writes $1: use a function of sql/functions",
	"greatest":       "with a NULL it is the other value on DuckDB and NULL on Trino: coalesce every argument",
	"least":          "with a NULL it is the other value on DuckDB and NULL on Trino: coalesce every argument",
	"md5":            "it is text on DuckDB and bytes on Trino: use a function of sql/functions",
	"repeat":         "it is text on DuckDB and an array on Trino: avoid it",
	"format":         "its placeholders are {} on DuckDB and %s on Trino: write ||",
}

// shownFunction is a function as people write it.
func shownFunction(name string) string {
	if name == "~~*" || name == "!~~*" || name == "ilike_escape" || name == "not_ilike_escape" {
		return "ILIKE"
	}
	if name == "~~~" {
		return "GLOB"
	}
	return name
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// sorted gives a map's entries by key, so that a walk has one order.
func sorted(m map[string]any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
