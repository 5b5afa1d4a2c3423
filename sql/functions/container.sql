-- Containers that come back: what a line for Docker, Podman or kubectl asks for, which
-- files of theirs make a container start with the machine, and what lets one out.

-- container_restart(command): the restart policy that docker, podman or nerdctl is told
-- to keep, in lower case; `any` for a service of a swarm, which comes back unless told
-- otherwise. '' for none, and for other verbs than run, create and update.
create or replace macro container_restart(command) as
    list_transform(
        [coalesce(command, '')],
        lambda c: case
            when regexp_matches(c, '\sservice\s+create\s') then case when regexp_matches(c, '--restart-condition[=\s]["'']?none') then '' else 'any' end
            when regexp_matches(c, '\s(?:run|create|update)\s')
                then lower(regexp_extract(c, '(?i)\s--restart(?:=|\s+)["'']?(always|unless-stopped|on-failure)', 1))
            else ''
        end
    )[1];

-- container_unit(command): whether a line has Podman make or take a unit of systemd.
create or replace macro container_unit(command) as
    regexp_matches(coalesce(command, ''), '\s(?:generate\s+systemd\b|quadlet\s+install\b|kube\s+play\s.*--(?:service-container|start))');

-- container_api(command): whether a line asks the engine past its own client, through
-- its socket, for a container that comes back, or for one described in a file.
create or replace macro container_api(command) as
    regexp_matches(
        coalesce(command, ''),
        '(?is)\b(?:docker|podman|containerd)\.sock\b.*/(?:containers/create|containers/[^/\s]+/update|services/create)|\b(?:127\.0\.0\.1|localhost|[0-9.]+|[a-z0-9.-]+):237[56]/\S*(?:containers/create|services/create)'
    )
    and regexp_matches(coalesce(command, ''), '(?i)restartpolicy[\\"'']*\s*:\s*\{[^}]*(?:always|unless-stopped|on-failure)|\s(?:-d|--data\S*)\s*["'']?@|/services/create');

-- container_name(command): the name that a container is given, '' for none.
create or replace macro container_name(command) as
    regexp_extract(coalesce(command, ''), '\s--name(?:=|\s+)["'']?([^\s"'']+)', 1);

-- container_payload(command): what a container is to run, where that is a shell's line
-- or a way out of the container. '' where it is the image's own program.
create or replace macro container_payload(command) as
    regexp_extract(coalesce(command, ''), '(?s)\s((?:/\S*/)?(?:ba|da|a|z)?sh\s+-\w*c\s.*|(?:/\S*/)?(?:chroot|nsenter)\s.*)$', 1);

