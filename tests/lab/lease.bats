#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# One run per cluster, seen from two admin machines (two state folders); a dead owner's run goes on from
# a copy of its state folder, or is aborted. One cluster for all, in the order written.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "lease"
	scenario_bundles
	scenario_cluster
}

teardown_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "lease"
	lab down
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "lease"
	client_start
}

teardown()
{
	[ -z "${upgrade_pid:-}" ] || kill -9 "$upgrade_pid" 2>/dev/null || :
	client_stop
}

# in_background COMMAND...: haupgrade with the cluster's first state folder.
in_background()
{
	"$top/tests/lab/lab" client "$top/build/haupgrade" "$@" --state-dir "$work/state" \
		--profile-dir "$top/profiles" >"$work/said" 2>&1 3>&- &
	upgrade_pid=$!
}

# elsewhere STATE COMMAND...: haupgrade as on another machine.
elsewhere()
{
	run lab client "$top/build/haupgrade" "${@:2}" --state-dir "$work/$1" --profile-dir "$top/profiles"
	echo "$output"
}

# rpm on NODE takes its time: its installation waits until the file /run/go is there.
slow_rpm()
{
	node_put "$1" /usr/local/bin/rpm 755 <<-'END'
	#!/bin/sh
	if [ "$1 $2" = "-U --" ]; then
		echo begun >>/run/rpm-began
		while [ ! -e /run/go ]; do sleep 0.05; done
	fi
	exec /usr/bin/rpm "$@"
	END
}

# The same, but then it fails, and nothing was installed.
failing_rpm()
{
	slow_rpm "$1"
	lab exec "$1" sed -i 's|^\(.*while.*\)|\1; exit 1|' /usr/local/bin/rpm
}

# As if the newest renewal were SECONDS old.
age_leases()
{
	local node

	for node in node1 node2; do
		# shellcheck disable=SC2016
		lab exec "$node" sh -c '
			t=$(sed -n "s/^renewed //p" /var/lib/haupgrade/lease)
			sed -i "s/^renewed .*/renewed $((t - $1))/" /var/lib/haupgrade/lease' sh "$1"
	done
}

# foreign_leases SECONDS: root@gone's on every node, renewed so long ago.
foreign_leases()
{
	local node

	for node in node1 node2; do
		# shellcheck disable=SC2016
		lab exec "$node" sh -c '
			printf "token %064d\nowner root@gone\npurpose upgrade, run 9\nsince 1\nrenewed %s\n" \
				7 $(($(date +%s) - $1)) >/var/lib/haupgrade/lease' sh "$1"
	done
}

expect_no_lease()
{
	local node

	for node in node1 node2; do
		refute lab exec "$node" test -e /var/lib/haupgrade/lease
	done
}

@test "a second run is refused and told who, since when, what for; abort ends the first safely" {
	[ "$(cluster_primary)" = node1 ]
	slow_rpm node2
	in_background upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	wait_until 120 lab exec node2 test -e /run/rpm-began

	elsewhere other upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	[[ $output =~ holds\ cluster\ demo\ since\ [0-9][0-9]:[0-9][0-9]\ \(upgrade,\ run\ 1\;\ lease\ on\ node1\),\ its\ lease\ runs\ out\ in\ [0-9]+\ s\ unless\ renewed ]]
	expect_output "no node was touched"
	elsewhere other plan "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "(upgrade, run 1; lease on node1)"
	# On the same machine there is a lock besides.
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 2 ]
	expect_output "works on cluster demo"
	# A copied journal does not help while the owner lives.
	cp -r "$work/state" "$work/copied"
	"$top/tests/lab/lab" client "$top/build/haupgrade" abort --state-dir "$work/copied" \
		--profile-dir "$top/profiles" >"$work/abort" 2>&1 3>&- &
	abort_pid=$!

	haupgrade abort --no-wait
	[ "$status" -eq 0 ]
	lab exec node2 touch /run/go
	refute wait "$upgrade_pid"
	cat "$work/said"
	grep -q 'run 1 aborted' "$work/said"
	refute wait "$abort_pid"
	cat "$work/abort"
	grep -q 'alive' "$work/abort"
	expect_no_lease
	# Between two nodes: one is done, nothing is half done.
	expect_version node2 "$scenario_new"
	expect_version node1 "$scenario_old"
	cluster_haupgrade status "$work/cluster.conf"
	haupgrade resume 1
	[ "$status" -eq 1 ]
	expect_output "run 1 was aborted"
	haupgrade abort 1
	[ "$status" -eq 0 ]
	expect_served
}

