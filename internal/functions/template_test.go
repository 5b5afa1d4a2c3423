package functions_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/engine"
)

func TestTemplates(t *testing.T) {
	e := open(t)
	compareTable(t, e, "name_template.tsv", "name", "name_template")
	compareTable(t, e, "path_template.tsv", "path", "path_template")
}

// What a template is of a template is itself, and capitals make no difference.
func TestTemplateOfATemplate(t *testing.T) {
	e := open(t)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([a-fA-F]{0,5}|[a-zA-Z]{0,4}|[0-9a-f]{1,9}|[0-9]{1,3}|[_. #{}\\/@-]|\\Users\\|/home/|\\windows\\system32\\|\(x86\)|_[0-9a-f]{3,9}){0,8}`).Draw(t, "s")
		for _, f := range []string{"name_template", "path_template"} {
			var once, twice, upper string
			query := fmt.Sprintf("select %[1]s(s), %[1]s(%[1]s(s)), %[1]s(upper(s)) from (select %[2]s as s)", f, engine.QuoteText(s))
			if err := e.Scan(t.Context(), query, &once, &twice, &upper); err != nil {
				t.Fatal(err)
			}
			if once != twice || once != upper {
				t.Fatalf("%s(%q): %q, again %q, in capitals %q", f, s, once, twice, upper)
			}
		}
	})
}

// Names that differ in a number, a GUID or a user's suffix alone have one template.
func TestNamesThatDifferInNumbers(t *testing.T) {
	e := open(t)
	rapid.Check(t, func(t *rapid.T) {
		stem := rapid.StringMatching(`[A-Z][g-z]{2,8}`).Draw(t, "stem")
		form := rapid.SampledFrom([]string{`[1-9][0-9]{0,8}`, `_[0-9a-f]{5}`, `-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, ` [0-9]\.[0-9]{1,3}\.[0-9]{4}`}).Draw(t, "form")
		one, other := stem+rapid.StringMatching(form).Draw(t, "one"), stem+rapid.StringMatching(form).Draw(t, "other")
		var a, b string
		if err := e.Scan(t.Context(), "select name_template("+engine.QuoteText(one)+"), name_template("+engine.QuoteText(other)+")", &a, &b); err != nil {
			t.Fatal(err)
		}
		if a != b {
			t.Fatalf("%q is %q, %q is %q", one, a, other, b)
		}
	})
}

// Names drawn at random stay apart: one template for all would make each of them common.
func TestRandomNamesStayApart(t *testing.T) {
	e := open(t)
	var names, templates int64
	if err := e.Scan(t.Context(), `
		select count(*), count(distinct name_template(name))
		from (select array_to_string(list_transform(range(8), lambda i: chr(97 + (hash(n * 8 + i) % 26)::integer)), '') as name from range(2000) as t(n))`, &names, &templates); err != nil {
		t.Fatal(err)
	}
	if templates != names {
		t.Errorf("%d random names have %d templates", names, templates)
	}
}

func TestSystemAccounts(t *testing.T) {
	e := open(t)
	for account, want := range map[string]string{
		`NT AUTHORITY\SYSTEM`: "true", `corp\PC1$`: "true", `\root`: "true", `Window Manager\DWM-1`: "true", `NT SERVICE\MSSQLSERVER`: "true",
		`\LocalSystem`: "true", `corp\ada`: "false", `pc1\administrator`: "false", `\`: "false",
	} {
		domain, name, _ := strings.Cut(account, `\`)
		if got := value(t, e, "is_system_account("+text(domain)+", "+text(name)+")"); got != want {
			t.Errorf("%s: %s, want %s", account, got, want)
		}
	}
}
