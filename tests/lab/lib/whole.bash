# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The lab as a whole: up, down, status, wait, env; sourced by tests/lab/lab.
# shellcheck disable=SC2153  # LAB_NAME is set by base.bash

# lab_lock: one command at a time changes this lab; sets LAB_LOCK, the descriptor.
lab_lock()
{
	local path=$LAB_DIR.lock

	while :; do
		mkdir -p "$LAB_STATE"
		exec {LAB_LOCK}> "$path"
		flock -w 30 "$LAB_LOCK" ||
			fail "another command has been changing lab \"$LAB_NAME\" for 30 seconds"
		# down removes the file: what we waited for may no longer be the lock.
		[ ! "/proc/$$/fd/$LAB_LOCK" -ef "$path" ] || return 0
		exec {LAB_LOCK}>&-
	done
}

lab_unlock() { exec {LAB_LOCK}>&-; }

# state_check: the nodes' disks are upper layers of overlays, which not every file system can be.
state_check()
{
	local type

	mkdir -p "$LAB_STATE"
	type=$(stat -f -c %T "$LAB_STATE")
	case $type in
	overlay*|nfs|fuse*|9p|v9fs|vfat|msdos)
		unusable "LAB_STATE=$LAB_STATE is on $type, which cannot be written through an" \
			"overlay; set LAB_STATE to a folder on ext4, xfs, btrfs or tmpfs" ;;
	esac
}

