package fleet

import (
	"fmt"
	"strings"
)

// liveLinux is the month of a Linux server.
func (h *host) liveLinux(l *lists) {
	h.bootLinux()
	h.doCommands(l)
	h.packages()
	h.snaps()
	h.editedUnits()
	h.ansibleLinux()
	h.configurationManagement()
	h.userUnits()
	h.containers()
	h.kubernetes()
}

const (
	systemctl = "/usr/bin/systemctl"
	units     = "/etc/systemd/system/"
)

// bootLinux is what runs on every Linux server, and what the lists name.
func (h *host) bootLinux() {
	root := h.as("root")
	systemd := h.runs("systemd", "/usr/lib/systemd/systemd", "/sbin/init", root, nil)
	systemd.id = 1
	daemon := func(name, path, command string) { h.runs(name, path, command, root, systemd) }
	daemon("sshd", "/usr/sbin/sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups")
	daemon("cron", "/usr/sbin/cron", "/usr/sbin/cron -f -P")
	daemon("dockerd", "/usr/bin/dockerd", "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock")
	daemon("containerd", "/usr/bin/containerd", "/usr/bin/containerd")
	daemon("kubelet", "/usr/bin/kubelet", "/usr/bin/kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf --config=/var/lib/kubelet/config.yaml")
	daemon("snapd", "/snap/snapd/21759/usr/lib/snapd/snapd", "/usr/lib/snapd/snapd")
	daemon("gitlabrunner", "/usr/bin/gitlab-runner", "/usr/bin/gitlab-runner run --config /etc/gitlab-runner/config.toml --working-directory /var/lib/gitlab-runner --service gitlab-runner --user gitlab-runner")
	session := h.runs("session", "/usr/sbin/sshd", "sshd: "+h.user.name+" [priv]", root, h.standing["sshd"])
	h.runs("bash", "/usr/bin/bash", "-bash", h.user, session)
}

// shell is a login of somebody over ssh.
func (s *scene) shell(user account) *process {
	priv := s.startAs(s.h.as("root"), s.h.standing["sshd"], "/usr/sbin/sshd", "sshd: "+user.name+" [priv]")
	return s.startAs(user, priv, "/usr/bin/bash", "-bash")
}

// sudo runs a command as root.
func (s *scene) sudo(shell *process, path, command string) *process {
	p := s.startAs(s.h.as("root"), shell, "/usr/bin/sudo", "sudo "+command)
	return s.start(p, path, command)
}

// packages: updates install units with the package manager, whose scripts reload
// and enable them.
func (h *host) packages() {
	names := []string{"nginx", "postgresql", "rsyslog", "chrony", "fail2ban", "redis-server", "elastic-agent", "datadog-agent", "docker", "containerd", "haproxy"}
	for _, t := range h.times(5, "night") {
		s, name := h.at(t), names[h.rng.IntN(len(names))]
		if h.is("deb") {
			s.dpkg(name)
		} else {
			s.rpm(name)
		}
	}
}

func (s *scene) dpkg(name string) {
	root := s.h.as("root")
	daily := s.startAs(root, s.h.standing["systemd"], "/usr/bin/python3.11", "/usr/bin/python3 /usr/bin/unattended-upgrade")
	dpkg := s.start(daily, "/usr/bin/dpkg", "/usr/bin/dpkg --status-fd 10 --no-triggers --unpack --auto-deconfigure /var/cache/apt/archives/"+name+"_1.24.0-2+deb12u1_amd64.deb")
	unit := "/usr/lib/systemd/system/" + name + ".service"
	s.file(dpkg, "FileCreated", unit+".dpkg-new")
	s.rename(dpkg, unit+".dpkg-new", unit)
	s.file(dpkg, "FileCreated", "/etc/init.d/"+name+".dpkg-new")
	s.rename(dpkg, "/etc/init.d/"+name+".dpkg-new", "/etc/init.d/"+name)
	configure := s.start(daily, "/usr/bin/dpkg", "/usr/bin/dpkg --status-fd 10 --configure --pending")
	post := s.start(configure, "/usr/bin/dash", "/bin/sh /var/lib/dpkg/info/"+name+".postinst configure 1.22.1-9")
	helper := s.start(post, "/usr/bin/perl", "/usr/bin/perl /usr/bin/deb-systemd-helper enable "+name+".service")
	s.file(helper, "FileCreated", units+"multi-user.target.wants/"+name+".service")
	s.start(post, systemctl, "systemctl --system daemon-reload")
	s.start(post, "/usr/bin/perl", "/usr/bin/perl /usr/sbin/update-rc.d "+name+" defaults")
	invoke := s.start(post, "/usr/bin/perl", "/usr/bin/perl /usr/bin/deb-systemd-invoke restart "+name+".service")
	s.start(invoke, systemctl, "systemctl --quiet --system restart "+name+".service")
}

