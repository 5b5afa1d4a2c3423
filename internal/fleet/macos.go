package fleet

import "fmt"

// liveMac is the month of a Mac.
func (h *host) liveMac(l *lists) {
	h.bootMac()
	h.doCommands(l)
	h.macPackages()
	h.macUpdaters()
	h.homebrew()
	h.macManagement()
	h.macAdministrators()
}

const (
	launchctl     = "/bin/launchctl"
	launchDaemons = "/Library/LaunchDaemons/"
)

// bootMac is what runs on every Mac, and what the lists name.
func (h *host) bootMac() {
	root := h.as("root")
	launchd := h.runs("launchd", "/sbin/launchd", "/sbin/launchd", root, nil)
	launchd.id = 1
	h.runs("installd", "/System/Library/PrivateFrameworks/PackageKit.framework/Versions/A/Resources/installd", "/System/Library/PrivateFrameworks/PackageKit.framework/Versions/A/Resources/installd", root, launchd)
	const scripts = "/System/Library/PrivateFrameworks/PackageKit.framework/Versions/A/XPCServices/package_script_service.xpc/Contents/MacOS/package_script_service"
	h.runs("scripts", scripts, scripts, root, launchd)
	h.runs("jamf", "/usr/local/jamf/bin/jamf", "/usr/local/jamf/bin/jamf launchDaemon -monitorUsageData", root, launchd)
	terminal := h.runs("terminal", "/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal", "/System/Applications/Utilities/Terminal.app/Contents/MacOS/Terminal", h.user, launchd)
	h.runs("zsh", "/bin/zsh", "-zsh", h.user, terminal)
}

// macPackages: the installer moves launch items out of its sandbox, and the package's
// script loads them.
func (h *host) macPackages() {
	for _, p := range []struct {
		label, title string
		share        float64
	}{
		{"us.zoom.ZoomDaemon", "zoomusInstallerFull", .6},
		{"com.microsoft.autoupdate.helper", "Microsoft_AutoUpdate_4.73.24091527_Updater", .9},
		{"com.microsoft.OneDriveStandaloneUpdaterDaemon", "OneDrive", .5},
		{"com.docker.vmnetd", "Docker", .2},
		{"com.adobe.ARMDC.Communicator", "AcroRdrDC_2400320112_MUI", .4},
		{"com.crowdstrike.falcond", "FalconSensorMacOS", .3},
		{"com.cisco.secureclient.vpnagentd", "Cisco Secure Client", .4},
	} {
		if !h.chance(p.share) {
			continue
		}
		for _, t := range h.times(.8, "office") {
			s := h.at(t)
			plist := launchDaemons + p.label + ".plist"
			sandbox := "/Library/InstallerSandboxes/.PKInstallSandboxManager/" + h.placeholder("guid") + ".activeSandbox/Root"
			s.file(h.standing["installd"], "FileCreated", sandbox+plist)
			const tool = "/System/Library/PrivateFrameworks/PackageKit.framework/Versions/A/Resources/shove"
			shove := s.start(h.standing["installd"], tool, tool+" -f -s "+sandbox+" /")
			s.rename(shove, sandbox+plist, plist)
			post := s.start(h.standing["scripts"], "/bin/sh", fmt.Sprintf("/bin/sh /tmp/PKInstallSandbox.%s/Scripts/%s.%s/postinstall /Users/%s/Downloads/%s.pkg / / /", h.placeholder("x6"), p.label, h.placeholder("x6"), h.user.name, p.title))
			s.start(post, launchctl, "/bin/launchctl bootout system "+plist)
			if h.chance(.6) {
				s.start(post, launchctl, "/bin/launchctl bootstrap system "+plist)
			} else {
				s.start(post, launchctl, "launchctl load -w "+plist)
			}
		}
	}
}

// macUpdaters: applications keep agents of their own in the user's library.
func (h *host) macUpdaters() {
	home := "/Users/" + h.user.name
	for _, u := range []struct {
		app, label string
		share      float64
	}{
		{home + "/Library/Application Support/Google/GoogleUpdater/130.0.6679.0/GoogleUpdater.app/Contents/MacOS/GoogleUpdater", "com.google.GoogleUpdater.wake", .9},
		{home + "/Library/Google/GoogleSoftwareUpdate/GoogleSoftwareUpdate.bundle/Contents/Resources/ksadmin", "com.google.keystone.agent", .4},
		{"/Applications/JetBrains Toolbox.app/Contents/MacOS/jetbrains-toolbox", "com.jetbrains.toolbox", .25},
		{"/Applications/Dropbox.app/Contents/MacOS/Dropbox", "com.dropbox.DropboxUpdater.wake", .2},
	} {
		if !h.chance(u.share) {
			continue
		}
		for _, t := range h.times(2, "office") {
			s := h.at(t)
			app := s.startAs(h.user, h.standing["launchd"], u.app, u.app)
			plist := home + "/Library/LaunchAgents/" + u.label + ".plist"
			s.file(app, "FileCreated", plist)
			s.start(app, launchctl, "/bin/launchctl bootstrap gui/501 "+plist)
		}
	}
}

