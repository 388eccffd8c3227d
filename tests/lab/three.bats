#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Three nodes: the backups one by one, then the primary gives, then it too; nobody notices.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "three"
	scenario_bundles
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "three"
	cluster_size=3
	LAB_POST_SECONDS=1
	export LAB_POST_SECONDS
	scenario_cluster
	[ "$(cluster_primary)" = node1 ]
	client_start
}

teardown()
{
	client_stop
	lab down
}

# The steps that were done, in their order: "stop node2, install node2, ...".
steps_done()
{
	jq -rs '[.[] | select(.event == "step" and .state == "done") | .step + " " + (.node // "-")] |
		join(", ")' "$work/events"
}

node_steps()
{
	local step

	for step in stop install reboot return services role; do
		printf '%s %s, ' "$step" "$1"
	done
}

@test "three nodes: both backups one by one, fail over, the former primary; failed 0" {
	cluster_haupgrade upgrade --yes --json "$work/cluster.conf" "$bundles/$scenario_new" >"$work/events" ||
		{ cat "$work/events"; false; }
	expected="$(node_steps node2)$(node_steps node3)failover node1, $(node_steps node1)final -"
	[ "$(steps_done)" = "verify -, preflight -, upload -, $expected" ] || { steps_done; false; }
	for node in $(cluster_nodes); do
		expect_version "$node" "$scenario_new"
	done
	[ "$(cluster_primary)" != node1 ]
	cluster_haupgrade status "$work/cluster.conf"
	expect_served
}
