# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What runs on the client's side of the network; sourced by tests/lab/lab.

# ssh_command: sets SSH to the words of an ssh that reads and writes no file of the user's.
ssh_command()
{
	SSH=(nsenter --net="$(netns_path client)" ssh -F none -i "$LAB_DIR/id_ed25519"
	     -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes
	     -o UserKnownHostsFile="$LAB_DIR/known_hosts" -o GlobalKnownHostsFile=none
	     -o StrictHostKeyChecking=yes -o ConnectTimeout=5 -o LogLevel=ERROR)
}

# exec, in both: the caller's signals must reach the command, and its status the caller.
client_ssh()
{
	local node=${1:-}

	node_check "$node"
	shift
	ssh_command
	exec "${SSH[@]}" "root@$(node_address "$PUBLIC_PREFIX" "$node")" "$@"
}

client_run()
{
	lab_check
	[ $# -ge 1 ] || usage_error "client needs a command"
	exec nsenter --net="$(netns_path client)" "$@"
}