// homebrew services are launch agents that brew writes and loads.
func (h *host) homebrew() {
	if !h.is("macdev") {
		return
	}
	for _, t := range h.times(2, "office") {
		s := h.at(t)
		formula := []string{"postgresql@16", "redis", "mysql", "nginx"}[h.rng.IntN(4)]
		bash := s.start(h.standing["zsh"], "/bin/bash", "/bin/bash /opt/homebrew/bin/brew services start "+formula)
		const ruby = "/opt/homebrew/Library/Homebrew/vendor/portable-ruby/3.3.4/bin/ruby"
		brew := s.start(bash, ruby, ruby+" -W1 --disable=gems,rubyopt /opt/homebrew/Library/Homebrew/brew.rb services start "+formula)
		plist := "/Users/" + h.user.name + "/Library/LaunchAgents/homebrew.mxcl." + formula + ".plist"
		s.file(brew, "FileCreated", plist)
		s.start(brew, launchctl, "/bin/launchctl enable gui/501/homebrew.mxcl."+formula)
		s.start(brew, launchctl, "/bin/launchctl bootstrap gui/501 "+plist)
	}
}

// macManagement: Jamf, Munki and JumpCloud keep launch items in place.
func (h *host) macManagement() {
	launchd, root := h.standing["launchd"], h.as("root")
	for _, t := range h.times(2, "") {
		s := h.at(t)
		switch h.rng.IntN(4) {
		case 0:
			policy := s.startAs(root, h.standing["jamf"], "/usr/local/jamf/bin/jamf", "/usr/local/jamf/bin/jamf policy -event maintenance")
			s.file(policy, "FileCreated", launchDaemons+"com.jamfsoftware.task.1.plist")
			s.start(policy, launchctl, "/bin/launchctl load "+launchDaemons+"com.jamfsoftware.task.1.plist")
		case 1:
			const python = "/usr/local/munki/Python.framework/Versions/3.12/Resources/Python.app/Contents/MacOS/Python"
			munki := s.startAs(root, launchd, python, python+" /usr/local/munki/managedsoftwareupdate --auto")
			const installer = "/usr/sbin/installer"
			s.start(munki, installer, installer+" -verboseR -pkg /Library/Managed Installs/Cache/munkitools-6.6.pkg -target /")
			plist := launchDaemons + "com.googlecode.munki.managedsoftwareupdate-check.plist"
			s.rename(s.start(h.standing["installd"], "/System/Library/PrivateFrameworks/PackageKit.framework/Versions/A/Resources/shove", "shove -f -s /Library/InstallerSandboxes/.PKInstallSandboxManager/"+h.placeholder("guid")+".activeSandbox/Root /"),
				"/Library/InstallerSandboxes"+plist, plist)
		case 2:
			agent := s.startAs(root, launchd, "/opt/jc/bin/jumpcloud-agent", "/opt/jc/bin/jumpcloud-agent")
			bash := s.start(agent, "/bin/bash", "/bin/bash /opt/jc/bin/update.sh")
			s.file(bash, "FileCreated", launchDaemons+"com.jumpcloud.darwin-agent.plist")
			s.start(bash, launchctl, "launchctl load -w "+launchDaemons+"com.jumpcloud.darwin-agent.plist")
		default:
			script := s.startAs(root, h.standing["scripts"], "/bin/bash", "/bin/bash /tmp/PKInstallSandbox."+h.placeholder("x6")+"/Scripts/com.zscaler.installer/postinstall")
			s.file(script, "FileCreated", launchDaemons+"com.zscaler.service.plist")
			s.start(script, launchctl, "launchctl bootstrap system "+launchDaemons+"com.zscaler.service.plist")
		}
	}
}

// macAdministrators: now and then somebody installs a launch daemon by hand.
func (h *host) macAdministrators() {
	if !h.chance(.15) {
		return
	}
	for _, t := range h.times(.7, "office") {
		s := h.at(t)
		plist := launchDaemons + "com.corp.monitor.plist"
		cp := s.sudo(h.standing["zsh"], "/bin/cp", "cp com.corp.monitor.plist "+launchDaemons)
		s.file(cp, "FileCreated", plist)
		s.sudo(h.standing["zsh"], "/usr/sbin/chown", "chown root:wheel "+plist)
		s.sudo(h.standing["zsh"], launchctl, "launchctl bootstrap system "+plist)
	}
}
