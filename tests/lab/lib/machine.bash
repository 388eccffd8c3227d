#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Plays the hardware of one node: power, firmware, network cables, and a new boot after each
# reboot.  Arguments: the node, the seconds its firmware takes before the first boot.
# Environment: that of tests/lab/lab, and LAB_LOCK, an inherited lock (see node_start).
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
	setpriv --pdeathsig KILL \
		unshare --mount --pid --fork --kill-child \
		bash "$LAB_HERE/lib/boot.bash" "$node" >> "$dir/console" 2>&1 || status=$?
	network_detach "$node"
	return $status
}

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
