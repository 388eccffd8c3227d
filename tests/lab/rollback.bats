#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The way back: by itself after a failure, by hand after a success, and through a kill -9.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "rollback"
	scenario_bundles
	scenario_broken_bundle
	scenario_cluster
}

teardown_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "rollback"
	lab down
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "rollback"
	client_start
}

teardown()
{
	[ -z "${rollback_pid:-}" ] || kill -9 "$rollback_pid" 2>/dev/null || :
	client_stop
}

# Both nodes on $1, healthy.
expect_all()
{
	expect_version node1 "$1"
	expect_version node2 "$1"
	wait_until 60 cluster_serves
}

saw()
{
	jq -es --arg step "$1" --arg state "$2" \
		'any(.[]; .event == "step" and .step == $step and .state == $state)' \
		"$work/events" >/dev/null 2>&1
}

# node2's rpm leaves a configuration file of the release to come beside the administrator's.
rpm_leaves_rpmnew()
{
	node_put node2 /usr/local/bin/rpm 755 <<-'END'
	#!/bin/sh
	/usr/bin/rpm "$@" || exit
	[ "$1 $2" != "-U --" ] || echo theirs >/etc/ha.d/ha.cf.rpmnew
	END
}

# node2's rpm writes to /root/unheld what it is asked once a release was installed while nobody holds
# the cluster.
rpm_watches_lease()
{
	lab exec node2 sed -i '1a\
[ ! -e /etc/ha.d/ha.cf.rpmnew ] || [ -e /var/lib/haupgrade/lease ] || echo "$@" >>/root/unheld' /usr/local/bin/rpm
}

@test "a release that does not start is taken back by itself, nobody notices" {
	# Nothing keeps the previous packages yet, and nothing gives them.
	haupgrade upgrade --yes --on-failure rollback "$work/cluster.conf" "$bundles/$scenario_broken"
	[ "$status" -eq 1 ]
	expect_output "way-back: not possible because node"
	expect_output "no node was touched"
	expect_untouched

	cluster_file "" 'services = "5s"' >"$work/cluster.conf"
	rpm_leaves_rpmnew
	rpm_watches_lease
	haupgrade upgrade --yes --on-failure rollback --previous "$bundles/$scenario_old" \
		"$work/cluster.conf" "$bundles/$scenario_broken"
	[ "$status" -eq 1 ]
	expect_output "Way back: possible (previous packages come from $bundles/$scenario_old, inverse transaction tested)"
	expect_output "/etc/ha.d/ha.cf was kept, the package's is ha.cf.rpmnew"
	expect_output "config node2: /etc/ha.d/ha.cf.rpmnew (kept)"
	expect_output "heartbeatd is not active"
	expect_output "run 1 failed and was rolled back by run 2"
	[ -z "$(lab exec node2 cat /root/unheld 2>/dev/null)" ]
	lab exec node2 rm /usr/local/bin/rpm /etc/ha.d/ha.cf.rpmnew
	cluster_file >"$work/cluster.conf"
	expect_all "$scenario_old"
	haupgrade history
	expect_output "rolled-back"
	haupgrade rollback
	[ "$status" -eq 0 ]
	expect_output "rolled back already"
	expect_served
}

@test "a done upgrade is taken back from what the nodes keep, through kill -9 and resume" {
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	expect_output "Way back: possible (previous packages are on both nodes, inverse transaction tested)"
	expect_all "$scenario_new"
	# Two bundles are kept, not that of the release that failed.
	[ "$(lab exec node1 ls /var/lib/haupgrade/bundles | wc -l)" -eq 2 ]

	"$top/tests/lab/lab" client "$top/build/haupgrade" rollback --yes --json \
		--state-dir "$work/state" --profile-dir "$top/profiles" >"$work/events" 2>&1 3>&- &
	rollback_pid=$!
	wait_until 120 saw failover done
	kill -9 "$rollback_pid"
	wait "$rollback_pid" || :
	rollback_pid=
	haupgrade resume
	[ "$status" -eq 0 ]
	expect_output "every node has its previous packages"
	expect_all "$scenario_old"
	haupgrade rollback 3
	[ "$status" -eq 0 ]
	expect_output "rolled back already"
	haupgrade rollback 4
	[ "$status" -eq 2 ]
	expect_output "run 4 is a rollback itself (of run 3)"
	expect_served
}

@test "where nobody serves any more a rollback brings the cluster back, past a run that touched nothing" {
	local first node

	haupgrade upgrade --yes --pause-after node2 --previous "$bundles/$scenario_old" \
		"$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	[[ $output =~ run\ ([0-9]+): ]]
	first=${BASH_REMATCH[1]}
	haupgrade upgrade --yes --waive previous-run=test --pause-after upload \
		"$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	haupgrade resume "$first"
	[ "$status" -eq 2 ]
	expect_output "did not end: go on with that one, or end it with \`haupgrade abort $((first + 1))\`"
	haupgrade abort $((first + 1))
	[ "$status" -eq 0 ]

	# Until it boots neither node can serve.
	for node in node1 node2; do
		lab exec "$node" systemctl mask --runtime --now heartbeatd
	done
	haupgrade rollback --yes "$first"
	[ "$status" -eq 0 ]
	expect_output "no node serves, so there is nobody to interrupt"
	expect_all "$scenario_old"
}
