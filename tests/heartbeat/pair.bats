#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Two real heartbeatd in network namespaces, with a client that keeps asking.

bats_require_minimum_version 1.5.0

setup() {
	load rig
	[[ $EUID -eq 0 ]] || skip "needs root for network namespaces"
	command -v jq >/dev/null || skip "needs jq"
	rig_up
}

teardown() {
	if [[ -z ${BATS_TEST_COMPLETED:-} && -n ${RIG_DIR:-} ]]; then
		tail -n 40 "$RIG_DIR"/*.out >&2 || true
	fi
	[[ -z ${RIG:-} ]] || rig_down
}

# Both daemons up, n1 the holder, the service in both namespaces.
begin() {
	rig_daemon n1
	rig_daemon n2
	rig_wait 10 rig_settled n1 n2
	local node
	for node in n1 n2; do
		rig_start "$node" "service-$node" python3 "$BATS_TEST_DIRNAME/service.py" "$node"
		rig_wait 10 grep -q ready "$RIG_DIR/service-$node.out"
	done
}

client_start() {
	rig_start cl client python3 "$BATS_TEST_DIRNAME/client.py" "$FLOATING"
	rig_wait 10 grep -q ready "$RIG_DIR/client.out"
}

client_stop() {
	rig_signal client TERM
	rig_wait 20 grep -q asked "$RIG_DIR/client.out"
	grep asked "$RIG_DIR/client.out"
}

client_value() { # FILTER
	grep asked "$RIG_DIR/client.out" | jq -r "$1"
}

@test "roles are decided, told once, and exactly one node holds the address" {
	begin
	[[ $(grep -c 'info: \|notice: ' "$RIG_DIR/n1/log") -gt 0 ]]
	[[ $(grep -c 'Configuring as primary Advanced Traffic Manager$' "$RIG_DIR/n1/log") -eq 1 ]]
	[[ $(grep -c 'Configuring as backup Advanced Traffic Manager$' "$RIG_DIR/n2/log") -eq 1 ]]
	grep -qE '^20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}Z n1 heartbeatd\[[0-9]+\]: notice: Configuring' \
		"$RIG_DIR/n1/log"
	rig_ns n1 ip -4 -o addr show dev eth0 | grep -q 'eth0:cs0'
	run rig_hactl n2 status
	[[ $output == *"group   web: held by n1"* ]]
}

@test "planned switch-overs lose no request and cut no connection" {
	begin
	client_start
	rig_start cl talk python3 "$BATS_TEST_DIRNAME/talk.py" "$FLOATING" 2
	rig_wait 10 grep -q ready "$RIG_DIR/talk.out"
	run -0 rig_hactl n1 standby
	[[ $output == "standby: done: n2 serves now" ]]
	rig_settled n2 n1
	# The connection was n1's from its beginning to its end.
	rig_wait 10 grep -q answered "$RIG_DIR/talk.out"
	grep -q 'by n1$' "$RIG_DIR/talk.out"
	local i
	for i in 1 2 3; do
		run -0 rig_hactl n1 takeover
		rig_settled n1 n2
		run -0 rig_hactl n2 takeover
		rig_settled n2 n1
	done
	client_stop >&3
	[[ $(client_value .failed) -eq 0 ]]
	[[ $(client_value .asked) -gt 500 ]]
	[[ $(client_value '.by | length') -eq 2 ]]
}

@test "a connection that does not end is served until the drain deadline" {
	begin
	rig_start cl talk python3 "$BATS_TEST_DIRNAME/talk.py" "$FLOATING" 60
	rig_wait 10 grep -q ready "$RIG_DIR/talk.out"
	local before after
	before=$(date +%s%3N)
	run -0 rig_hactl n1 standby
	after=$(date +%s%3N)
	((after - before >= 3000))
	rig_settled n2 n1
	grep -q 'drain is over with 1 connections' "$RIG_DIR/n1/log"
}

@test "a stopped primary hands over, and comes back as backup" {
	begin
	client_start
	rig_signal n1 TERM
	rig_wait 10 rig_role n2 primary
	rig_wait 10 grep -q 'left the cluster' "$RIG_DIR/n1.out"
	run ! rig_holds n1
	rig_daemon n1
	rig_wait 10 rig_settled n2 n1
	client_stop >&3
	[[ $(client_value .failed) -eq 0 ]]
}

@test "a killed primary is replaced after deadtime" {
	begin
	rig_signal n1 KILL
	# The machine fails with its daemon.
	rig_ns n1 ip link set eth0 down
	rig_wait 5 rig_role n2 primary
	rig_holds n2
	grep -qE 'node n1: dead, silent for 4[0-9]{2} ms' "$RIG_DIR/n2/log"
	rig_ns cl ping -c 1 -W 2 "$FLOATING"
	rig_ns n1 ip link set eth0 up
	rig_daemon n1
	rig_wait 10 rig_settled n2 n1
	[[ $(grep -c 'Configuring as primary' "$RIG_DIR/n2/log") -eq 1 ]]
}

@test "messages under another key are ignored and counted" {
	(umask 077 && printf 'auth 1\n1 sha256 wrong\n' >"$RIG_DIR/n2/etc/authkeys")
	rig_daemon n1
	rig_daemon n2
	# Neither hears the other, so both wait for initdead and take what seems to be nobody's.
	rig_wait 10 rig_role n1 primary
	rig_wait 10 rig_role n2 primary
	[[ $(rig_hactl n1 status --json | jq .counters.bad_auth) -gt 5 ]]
	[[ $(rig_hactl n1 status --json | jq -r '.peers[0].state') == dead ]]
	grep -q 'unauthentic message dropped: wrong code for key 1' "$RIG_DIR/n1/log"
	run ! grep -r 'secret-of-the-rig' "$RIG_DIR/n1/log" "$RIG_DIR/n1.out"
}

@test "replayed messages are counted and change nothing" {
	begin
	# Words of n2 as holder, said again when it is that no more.
	rig_hactl n1 standby
	rig_settled n2 n1
	rig_ns n1 python3 "$BATS_TEST_DIRNAME/replay.py" record "$RIG_DIR/record" 5
	rig_hactl n1 takeover
	rig_settled n1 n2
	local i
	for i in 1 2 3; do
		rig_ns n2 python3 "$BATS_TEST_DIRNAME/replay.py" send "$RIG_DIR/record" 10.9.0.1
	done
	rig_wait 5 rig_counter n1 replayed 15
	# After the restart of n2 these are of an old generation, too.
	rig_signal n2 TERM
	rig_wait 5 grep -q 'left the cluster' "$RIG_DIR/n2.out"
	rig_daemon n2
	rig_wait 5 rig_settled n1 n2
	rig_ns n2 python3 "$BATS_TEST_DIRNAME/replay.py" send "$RIG_DIR/record" 10.9.0.1
	rig_wait 5 rig_counter n1 replayed 20
	rig_settled n1 n2
	grep -q 'node n2: message of generation [0-9]* dropped' "$RIG_DIR/n1/log"
	run ! grep -q conflict "$RIG_DIR/n1/log"
}

@test "garbage is counted and told of once" {
	rig_daemon n1
	rig_wait 5 rig_role n1 joining
	local i
	for i in 1 2 3; do
		rig_ns n2 bash -c 'printf "###\n%%%%%%\n" >/dev/udp/10.9.0.1/6940'
	done
	rig_wait 5 rig_counter n1 malformed 3
	[[ $(grep -c 'malformed message dropped: in netstring form' "$RIG_DIR/n1/log") -eq 1 ]]
}

# It sleeps between its tries.
release_is_refused() {
	grep -q clock_nanosleep "/proc/$(<"$RIG_DIR/release.pid")/stack" ||
		grep -q nanosleep "/proc/$(<"$RIG_DIR/release.pid")/wchan"
}

release_is_over() {
	! kill -0 "$(<"$RIG_DIR/release.pid")" 2>/dev/null
}

@test "--release clears what a killed daemon left behind" {
	begin
	rig_signal n1 KILL
	rig_wait 5 rig_role n2 primary
	rig_holds n1
	rig_ns n1 "$HEARTBEATD" --release --config-dir "$RIG_DIR/n1/etc" --node n1
	run ! rig_holds n1
	rig_holds n2
	rig_daemon n1
	rig_wait 5 rig_settled n2 n1
}

@test "--release needs no configuration, only what the daemon kept when it began" {
	begin
	echo 'udpport none' >>"$RIG_DIR/n1/etc/ha.cf"
	sed -i 's/192.0.2.100/192.0.2.200/' "$RIG_DIR/n1/etc/groups.conf"
	rig_signal n1 KILL
	rig_wait 5 rig_role n2 primary
	rig_holds n1
	run -0 rig_ns n1 "$HEARTBEATD" --release --config-dir "$RIG_DIR/n1/etc" --state-dir "$RIG_DIR/n1/state" --node n1
	run ! rig_holds n1
	rig_holds n2
	# Where nothing was kept the configuration says what to release.
	rm "$RIG_DIR/n1/state/held.conf"
	run -1 rig_ns n1 "$HEARTBEATD" --release --config-dir "$RIG_DIR/n1/etc" --state-dir "$RIG_DIR/n1/state" --node n1
	[[ $output == *"udpport"* ]]
}

@test "--release goes on trying while it cannot ask the kernel" {
	begin
	rig_signal n1 KILL
	rig_wait 5 rig_role n2 primary
	rig_start n1 release prlimit --nofile=5: "$HEARTBEATD" --release --config-dir "$RIG_DIR/n1/etc" --node n1
	# It is at it once it holds its first netlink socket, and cannot have the others.
	rig_wait 5 grep -q '^heartbeatd' "/proc/$(<"$RIG_DIR/release.pid")/comm"
	rig_wait 5 release_is_refused
	rig_holds n1
	prlimit --pid "$(<"$RIG_DIR/release.pid")" --nofile=1024:
	rig_wait 10 release_is_over
	run ! rig_holds n1
	rig_holds n2
}

@test "a link that was cut and healed ends with one holder" {
	begin
	rig_hactl n1 standby
	rig_settled n2 n1
	rig_ns sw ip link set "${RIG}n2eth1" down
	rig_wait 5 rig_role n1 primary
	rig_role n2 primary
	rig_ns sw ip link set "${RIG}n2eth1" up
	rig_wait 10 rig_settled n1 n2
	grep -q 'conflict: n1 holds the group too and is earlier' "$RIG_DIR/n2/log"
}

@test "auto_failback gives the group back to the preferred node without an interruption" {
	RIG_FAILBACK=on rig_config n1
	RIG_FAILBACK=on rig_config n2
	begin
	rig_signal n1 TERM
	rig_wait 10 grep -q 'left the cluster' "$RIG_DIR/n1.out"
	client_start
	rig_daemon n1
	rig_wait 10 rig_settled n1 n2
	client_stop >&3
	[[ $(client_value .failed) -eq 0 ]]
}

@test "hactl says no with the reason, and names what is missing" {
	rig_daemon n1
	rig_wait 10 rig_role n1 primary
	run -1 rig_hactl n1 standby
	[[ $output == "standby: failed: no other node is fit to serve: n2 is dead" ]]
	run -2 rig_hactl n2 status
	[[ $output == *"cannot reach heartbeatd"* ]]
	run -2 rig_hactl n1 dance
	[[ $output == *"unknown command 'dance'; known are status, standby, takeover"* ]]
}

@test "--check prints every problem of all files with file and line" {
	printf 'node n1\nnode n1\nfoo\nkeepalive x\n' >"$RIG_DIR/n1/etc/ha.cf"
	printf 'auth 1\n1 rot13 x\n' >"$RIG_DIR/n1/etc/authkeys"
	chmod 644 "$RIG_DIR/n1/etc/authkeys"
	printf 'group "web" {\n\tdrain = never\n}\n' >"$RIG_DIR/n1/etc/groups.conf"
	run -1 "$HEARTBEATD" --check --config-dir "$RIG_DIR/n1/etc" --node n1
	[[ $output == *"ha.cf:2: node 'n1' is named twice"* ]]
	[[ $output == *"ha.cf:3: unknown directive 'foo'; known are node, ucast"* ]]
	[[ $output == *"ha.cf:4: keepalive: 'x' is not a time"* ]]
	[[ $output == *"authkeys: mode 0644 lets others than its owner at the keys; do: chmod 600"* ]]
	[[ $output == *"groups.conf:2: drain: 'never' is not a time"* ]]
	# The rig's port is one that is warned of.
	sed -i 's/^udpport 6940$/udpport 694/' "$RIG_DIR/n2/etc/ha.cf"
	run -0 "$HEARTBEATD" --check --config-dir "$RIG_DIR/n2/etc" --node n2
	[[ -z $output ]]
}