-- container_reasons(text): the ids of sql/reference/weights.csv for what a container is
-- allowed to, a space between; '' for none. `text` is a command line, a request to the
-- engine, or a compose, Quadlet or Kubernetes file that stands on one. The host's folder
-- counts where it may be written to.
create or replace macro container_reasons(text) as
    list_transform(
        [replace(replace(coalesce(text, ''), '\"', '"'), '''', '"')],
        lambda t: concat_ws(
            ' ',
            case when regexp_matches(t, '(?i)--privileged(?:=true|[\s",]|$)|"?privileged"?\s*[:=]\s*true') then 'container_privileged' end,
            case when regexp_matches(t, '(?i)--cap-add(?:=|\s+)"?(?:cap_)?(?:all|sys_admin|sys_module|dac_read_search|bpf)\b|"CapAdd"\s*:\s*\[[^\]]*(?:ALL|SYS_ADMIN|SYS_MODULE)')
                then 'container_capability' end,
            case when regexp_matches(t, '(?i)--(?:pid|net|network|ipc|uts|userns)(?:=|\s+)"?host\b|"(?:Pid|Network|Ipc|UTS)Mode"\s*:\s*"host"|"?host(?:PID|Network|IPC)"?\s*:\s*true|\b(?:pid|network_mode|ipc):\s*"?host\b')
                then 'container_host_namespace' end,
            case when regexp_matches(t, '(?i)(?:[\s"\[,-]|volume=)/(?:etc|root|boot|proc)?:/[^:\s",]*(?:[\s",\]]|:rw|:z|:rslave|:rshared|$)|\b(?:source|src)=/(?:,(?:target|dst|destination)=[^,\s]+)(?:[\s"]|$)|"?hostPath"?\s*:\s*\{?\s*"?path"?\s*:\s*"?/["\s}]')
                then 'container_host_root' end,
            case when regexp_matches(t, '(?i)(?:-v|--volume|volume|src|source|"Binds".*)[=\s\[:"]+\S*/(?:docker|containerd|podman|crio)\.sock\b') then 'container_socket' end,
            case when regexp_matches(t, '\bnsenter\b|\bchroot\s+["/]|/proc/1/root') then 'container_breakout' end
        )
    )[1];

-- container_place(path): what a file is to the engines, by where it lies: `quadlet`, a
-- container that systemd starts; `engine`, the settings or the unit of an engine. ''
-- for anything else.
create or replace macro container_place(path) as
    list_transform(
        [true_path(regexp_replace(regexp_replace(fold(path), '^(?:~|\$home|\$\{home\})/', '/home/~/'), '^[^/]+', ''))],
        lambda p: case
            when regexp_matches(p, '^(?:/etc|/run|/usr/share|/usr/local/share|/run/user/[0-9]+|/.*/\.config)/containers/systemd/(?:[^.][^/]*/)*[^/.][^/]*\.(?:container|kube|pod)$') then 'quadlet'
            when regexp_full_match(p, '/etc/docker/daemon\.json|(?:/home/[^/]+|/root)/\.config/docker/daemon\.json|/etc/containerd/config\.toml') then 'engine'
            when regexp_matches(p, '/(?:docker|containerd|podman|crio)\.(?:service|socket)(?:\.d/[^/]+\.conf)?$') and unit_place(p) in ('unit', 'user unit', 'dropin') then 'engine'
            else ''
        end
    )[1];

-- container_written(name, command): the first such file, or compose file with a restart
-- policy in the text, that a command line writes; '' for none.
create or replace macro container_written(name, command) as
    coalesce(
        list_filter(
            written_paths(name, command),
            lambda p: container_place(p) <> ''
                or (
                    regexp_matches(p, '(?i)compose[^/]*\.ya?ml$')
                    and regexp_matches(command, '(?i)\brestart:\s*[\\"'']*(?:always|unless-stopped|on-failure)')
                )
        )[1],
        ''
    );

-- kube_place(path): what a file is to a node of Kubernetes, by where it lies: `static
-- pod`, which the kubelet runs without asking the cluster, from every file there whose
-- name does not begin with a dot; `auto deploy`, which k3s and
-- RKE2 apply to the cluster; `kubelet`, what the kubelet is told. '' for anything else.
create or replace macro kube_place(path) as
    list_transform(
        [true_path(regexp_replace(fold(path), '^[^/]+', ''))],
        lambda p: case
            when regexp_full_match(p, '(?:/etc/kubernetes/manifests|/etc/kubelet\.d|/etc/kubernetes/kubelet\.d|/var/lib/rancher/(?:k3s|rke2)/agent/pod-manifests|/opt/rke2/.*pod-manifests)/[^/.][^/]*') then 'static pod'
            when regexp_full_match(p, '/var/lib/rancher/(?:k3s|rke2)/server/manifests/[^.][^~]*\.(?:ya?ml|json)') then 'auto deploy'
            when regexp_full_match(p, '/var/lib/kubelet/(?:config\.yaml|kubeadm-flags\.env)|/etc/(?:default|sysconfig)/kubelet|/etc/kubernetes/(?:kubelet/[^/]+|kubelet[^/]*\.conf|admin\.conf)|/etc/rancher/(?:k3s|rke2)/config\.yaml') then 'kubelet'
            when regexp_matches(p, '/(?:kubelet|k3s|k3s-agent|rke2-server|rke2-agent)\.service(?:\.d/[^/]+\.conf)?$') and unit_place(p) in ('unit', 'dropin') then 'kubelet'
            else ''
        end
    )[1];

-- kube_written(name, command): the first such file that a command line writes, '' for
-- none.
create or replace macro kube_written(name, command) as
    coalesce(list_filter(written_paths(name, command), lambda p: kube_place(p) <> '')[1], '');

-- kube_change(command): what a kubectl line brings onto nodes: `daemonset`, a pod on
-- every node; `node pod`, one that names its node or may do as it likes there. '' for
-- anything else. A shell's line counts if it hands a DaemonSet to kubectl.
create or replace macro kube_change(command) as
    list_transform(
        -- As it is written, and as a shell would read it.
        list_transform(
            [coalesce(command, '')],
            lambda c: case when shell_breaks_words(c) then c || chr(10) || shell_unbroken(c) else c end
        ),
        lambda c: case
            when not regexp_matches(c, '\b(?:kubectl|oc|k3s|microk8s)(?:\.exe)?["'']?\s') then ''
            when regexp_matches(c, '(?i)\s(?:apply|create|replace|edit|patch)\s')
                and regexp_matches(c, '(?i)\s(?:daemonsets?|ds)(?:\.apps)?(?:[/\s]|$)|\s(?:-f|--filename)(?:=|\s+)\S*(?:daemon-?set|[/_.-]ds\.)|\bkind[\\"'']*\s*:\s*[\\"'']*DaemonSet\b') then 'daemonset'
            when regexp_matches(c, '(?i)\s(?:run|apply|create|debug)\s')
                and regexp_matches(c, '(?i)\b(?:hostPID|hostNetwork|privileged)[\\"'']*\s*:\s*[\\"'']*true|\b(?:nodeName|nodeSelector)[\\"'']*\s*:') then 'node pod'
            else ''
        end
    )[1];

-- kubelet_pod_source(command): the place other than its own that a kubelet is told to
-- take static pods from; '' for none.
create or replace macro kubelet_pod_source(command) as
    list_transform(
        [regexp_extract(coalesce(command, ''), '\s--(?:pod-manifest-path|config-dir|manifest-url)(?:=|\s+)["'']?([^\s"'']+)', 1)],
        lambda p: case when regexp_full_match(p, '/etc/kubernetes/manifests/?|') then '' else p end
    )[1];
