package allow

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	driveAnchor = regexp.MustCompile(`^[a-z]:\\`)
	shareAnchor = regexp.MustCompile(`^\\\\[^\\]`)
	unixAnchor  = regexp.MustCompile(`^/[^/]`)
)

// serviceManager makes and starts services for whoever asks. sql/hunt/cases.sql puts in
// its place who that was, so an entry that names it would never match.
const serviceManager = `c:\windows\system32\services.exe`

// checkAsker refuses the service manager as a client, or gives "".
func checkAsker(glob string) string {
	if fold(glob) == serviceManager {
		return fmt.Sprintf("%q can never match: it does what others ask of it; name the program that asks, or leave the key out", glob)
	}
	return ""
}

// checkPath wants a path pattern, in lower case, that begins at a root and
// spells out its first folder. A file name alone is worthless: anything can be
// called msiexec.exe, so it is refused however it is dressed up with stars.
func checkPath(glob string) string {
	separator, spelled := `\`, 1
	switch {
	case driveAnchor.MatchString(glob):
	case strings.HasPrefix(glob, `\\?\`), strings.HasPrefix(glob, `\\.\`), strings.HasPrefix(glob, `\??\`):
		return fmt.Sprintf(`%q can never match: paths are compared in the form c:\…, without %s`, glob, glob[:4])
	case shareAnchor.MatchString(glob):
		spelled = 2 // server and share
	case unixAnchor.MatchString(glob):
		separator = "/"
	case strings.HasPrefix(glob, "%"):
		return fmt.Sprintf(`%q can never match: write the folder out, like C:\Windows`, glob)
	default:
		return fmt.Sprintf(`%q does not begin at a root (C:\…, \\server\share\… or /…): anything can bear that name elsewhere`, glob)
	}
	segments := strings.Split(strings.TrimLeft(glob, `\/`), separator)
	if driveAnchor.MatchString(glob) {
		segments = segments[1:]
	}
	if problem := checkSegments(glob, separator, segments); problem != "" {
		return problem
	}
	if strings.Contains(glob, "*") {
		if len(segments) <= spelled || strings.Contains(strings.Join(segments[:spelled], ""), "*") {
			return fmt.Sprintf("%q is too wide: spell out the first folder", glob)
		}
	}
	return ""
}

// checkSegments refuses what no canonical path contains (see the macro
// allowlist_path in sql/hunt/allowlist.sql), since such a pattern would be
// there and never match.
func checkSegments(glob, separator string, segments []string) string {
	for i, s := range segments {
		switch {
		case s == "" && i == len(segments)-1:
			return fmt.Sprintf("%q can never match: it ends in %s; add ** for everything below", glob, separator)
		case s == "":
			return fmt.Sprintf("%q can never match: it has an empty folder name", glob)
		case strings.HasSuffix(s, "."), strings.HasSuffix(s, " "):
			return fmt.Sprintf("%q can never match: a part of it ends in a dot or a space", glob)
		case strings.Contains(s, ":"):
			return fmt.Sprintf("%q can never match: a path with a second colon is an alternate stream", glob)
		case separator == `\` && strings.ContainsAny(s, `/?"<>|`):
			return fmt.Sprintf(`%q can never match: no Windows path contains / ? " < > |`, glob)
		}
	}
	return ""
}

// protectedRoots are folders in which, as installed, only administrators and
// the system can create files. Anybody may make a folder in C:\, so no other
// root is known to be safe.
var protectedRoots = []string{
	`c:\windows\`, `c:\program files\`, `c:\program files (x86)\`,
	"/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/opt/", "/system/",
}

// openFolders are folders below the protected roots in which ordinary users,
// or programs acting for them, can create files.
var openFolders = compileAll(
	`c:\windows\temp\**`, `c:\windows\tasks\**`, `c:\windows\tracing\**`, `c:\windows\debug\**`,
	`c:\windows\fonts\**`, `c:\windows\ime\**`, `c:\windows\addins\**`, `c:\windows\registration\crmlog\**`,
	`c:\windows\system32\tasks\**`, `c:\windows\syswow64\tasks\**`, `c:\windows\system32\spool\drivers\color\**`,
	`c:\windows\system32\spool\printers\**`, `c:\windows\system32\microsoft\crypto\rsa\machinekeys\**`,
	`c:\windows\system32\config\systemprofile\**`, `c:\windows\serviceprofiles\**`,
	"/usr/local/**", "/opt/homebrew/**",
)

// openNames are folder names that mean a place for users' files wherever they
// stand.
var openNames = []string{
	"users", "temp", "tmp", "appdata", "programdata", "downloads", "desktop", "public", "perflogs", "$recycle.bin",
}

// genericHosts are programs that do other people's bidding: one of them as the
// initiator says nothing of who asked.
var genericHosts = compileAll(
	`c:\windows\**\svchost.exe`, `c:\windows\**\cmd.exe`, `c:\windows\**\powershell.exe`,
	`c:\program files\powershell\**\pwsh.exe`, `c:\windows\**\wscript.exe`, `c:\windows\**\cscript.exe`,
	`c:\windows\**\mshta.exe`, `c:\windows\**\rundll32.exe`, `c:\windows\**\regsvr32.exe`, `c:\windows\**\reg.exe`,
	`c:\windows\regedit.exe`, `c:\windows\**\sc.exe`, `c:\windows\**\wmiprvse.exe`, `c:\windows\**\wmic.exe`,
	`c:\windows\**\msiexec.exe`, `c:\windows\**\wsmprovhost.exe`, `c:\windows\**\winrshost.exe`,
	`c:\windows\**\dllhost.exe`, `c:\windows\**\conhost.exe`, `c:\windows\**\schtasks.exe`, `c:\windows\**\mmc.exe`,
	`c:\windows\explorer.exe`, `c:\windows\**\installutil.exe`, `c:\windows\**\msbuild.exe`,
	"/bin/*sh", "/usr/bin/*sh", "/usr/bin/env", "/usr/bin/sudo", "/usr/bin/python*", "/usr/bin/perl*",
	"/usr/bin/install", "/usr/bin/cp", "/bin/cp", "/usr/lib/systemd/systemd", "/usr/sbin/sshd",
)

func compileAll(globs ...string) [][]part {
	list := make([][]part, len(globs))
	for i, g := range globs {
		list[i] = parts(g)
	}
	return list
}

// openTo says why users could put a file where the pattern matches, or "".
func openTo(glob string) string {
	lower := fold(glob)
	prefix := Compile(lower).Prefix
	protected := false
	for _, root := range protectedRoots {
		protected = protected || strings.HasPrefix(prefix, root)
	}
	if !protected {
		return "it is not below a folder that only administrators can write"
	}
	for _, segment := range strings.FieldsFunc(lower, func(r rune) bool { return r == '\\' || r == '/' }) {
		for _, name := range openNames {
			if segment == name {
				return fmt.Sprintf("users can write below a folder named %s", name)
			}
		}
	}
	pattern := parts(lower)
	for _, open := range openFolders {
		if overlap(pattern, open) {
			return fmt.Sprintf("it also covers %s, where users can write", compileParts(open).Prefix)
		}
	}
	return ""
}

// isGenericHost reports whether the pattern can match a generic host.
func isGenericHost(glob string) bool {
	pattern := parts(glob)
	for _, host := range genericHosts {
		if overlap(pattern, host) {
			return true
		}
	}
	return false
}
