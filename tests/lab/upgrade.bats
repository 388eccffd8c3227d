#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job in the lab, and what a release or a client can do to it; each on a fresh cluster on
# release N. Bad luck on the way is tests/lab/faults' and tests/lab/kills' business.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "upgrade"
	scenario_bundles
	scenario_broken_bundle
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "upgrade"
	scenario_cluster
	[ "$(cluster_primary)" = node1 ]
	client_start
}

teardown()
{
	[ -z "${upgrade_pid:-}" ] || kill -9 "$upgrade_pid" 2>/dev/null || :
	client_stop
	lab down
}

# haupgrade in the background, its events in $work/events.
upgrade_start()
{
	"$top/tests/lab/lab" client "$top/build/haupgrade" upgrade --yes --json "$@" --state-dir "$work/state" \
		--profile-dir "$top/profiles" >"$work/events" 2>&1 3>&- &
	upgrade_pid=$!
}

# saw STEP NODE STATE: the event is there.
saw()
{
	jq -es --arg step "$1" --arg node "$2" --arg state "$3" \
		'any(.[]; .event == "step" and .step == $step and .node == $node and .state == $state)' \
		"$work/events" >/dev/null 2>&1
}

upgrade_ended()
{
	! kill -0 "$upgrade_pid" 2>/dev/null
}

# Both nodes on N+1, node2 primary, everything healthy.
expect_upgraded()
{
	expect_version node1 "$scenario_new"
	expect_version node2 "$scenario_new"
	[ "$(cluster_primary)" = node2 ]
	cluster_haupgrade status "$work/cluster.conf"
}

@test "both nodes are upgraded, really rebooted, the roles change sides, nobody notices" {
	boots="$(node_boot node1)$(node_boot node2)"
	# As it is downloaded; an archive is the same bundle as the folder that was packed.
	tar -C "$bundles" -czf "$work/bundle.tar.gz" "$scenario_new"
	haupgrade upgrade --yes "$work/cluster.conf" "$work/bundle.tar.gz"
	[ "$status" -eq 0 ]
	expect_upgraded
	for word in $(node_boot node1) $(node_boot node2); do
		[[ $boots != *$word* ]]
	done
	# Again: there is nothing left to do, and the run is done already.
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	expect_output "nothing to do"
	haupgrade resume
	[ "$status" -eq 0 ]
	expect_output "done already"
	expect_served
}

# takes_over NODE
takes_over()
{
	lab exec "$1" hactl takeover >/dev/null 2>&1 || :
	[ "$(cluster_primary)" = "$1" ]
}

@test "the roles moved while haupgrade was dead: resume plans anew, and reboots who has to" {
	upgrade_start "$work/cluster.conf" "$bundles/$scenario_new"
	wait_until 120 saw reboot node2 began
	kill -9 "$upgrade_pid"
	wait "$upgrade_pid" || :
	# Somebody helps: the node with the new packages serves, perhaps without having booted.
	lab wait node2
	lab exec node2 systemctl start heartbeatd
	wait_until 60 takes_over node2
	haupgrade resume
	[ "$status" -eq 0 ]
	expect_output "the roles moved by themselves"
	expect_output "what is left to do was planned anew"
	expect_version node1 "$scenario_new"
	expect_version node2 "$scenario_new"
	lab exec node2 sh -c '! [ -e /var/lib/haupgrade/unbooted ] ||
		[ "$(cut -d" " -f2 /var/lib/haupgrade/unbooted)" != "$(cut -d" " -f22 /proc/1/stat)" ]'
	cluster_haupgrade status "$work/cluster.conf"
	expect_served
}

@test "a release whose heartbeatd does not start: stops, still served, says how to go back" {
	cluster_file "" 'services = "5s"' >"$work/cluster.conf"
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/$scenario_broken"
	[ "$status" -eq 1 ]
	expect_output "run 1 stopped: "
	expect_output "heartbeatd is not active"
	expect_output "node1 serves"
	expect_output "haupgrade resume 1"
	expect_output "rpm -U --oldpackage"
	expect_output "hacluster-heartbeat-$scenario_old-"
	expect_version node1 "$scenario_old"
	[ "$(cluster_primary)" = node1 ]
	# The way back that was printed works.
	lab exec node2 sh -c 'cd /root/release && rpm -U --oldpackage hacluster-*.rpm && systemctl restart heartbeatd'
	wait_until 60 cluster_serves
	expect_served
}

@test "failed requests above the budget stop it before its next step" {
	upgrade_start "$work/cluster.conf" "$bundles/$scenario_new"
	wait_until 120 saw return node2 began
	# The primary's service fails for a moment: haupgrade must see it like any client.
	lab exec node1 sh -c 'systemctl stop nginx && systemctl start nginx'
	wait_until 120 upgrade_ended
	status=0
	wait "$upgrade_pid" || status=$?
	[ "$status" -eq 1 ]
	run cat "$work/events"
	expect_output "more than the budget of 0"
	expect_version node1 "$scenario_old"
	client_stop
}
