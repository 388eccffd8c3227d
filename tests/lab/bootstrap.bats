#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bootstrap in the lab: from two bare nodes to a serving cluster in one command.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "bootstrap"
	scenario_bundles
}

# Each test begins with bare nodes: sshd, a package manager, nginx; nothing of ours.
setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "bootstrap"
	lab down >/dev/null 2>&1 || :
	rm -rf "$work"
	mkdir -p "$work"
	lab up 2
	cluster_file >"$work/cluster.conf"
	ha_cf >"$work/ha.cf"
	groups_conf >"$work/groups.conf"
	haupgrade propagate "$work/cluster.conf" --generate-authkeys
	[ "$status" -eq 0 ]
	bundle=$bundles/$scenario_old
}

teardown()
{
	[ -z "${bootstrap_pid:-}" ] || kill -9 "$bootstrap_pid" 2>/dev/null || :
	lab down
}

# haupgrade bootstrap in the background, its events in $work/events.
bootstrap_start()
{
	"$top/tests/lab/lab" client "$top/build/haupgrade" bootstrap --json "$work/cluster.conf" "$bundle" \
		--state-dir "$work/state" --profile-dir "$top/profiles" >"$work/events" 2>&1 3>&- &
	bootstrap_pid=$!
}

# saw STEP STATE: the event is there.
saw()
{
	jq -es --arg step "$1" --arg state "$2" \
		'any(.[]; .event == "step" and .step == $step and .state == $state)' \
		"$work/events" >/dev/null 2>&1
}

expect_serving()
{
	local node

	cluster_haupgrade status "$work/cluster.conf"
	lab client curl -s -o /dev/null --max-time 5 http://192.0.2.100/
	for node in node1 node2; do
		expect_version "$node" "$scenario_old"
		lab exec "$node" systemctl --quiet is-enabled heartbeatd
		cmp "$work/ha.cf" <(lab exec "$node" cat /etc/ha.d/ha.cf)
	done
}

@test "from two bare nodes in one command; again: nothing to do; then it is refused" {
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 0 ]
	expect_output "primary, the floating IP answers"
	expect_serving
	# The report tells what came there.
	haupgrade report 1
	expect_output "First installation of cluster"
	expect_output "hacluster-heartbeat"
	boots="$(lab exec node1 systemctl show -p InvocationID heartbeatd)"
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 0 ]
	expect_output "there is nothing to do"
	[ "$(lab exec node1 systemctl show -p InvocationID heartbeatd)" = "$boots" ]
	# Clients that get no answer are not what it promises, whatever the nodes say.
	cluster_file "" 'services = "3s"' | sed 's|http://192.0.2.100/|http://192.0.2.77/|' >"$work/deaf.conf"
	haupgrade bootstrap "$work/deaf.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "the floating IP does not answer from outside"
	# It serves: neither other files nor other packages come there this way.
	echo "# other" >>"$work/groups.conf"
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "serves already (it holds floating IP 192.0.2.100, its services are active and it is primary"
	expect_output "/etc/ha.d/groups.conf of node1 is not as here"
	expect_output "nothing was changed on any node"
	groups_conf >"$work/groups.conf"
	haupgrade bootstrap "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "has other packages than the bundle's"
	expect_serving
	[ "$(lab exec node1 systemctl show -p InvocationID heartbeatd)" = "$boots" ]
	# The cluster that bootstrap made survives what clusters survive.
	lab power-off "$(cluster_primary)"
	wait_until 30 lab client curl -s -o /dev/null --max-time 2 http://192.0.2.100/
}

@test "killed after each step and run again, then resumed" {
	local step verb

	for step in preflight upload stop install propagate; do
		bootstrap_start
		wait_until 120 saw "$step" done
		kill -9 "$bootstrap_pid" 2>/dev/null || :
		wait "$bootstrap_pid" || :
	done
	# The same nodes by another name: the lock, the lease and the report would be another cluster's.
	sed 's/cluster "demo"/cluster "other"/' "$work/cluster.conf" >"$work/other.conf"
	for verb in resume abort; do
		haupgrade "$verb" --cluster "$work/other.conf"
		[ "$status" -eq 2 ]
		expect_output "$work/other.conf is of cluster \"other\", but run 1 is of \"demo\""
	done
	haupgrade resume
	[ "$status" -eq 0 ]
	expect_output "the cluster serves"
	expect_serving
	haupgrade resume 1
	[ "$status" -eq 0 ]
	expect_output "the run is done already"
	haupgrade abort 1
	[ "$status" -eq 1 ]
	expect_output "there is nothing to abort, and nothing was there before it to go back to"
}