// rpm: dnf is a Python program that installs with a library, so it is Python that
// writes the unit.
func (s *scene) rpm(name string) {
	root := s.h.as("root")
	dnf := s.startAs(root, s.h.standing["systemd"], "/usr/bin/python3.9", "/usr/bin/python3 /usr/bin/dnf-automatic /etc/dnf/automatic.conf --timer")
	unit := "/usr/lib/systemd/system/" + name + ".service"
	s.file(dnf, "FileCreated", unit+";6705a3c1")
	s.rename(dnf, unit+";6705a3c1", unit)
	script := s.start(dnf, "/usr/bin/bash", "/bin/sh /var/tmp/rpm-tmp."+s.h.placeholder("x6")+" 1")
	helper := s.start(script, "/usr/bin/bash", "/bin/sh /usr/lib/systemd/systemd-update-helper install-system-units "+name+".service")
	s.start(helper, systemctl, "systemctl --no-reload preset "+name+".service")
	s.file(helper, "FileCreated", units+"multi-user.target.wants/"+name+".service")
	s.start(dnf, systemctl, "systemctl daemon-reload")
	s.start(dnf, systemctl, "systemctl try-restart "+name+".service")
}

// snaps: snapd writes a mount unit for each revision.
func (h *host) snaps() {
	if !h.is("deb") {
		return
	}
	for _, t := range h.times(3, "") {
		s, snapd := h.at(t), h.standing["snapd"]
		name := []string{"core22", "lxd", "snapd"}[h.rng.IntN(3)]
		revision := h.placeholder("n5")
		unit := units + "snap-" + name + "-" + revision + ".mount"
		s.file(snapd, "FileCreated", unit+"."+h.placeholder("x12")+"~")
		s.rename(snapd, unit+".a1b2c3d4e5f6~", unit)
		s.start(snapd, systemctl, "systemctl daemon-reload")
		s.start(snapd, systemctl, "systemctl enable snap-"+name+"-"+revision+".mount")
		s.start(snapd, systemctl, "systemctl start snap-"+name+"-"+revision+".mount")
		if name == "lxd" {
			s.file(snapd, "FileModified", units+"snap.lxd.daemon.service")
			s.start(snapd, systemctl, "systemctl start snap.lxd.daemon.service")
		}
	}
}

