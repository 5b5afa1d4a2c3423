package fleet

import (
	"fmt"
	"strings"
)

// management is what reaches into Windows computers from outside: software
// deployment, backup, Ansible.
func (h *host) management() {
	h.clientPush()
	h.pdq()
	h.veeam()
	h.ansibleWindows()
}

// clientPush: on a few computers the Configuration Manager client is installed anew;
// the site server copies its setup over ADMIN$ and makes a service of it.
func (h *host) clientPush() {
	if !h.chance(.06) {
		return
	}
	times := h.times(1.5, "office")
	if len(times) == 0 {
		return
	}
	s, push := h.at(times[0]), domainAccount("svc-sccmpush")
	s.logon(push, "Network", "Kerberos", "srv-0158.corp.example", "10.20.1.168")
	s.copied(`C:\Windows\ccmsetup\ccmsetup.exe`, "ADMIN$", "10.20.1.168", push)
	s.copied(`C:\Windows\ccmsetup\MobileClient.tcf`, "ADMIN$", "10.20.1.168", push)
	s.wait(2)
	s.inbound(h.standing["services"], "10.20.1.168", 49667)
	svc := service{"ccmsetup", "ccmsetup", `"C:\Windows\ccmsetup\ccmsetup.exe" /runservice /ignoreskipupgrade /config:MobileClient.tcf`, "own", "auto", "LocalSystem"}
	s.createService(svc)
	s.wait(1)
	setup := s.runService(svc)
	s.wait(120)
	s.start(setup, `C:\Windows\System32\msiexec.exe`, `C:\Windows\system32\msiexec.exe /i "C:\Windows\ccmsetup\client.msi" /qn`)
	s.createService(service{"CcmExec", "SMS Agent Host", `C:\Windows\CCM\CcmExec.exe`, "own", "auto", "LocalSystem"})
	s.createService(service{"smstsmgr", "ConfigMgr Task Sequence Agent", `C:\Windows\CCM\TSManager.exe /service`, "own", "demand", "LocalSystem"})
	s.createService(service{"CmRcService", "Configuration Manager Remote Control", `C:\Windows\CCM\RemCtrl\CmRcService.exe`, "own", "disabled", "LocalSystem"})
	s.wait(240)
	s.deleteService("ccmsetup")
}

// pdq: PDQ Inventory scans and PDQ Deploy runs through a service of its own that it
// makes over the network and removes.
func (h *host) pdq() {
	if !h.chance(.12) {
		return
	}
	who := domainAccount("svc-pdq")
	for _, runner := range []struct {
		name, folder string
		often        float64
	}{
		{"PDQInventory-Scanner-1", "PDQInventory-Scanner", 4},
		{"PDQDeployRunner-1", "PDQDeployRunner", 1},
	} {
		for _, t := range h.times(runner.often, "office") {
			s := h.at(t)
			path := fmt.Sprintf(`C:\Windows\AdminArsenal\%s\service-1\%s.exe`, runner.folder, runner.name)
			s.logon(who, "Network", "Kerberos", "srv-0259.corp.example", "10.20.2.69")
			s.copied(path, "ADMIN$", "10.20.2.69", who)
			s.wait(1)
			s.inbound(h.standing["services"], "10.20.2.69", 49667)
			svc := service{runner.name, runner.name, `"` + path + `"`, "own", "demand", `corp\svc-pdq`}
			s.createService(svc)
			s.wait(1)
			p := s.startAs(who, h.standing["services"], path, `"`+path+`"`)
			s.wait(20)
			if strings.Contains(runner.name, "Deploy") {
				s.start(p, `C:\Windows\System32\msiexec.exe`, `"C:\Windows\system32\msiexec.exe" /i "C:\Windows\AdminArsenal\PDQDeployRunner\service-1\exec\GoogleChromeStandaloneEnterprise64.msi" ALLUSERS=1 /qn /norestart`)
				s.wait(60)
			}
			s.deleteService(runner.name)
		}
	}
}

// veeam: application-aware backup makes a helper service on the guest every night.
func (h *host) veeam() {
	if !h.is("backedup") {
		return
	}
	who := domainAccount("svc-veeam")
	for day := range h.days() {
		s := h.at(h.moment(day, "night"))
		s.logon(who, "Network", "NTLM", "srv-0160.corp.example", "10.20.1.170")
		const path = `C:\Windows\VeeamVssSupport\VeeamGuestHelper.exe`
		s.copied(path, "ADMIN$", "10.20.1.170", who)
		s.wait(1)
		s.inbound(h.standing["services"], "10.20.1.170", 49667)
		svc := service{"VeeamVssSupport", "Veeam Guest Helper", path, "own", "demand", "LocalSystem"}
		s.createService(svc)
		s.wait(1)
		s.runService(svc)
		s.wait(300)
		s.deleteService("VeeamVssSupport")
		if day%7 == 5 {
			logs := service{"VeeamLogShipper", "Veeam Log Shipping Service", `C:\Windows\VeeamLogShipper\VeeamLogShipper.exe`, "own", "demand", "LocalSystem"}
			s.copied(logs.image, "ADMIN$", "10.20.1.170", who)
			s.createService(logs)
			s.runService(logs)
		}
	}
}

// ansibleWindows: Ansible over WinRM starts its bootstrap as encoded PowerShell,
// whatever the task is; the task itself comes over standard input.
func (h *host) ansibleWindows() {
	if !h.is("srv") {
		return
	}
	who := domainAccount("svc-ansible")
	bootstrap := encoded(`&chcp.com 65001 > $null; $wrapper = $input | Out-String; $parts = $wrapper.Split(@("` + "`0`0`0`0" + `"), 2, [StringSplitOptions]::RemoveEmptyEntries); Set-Variable -Name json_raw -Value $parts[1]; & ([ScriptBlock]::Create($parts[0]))`)
	for _, t := range h.times(6, "office") {
		s := h.at(t)
		s.logon(who, "Network", "Kerberos", "lx-0080.corp.example", "10.20.1.90")
		winrs := s.startAs(who, h.standing["dcom"], `C:\Windows\System32\winrshost.exe`, `C:\Windows\system32\WinrsHost.exe -Embedding`)
		cmd := s.start(winrs, `C:\Windows\System32\cmd.exe`, `C:\Windows\system32\cmd.exe /C PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand `+bootstrap)
		ps := s.start(cmd, `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`, `PowerShell  -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand `+bootstrap)
		s.wait(2)
		switch h.rng.IntN(4) {
		case 0: // win_service, through the service manager's API
			s.configure("LedgerSync", "Start", "Dword", "2")
		case 1: // win_service with a new path
			s.createService(service{"LedgerSync", "Ledger Sync", `"C:\Program Files\Corp\LedgerSync\LedgerSync.exe"`, "own", "auto", `corp\svc-ledger`})
		case 2: // win_regedit
			s.set(ps, servicesKey+`LanmanServer\Parameters`, "RequireSecuritySignature", "Dword", "1")
		default: // win_command
			s.start(ps, `C:\Windows\System32\sc.exe`, `"C:\Windows\system32\sc.exe" config W32Time start= auto`)
		}
	}
}
