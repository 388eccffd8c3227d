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

# cgroup_enter NODE: moves the calling process, the first of a boot.
cgroup_enter()
{
	local hierarchy group

	for hierarchy in $(cgroup_hierarchies); do
		group=$hierarchy/haupgrade-lab/$LAB_NAME/$1
		# What the boot before left empty; version 2 takes no process into an inner group.
		cgroup_remove "$group"
		mkdir -p "$group"
		# 0 is the writer itself.
		echo 0 > "$group/cgroup.procs"
	done
}

# cgroup_restrict NODE: its processes, whatever they mount, can open no device of the machine's.
cgroup_restrict()
{
	local hierarchy

	for hierarchy in $(cgroup_hierarchies); do
		if [ "$(stat -f -c %T "$hierarchy")" = cgroup2fs ]; then
			"$LAB_DIR/door" devices "$hierarchy/haupgrade-lab/$LAB_NAME/$1" && return
		fi
	done
	warn "$1: nothing but its missing CAP_MKNOD keeps it from this machine's devices"
}

# cgroup_remove GROUP: with all groups in it; no matter if it does not exist or is not empty.
cgroup_remove()
{
	[ ! -d "$1" ] || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
}

# cgroup_delete: removes the lab's groups, whose processes were killed; fails while one is left.
cgroup_delete()
{
	local hierarchy group left=0

	for hierarchy in $(cgroup_hierarchies); do
		group=$hierarchy/haupgrade-lab/$LAB_NAME
		cgroup_remove "$group"
		[ ! -d "$group" ] || left=1
		# Shared by all labs: goes with the last one.
		rmdir "${group%/*}" 2>/dev/null || true
	done
	return $left
}
