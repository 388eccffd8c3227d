# SPDX-License-Identifier: GPL-2.0-or-later
# Pairs of cluster software that is not ours, for the scenarios: what they share beyond scenario.bash.
#
# The scenario has called scenario_prepare and set: cluster_profile, and for pair_expect_not_started
# pair_service, the cluster's unit.
# shellcheck shell=bash disable=SC2154,SC2034

# pair_debs GROUP...: on both nodes at once, Debian's packages of these folders of the node layer.
pair_debs()
{
	local node pids=() pid

	for node in $(cluster_nodes); do
		# shellcheck disable=SC2016
		lab exec "$node" sh -c '
			export DEBIAN_FRONTEND=noninteractive
			for group; do
				# Twice: what must be configured before another is unpacked, is not yet.
				dpkg --force-unsafe-io -i /var/cache/lab/debs/"$group"/*.deb ||
				dpkg --force-unsafe-io -i /var/cache/lab/debs/"$group"/*.deb || exit 1
			done' sh "$@" >"$work/$node.debs" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || { tail -n 20 "$work"/node*.debs >&2; return 1; }
	done
}

# pair_wait: until there is one primary, the other backup, and the floating IP answers the client.
pair_wait()
{
	wait_until 60 cluster_serves || {
		echo "the pair does not serve; haupgrade says:" >&2
		cluster_haupgrade status "$work/cluster.conf" >&2
		return 1
	}
}

# The version of PACKAGE on NODE, and "broken" if it is not wholly installed.
pair_version()
{
	# shellcheck disable=SC2016
	lab exec "$1" dpkg-query -W -f '${Version} ${db:Status-Status}\n' "$2" |
		sed 's/ installed$//; s/ .*/ broken/'
}

# pair_expect_versions NODE BUNDLE: all packages of the bundle are on the node, in its version.
pair_expect_versions()
{
	local file package

	for file in "$2"/*.deb; do
		package=$(dpkg-deb -f "$file" Package)
		[ "$(pair_version "$1" "$package")" = "$(dpkg-deb -f "$file" Version)" ] || {
			echo "$1: $package $(pair_version "$1" "$package"), not that of $file"
			return 1
		}
	done
}

# In the boot before this one, SERVICE was stopped and then not started again on NODE: not by the
# packages' scripts either.
pair_expect_not_started()
{
	lab exec "$1" journalctl -q -b -1 -o cat -u "$pair_service" |
		awk '/^Stopped / { stopped = 1; started = 0 }
		     /^(Starting|Started) / { started = 1 }
		     END { exit !(stopped && !started) }' || {
		echo "$1: $pair_service in the boot before:"
		lab exec "$1" journalctl -q -b -1 -u "$pair_service"
		return 1
	}
}

# pair_boots: what changes when any of the nodes reboots.
pair_boots()
{
	local node

	for node in $(cluster_nodes); do
		node_boot "$node"
	done
}

# pair_expect_rebooted BOOTS: each node has, since pair_boots said so.
pair_expect_rebooted()
{
	local node word

	for node in $(cluster_nodes); do
		for word in $(node_boot "$node"); do
			[[ $1 != *$word* ]] || { echo "$node: was not rebooted"; return 1; }
		done
	done
}

# pair_go_back NODE BUNDLE: does what haupgrade printed ($output) below "To go back on NODE", word by
# word, in a folder that holds the previous packages.
pair_go_back()
{
	local commands

	commands=$(printf '%s\n' "$output" | sed -n "/^To go back on $1,/,/^[^ T]/s/^   *//p")
	[ -n "$commands" ] || { echo "no way back was printed for $1"; return 1; }
	lab exec "$1" mkdir -p /root/previous
	tar -C "$2" -cf - . | lab exec "$1" tar -C /root/previous -xf - --no-same-owner
	echo "on $1: $commands"
	# Its last command is the reboot, which may cut us off.
	lab exec "$1" sh -c "cd /root/previous && set -e; $commands" || :
}

# pair_at NODE PACKAGE BUNDLE: NODE has the bundle's version of PACKAGE.
pair_at()
{
	[ "$(pair_version "$1" "$2")" = "$(dpkg-deb -f "$3/$2"_*.deb Version)" ]
}
