#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# propagate in the lab: the same files on all nodes or none, whatever happens on the way.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "propagate"
	scenario_bundles
	scenario_cluster
}

teardown_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "propagate"
	lab down
}

# Every test begins with the nodes as the first propagate left them.
setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "propagate"
	write_sources 1
	[ -e "$work/authkeys" ] || haupgrade propagate "$work/cluster.conf" --generate-authkeys
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 0 ]
}

teardown()
{
	[ -z "${propagate_pid:-}" ] || kill -9 "$propagate_pid" 2>/dev/null || :
	fast_commit
}

# write_sources N: ha.cf and groups.conf beside the cluster file; N makes sets differ.
write_sources()
{
	{ ha_cf; echo "# set $1"; } >"$work/ha.cf"
	{ groups_conf; echo "# set $1"; } >"$work/groups.conf"
}

# Which set has the node? "1 1": ha.cf and groups.conf are both of set 1.
set_of()
{
	lab exec "$1" sed -n 's/^# set //p' /etc/ha.d/ha.cf /etc/ha.d/groups.conf | tr '\n' ' '
}

expect_sets()
{
	[ "$(set_of node1)/$(set_of node2)" = "$1/$2" ] ||
		{ echo "sets: $(set_of node1)/$(set_of node2), not $1/$2"; return 1; }
}

# The cluster file with more in it: in node2's section, and after it.
cluster_file_with()
{
	cluster_file | sed -e "s|\(node \"node1\" {.*\) }|\1 $1 }|" -e "s|\(node \"node2\" {.*\) }|\1 $2 }|" \
		-e "\$s|}|${3:-}\n}|" >"$work/other.conf"
}

# haupgrade propagate in the background.
propagate_start()
{
	"$top/tests/lab/lab" client "$top/build/haupgrade" propagate "$work/cluster.conf" \
		--state-dir "$work/state" --profile-dir "$top/profiles" >"$work/said" 2>&1 3>&- &
	propagate_pid=$!
}

# On node2 the replacing of groups.conf, the second file, waits for /run/go.
slow_commit()
{
	lab exec node2 rm -f /run/mv-began /run/go
	node_put node2 /usr/local/bin/mv 755 <<-'END'
	#!/bin/sh
	case $* in
	*.groups.conf.haupgrade*)
		touch /run/mv-began
		while [ ! -e /run/go ]; do sleep 0.05; done ;;
	esac
	exec /usr/bin/mv "$@"
	END
}

fast_commit()
{
	lab exec node2 touch /run/go
	lab exec node2 rm -f /usr/local/bin/mv
}

# Nothing of an unfinished propagate is on the nodes, not even beside the files.
expect_settled()
{
	local node left

	for node in node1 node2; do
		# shellcheck disable=SC2016
		left=$(lab exec "$node" sh -c 'cd /var/lib/haupgrade/files && ls -A owner lock 2>/dev/null
			for tx in 2*; do [ "$(cat "$tx/state")" = settled ] || echo "$tx"; done
			ls -A /etc/ha.d | grep haupgrade; ls -A /var/lib/haupgrade/jobs | grep Z-; :')
		[ -z "$left" ] || { echo "left on $node: $left"; return 1; }
	done
}

@test "the files come to both nodes, with owner and mode, and the service starts at boot" {
	write_sources 2
	lab exec node1 systemctl --quiet disable heartbeatd
	lab exec node2 chmod 640 /etc/ha.d/groups.conf
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 0 ]
	expect_output "updated"
	expect_output "enabled"
	expect_output "with the configuration from before: nothing was restarted"
	expect_sets "2 2 " "2 2 "
	[ "$(lab exec node2 stat -c '%a %U %G' /etc/ha.d/authkeys /etc/ha.d/groups.conf | tr '\n' ' ')" = \
		"600 root root 644 root root " ]
	lab exec node1 systemctl --quiet is-enabled heartbeatd
	cmp "$work/authkeys" <(lab exec node1 cat /etc/ha.d/authkeys)
	expect_settled
	# The version before is kept.
	# shellcheck disable=SC2016
	lab exec node1 sh -c 'grep -q "set 1" "$(ls -d /var/lib/haupgrade/files/2* | tail -n 1)/old/etc/ha.d/ha.cf"'
	# Again: nothing to do, and no drift.
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 0 ]
	[[ $output != *updated* ]]
	haupgrade propagate --check "$work/cluster.conf"
	[ "$status" -eq 0 ]
	expect_output "no drift"
	# A restarted daemon has read them.
	lab exec node2 systemctl restart heartbeatd
	wait_until 60 cluster_serves
	haupgrade propagate "$work/cluster.conf"
	expect_output "node1 runs with the configuration from before"
}