whole_up()
{
	local count=${1:-2} node release

	[ $# -le 1 ] || usage_error "up takes one number"
	[[ $count =~ ^[1-9][0-9]?$ && $count -le $MAX_NODES ]] ||
		usage_error "up: \"$count\" is not a number of nodes (1 to $MAX_NODES)"
	commands_check
	state_check
	trap whole_abandon EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	layer_make
	for release in $LAB_RELEASES; do
		layer_make "$release"
	done

	lab_lock
	if [ -e "$LAB_DIR" ] || [ -n "$(netns_names)" ]; then
		fail "lab \"$LAB_NAME\" is up already, or was not taken down whole; lab down ends it"
	fi
	LAB_MADE=yes
	mkdir "$LAB_DIR"
	chmod 0755 "$LAB_DIR"
	# Our own copies (20 MB): the cached ones go when the host's packages change.
	for release in host $LAB_RELEASES; do
		layer_make "$release"
		cp --sparse=always "$LAYER_IMAGE" "$LAB_DIR/layer-$release.ext4"
		cp "${LAYER_IMAGE%.ext4}.door" "$LAB_DIR/door"
	done
	echo "$count" > "$LAB_DIR/nodes"
	ssh-keygen -q -t ed25519 -N '' -C "lab $LAB_NAME" -f "$LAB_DIR/id_ed25519"
	network_make
	for node in $(nodes); do
		node_make "$node"
		node_start "$node" 0
	done
	lab_unlock

	for node in $(nodes); do
		if ! node_wait "$node"; then
			tail -n 20 "$LAB_DIR/$node/machine.log" "$LAB_DIR/$node/console" >&2 || true
			fail "$node is off, or does not answer within $LAB_DEADLINE seconds"
		fi
		say "$node up: public $(node_address "$PUBLIC_PREFIX" "$node")," \
		    "interconnect $(node_address "$INTERCONNECT_PREFIX" "$node")"
	done
	trap - EXIT INT TERM HUP
}

# whole_abandon: an up that does not succeed, for whatever reason, leaves nothing.
whole_abandon()
{
	local status=$?

	trap '' INT TERM HUP
	layer_abandon
	if [ -n "${LAB_MADE:-}" ]; then
		warn "taking lab \"$LAB_NAME\" down again"
		whole_remove
	fi
	exit $status
}

whole_down()
{
	[ $# = 0 ] || usage_error "down takes no arguments"
	trap '' INT HUP
	lab_lock
	whole_remove
}

# whole_remove: whatever there is of this lab; it may have been left in any state.
whole_remove()
{
	local dir name

	for dir in "$LAB_DIR"/node*/; do
		[ -d "$dir" ] || continue
		dir=${dir%/}
		node_stop "${dir##*/}"
	done
	for name in $(netns_names); do
		netns_delete "$name"
	done
	wait_until 10 cgroup_delete || warn "control groups of lab \"$LAB_NAME\" cannot be removed"
	rm -rf --one-file-system "$LAB_DIR"
	rm -f "$LAB_DIR.lock"
	rmdir "$LAB_STATE" 2>/dev/null || true
}

whole_status()
{
	local node state links link

	lab_check
	for node in $(nodes); do
		state=off
		! node_is_on "$node" || read -r state < "$LAB_DIR/$node/state"
		links=
		for link in public interconnect; do
			if [ -e "$LAB_DIR/$node/cut-$link" ]; then
				links="$links, $link cut"
			else
				links="$links, $link ok"
			fi
		done
		say "$node $state, boots $(wc -l < "$LAB_DIR/$node/boots")$links"
	done
}

# node_answers NODE: does its sshd let us in and its nginx serve?
node_answers()
{
	local node=$1 address listening reply

	address=$(node_address "$PUBLIC_PREFIX" "$node")
	# The client would wait seconds for an address that nobody has yet; so first look whether
	# somebody listens (state 0A) on ports 22 and 80 there.
	listening=$(in_netns "$node" cat /proc/net/tcp 2>/dev/null) || return 1
	[[ $listening =~ :0016\ 00000000:0000\ 0A && $listening =~ :0050\ 00000000:0000\ 0A ]] ||
		return 1
	"${SSH[@]}" "root@$address" true 2>/dev/null || return 1
	# shellcheck disable=SC2016
	reply=$(nsenter --net="$(netns_path client)" timeout 5 bash -c \
		'exec 3<> "/dev/tcp/$1/80"; printf "GET / HTTP/1.0\r\n\r\n" >&3; cat <&3' - \
		"$address" 2>/dev/null) || return 1
	[ "${reply##*$'\n'}" = "$node" ]
}

node_wait()
{
	ssh_command
	wait_until "$LAB_DEADLINE" node_answers_or_off "$1" && node_is_on "$1"
}

# Nobody waits for a machine that is off.
node_answers_or_off() { node_answers "$1" || ! node_is_on "$1"; }

whole_wait()
{
	local node which

	[ $# -le 1 ] || usage_error "wait takes at most one node"
	lab_check
	which=$(nodes)
	if [ $# = 1 ]; then
		node_check "$1"
		which=$1
	fi
	for node in $which; do
		if [ $# = 0 ] && ! node_is_on "$node"; then
			continue
		fi
		node_wait "$node" ||
			fail "$node is off, or does not answer within $LAB_DEADLINE seconds"
	done
}

whole_save() { disks save "$@"; }

whole_load() { disks load "$@"; }

# disks save|load [NAME]: all nodes' at once, so that what belongs together is of one moment.
disks()
{
	local node what=$1 name=${2:-disk}

	[[ $# -le 2 && $name =~ ^[a-z]+$ ]] || usage_error "$what takes at most a name, of lower-case letters"
	lab_check
	lab_lock
	for node in $(nodes); do
		! node_is_on "$node" || fail "$node is on: its disk can be copied only while it is off"
	done
	for node in $(nodes); do
		"node_$what" "$node" "$name"
	done
}

whole_env()
{
	local node

	[ $# = 0 ] || usage_error "env takes no arguments"
	lab_check
	printf 'LAB_NAME=%q\n' "$LAB_NAME"
	printf 'LAB_DIR=%q\n' "$LAB_DIR"
	printf 'LAB_IDENTITY=%q\n' "$LAB_DIR/id_ed25519"
	printf 'LAB_KNOWN_HOSTS=%q\n' "$LAB_DIR/known_hosts"
	printf 'LAB_CLIENT_ADDRESS=%q\n' "$CLIENT_ADDRESS"
	printf 'LAB_FLOATING_ADDRESS=%q\n' "$FLOATING_ADDRESS"
	printf 'LAB_NODES=%q\n' "$(nodes | tr '\n' ' ' | sed 's/ $//')"
	for node in $(nodes); do
		printf 'LAB_%s_ADDRESS=%q\n' "${node^^}" "$(node_address "$PUBLIC_PREFIX" "$node")"
		printf 'LAB_%s_INTERCONNECT=%q\n' "${node^^}" \
			"$(node_address "$INTERCONNECT_PREFIX" "$node")"
	done
}
