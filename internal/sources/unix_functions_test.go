package sources

import (
	"context"
	"testing"

	"smew/internal/engine"
	"smew/internal/functions"
)

// unixFunctions has a line for each: an expression over a text x, x, what it gives.
// NULL is null.
var unixFunctions = []struct{ expression, x, want string }{
	{`epoch_time(x)`, `1771149600.5`, `2026-02-15 10:00:00.5`},
	{`epoch_time(x)`, ` 1771149600 `, `2026-02-15 10:00:00`},
	{`epoch_time(x)`, `1771149600.123456789`, `2026-02-15 10:00:00.123456789`},
	{`epoch_time(x)`, `9999999999`, `null`}, // after 2262
	{`epoch_time(x)`, `17711496000`, `null`},
	{`epoch_time(x)`, `-1`, `null`},
	{`epoch_time(x)`, `1.7e9`, `null`},
	{`epoch_time(x)`, ``, `null`},

	{`argv_line(string_split(x, '|'))`, `sh|-c|echo a`, `sh -c "echo a"`},
	{`argv_line(string_split(x, '|'))`, `a||b"c\`, `a "" "b\"c\"`},
	{`argv_line([x[2:]])`, `x`, `""`},
	{`argv_line(list_filter([x], lambda a: false))`, `x`, `null`},

	{`tidy_path(x)`, `/a/./b//../c/`, `/a/c`},
	{`tidy_path(x)`, `/../..`, `/`},
	{`tidy_path(x)`, `/a/..b/.c/d..`, `/a/..b/.c/d..`},
	{`tidy_path(x)`, `a/../b`, `a/../b`},
	{`tidy_path(x)`, ``, ``},
	{`length(tidy_path(repeat(x, 100000)))`, `/./`, `300000`}, // not worked at for ever
	{`unix_path(x, 'b')`, `/a`, `/a/b`},
	{`unix_path(x, '../b')`, `/a/c`, `/a/b`},
	{`unix_path(x, '/b/..')`, `/a`, `/`},
	{`unix_path(x, 'b')`, ``, `null`},
	{`unix_path(null, x)`, `/b`, `/b`},
	{`unix_is_folder(x::integer)`, `16877`, `true`},
	{`unix_is_folder(x::integer)`, `33188`, `false`},
	{`unix_is_folder(null)`, ``, `false`},
	{`without_nulls({'a': x, 'b': null, 'c': 1})`, `"`, `{"a":"\"","c":1}`},
	{`without_nulls({'a': nullif(x, 'x')})`, `x`, `null`},
	{`json_texts(x)`, `["a",1,null]`, `[a, 1, NULL]`},
	{`json_texts(x)`, `"a"`, `null`},
	{`json_texts(x)`, `[`, `null`},

	{`audit_text(x)`, `"a b"`, `a b`},
	{`audit_text(x)`, `2F746D70`, `/tmp`},
	{`audit_text(x)`, `E282AC`, `€`},
	{`audit_text(x)`, `FF41`, `\xFFA`},
	{`audit_text(x)`, `2f74`, `2f74`}, // the kernel writes capitals
	{`audit_text(x)`, `2F7`, `2F7`},
	{`audit_text(x)`, `""`, `null`},
	{`audit_text(x)`, `(null)`, `null`},
	{`audit_title(x)`, `6C73002D6C00`, `ls -l`},
	{`audit_title(x)`, `6100300062`, `a 0 b`},
	{`audit_title(x)`, `61300162`, "a0\x01b"}, // no byte is 00
	{`audit_title(x)`, `6C7300FF`, `ls \xFF`},
	{`audit_title(x)`, `00`, `null`},
	{`audit_title(x)`, `"6100"`, `6100`},
	{`audit_field(x, 'a1')`, `a11=3 a1=2`, `2`},
	{`audit_field(x, 'exe')`, `comm="exe=1" exe="/bin/x y"`, `"/bin/x y"`},
	{`audit_field(x, 'UID')`, "uid=0\x1dUID=\"root\" AUID=\"bob\"", `"root"`},
	{`audit_field(x, 'res')`, `msg='unit=a res=success'`, `success`},
	{`audit_field(x, 'exe')`, `comm="'exe=/bin/ls" exe="/tmp/x"`, `"/tmp/x"`},
	{`audit_field(x, 'exe')`, `comm="#035exe=/bin/ls" exe="/tmp/x"`, `"/tmp/x"`},
	{`audit_service('SERVICE_START', x).Unit`, `pid=1 msg='unit=a comm="x" res=success'`, `a`},
	{`audit_field(audit_split(x)[1].text, 'UID')`, `type=A uid=0#035ARCH=x86_64 UID="root" AUID="bob"`, `"root"`},
	{`audit_field(audit_split(x)[1].text, 'UID')`, `type=A comm="#035UID=root" exe="/tmp/x"`, ``},
	{`audit_field(audit_split(x)[1].text, 'UID')`, `type=A comm="#035UID=a" exe="/tmp/x"#035UID="bob"`, `"bob"`},
	{`audit_field(x, 'pid')`, `ppid=1`, ``},
	{`audit_argv(audit_split(x))`, `type=EXECVE msg=audit(1.0:1): argc=3 a0="a" a1=622063 a2=""`, `[a, b c, '']`},
	{`audit_argv(audit_split(x))`, "type=EXECVE msg=audit(1.0:1): a2=\"c\"\ntype=EXECVE msg=audit(1.0:1): a0=\"a\" a1=\"b\"", `[a, b, c]`},
	{`audit_argv(audit_split(x))`, `type=EXECVE msg=audit(1.0:1): a0_len=4 a0[0]="ab" a0[1]=63 a0[2]="d" a1="61"`, `[abcd, 61]`},
	{`audit_argv(audit_split(x))`, "type=EXECVE msg=audit(1.0:1): a0=\"a\"\ntype=EXECVE msg=audit(1.0:1): a0=\"a\"", `[a]`},
	{`audit_argv(audit_split(x))`, `type=SYSCALL msg=audit(1.0:1): a0=1`, `[]`},
	{`audit_syscall(x, '59')`, `c000003e`, `execve`},
	{`audit_syscall(x, '221')`, `c00000b7`, `execve`},
	{`audit_syscall(x, '11')`, `40000003`, `execve`},
	{`audit_syscall(x, '11')`, `40000028`, `execve`},
	{`audit_syscall(x, '322')`, `40000028`, `openat`},
	{`audit_syscall(x, '322')`, `c000003e`, `execveat`},
	{`audit_syscall(x, '59')`, `c00000b7`, `null`},
	{`audit_syscall(x, '59')`, `80000016`, `null`},
	{`audit_syscall(x, 'openat')`, `x86_64`, `openat`},
	{`audit_syscall(x, '')`, `c000003e`, `null`},
	{`audit_is_folder(x)`, `040755`, `true`},
	{`audit_is_folder(x)`, `0100644`, `false`},
	{`audit_is_file(x)`, `0100644`, `true`},
	{`audit_is_file(x)`, ``, `true`},
	{`audit_is_file(x)`, `020666`, `false`},
	{`audit_is_file(x)`, `0140777`, `false`},
	{`audit_head(x).Device`, `node=web01 type=SYSCALL msg=audit(1.5:9): a=b`, `web01`},
	{`audit_head(x).Time`, `type=SYSCALL msg=audit(1771149600.5:9): a=b`, `2026-02-15 10:00:00.5`},
	{`audit_no_time(audit_head(x))`, `type=SYSCALL a=b`, `no time recorded: the lines lack msg=audit(…)`},

	{`file_url_path(x)`, `file:///Library/a%20b.plist`, `/Library/a b.plist`},
	{`file_url_path(x)`, `file://localhost/a`, `/a`},
	{`file_url_path(x)`, `/a%20b`, `/a%20b`},
	{`launch_item_name(x)`, `/Library/LaunchDaemons/com.x.plist`, `com.x`},
	{`launch_item_name(x)`, `/Applications/X.app/`, `X`},
	{`launch_item_name(x)`, ``, `null`},
	{`jamf_arguments(x::json)`, `{"1":"a","10":"c","2":"b"}`, `[a, b, c]`},
	{`jamf_arguments(x::json)`, `["a"]`, `null`},
	{`santa_arguments(string_split(x, ','))`, `Y3VybA==,YQ==`, `[curl, a]`},
	{`santa_arguments(string_split(x, ','))`, `true,-x`, `[true, -x]`},
	{`ecs_list(x::json)`, `["Created","updated"]`, `[created, updated]`},
	{`ecs_list(x::json)`, `"Exec"`, `[exec]`},
}

func TestUnixFunctions(t *testing.T) {
	ctx := context.Background()
	e, err := engine.Open(ctx, engine.Options{Threads: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if err := functions.Install(ctx, e); err != nil {
		t.Fatal(err)
	}
	for _, f := range unixFunctions {
		var got string
		query := "select coalesce((" + f.expression + ")::varchar, 'null') from (select unnest([" + engine.QuoteText(f.x) + "]) as x)"
		if err := e.Scan(ctx, query, &got); err != nil {
			t.Errorf("%s of %q: %v", f.expression, f.x, err)
			continue
		}
		if got != f.want {
			t.Errorf("%s of %q is %q, want %q", f.expression, f.x, got, f.want)
		}
	}
}