@test "a set that one node's daemon rejects comes to no node" {
	write_sources 2
	{ echo 'deadtime ${deadtime}'; grep -v deadtime "$work/ha.cf"; } >"$work/ha.cf.new"
	mv "$work/ha.cf.new" "$work/ha.cf"
	cluster_file_with 'values = {"deadtime=2"}' 'values = {"deadtime=soon"}' \
		'file "/etc/ha.d/ha.cf" { template = yes }'
	haupgrade propagate "$work/other.conf"
	[ "$status" -eq 1 ]
	expect_output "nothing was changed on any node: node2: its own check rejects the files"
	expect_output "/etc/ha.d/ha.cf:1: "
	expect_sets "1 1 " "1 1 "
	expect_settled
	# With the right value each node gets its own.
	cluster_file_with 'values = {"deadtime=2"}' 'values = {"deadtime=3"}' \
		'file "/etc/ha.d/ha.cf" { template = yes }'
	haupgrade propagate "$work/other.conf"
	[ "$status" -eq 0 ]
	lab exec node1 grep -qx 'deadtime 2' /etc/ha.d/ha.cf
	lab exec node2 grep -qx 'deadtime 3' /etc/ha.d/ha.cf
	# An unknown value is told before any node is asked.
	cluster_file_with 'values = {"deadtime=2"}' '' 'file "/etc/ha.d/ha.cf" { template = yes }'
	haupgrade propagate "$work/other.conf"
	[ "$status" -eq 2 ]
	expect_output "$work/ha.cf:1: "
	expect_output 'node "node2" has no such value'
}

@test "a node that cannot replace a file in the middle: every node has what it had" {
	write_sources 2
	# The second of the files cannot be renamed to: something is mounted on it.
	lab exec node2 mount --bind /etc/ha.d/groups.conf /etc/ha.d/groups.conf
	haupgrade propagate "$work/cluster.conf"
	lab exec node2 umount /etc/ha.d/groups.conf
	[ "$status" -eq 1 ]
	expect_output "nothing was changed on any node: node2: "
	expect_output "cannot replace /etc/ha.d/groups.conf"
	expect_sets "1 1 " "1 1 "
	expect_settled
}

@test "a node whose disk is full: every node has what it had" {
	write_sources 2
	head -c 100000 /dev/urandom >"$work/big"
	lab exec node1 mkdir -p /srv/full
	lab exec node2 sh -c 'mkdir -p /srv/full && mount -t tmpfs -o size=64k tmpfs /srv/full'
	cluster_file_with '' '' "file \"/srv/full/big\" { }"
	haupgrade propagate "$work/other.conf"
	lab exec node2 umount /srv/full
	[ "$status" -eq 1 ]
	expect_output "nothing was changed on any node: node2: "
	expect_output "No space left on device"
	expect_sets "1 1 " "1 1 "
	lab exec node1 test ! -e /srv/full/big
	expect_settled
}