@test "kill -9; only its own run may go on at once; aborted: the services run again" {
	failing_rpm node1
	cp -r "$bundles/$scenario_old" "$work/before"
	in_background upgrade --yes --previous "$work/before" "$work/cluster.conf" "$bundles/$scenario_new"
	wait_until 120 lab exec node1 test -e /run/rpm-began
	kill -9 "$upgrade_pid"
	wait "$upgrade_pid" || :
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "(upgrade, run 2; lease on node1)"
	expect_output "resume"
	lab exec node1 touch /run/go
	# Nothing is taken back: what that would need is nothing to it.
	for package in "$work"/before/*.rpm; do
		echo damaged >"$package"
	done
	haupgrade abort
	[ "$status" -eq 0 ]
	expect_output "run 2"
	[[ $output != *damaged* && $output != *"not whole"* && $output != *"no node was touched"* ]]
	expect_no_lease
	wait_until 30 cluster_serves
	expect_version node1 "$scenario_old"
	expect_served
}

@test "a run that loses its lease stops where it is, says who has it now, and acts no more" {
	lab exec node1 rm -f /run/go /run/rpm-began
	failing_rpm node1
	in_background upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	wait_until 120 lab exec node1 test -e /run/rpm-began
	boots=$(lab exec node1 cat /proc/sys/kernel/random/boot_id)
	foreign_leases 0
	# The next renewal finds it; then the installation fails, which would start the services again.
	wait_until 60 lab exec node1 test /var/lib/haupgrade/lease.lock -nt /var/lib/haupgrade/lease
	lab exec node1 touch /run/go
	refute wait "$upgrade_pid"
	cat "$work/said"
	grep -q 'Nothing is done to the nodes any more: the lease on the cluster was lost: root@gone holds cluster' \
		"$work/said"
	# Neither was the other one's lease touched, nor node1 started or booted.
	for node in node1 node2; do
		lab exec "$node" grep -q 'owner root@gone' /var/lib/haupgrade/lease
	done
	[ "$(lab exec node1 cat /proc/sys/kernel/random/boot_id)" = "$boots" ]
	refute lab exec node1 systemctl --quiet is-active heartbeatd
	# Nor does a resume, or an abort, while that one works.
	haupgrade resume 3
	[ "$status" -eq 1 ]
	expect_output "root@gone holds cluster"
	haupgrade abort 3
	[ "$status" -eq 1 ]
	expect_output "root@gone holds cluster"
	foreign_leases 120
	haupgrade abort 3
	[ "$status" -eq 0 ]
	expect_no_lease
	expect_version node1 "$scenario_old"
	expect_served
}

@test "kill -9; another machine with a copy of the state folder goes on once the owner is silent" {
	# What an aborted run left is no hindrance.
	lab exec node1 rm -f /run/go /run/rpm-began
	slow_rpm node1
	in_background upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	wait_until 120 lab exec node1 test -e /run/rpm-began
	kill -9 "$upgrade_pid"
	wait "$upgrade_pid" || :
	lab exec node1 touch /run/go
	cp -r "$work/state" "$work/moved"
	cp "$work/cluster.conf" "$work/moved.conf"
	mv "$work/cluster.conf" "$work/away.conf"
	elsewhere moved resume 4
	[ "$status" -eq 2 ]
	expect_output "--cluster"
	# Somebody else still has to wait, until it has run out.
	age_leases 50
	elsewhere fresh plan "$work/moved.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "(upgrade, run 4; lease on node1)"
	elsewhere moved resume 4 --cluster "$work/moved.conf" --bundle "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	expect_no_lease
	# It could be taken back from there, too: only nobody is there to be asked.
	elsewhere moved rollback 4 --previous "$bundles/$scenario_old"
	[ "$status" -eq 2 ]
	expect_output "the run's cluster file is needed; if it lies elsewhere now, say where with --cluster"
	sed 's/cluster "demo"/cluster "other"/' "$work/moved.conf" >"$work/other.conf"
	elsewhere moved rollback 4 --previous "$bundles/$scenario_old" --cluster "$work/other.conf"
	[ "$status" -eq 2 ]
	expect_output "$work/other.conf is of cluster \"other\", but run 4 is of \"demo\""
	elsewhere moved rollback 4 --previous "$bundles/$scenario_old" --cluster "$work/moved.conf"
	[ "$status" -eq 2 ]
	expect_output "nobody can be asked here"
	expect_no_lease
	mv "$work/away.conf" "$work/cluster.conf"
	expect_version node1 "$scenario_new"
	[ "$(cluster_primary)" = node2 ]
	expect_served
}

@test "a lease that ran out hinders nobody" {
	foreign_leases 60
	elsewhere fresh plan "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "root@gone holds cluster"
	age_leases 70
	elsewhere fresh plan "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	expect_output "nothing to do"
	expect_served
}

@test "a lease that cannot be read is somebody's, until it is removed as the message says" {
	lab exec node1 sh -c 'rm -f /var/lib/haupgrade/lease; mkdir /var/lib/haupgrade/lease'
	lab exec node2 sh -c 'echo hello >/var/lib/haupgrade/lease'
	elsewhere fresh plan "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "node1: /var/lib/haupgrade/lease cannot be read: there is no token in it"
	lab exec node1 rm -r /var/lib/haupgrade/lease
	elsewhere fresh plan "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "node2: /var/lib/haupgrade/lease cannot be read: there is no token in it"
	expect_output "(rm -r /var/lib/haupgrade/lease)"
	lab exec node2 rm -r /var/lib/haupgrade/lease
	elsewhere fresh plan "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	expect_output "nothing to do"
	expect_served
}
