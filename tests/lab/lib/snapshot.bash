# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# All that a node has ever written, to be compared: proves that something touched nothing.

# What others write when somebody logs in, looks, or asks the service; each with why.
snapshot_others=(
	# journald notes each login and each command by sudo.
	'^\./var/log/journal/'
	# sshd and login note who came.
	'^\./var/log/(wtmp|btmp|lastlog|auth\.log|syslog)$'
	# nginx notes each question of the probe and of the test's own client.
	'^\./var/log/nginx/'
	# Every reader of an SQLite database, each `rpm -q`, writes its shared index.
	'^\./(root/\.rpmdb|var/lib/rpm)/rpmdb\.sqlite-shm$'
)

# snapshot_disk NODE: name, kind, size, times, mode, owner and digest of each file on its disk. The
# nodes share the host's root as a lower layer: what they write is in the layer above it, whole.
snapshot_disk()
{
	local dir pattern

	dir=$(lab env | sed -n 's/^LAB_DIR=//p')/$1/upper
	pattern=$(IFS='|'; echo "${snapshot_others[*]}")
	(
		cd "$dir" || exit 1
		find . -printf '%p %y %s %T@ %C@ %m %U:%G %l\n' |
			# Readers of an SQLite database change the owner of its empty log to what it was.
			sed -E 's/^(\S+\.sqlite-wal f 0 )\S+ \S+/\1/'
		find . -type f -print0 | xargs -0 sha256sum | awk '{ print $2, $1 }'
	) | awk -v pattern="$pattern" '$1 !~ pattern' | sort
}

# snapshot_memory NODE: the names in what a node keeps in memory.
snapshot_memory()
{
	lab exec "$1" find /run /tmp /var/tmp /dev/shm -xdev -not -path '/run/user*' \
		-not -path '/run/systemd/*' -printf '%p %y\n' | sort
}

# snapshot_nodes FILE: of all nodes, and the package databases byte for byte.
snapshot_nodes()
{
	local node

	for node in $(cluster_nodes); do
		snapshot_disk "$node" | sed "s/^/$node disk /"
		snapshot_memory "$node" | sed "s/^/$node memory /"
		lab exec "$node" sh -c \
			'cat "$(rpm --eval %_dbpath)/rpmdb.sqlite" /var/lib/dpkg/status | sha256sum' |
			sed "s/^/$node databases /"
	done >"$1"
	[ "$(wc -l <"$1")" -gt 200 ]
}