@test "symbolic links and missing folders are refused before anything is changed" {
	write_sources 2
	lab exec node2 sh -c 'mv /etc/ha.d/groups.conf /etc/ha.d/real && ln -s real /etc/ha.d/groups.conf'
	haupgrade propagate "$work/cluster.conf"
	lab exec node2 mv /etc/ha.d/real /etc/ha.d/groups.conf
	[ "$status" -eq 1 ]
	expect_output "node2: /etc/ha.d/groups.conf is a symbolic link to real"
	cluster_file_with '' '' "file \"/etc/nowhere/ha.cf\" { }"
	haupgrade propagate "$work/other.conf"
	[ "$status" -eq 1 ]
	expect_output "there is no folder for /etc/nowhere/ha.cf"
	expect_sets "1 1 " "1 1 "
	expect_settled
}

@test "--check: what differs is shown, secrets are not, nothing is changed" {
	lab exec node2 sh -c 'sed -i "s/^keepalive .*/keepalive 400ms/" /etc/ha.d/ha.cf
		sed -i "s/^1 sha256 .*/1 sha256 elsewhere/" /etc/ha.d/authkeys
		chmod 664 /etc/ha.d/groups.conf; systemctl --quiet disable heartbeatd'
	haupgrade propagate --check "$work/cluster.conf"
	[ "$status" -eq 1 ]
	expect_output "node2: /etc/ha.d/ha.cf: differs"
	expect_output "-keepalive 400ms"
	expect_output "+keepalive 200ms"
	expect_output "node2: /etc/ha.d/authkeys: differs (masked)"
	expect_output "node2: /etc/ha.d/groups.conf: has mode 0664, should be 0644"
	expect_output "node2: /etc/ha.d/ha.cf: is not the same as on node1"
	expect_output "node2: heartbeatd does not start at boot: disabled"
	[[ $output != *node1:* ]]
	[[ $output != *elsewhere* && $output != *$(sed -n 's/^1 sha256 //p' "$work/authkeys")* ]]
	lab exec node2 grep -qx 'keepalive 400ms' /etc/ha.d/ha.cf
	# A node that does not answer: nobody can tell.
	cluster_file_with '' 'port = 1' ''
	haupgrade propagate --check "$work/other.conf"
	[ "$status" -eq 2 ]
	# Nodes in ha.cf that the cluster file has not.
	echo "node node3" >>"$work/ha.cf"
	haupgrade propagate --check "$work/cluster.conf"
	[ "$status" -eq 2 ]
	expect_output "node node3 is not in the cluster file"
}

@test "two at once: the second is told who is at work" {
	write_sources 2
	slow_commit
	propagate_start
	wait_until 60 lab exec node2 test -e /run/mv-began
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 2 ]
	expect_output "another haupgrade, process $propagate_pid works on cluster demo"
	# From another machine, whose lock is another one. It does not wait for the commit either.
	run lab client "$top/build/haupgrade" propagate "$work/cluster.conf" \
		--state-dir "$work/elsewhere" --profile-dir "$top/profiles"
	echo "$output"
	[ "$status" -eq 1 ]
	expect_output "root@"
	expect_output "holds cluster demo since"
	expect_output "(propagate; lease on node1)"
	fast_commit
	wait "$propagate_pid"
	expect_sets "2 2 " "2 2 "
	expect_settled
}

# On node2 the software's own check of the files waits for /run/go.
slow_check()
{
	lab exec node2 rm -f /run/check-began /run/go
	node_put node2 /usr/local/bin/heartbeatd 755 <<-'END'
	#!/bin/sh
	touch /run/check-began
	while [ ! -e /run/go ]; do sleep 0.05; done
	PATH=/usr/sbin:/usr/bin exec heartbeatd "$@"
	END
}