@test "killed when the services are being started: goes on, and touches nobody who serves" {
	bootstrap_start
	wait_until 120 saw start began
	kill -9 "$bootstrap_pid" 2>/dev/null || :
	wait "$bootstrap_pid" || :
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 0 ]
	expect_serving
	# One of them was not started, say; and the other one serves by now.
	bootstrap_start
	wait "$bootstrap_pid"
	grep -q 'there is nothing to do' "$work/events"
}

@test "killed when a node serves, and the files here change: resume says that the nodes keep theirs" {
	bootstrap_start
	wait_until 120 saw start done
	kill -9 "$bootstrap_pid" 2>/dev/null || :
	wait "$bootstrap_pid" || :
	wait_until 30 lab client curl -s -o /dev/null --max-time 2 http://192.0.2.100/
	echo "# other" >>"$work/groups.conf"
	haupgrade resume
	[ "$status" -eq 0 ]
	expect_output "/etc/ha.d/groups.conf of node1 is not as here"
	expect_output "this run brings no files any more, \`haupgrade propagate\` does"
	expect_serving
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

@test "kill -9 in the middle of the installation: it goes on, the next bootstrap waits for it" {
	slow_rpm node2
	bootstrap_start
	wait_until 120 lab exec node2 test -e /run/rpm-began
	kill -9 "$bootstrap_pid"
	wait "$bootstrap_pid" || :
	bootstrap_start
	wait_until 60 saw install began
	[ "$(lab exec node2 cat /run/rpm-began)" = begun ]
	# Killed again it has the heirs that the first one had: any bootstrap, not resume alone.
	lab exec node1 grep -qx 'heir any' /var/lib/haupgrade/lease
	lab exec node2 touch /run/go
	wait "$bootstrap_pid" || { tail -n 20 "$work/events"; false; }
	expect_serving
}

@test "the lease is lost in the middle of the installation: it stops, and does nothing more" {
	local node

	slow_rpm node1
	bootstrap_start
	wait_until 120 lab exec node1 test -e /run/rpm-began
	for node in node1 node2; do
		# As if it had run out, and another haupgrade had taken it.
		lab exec "$node" sh -c 'cd /var/lib/haupgrade &&
			flock lease.lock sed -i "s/^token ......../token ffffffff/; s/^owner .*/owner eve@elsewhere/" lease'
	done
	# It waits for no installation any more; that goes on, as it must.
	status=0
	wait "$bootstrap_pid" || status=$?
	[ "$status" -eq 1 ]
	run cat "$work/events"
	expect_output "lease"
	expect_output "eve@elsewhere"
	saw install stopped
	lab exec node1 touch /run/go
	wait_until 60 lab exec node1 rpm -q --quiet hacluster-heartbeat
	[ -z "$(lab exec node2 rpm -qa 'hacluster-*')" ]
	for node in node1 node2; do
		refute lab exec "$node" test -e /var/lib/haupgrade/files
		refute lab exec "$node" systemctl --quiet is-active heartbeatd
		lab exec "$node" grep -qx 'owner eve@elsewhere' /var/lib/haupgrade/lease
		# The other one has ended, and left things as they are.
		lab exec "$node" rm /var/lib/haupgrade/lease
	done
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 0 ]
	expect_serving
}

@test "an aborted one is not gone on with, and begun anew" {
	slow_rpm node1
	bootstrap_start
	wait_until 120 lab exec node1 test -e /run/rpm-began
	haupgrade abort --no-wait
	[ "$status" -eq 0 ]
	lab exec node1 touch /run/go
	status=0
	wait "$bootstrap_pid" || status=$?
	[ "$status" -eq 1 ]
	[ -z "$(lab exec node2 rpm -qa 'hacluster-*')" ]
	haupgrade resume 1
	[ "$status" -eq 1 ]
	expect_output "begin anew with \`haupgrade bootstrap\`"
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 0 ]
	expect_output "run 2 done"
	expect_serving
	# Where nobody can tell whether there was an earlier one, none is begun.
	sqlite3 "$work/state/journal.db" "PRAGMA ignore_check_constraints = 1; UPDATE run SET kind = 'strap'"
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 2 ]
	expect_output "the file is damaged"
}

