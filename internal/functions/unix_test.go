package functions_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/engine"
)

// calls runs a table whose rows name a function, one or two arguments (the second
// empty where there is none, "-" for an empty one) and the answer.
func calls(t *testing.T, name string) {
	t.Helper()
	e := open(t)
	for _, r := range readTable(t, name, "function", "argument", "second", "want") {
		args := []string{r.cells[1]}
		switch r.cells[2] {
		case "":
		case "-":
			args = append(args, "")
		default:
			args = append(args, r.cells[2])
		}
		compare(t, e, r, r.cells[3], r.cells[0], args...)
	}
}

func TestShell(t *testing.T)       { calls(t, "shell.tsv") }
func TestUnixPayload(t *testing.T) { calls(t, "unix_payload.tsv") }
func TestUnit(t *testing.T)        { calls(t, "unit.tsv") }
func TestInitScript(t *testing.T)  { calls(t, "init_script.tsv") }
func TestLaunchd(t *testing.T)     { calls(t, "launchd.tsv") }
func TestContainer(t *testing.T)   { calls(t, "container.tsv") }

// unixFunctions are those of one text, and of a program's name and its line.
var unixFunctions = []string{
	"shell_words(c)::varchar", "shell_program(c)", "is_volatile_path(c)", "is_hidden_file(c)", "unix_actor(c, c)",
	"written_paths('bash', c)::varchar", "written_paths('cp', c)::varchar", "written_paths('sed', c)::varchar", "written_paths(c, c)::varchar",
	"echoed_text(c)", "unix_payload_reasons(c)", "unit_place(c)", "unit_of_path(c)", "unit_written('tee', c)", "unit_exec(c)",
	"systemctl_verb(c)", "systemctl_unit(c)", "systemctl_names(c, c)", "systemd_run_payload(c)", "systemd_bus_call(c)", "init_place(c)",
	"init_name(c)", "init_written('cp', c)", "init_made_runnable(c)", "init_registered(c)", "launch_place(c)", "launch_label(c)",
	"launch_written('defaults', c)", "launch_payload(c)", "launch_starts_itself(c)", "launchctl_verb(c)", "launchctl_path(c)",
	"launchctl_label(c)", "launchctl_payload(c)", "container_restart(c)", "container_unit(c)", "container_api(c)", "container_name(c)",
	"container_payload(c)", "container_reasons(c)", "container_place(c)", "container_written('sh', c)", "kube_place(c)", "kube_written('cp', c)",
	"kube_change(c)", "kubelet_pod_source(c)", "launch_item_kind(c)", "path_has_dots(c)", "fold_dots(c)", "shell_breaks_words(c)",
	"shell_unbroken(c)", "systemctl_words(c)", "launchctl_words(c)", "without_proc_root(c)", "true_path(c)",
}

var unixParts = []string{
	"/", "~", "$HOME", "/etc/systemd/system/", "/tmp/", "x.service", ".x", ".d/", "y.conf", "/Library/LaunchDaemons/", "x.plist", "bash", "-c",
	"systemctl", "enable", "launchctl", "load", "docker run", "--restart", "always", "kubectl apply", "-f", "daemonset", " ", "  ", "\n", "\t", `"`,
	`'`, `\`, ">", ">>", "|", "EOF", "<<", "/../", "/./", "//", "/proc/1/root/", "''", `""`, `\"\"`, "é", "\u212a", "ExecStart=", "%", "[", "(", "@", "+",
}

// TestUnixLaws: whatever the text, no function fails and none returns NULL.
func TestUnixLaws(t *testing.T) {
	e := open(t)
	tests := make([]string, len(unixFunctions))
	for i, f := range unixFunctions {
		tests[i] = fmt.Sprintf("case when (%s) is null then %s end", f, engine.QuoteText(f))
	}
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(unixParts), 0, 10).Draw(t, "parts"), "")
	})
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(text, 50, 50).Draw(t, "texts")
		var broken string
		query := "select coalesce(string_agg(distinct broken), '') from (select concat_ws(' ', " + strings.Join(tests, ", ") +
			") as broken from (select unnest(" + engine.QuoteTexts(texts) + " || [null]) as c)) where broken <> ''"
		if err := e.Scan(context.Background(), query, &broken); err != nil {
			t.Fatal(err)
		}
		if broken != "" {
			t.Errorf("NULL from %s over %q", broken, texts)
		}
	})
}

// TestShellWordsBrokenAndMended: quotes and backslashes within the words of a shell's
// text are taken out again, and so are the dots and slashes within its paths.
func TestShellWordsBrokenAndMended(t *testing.T) {
	e := open(t)
	words := []string{"systemctl", "enable", "kubectl", "tee", "/etc/systemd/system/evil.service", "/Library/LaunchAgents/com.x.plist"}
	breaks := []string{`''`, `""`, `\"\"`, `\`}
	detours := []string{"//", "/./", "/a/../", "/.a/../", "/a/b/../../", "/a/./..//"}
	rapid.Check(t, func(t *rapid.T) {
		var plain, broken, detour []string
		for _, w := range rapid.SliceOfN(rapid.SampledFrom(words), 1, 5).Draw(t, "words") {
			at := rapid.IntRange(1, len(w)-2).Draw(t, "at")
			with := rapid.SampledFrom(breaks).Draw(t, "with")
			if with == `\` && (w[at] == '/' || w[at] == '.' || w[at-1] == '.') {
				with = ""
			}
			plain = append(plain, w)
			broken = append(broken, w[:at]+with+w[at:])
			detour = append(detour, strings.Replace(w, "/", rapid.SampledFrom(detours).Draw(t, "detour"), 1))
		}
		want := strings.Join(plain, " ")
		var unbroken, folded string
		query := "select shell_unbroken(" + engine.QuoteText(strings.Join(broken, " ")) + "), fold_dots(" + engine.QuoteText(strings.Join(detour, " ")) + ")"
		if err := e.Scan(context.Background(), query, &unbroken, &folded); err != nil {
			t.Fatal(err)
		}
		if unbroken != want {
			t.Errorf("%q is read as %q", broken, unbroken)
		}
		if folded != want {
			t.Errorf("%q is folded to %q", detour, folded)
		}
	})
}
