#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The floating IP seen from elsewhere: a node asks too, connections are held.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "vantage"
	scenario_bundles
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "vantage"
	scenario_cluster
	[ "$(cluster_primary)" = node1 ]
	upgrade_pid=
}

teardown()
{
	[ -z "$upgrade_pid" ] || kill "$upgrade_pid" 2>/dev/null || :
	client_stop
	lab down
}

@test "nodes ask too, one of them may not; held connections are counted; failed 0" {
	client_start
	cluster_file 'held = 2' >"$work/cluster.conf"
	lab exec node2 sh -c 'echo "AllowTcpForwarding no" >>/etc/ssh/sshd_config && systemctl reload ssh'
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	[[ $output =~ "node1 asked it too: "[1-9][0-9]*", failed 0" ]]
	expect_output "node2 (192.0.2.12 port 22): the node does not forward to 192.0.2.100 port 80; allow it there"
	[[ $output =~ "held connections: "[0-2]" of 2 survived" ]]
	expect_served
}

# has WORDS: what the upgrade in the background has said so far.
has()
{
	grep -q "$1" "$work/said"
}

@test "the way from the admin machine is cut: the step is held, and the words say which way it is" {
	"$top/tests/lab/lab" client "$top/build/haupgrade" upgrade --yes "$work/cluster.conf" \
		"$bundles/$scenario_new" --state-dir "$work/state" --profile-dir "$top/profiles" \
		>"$work/said" 2>&1 3>&- &
	upgrade_pid=$!
	wait_until 60 has 'node2: stop the services'
	lab client nft 'add table ip cut
		add chain ip cut output { type filter hook output priority 0; }
		add rule ip cut output ip daddr 192.0.2.100 drop'
	status=0
	wait "$upgrade_pid" || status=$?
	upgrade_pid=
	cat "$work/said"
	[ "$status" -eq 1 ]
	has 'the node that holds it was answered meanwhile: the service runs, look at the network'
	grep -q 'node1 asked it too: [1-9][0-9]*, failed 0' "$work/said"
	[ "$(cluster_primary)" = node1 ]
}
