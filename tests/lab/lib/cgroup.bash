# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Control groups of the nodes' processes; sourced by the lab.
#
# Each node gets one group, haupgrade-lab/NAME/nodeI, in the hierarchies that a systemd uses: the
# unified one (version 2) and, on version 1 hosts, that of name=systemd.

cgroup_hierarchies()
{
	local path

	for path in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
		[ ! -e "$path/cgroup.procs" ] || echo "$path"
	done
}

# cgroup_enter NODE: moves the calling process.
cgroup_enter()
{
	local hierarchy group

	for hierarchy in $(cgroup_hierarchies); do
		group=$hierarchy/haupgrade-lab/$LAB_NAME/$1
		mkdir -p "$group"
		# 0 is the writer itself.
		echo 0 > "$group/cgroup.procs"
	done
}

# cgroup_delete [NODE]: removes NODE's groups, or the whole lab's; their processes are gone.
cgroup_delete()
{
	local hierarchy group

	for hierarchy in $(cgroup_hierarchies); do
		group=$hierarchy/haupgrade-lab/$LAB_NAME${1:+/$1}
		[ ! -d "$group" ] || find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
		rmdir "$hierarchy/haupgrade-lab" 2>/dev/null || true
	done
}