// editedUnits: administrators write units and drop-ins, with an editor or systemctl
// edit.
func (h *host) editedUnits() {
	for _, t := range h.times(1.2, "office") {
		s := h.at(t)
		sh := s.shell(h.user)
		switch h.rng.IntN(4) {
		case 0:
			edit := s.sudo(sh, systemctl, "systemctl edit nginx")
			editor := s.start(edit, "/usr/bin/vim.basic", "/usr/bin/editor "+units+"nginx.service.d/.#override.conf"+h.placeholder("x16"))
			s.wait(40)
			s.file(editor, "FileCreated", units+"nginx.service.d/.#override.conf0d2f7a1b9c3e4f58")
			s.rename(edit, units+"nginx.service.d/.#override.conf0d2f7a1b9c3e4f58", units+"nginx.service.d/override.conf")
		case 1:
			editor := s.sudo(sh, "/usr/bin/vim.basic", "vim "+units+"orders.service")
			s.wait(90)
			s.file(editor, "FileCreated", units+".orders.service.swp")
			s.file(editor, "FileCreated", units+"4913")
			s.rename(editor, units+"orders.service", units+"orders.service~")
			s.file(editor, "FileCreated", units+"orders.service")
			s.sudo(sh, systemctl, "systemctl daemon-reload")
			s.sudo(sh, systemctl, "systemctl enable --now orders.service")
		case 2:
			editor := s.sudo(sh, "/usr/bin/nano", "nano "+units+"backup.timer")
			s.wait(60)
			s.file(editor, "FileCreated", units+"backup.timer")
			s.sudo(sh, systemctl, "systemctl daemon-reload")
			s.sudo(sh, systemctl, "systemctl enable backup.timer")
			s.sudo(sh, systemctl, "systemctl start backup.timer")
		default:
			cp := s.sudo(sh, "/usr/bin/cp", "cp deploy/node_exporter.service "+units)
			s.file(cp, "FileCreated", units+"node_exporter.service")
			s.sudo(sh, systemctl, "systemctl daemon-reload")
			s.sudo(sh, systemctl, "systemctl enable --now node_exporter")
		}
	}
}

// ansibleLinux: each task is a Python program below ~/.ansible/tmp, run as root by
// sudo; a file goes to a temporary name beside its place and is renamed.
func (h *host) ansibleLinux() {
	if !h.chance(.6) {
		return
	}
	who, root := h.as("ansible"), h.as("root")
	for _, t := range h.times(6, "office") {
		s := h.at(t)
		priv := s.startAs(root, h.standing["sshd"], "/usr/sbin/sshd", "sshd: ansible [priv]")
		task := func(module string) *process {
			dir := fmt.Sprintf("/home/ansible/.ansible/tmp/ansible-tmp-%d.%s-%s-%s", s.t.Unix(), h.placeholder("n7"), h.placeholder("n5"), h.placeholder("n14"))
			sh := s.startAs(who, priv, "/usr/bin/dash", fmt.Sprintf(`/bin/sh -c '/bin/sh -c '"'"'sudo -H -S -n  -u root /bin/sh -c '"'"'"'"'"'"'"'"'echo BECOME-SUCCESS-%s ; /usr/bin/python3 %s/AnsiballZ_%s.py'"'"'"'"'"'"'"'"' && sleep 0'"'"''`, h.placeholder("x32"), dir, module))
			sudo := s.startAs(root, sh, "/usr/bin/sudo", "sudo -H -S -n -u root /bin/sh -c echo BECOME-SUCCESS-"+h.placeholder("x32")+" ; /usr/bin/python3 "+dir+"/AnsiballZ_"+module+".py")
			p := s.start(sudo, "/usr/bin/python3.11", "/usr/bin/python3 "+dir+"/AnsiballZ_"+module+".py")
			s.wait(.5)
			return p
		}
		copied := task("copy")
		temp := units + ".ansible_tmp" + h.placeholder("x8") + "node_exporter.service"
		s.file(copied, "FileCreated", temp)
		s.rename(copied, temp, units+"node_exporter.service")
		s.wait(2)
		module := task("systemd")
		s.start(module, systemctl, "/usr/bin/systemctl show node_exporter")
		s.start(module, systemctl, "/usr/bin/systemctl daemon-reload")
		s.start(module, systemctl, "/usr/bin/systemctl enable node_exporter")
		s.start(module, systemctl, "/usr/bin/systemctl restart node_exporter")
	}
}

// configurationManagement: Puppet and Chef put the units back as they should be.
func (h *host) configurationManagement() {
	if !h.chance(.4) {
		return
	}
	path, command := "/opt/puppetlabs/puppet/bin/ruby", "/opt/puppetlabs/puppet/bin/ruby /opt/puppetlabs/puppet/bin/puppet agent --no-daemonize --onetime"
	if h.chance(.4) {
		path, command = "/opt/chef/embedded/bin/ruby", "/opt/chef/embedded/bin/ruby --disable-gems /usr/bin/chef-client -c /etc/chef/client.rb"
	}
	for _, t := range h.times(4, "") {
		s := h.at(t)
		agent := s.startAs(h.as("root"), h.standing["systemd"], path, command)
		s.wait(5)
		s.file(agent, "FileModified", units+"filebeat.service.d/limits.conf")
		s.start(agent, systemctl, "/usr/bin/systemctl daemon-reload")
		s.start(agent, systemctl, "/usr/bin/systemctl unmask filebeat.service")
		s.start(agent, systemctl, "/usr/bin/systemctl enable filebeat")
		s.start(agent, systemctl, "/usr/bin/systemctl restart filebeat")
	}
}

