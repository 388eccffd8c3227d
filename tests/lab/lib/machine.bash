#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Plays the hardware of one node: power, firmware, network cables, and a new boot after each
# reboot.  Arguments: the node, the seconds its firmware takes before the first boot.
# Environment: that of tests/lab/lab, and LAB_LOCK, an inherited lock (see node_start).
# shellcheck source-path=SCRIPTDIR
set -eu

LAB_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=base.bash
. "$LAB_HERE/lib/base.bash"
# shellcheck source=process.bash
. "$LAB_HERE/lib/process.bash"
# shellcheck source=network.bash
. "$LAB_HERE/lib/network.bash"

node=$1
post=$2
dir=$LAB_DIR/$node
# systemd-nspawn exits so when the machine inside asked for a reboot.
REBOOT=133

state() { echo "$1" > "$dir/state.new"; mv "$dir/state.new" "$dir/state"; }

boot_once()
{
	local status=0

	network_attach "$node"
	date '+%Y-%m-%dT%H:%M:%S.%3N' >> "$dir/boots"
	state running
	# A pid and a mount namespace per boot: whatever ends this process ends every process of
	# the node, and its mounts are seen by nobody else and vanish with it.
	setpriv --pdeathsig KILL nsenter --net="$(netns_path "$node")" \
		unshare --mount --pid --fork --kill-child \
		bash "$LAB_HERE/lib/boot.bash" "$node" >> "$dir/console" 2>&1 || status=$?
	network_detach "$node"
	return $status
}

# close_inherited: nothing of the caller's stays open in us, who outlive it: not a pipe whose end
# somebody waits for, nor a folder somebody wants to unmount.
close_inherited()
{
	local fd

	cd /
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		# 255 is this script.
		case $fd in 0|1|2|255|"$LAB_LOCK") ;; *) exec {fd}>&- ;; esac
	done
}

close_inherited
process_record "$dir/machine"
exec {LAB_LOCK}>&-

while :; do
	if [ "$post" != 0 ]; then
		state firmware
		sleep "$post"
	fi
	post=$LAB_POST_SECONDS
	status=0
	boot_once || status=$?
	[ "$status" = "$REBOOT" ] || break
done
state off
say "$(date '+%T') $node ended with status $status"
