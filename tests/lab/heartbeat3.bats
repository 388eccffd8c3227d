#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Software no one here wrote: a pair of Debian's Heartbeat 3.0.6 with haresources, upgraded by .deb
# packages. Its switch-over leaves the address to nobody for about 0.2 s: slow requests, none fails.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "heartbeat"
	"$top/tests/lab/debs.sh" "$bundles/heartbeat3" "" \
		heartbeat libheartbeat2 cluster-glue resource-agents >&2
	"$top/tests/lab/debs.sh" "$bundles/heartbeat3-new" +haupgrade1 \
		heartbeat libheartbeat2 cluster-glue resource-agents >&2
	"$top/tests/lab/debs.sh" --broken "$bundles/heartbeat3-broken" +haupgrade2 \
		heartbeat libheartbeat2 >&2
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "heartbeat"
	. "$BATS_TEST_DIRNAME/lib/pair.bash"
	cluster_profile=heartbeat
	pair_service=heartbeat
	lab down >/dev/null 2>&1 || :
	rm -rf "$work"
	heartbeat_up
	[ "$(cluster_primary)" = node1 ]
	client_start
}

teardown()
{
	client_stop
	lab down
}

heartbeat_ha_cf()
{
	cat <<-'END'
	logfile /var/log/ha-log
	keepalive 100ms
	warntime 1
	deadtime 3
	initdead 5
	ucast eth1 198.51.100.11
	ucast eth1 198.51.100.12
	auto_failback off
	node node1
	node node2
	END
}

heartbeat_up()
{
	local node

	mkdir -p "$work"
	lab up 2
	cluster_file >"$work/cluster.conf"
	pair_debs heartbeat
	for node in node1 node2; do
		heartbeat_ha_cf | node_put "$node" /etc/ha.d/ha.cf 644
		echo 'node1 IPaddr2::192.0.2.100/24/eth0' | node_put "$node" /etc/ha.d/haresources 644
		printf 'auth 1\n1 sha1 of-the-lab\n' | node_put "$node" /etc/ha.d/authkeys 600
	done
	for node in node1 node2; do
		lab exec "$node" systemctl start heartbeat
	done
	pair_wait
}

@test "Heartbeat 3: upgraded by .deb packages, rebooted, roles change sides, nothing fails" {
	pair_expect_versions node1 "$bundles/heartbeat3"
	boots=$(pair_boots)
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/heartbeat3-new"
	[ "$status" -eq 0 ]
	for node in node1 node2; do
		pair_expect_versions "$node" "$bundles/heartbeat3-new"
		pair_expect_not_started "$node"
		lab exec "$node" grep -q 'auto_failback off' /etc/ha.d/ha.cf
		[ -z "$(lab exec "$node" nft list tables)" ]
	done
	pair_expect_rebooted "$boots"
	[ "$(cluster_primary)" = node2 ]
	cluster_haupgrade status "$work/cluster.conf"
	expect_served
}

@test "a release whose heartbeat does not start: stops, still served, the printed way back works" {
	cluster_file "" 'services = "5s"' >"$work/cluster.conf"
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/heartbeat3-broken"
	[ "$status" -eq 1 ]
	expect_output "heartbeat is not active"
	expect_output "node1 serves"
	[ "$(cluster_primary)" = node1 ]
	pair_at node1 heartbeat "$bundles/heartbeat3"
	pair_at node2 heartbeat "$bundles/heartbeat3-broken"
	pair_go_back node2 "$bundles/heartbeat3"
	pair_wait
	pair_at node2 heartbeat "$bundles/heartbeat3"
	[ "$(cluster_primary)" = node1 ]
	expect_served
}