// userUnits: somebody lets a container or a script of theirs run as their own service.
func (h *host) userUnits() {
	if !h.chance(.15) {
		return
	}
	for _, t := range h.times(.7, "office") {
		s := h.at(t)
		sh := s.shell(h.user)
		podman := s.start(sh, "/usr/bin/podman", "podman generate systemd --new --files --name metrics")
		dir := "/home/" + h.user.name + "/.config/systemd/user/"
		s.file(podman, "FileCreated", dir+"container-metrics.service")
		s.start(sh, systemctl, "systemctl --user daemon-reload")
		s.start(sh, systemctl, "systemctl --user enable --now container-metrics.service")
		s.sudo(sh, "/usr/bin/loginctl", "loginctl enable-linger "+h.user.name)
	}
}

// containers: compose files change, and what they say comes up.
func (h *host) containers() {
	if !h.is("docker") {
		return
	}
	for _, t := range h.times(3, "office") {
		s := h.at(t)
		sh := s.shell(h.as("deploy"))
		switch h.rng.IntN(3) {
		case 0:
			editor := s.start(sh, "/usr/bin/vim.basic", "vim /opt/stacks/shop/docker-compose.yml")
			s.wait(60)
			s.file(editor, "FileModified", "/opt/stacks/shop/docker-compose.yml")
		case 1:
			git := s.start(sh, "/usr/bin/git", "git pull --ff-only")
			s.file(git, "FileModified", "/opt/stacks/shop/docker-compose.yml")
		default:
			editor := s.sudo(sh, "/usr/bin/vim.basic", "vim /etc/docker/daemon.json")
			s.wait(60)
			s.file(editor, "FileModified", "/etc/docker/daemon.json")
			s.sudo(sh, systemctl, "systemctl restart docker")
		}
		s.start(sh, "/usr/bin/docker", "docker compose -f /opt/stacks/shop/docker-compose.yml up -d")
	}
}

// kubernetes: kubeadm writes the static pods of a control plane when it is set up or
// upgraded.
func (h *host) kubernetes() {
	if !h.is("k8s") {
		return
	}
	for _, t := range h.times(.7, "office") {
		s := h.at(t)
		kubeadm := s.sudo(s.shell(h.user), "/usr/bin/kubeadm", "kubeadm upgrade apply v1.30.5 --yes")
		s.wait(60)
		for _, pod := range strings.Fields("etcd kube-apiserver kube-controller-manager kube-scheduler") {
			temp := "/etc/kubernetes/tmp/kubeadm-upgraded-manifests" + h.placeholder("n9") + "/" + pod + ".yaml"
			s.file(kubeadm, "FileCreated", temp)
			s.rename(kubeadm, temp, "/etc/kubernetes/manifests/"+pod+".yaml")
			s.wait(30)
		}
		s.file(kubeadm, "FileModified", "/var/lib/kubelet/config.yaml")
		s.file(kubeadm, "FileModified", "/var/lib/kubelet/kubeadm-flags.env")
		s.file(kubeadm, "FileModified", "/etc/kubernetes/admin.conf")
	}
	for _, t := range h.times(.4, "night") {
		s := h.at(t)
		dpkg := s.startAs(h.as("root"), h.standing["systemd"], "/usr/bin/dpkg", "/usr/bin/dpkg --status-fd 10 --unpack /var/cache/apt/archives/kubelet_1.30.5-1.1_amd64.deb")
		s.file(dpkg, "FileCreated", "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf")
		s.file(dpkg, "FileCreated", "/usr/lib/systemd/system/kubelet.service")
	}
}
