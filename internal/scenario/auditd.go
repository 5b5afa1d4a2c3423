package scenario

import (
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"time"
)

// parentsOf are the starts of the standing processes that start others: the audit
// log knows a parent by its number alone.
func (d *device) parentsOf(facts []fact) []fact {
	var list []fact
	seen := map[*actor]bool{}
	at := d.start.Add(-time.Minute)
	for _, name := range standingOrder {
		a := d.cast[name]
		for _, f := range facts {
			s, ok := f.what.(started)
			if ok && a != nil && s.who.parent == a && a.pid != 1 && !seen[a] {
				seen[a] = true
				list = append(list, fact{at, started{a}})
				at = at.Add(tick)
			}
		}
	}
	return list
}

// recordAudit writes the lines of the Linux audit log, with the names that auditd
// adds to numbers.
func recordAudit(w *writer, d *device, f fact) {
	switch what := f.what.(type) {
	case started:
		w.audit(f.at, "DeviceProcessEvents", auditExecve(what.who))
	case changed:
		w.audit(f.at, "DeviceFileEvents", auditChange(what))
	}
}

// audit writes the lines of one event.
func (w *writer) audit(at time.Time, table string, lines []string) {
	var b strings.Builder
	serial := w.device.count("audit")
	for _, l := range append(lines, "type=EOE") {
		kind, rest, _ := strings.Cut(l, " ")
		fmt.Fprintf(&b, "node=%s %s msg=audit(%d.%03d:%d): %s\n", w.device.name, kind, at.Unix(), at.Nanosecond()/1e6, serial, rest)
	}
	w.add("audit.log", table, b.String())
}

// auditQuoted is a value that somebody chose: in quotes, or in hexadecimal where it
// has what could be taken for its end.
func auditQuoted(s string) string {
	for _, c := range []byte(s) {
		if c <= ' ' || c == '"' || c > '~' {
			return strings.ToUpper(hex.EncodeToString([]byte(s)))
		}
	}
	return `"` + s + `"`
}

// auditCall is the line of the system call.
func auditCall(a *actor, pid, ppid, syscall, items int, a0, a1, a2 string) string {
	comm := a.file()
	comm = comm[:min(len(comm), 15)]
	return fmt.Sprintf(
		"type=SYSCALL arch=c000003e syscall=%d success=yes exit=0 a0=%s a1=%s a2=%s a3=0 items=%d ppid=%d pid=%d auid=%d uid=%d gid=%[9]d euid=%[9]d suid=%[9]d fsuid=%[9]d egid=%[9]d sgid=%[9]d fsgid=%[9]d tty=pts0 ses=3 comm=%[10]s exe=%[11]s subj=unconfined key=\"smew\"\x1dARCH=x86_64 AUID=\"%[12]s\" UID=\"%[12]s\"",
		syscall, a0, a1, a2, items, ppid, pid, a.user.uid, a.user.uid, auditQuoted(comm), auditQuoted(a.image), a.user.name,
	)
}

// auditTitle is the command line of the acting process, of which the kernel keeps
// 128 bytes.
func auditTitle(args []string) string {
	title := strings.Join(args, "\x00")
	return "type=PROCTITLE proctitle=" + strings.ToUpper(hex.EncodeToString([]byte(title[:min(len(title), 128)])))
}

func auditPath(item int, name, mode, kind string) string {
	return fmt.Sprintf("type=PATH item=%d name=%s inode=%d dev=08:01 mode=%s ouid=0 ogid=0 rdev=00:00 nametype=%s cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0",
		item, auditQuoted(name), 1000+item, mode, kind)
}

func (a *actor) ppid() int {
	if a.parent == nil {
		return 0
	}
	return a.parent.pid
}

func auditExecve(a *actor) []string {
	arguments := make([]string, len(a.args))
	for i, v := range a.args {
		arguments[i] = fmt.Sprintf("a%d=%s", i, auditQuoted(v))
	}
	return []string{
		auditCall(a, a.pid, a.ppid(), 59, 2, "55e6", "55e7", "55e8"),
		fmt.Sprintf("type=EXECVE argc=%d %s", len(a.args), strings.Join(arguments, " ")),
		"type=CWD cwd=" + auditQuoted(a.directory),
		auditPath(0, a.image, "0100755", "NORMAL"),
		auditPath(1, "/lib64/ld-linux-x86-64.so.2", "0100755", "NORMAL"),
		auditTitle(a.args),
	}
}

const (
	modeFile   = "0100644"
	modeFolder = "040755"
	modeLink   = "0120777"
)

func auditChange(c changed) []string {
	by := c.by
	parent := auditPath(0, path.Dir(c.Path)+"/", modeFolder, "PARENT")
	call := func(number, items int, a0, a1, a2 string) string {
		return auditCall(by, by.pid, by.ppid(), number, items, a0, a1, a2)
	}
	var lines []string
	switch {
	case c.Action == "created" && c.From != "":
		lines = []string{
			call(266, 3, "55e6", "ffffff9c", "55e8"), parent,
			auditPath(1, c.From, modeFile, "UNKNOWN"), auditPath(2, c.Path, modeLink, "CREATE"),
		}
	case c.Action == "created":
		lines = []string{call(257, 2, "ffffff9c", "55e6", "241"), parent, auditPath(1, c.Path, modeFile, "CREATE")}
	case c.Action == "modified":
		lines = []string{call(257, 2, "ffffff9c", "55e6", "441"), parent, auditPath(1, c.Path, modeFile, "NORMAL")}
	case c.Action == "deleted":
		lines = []string{call(263, 2, "ffffff9c", "55e6", "0"), parent, auditPath(1, c.Path, modeFile, "DELETE")}
	case c.Action == "renamed":
		lines = []string{
			call(316, 4, "ffffff9c", "55e6", "ffffff9c"), auditPath(0, path.Dir(c.From)+"/", modeFolder, "PARENT"),
			auditPath(1, path.Dir(c.Path)+"/", modeFolder, "PARENT"),
			auditPath(2, c.From, modeFile, "DELETE"), auditPath(3, c.Path, modeFile, "CREATE"),
		}
	}
	return append(lines, "type=CWD cwd="+auditQuoted(by.directory), auditTitle(by.args))
}