@test "who lost the lease on a node meanwhile replaces nothing on any" {
	write_sources 2
	slow_check
	propagate_start
	wait_until 60 lab exec node2 test -e /run/check-began
	# As if it had run out and another haupgrade had taken it.
	# shellcheck disable=SC2016
	lab exec node2 sh -c 'cd /var/lib/haupgrade && cp lease /run/lease &&
		flock lease.lock sed -i "s/^token ..../token ffff/; s/^owner .*/owner eve@elsewhere/" lease'
	lab exec node2 touch /run/go
	status=0
	wait "$propagate_pid" || status=$?
	lab exec node2 rm /usr/local/bin/heartbeatd
	[ "$status" -eq 1 ]
	run cat "$work/said"
	expect_output "node2: the lease there (/var/lib/haupgrade/lease) is not this haupgrade's any more"
	expect_sets "1 1 " "1 1 "
	# The other one's lease is not taken away either.
	lab exec node2 grep -qx 'owner eve@elsewhere' /var/lib/haupgrade/lease
	lab exec node2 rm /var/lib/haupgrade/lease
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 0 ]
	expect_sets "2 2 " "2 2 "
	expect_settled
}

@test "kill -9 in the middle of the replacing: it goes on, and the next propagate finishes it" {
	write_sources 2
	slow_commit
	propagate_start
	wait_until 60 lab exec node2 test -e /run/mv-began
	kill -9 "$propagate_pid"
	wait "$propagate_pid" || :
	# The job on the node is not ours to kill, and knows how to end.
	expect_sets "2 2 " "2 1 "
	fast_commit
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 0 ]
	expect_output "node2: interrupted propagate finished"
	expect_sets "2 2 " "2 2 "
	expect_settled
}

@test "power cut of a node in the middle of the replacing: the others are put back, it later" {
	write_sources 2
	slow_commit
	propagate_start
	wait_until 60 lab exec node2 test -e /run/mv-began
	lab power-off node2
	status=0
	wait "$propagate_pid" || status=$?
	[ "$status" -eq 1 ]
	run cat "$work/said"
	expect_output "not every node could be put back"
	[ "$(set_of node1)" = "1 1 " ]
	lab power-on node2
	lab wait node2
	# This is what it is about: half of the set.
	[ "$(set_of node2)" = "2 1 " ]
	haupgrade propagate --check "$work/cluster.conf"
	expect_output "a propagate was interrupted"
	lab exec node2 rm -f /usr/local/bin/mv
	# A set that is rejected: all that happens is that node2 is put back.
	echo 'nonsense' >>"$work/ha.cf"
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 1 ]
	expect_output "node2: interrupted propagate put back"
	expect_sets "1 1 " "1 1 "
	write_sources 2
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 0 ]
	expect_sets "2 2 " "2 2 "
	expect_settled
}

# While files are being replaced the lock of the lease is held: under it each node has one whole set.
whole_set_of()
{
	lab exec "$1" flock /var/lib/haupgrade/lease.lock \
		sed -n 's/^# set //p' /etc/ha.d/ha.cf /etc/ha.d/groups.conf | tr '\n' ' '
}

@test "kill -9 at 30 random moments: never a mixed set on a node, and the last one makes all equal" {
	local i node found began took

	seed=${SEED:-$RANDOM}
	echo "seed $seed; SEED=$seed repeats it"
	RANDOM=$seed
	write_sources 0
	began=$(date +%s%N)
	haupgrade propagate "$work/cluster.conf" >/dev/null
	took=$((($(date +%s%N) - began) / 1000000))
	for ((i = 1; i <= 30; i++)); do
		write_sources "$i"
		propagate_start
		sleep "$(printf '0.%03d' $((RANDOM % took)))"
		kill -9 "$propagate_pid" 2>/dev/null || :
		wait "$propagate_pid" 2>/dev/null || :
		for node in node1 node2; do
			found=$(whole_set_of "$node")
			[[ $found =~ ^([0-9]+)\ ([0-9]+)\ $ && ${BASH_REMATCH[1]} = "${BASH_REMATCH[2]}" ]] ||
				{ echo "round $i, $node: mixed: $found"; return 1; }
		done
	done
	haupgrade propagate "$work/cluster.conf"
	[ "$status" -eq 0 ]
	expect_sets "30 30 " "30 30 "
	expect_settled
}