@test "a package that needs what is neither in the bundle nor there: named, nothing is changed" {
	# What stands for the packages of the nodes' own package manager.
	lab exec node2 rpm -e --nodeps lab-os
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "node2: transaction"
	expect_output "is needed by"
	expect_output "no node was touched"
	[ -z "$(lab exec node1 rpm -qa 'hacluster-*')" ]
}

@test "nodes that serve, or do not answer: refused, nothing is changed" {
	# Not by our software, but whoever has the address is being asked.
	lab exec node2 ip address add 192.0.2.100/24 dev eth0
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "node2 serves already (it holds floating IP 192.0.2.100)"
	expect_output "nothing was changed on any node"
	lab exec node2 ip address del 192.0.2.100/24 dev eth0
	sed -i 's/\(node "node2" {.*\) }/\1 port = 1 }/' "$work/cluster.conf"
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "node2: "
	[ -z "$(lab exec node1 rpm -qa 'hacluster-*')" ]
	lab exec node1 test ! -e /var/lib/haupgrade/bundles
}

@test "packages installed before: stopped, made the bundle's, started; never an older one" {
	local node

	for node in node1 node2; do
		lab exec "$node" mkdir -p /root/release
		tar -C "$bundles/$scenario_old" -cf - . | lab exec "$node" tar -C /root/release -xf - --no-same-owner
		lab exec "$node" sh -c 'rpm -U --quiet /root/release/hacluster-*.rpm' 2>/dev/null
	done
	haupgrade bootstrap "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	expect_version node1 "$scenario_new"
	expect_version node2 "$scenario_new"
	cluster_haupgrade status "$work/cluster.conf"
	# Stopped again, it may be installed anew; but not with what is older.
	for node in node1 node2; do
		lab exec "$node" systemctl stop heartbeatd
	done
	haupgrade bootstrap "$work/cluster.conf" "$bundle"
	[ "$status" -eq 1 ]
	expect_output "in the bundle is older than the installed"
	expect_version node1 "$scenario_new"
}

# In Debian's packages and words: keepalived as it is, its file a template.
@test "from two bare nodes to a keepalived pair, by .deb packages" {
	local debs

	debs=$(lab exec node1 sh -c 'cd /var/cache/lab/debs/keepalived && for f in *.deb; do dpkg-deb -f "$f" Package; done')
	# shellcheck disable=SC2086
	"$top/tests/lab/debs.sh" "$work/debs" "" $debs
	cluster_profile=keepalived cluster_file | sed \
		-e 's/\(node "node1" {.*\) }/\1 values = {"peer=192.0.2.12"} }/' \
		-e 's/\(node "node2" {.*\) }/\1 values = {"peer=192.0.2.11"} }/' \
		-e '$s|}|file "/etc/keepalived/keepalived.conf" { template = yes }\n}|' >"$work/cluster.conf"
	cat >"$work/keepalived.conf" <<-'END'
	vrrp_instance web {
		state BACKUP
		nopreempt
		interface eth0
		virtual_router_id 100
		priority 254
		advert_int 1
		unicast_src_ip ${address}
		unicast_peer {
			${peer}
		}
		virtual_ipaddress {
			${floating_ip}/24 dev eth0
		}
	}
	END
	haupgrade bootstrap "$work/cluster.conf" "$work/debs"
	[ "$status" -eq 0 ]
	cluster_haupgrade status "$work/cluster.conf"
	lab exec node1 grep -q 'unicast_src_ip 192.0.2.11' /etc/keepalived/keepalived.conf
	haupgrade bootstrap "$work/cluster.conf" "$work/debs"
	[ "$status" -eq 0 ]
	expect_output "there is nothing to do"
	# A file that keepalived would not start with comes to no node.
	sed -i 's/priority 254/priority 254\n\tbogus_word yes/' "$work/keepalived.conf"
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 1 ]
	expect_output "its own check rejects the files"
}
