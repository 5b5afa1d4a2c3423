// Package scenario reads scenarios and renders them: what one act leaves behind,
// said once in the words of the telemetry, becomes the records that each kind of
// telemetry would have of it, in the shape that its recorder writes.
//
// [Parse] reads one file, [LoadAll] the built-in folder and the user's own.
// [Render] gives the files of one kind of telemetry over many scenarios, each on
// a device of its own, so that one hunt answers for all of them in every kind.
//
// What a recorder does not record is left out: System has no client of a new
// service, Sysmon no data of a binary value, the audit log no name of a parent.
//
// # The file
//
// A scenario lies at <technique>/<name>.yaml, which is its id. The YAML is
// strict: an unknown key is an error.
//
//	title: A service is created with sc.exe         # one line
//	technique: T1543.003
//	atomic: 981e2942-e433-44e9-afc1-8c957a1496b6    # optional: the test of Atomic Red Team
//	platform: windows                               # or linux, macos
//	about: >-                                       # what happens, and where that is known from
//	  …
//	telemetry: [defender, sysmon]                   # optional; else every kind of the platform
//	near: [W06]                                     # optional: branches that it nearly hits
//	events:                                         # in order; at is seconds after the start
//	  - process: {id: sc, image: 'C:\Windows\System32\sc.exe', command: 'sc  create X …', parent: explorer}
//	  - at: 0.2
//	    create_service: {service: X, image: 'C:\x.exe', type: own, start: auto, by: sc}
//	fires:                                          # exactly these, by kind of telemetry
//	  defender: [W01, W05]
//	  sysmon: [W01, W05]
//
// # Kinds of telemetry
//
//	windows  defender, sysmon (1, 3, 6, 7, 11, 12, 13), security (4624, 4657, 4688 with
//	         the command line, 4697), system (7045), powershell (4104)
//	linux    defender, auditd, sysmon (1, 11)
//	macos    defender, eslogger
//
// # Events
//
// A `parent` or `by` names a process that has started before, or one that always
// runs: explorer, services, svchost, wmiprvse, system, msiexec, winlogon; systemd,
// bash, sshd, cron; launchd, zsh, sudo.
//
//	process         id, image, command, parent; args (else the command is split as a shell
//	                does, on Linux and macOS), user (else the parent's), original (the name in
//	                the version information), cwd, sha256, integrity (Low, Medium, High, System)
//	create_service  service, image, by; display, type (own, share, kernel, filesys), start (boot,
//	                system, auto, demand, disabled), account, remote, user. The service manager
//	                makes the key, writes the values and reports the service
//	install         the same: the report alone
//	config_service  service, by, set: {ImagePath: …}: the service manager writes these values
//	delete_service  service, by: it writes Start=4 and deletes the key
//	registry        by, action (set, delete_value, create_key, delete_key), key, value, type, data;
//	                each recorder spells the key its own way
//	file            by, action (created, modified, renamed, deleted), path; from: the name
//	                before, or what a link that is created points to; sha256
//	image_load      by, path; sha256, signed, signature
//	driver_load     path; sha256, signed, signature
//	logon           user, type, address
//	network         by, direction (inbound, outbound), address, port
//	powershell      by, text: a script block
//	launch_item     by, path, label, program; args
package scenario
