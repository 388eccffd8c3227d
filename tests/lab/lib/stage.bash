# SPDX-License-Identifier: GPL-2.0-or-later
# One cluster that is put back to release N, or to bare nodes, again and again, and one haupgrade on it
# that is watched line by line; shared by tests/lab/faults and tests/lab/kills.
#
# The caller has set top. A stage is one lab; several of them, of different names, run side by side.
# shellcheck shell=bash disable=SC2154,SC2034

stage_old=0.1.0
stage_new=0.2.0
stage_broken=0.3.0

# stage_prepare NAME FOLDER: its lab is NAME and a number of FOLDER, in which its files are.
stage_prepare()
{
	LAB_NAME=${1:0:5}$(printf '%s' "$2" | cksum | cut -c1-6)
	# A machine's firmware takes long enough to be seen down, and no longer.
	LAB_POST_SECONDS=0.7
	export LAB_NAME LAB_POST_SECONDS
	work=$2
	state=$work/state
	mkdir -p "$work"
	bundles=${FAULTS_BUNDLES:-$top/build/bundles}
	# A node that boots alone waits so long for its peer.
	cluster_initdead=5
	ha_pid='' ha_events='' ask_pid='' drain_pid=''
}

stage_bundles()
{
	[ -z "${FAULTS_BUNDLES:-}" ] || return 0
	"$top/tests/lab/packages.sh" "$bundles" "$stage_old" "$stage_new" >&2 &&
		"$top/tests/lab/packages.sh" --broken "$bundles" "$stage_broken" >&2
}

# stage_build_bare: nodes with nothing of ours on them, and their disks saved.
stage_build_bare()
{
	lab down >/dev/null 2>&1 || :
	lab up "${cluster_size:-2}" >"$work/up.log" 2>&1 && stage_off && lab save bare
}

# stage_build: the same with release N on them.
stage_build()
{
	stage_on && lab wait && cluster_install "$bundles/$stage_old" && stage_off && lab save
}

stage_on()
{
	local node

	for node in $(cluster_nodes); do
		LAB_POST_SECONDS=0.1 lab power-on "$node" || return 1
	done
}

stage_off()
{
	local node

	for node in $(cluster_nodes); do
		lab power-off "$node" || return 1
	done
}

# stage_begin [DEADLINES]: the cluster serves on release N, from the saved disks, node1 the primary;
# an empty journal; a client that keeps asking.
stage_begin()
{
	stage_reset disk "${1:-}" && wait_until 30 stage_serves || return 1
	"$top/tests/lab/lab" client "$top/build/tests/lab/ask" --rate 100 192.0.2.100 80 \
		>"$work/asked" 2>"$work/failures" 3>&- &
	ask_pid=$!
}

# stage_begin_bare [DEADLINES]: nodes with nothing of ours on them, and the files that a first
# installation brings. No client: nobody is served.
stage_begin_bare()
{
	stage_reset bare "${1:-}" && lab wait || return 1
	ha_cf >"$work/ha.cf"
	groups_conf >"$work/groups.conf"
	rm -f "$work/authkeys"
	cluster_haupgrade propagate "$work/cluster.conf" --generate-authkeys >"$work/authkeys.log" 2>&1
}

# stage_reset DISKS DEADLINES: the nodes boot from the disks saved so; an empty journal.
stage_reset()
{
	stage_off && lab heal && lab load "$1" || return 1
	rm -rf "$state"
	: >"$work/events"
	cluster_file "" "$2" >"$work/cluster.conf"
	# A client's host has no filter unless a fault puts one there.
	lab client nft flush ruleset
	stage_on
}

# Looked at without haupgrade, which would cost a second: one holder, and all nodes know their role.
stage_serves()
{
	[ "$(cluster_primary 2>/dev/null)" = node1 ] && cluster_serves
}

# stage_end: the client's count in stage_asked and stage_failed.
stage_end()
{
	[ -z "$ask_pid" ] || {
		kill -TERM "$ask_pid" 2>/dev/null || :
		wait "$ask_pid" 2>/dev/null || :
	}
	ask_pid=''
	stage_asked=$(sed -n '1s/^asked \([0-9]*\),.*/\1/p' "$work/asked")
	stage_failed=$(sed -n '1s/^asked .*, failed \([0-9]*\),.*/\1/p' "$work/asked")
	[ -n "$stage_failed" ] && [ "${stage_asked:-0}" -gt 0 ]
}

# stage_remove: nothing of it is left.
stage_remove()
{
	[ -z "$ha_pid" ] || kill -9 "$ha_pid" 2>/dev/null || :
	[ -z "$ask_pid" ] || kill -9 "$ask_pid" 2>/dev/null || :
	[ -z "$drain_pid" ] || kill -9 "$drain_pid" 2>/dev/null || :
	lab down >/dev/null 2>&1 || :
}

# ha_start COMMAND...: haupgrade in the background; ha_pid is the program itself. Its events are read
# by ha_until and ha_drain, and added to $work/events.
ha_start()
{
	local command=$1

	shift
	rm -f "$work/fifo"
	mkfifo "$work/fifo"
	echo "{\"event\":\"command\",\"command\":\"$command\"}" >>"$work/events"
	# The program by its path and no function, so that the pid is its.
	"$top/tests/lab/lab" client "${haupgrade:-$top/build/haupgrade}" "$command" "$@" --json \
		--state-dir "$state" --profile-dir "$top/profiles" >"$work/fifo" 2>&1 3>&- &
	ha_pid=$!
	exec {ha_events}<"$work/fifo"
}

# ha_until STEP NODE: reads events until that step began on that node ("-": on none, or whatever).
ha_until()
{
	local line step=$1 node=$2

	while IFS= read -r -t 60 line <&"$ha_events"; do
		printf '%s\n' "$line" >>"$work/events"
		case $line in
		*'"event":"step","step":"'"$step"'","state":"began"'*)
			[[ $node = - || $line == *'"node":"'"$node"'"'* ]] && return 0 ;;
		esac
	done
	return 1
}

# ha_drain: the rest of the events, without anybody waiting for them.
ha_drain()
{
	[ -n "$ha_events" ] || return 0
	cat <&"$ha_events" >>"$work/events" &
	drain_pid=$!
	exec {ha_events}<&-
	ha_events=''
}

# ha_wait SECONDS: until it has ended; its status in ha_status ("alive" when it has not).
ha_wait()
{
	ha_drain
	if ! wait_while "$1" kill -0 "$ha_pid" 2>/dev/null; then
		ha_status=alive
		return 1
	fi
	ha_status=0
	wait "$ha_pid" 2>/dev/null || ha_status=$?
	wait "$drain_pid" 2>/dev/null || :
	ha_pid='' drain_pid=''
}

ha_kill()
{
	kill -KILL "$ha_pid"
	ha_wait 10
}
