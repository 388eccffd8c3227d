# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Settings, names and messages of the lab; sourced by tests/lab/lab and its processes.
# shellcheck disable=SC2034  # its constants are used by the other parts

# What we write becomes the nodes' files: the caller's umask must not decide who reads them there.
umask 022

: "${LAB_NAME:=lab}"
: "${LAB_STATE:=/var/lib/haupgrade-lab}"
: "${LAB_CACHE:=/var/cache/haupgrade-lab}"
: "${LAB_POST_SECONDS:=3}"
: "${LAB_DEADLINE:=60}"
: "${LAB_RELEASES:=}"

# Documentation networks (RFC 5737): they exist nowhere outside the lab's namespaces.
PUBLIC_PREFIX=192.0.2
INTERCONNECT_PREFIX=198.51.100
CLIENT_ADDRESS=$PUBLIC_PREFIX.2
FLOATING_ADDRESS=$PUBLIC_PREFIX.100
MAX_NODES=32
# Where tests/lab/door.c lies in a node.
LAB_DOOR=/usr/libexec/lab-door

say() { printf '%s\n' "$*"; }

warn() { printf 'lab: %s\n' "$*" >&2; }

# fail MESSAGE: it did not work.
fail() { warn "$*"; exit 1; }

# unusable MESSAGE: this host or this call cannot work at all.
unusable() { warn "$*"; exit 2; }

usage_error() { unusable "$* (see lab --help)"; }

settings_check()
{
	# The name becomes part of namespace names: NAME-node1 must never be readable as a lab
	# of its own, hence no '-'.
	[[ $LAB_NAME =~ ^[a-z][a-z0-9]{0,11}$ ]] ||
		usage_error "lab name \"$LAB_NAME\": at most 12 small letters and digits, a letter first"
	[[ $LAB_POST_SECONDS =~ ^[0-9]+(\.[0-9]+)?$ ]] ||
		usage_error "LAB_POST_SECONDS=\"$LAB_POST_SECONDS\" is not a number of seconds"
	[[ $LAB_DEADLINE =~ ^[1-9][0-9]*$ ]] ||
		usage_error "LAB_DEADLINE=\"$LAB_DEADLINE\" is not a number of seconds"
	# They stand in mount options, where comma and colon part things.
	[[ $LAB_STATE =~ ^/[A-Za-z0-9._/+-]+$ && $LAB_CACHE =~ ^/[A-Za-z0-9._/+-]+$ ]] ||
		usage_error "LAB_STATE and LAB_CACHE must be absolute paths of letters, digits, . _ + -"
	[[ $LAB_RELEASES =~ ^[a-z\ ]*$ ]] ||
		usage_error "LAB_RELEASES=\"$LAB_RELEASES\" is not a list of names such as host or trixie"
	[ "$(id -u)" = 0 ] || unusable "must be run by root: it makes namespaces and mounts"
	LAB_DIR=$LAB_STATE/$LAB_NAME
	# The parts that run as processes of their own get their settings this way.
	export LAB_NAME LAB_DIR LAB_STATE LAB_CACHE LAB_POST_SECONDS LAB_DEADLINE
}

# commands_check: names every missing command at once, with the Debian package that has it.
commands_check()
{
	local entry missing=

	for entry in systemd-nspawn:systemd-container ip:iproute2 bridge:iproute2 \
	             ssh:openssh-client ssh-keygen:openssh-client mkfs.ext4:e2fsprogs \
	             losetup:mount nsenter:util-linux unshare:util-linux pivot_root:util-linux \
	             setpriv:util-linux flock:util-linux sha256sum:coreutils; do
		command -v "${entry%%:*}" >/dev/null ||
			missing="$missing ${entry%%:*} (package ${entry#*:})"
	done
	[ -z "$missing" ] || unusable "missing on this host:$missing"
}

# node_address PREFIX NODE: node1 is PREFIX.11, and so on.
node_address() { printf '%s.%d\n' "$1" $((10 + ${2#node})); }

# node_check NODE: NODE is one of this lab's.
node_check()
{
	lab_check
	[ -n "${1:-}" ] || usage_error "which node?"
	[[ $1 =~ ^node[1-9][0-9]*$ && -d $LAB_DIR/$1 ]] ||
		usage_error "no node \"$1\" in lab \"$LAB_NAME\" (it has: $(nodes | tr '\n' ' '))"
}

lab_check()
{
	[ -e "$LAB_DIR/nodes" ] || fail "lab \"$LAB_NAME\" is not up"
}

# nodes: the names of this lab's nodes, in order.
nodes()
{
	local count i

	read -r count < "$LAB_DIR/nodes"
	for ((i = 1; i <= count; i++)); do
		echo "node$i"
	done
}
