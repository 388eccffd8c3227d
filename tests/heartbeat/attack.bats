#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What ordinary users of a node, members of haclient, and exhausted limits can do to a pair: nothing.

bats_require_minimum_version 1.5.0

setup() {
	load rig
	[[ $EUID -eq 0 ]] || skip "needs root for network namespaces"
	command -v jq >/dev/null || skip "needs jq"
	# An attack that stops a daemon stops it for longer than that; a busy machine does not.
	RIG_DEADTIME=1s
	rig_up
	# As installed: a group, a user of the daemon's own, and everybody can go as far as /run.
	RIG_GROUP=$RIG_DIR/group
	RIG_USER=daemon
	GID_MEMBERS=29999
	{ grep -v '^haclient:' /etc/group; echo "haclient:x:$GID_MEMBERS:"; } >"$RIG_GROUP"
	mkdir "$RIG_DIR/run"
	chmod 755 "$RIG_DIR" "$RIG_DIR/run"
	chown daemon "$RIG_DIR/n1" "$RIG_DIR/n2"
}

teardown() {
	if [[ -z ${BATS_TEST_COMPLETED:-} && -n ${RIG_DIR:-} ]]; then
		tail -n 30 "$RIG_DIR"/*.out >&2 || true
	fi
	[[ -z ${RIG:-} ]] || rig_down
}

begin() {
	rig_daemon n1
	rig_daemon n2
	rig_wait 10 rig_settled n1 n2
}

attack() { # NAME ARGUMENT...
	local name=$1
	shift
	rig_start n1 "$name" python3 "$BATS_TEST_DIRNAME/attacker.py" "$@"
	rig_wait 120 grep -q ^ready "$RIG_DIR/$name.out"
}

attack_stop() { # NAME
	rig_signal "$1" TERM
	rig_wait 10 grep -q '^heard' "$RIG_DIR/$1.out"
}

is_over() { # NAME
	! kill -0 "$(<"$RIG_DIR/$1.pid")" 2>/dev/null
}

owners_start() {
	mkfifo "$RIG_DIR/moves"
	rig_start sw owners python3 "$BATS_TEST_DIRNAME/owners.py" "$FLOATING" "$RIG_DIR/moves" \
		"$RIG_DIR/ns-n1" "$RIG_DIR/ns-n2"
	rig_wait 10 grep -q ready "$RIG_DIR/owners.out"
}

owners_stop() {
	echo x >"$RIG_DIR/moves"
	rig_wait 10 grep -q several "$RIG_DIR/owners.out"
	tail -n 1 "$RIG_DIR/owners.out" >&3
}

owners_value() { # none, one, several
	# Some jq print the 0.0 that they read, others 0: a sum they all print alike.
	tail -n 1 "$RIG_DIR/owners.out" | jq ".$1 + 0"
}

# A planned move makes before it breaks: until it is over both may have the address.
move() { # NODE standby|takeover PRIMARY BACKUP
	echo b >"$RIG_DIR/moves"
	rig_hactl "$1" "$2" --wait 10s
	rig_wait 10 rig_settled "$3" "$4"
	echo e >"$RIG_DIR/moves"
}

there_and_back() {
	move n1 standby n2 n1
	move n1 takeover n1 n2
}

# All along one node had the address, but for moves, and nobody was taken for dead.
assert_unharmed() {
	owners_stop
	[[ $(owners_value none) == 0 ]]
	[[ $(owners_value several) == 0 ]]
	run -1 grep -E ': dead, silent' "$RIG_DIR/n1/log" "$RIG_DIR/n2/log"
	rig_settled n1 n2
}

@test "a squatter before, during and after a restart gets nothing, and the daemon serves" {
	# Before: what used to be the daemon's name is his; where its socket will be he cannot get.
	mkdir -m 750 "$RIG_DIR/run/n1"
	attack before squat "$RIG_DIR/run/n1" "$RIG-n1"
	grep -q '^ready abstract$' "$RIG_DIR/before.out"
	run -2 rig_hactl n1 status
	[[ $output == *"cannot reach heartbeatd"* ]]
	begin
	# During.
	attack during squat "$RIG_DIR/run/n1" "$RIG-x"
	grep -q '^ready abstract$' "$RIG_DIR/during.out"
	rig_hactl n1 status
	# After: the daemon dies, he is quick, and it comes back.
	rig_signal n1 KILL
	rig_wait 5 rig_role n2 primary
	attack after squat "$RIG_DIR/run/n1" "$RIG-y"
	grep -q '^ready abstract$' "$RIG_DIR/after.out"
	run -2 rig_hactl n1 status
	[[ $output == *"cannot reach heartbeatd"* ]]
	rig_daemon n1
	rig_wait 10 rig_settled n2 n1
	local name
	for name in before during after; do
		attack_stop "$name"
		grep -q '^heard 0 bytes$' "$RIG_DIR/$name.out"
	done
}

@test "where the folder was left open, hactl says whom it found and the daemon takes its place back" {
	mkdir "$RIG_DIR/run/n1"
	chmod 777 "$RIG_DIR/run/n1"
	attack squatter squat "$RIG_DIR/run/n1" "$RIG-n1"
	grep -q 'place' "$RIG_DIR/squatter.out"
	run -2 rig_hactl n1 status
	[[ $output == *"not heartbeatd: "*"answered by uid 65534 (nobody) pid "*" instead of uid 0 (root); nothing was said to it"* ]]
	[[ $output == *"has mode 0777"* ]]
	# The folder alone mended, he still sits there.
	chmod 750 "$RIG_DIR/run/n1"
	run -2 rig_hactl n1 standby
	[[ $output == *"answered by uid 65534 (nobody) pid "* ]]
	begin
	run -0 rig_hactl n1 status
	[[ $(stat -c '%A %U %g' "$RIG_DIR/run/n1") == "drwxr-x--- root $GID_MEMBERS" ]]
	[[ $(stat -c '%A %U %g' "$RIG_DIR/run/n1/socket") == "srw-rw---- root $GID_MEMBERS" ]]
	attack_stop squatter
	grep -q '^heard 0 bytes$' "$RIG_DIR/squatter.out"
}

flood() { # NAME GID...
	local i name=$1
	shift
	attack "$name" idle "$RIG_DIR/run/n1/socket" 5000 "$@"
	for ((i = 0; i < 50; i++)); do
		rig_hactl n1 status >/dev/null
	done
}

# As if folder and socket were everybody's.
open_wall() {
	chmod 755 "$RIG_DIR/run/n1"
	chmod 666 "$RIG_DIR/run/n1/socket"
}

@test "5000 idle connections and half hellos of 100 users: nobody notices" {
	begin
	owners_start
	flood idle
	grep -q '^ready 0 connected 5000 refused$' "$RIG_DIR/idle.out"
	# The second wall.
	open_wall
	flood again
	[[ $(rig_hactl n1 status --json | jq .control.refused) -gt 100 ]]
	# As members they get in, 8 each, 56 in all, and lose their places again.
	flood members "$GID_MEMBERS"
	[[ $(rig_hactl n1 status --json | jq .control.dropped) -gt 56 ]]
	# Not a line for each.
	[[ $(grep -c 'control: refused user' "$RIG_DIR/n1/log") -lt 20 ]]
	kill -TERM "$(<"$RIG_DIR/idle.pid")" "$(<"$RIG_DIR/again.pid")" "$(<"$RIG_DIR/members.pid")"
	assert_unharmed
}

@test "the group moves while 100 users connect and say nothing" {
	begin
	open_wall
	owners_start
	flood strangers
	there_and_back
	flood members "$GID_MEMBERS"
	there_and_back
	kill -TERM "$(<"$RIG_DIR/strangers.pid")" "$(<"$RIG_DIR/members.pid")"
	assert_unharmed
}

# Fails, and with it the waiting, when root is not answered.
odd_is_over() {
	rig_hactl n1 status >/dev/null || exit 1
	grep -q ^ready "$RIG_DIR/odd.out"
}

@test "a member of haclient with odd messages loses his connections, nobody else" {
	begin
	owners_start
	local before
	before=$(<"$RIG_DIR/n1.pid")
	rig_start n1 odd python3 "$BATS_TEST_DIRNAME/attacker.py" odd "$RIG_DIR/run/n1/socket" \
		"${ATTACK_MESSAGES:-1000000}" "$GID_MEMBERS"
	rig_wait 600 odd_is_over
	cat "$RIG_DIR/odd.out" >&3
	[[ $(rig_hactl n1 status --json | jq .control.dropped) -gt 100 ]]
	kill -0 "$before"
	assert_unharmed
}

# Only CAP_SYS_RESOURCE changes the limits of another user's process.
begin_as_root() {
	RIG_USER=
	chown root "$RIG_DIR/n1" "$RIG_DIR/n2"
	begin
}

# The soft limit of both daemons.
limit_both() { # NAME=VALUE
	local node
	for node in n1 n2; do
		prlimit --pid "$(<"$RIG_DIR/$node.pid")" "--$1:"
	done
}

@test "without a descriptor to be had, addresses are taken and released all the same" {
	begin_as_root
	limit_both nofile=3
	rig_wait 5 rig_holds n1
	# hactl cannot be accepted now: the holder is asked to leave.
	rig_signal n1 TERM
	rig_wait 10 rig_holds n2
	rig_wait 10 grep -q 'left the cluster' "$RIG_DIR/n1.out"
	run ! rig_holds n1
	# With descriptors again the other one answers, and moves.
	prlimit --pid "$(<"$RIG_DIR/n2.pid")" --nofile=1024:
	rig_daemon n1
	rig_wait 10 rig_settled n2 n1
	run -0 rig_hactl n1 takeover
	rig_settled n1 n2
}

@test "descriptors run out one after the other: at each number the group moves" {
	begin_as_root
	local limit moved=0
	for ((limit = 8; limit <= 32; limit++)); do
		limit_both nofile=$limit
		# Below some number hactl cannot be accepted, which is an answer too.
		if rig_hactl n1 standby --wait 10s; then
			rig_holds n2
			run ! rig_holds n1
			moved=$((moved + 1))
			limit_both nofile=1024
			rig_hactl n1 takeover --wait 10s
		fi
		limit_both nofile=1024
		rig_wait 10 rig_settled n1 n2
	done
	((moved >= 5))
	run -1 grep -E 'gone|dead, silent|conflict' "$RIG_DIR/n1/log" "$RIG_DIR/n2/log"
}

@test "without memory to be had, the group is served and moves" {
	begin_as_root
	# Nothing can be mapped, and the heap does not grow.
	limit_both as=1
	local i
	for i in 1 2 3; do
		run -0 rig_hactl n1 standby
		rig_settled n2 n1
		run -0 rig_hactl n2 standby
		rig_settled n1 n2
	done
}

@test "without a control socket the group is served, and the socket comes when it can" {
	# Somebody else's: the daemon must not use it.
	mkdir "$RIG_DIR/run/n1"
	chown nobody "$RIG_DIR/run/n1"
	rig_daemon n1
	rig_daemon n2
	rig_wait 10 rig_role n2 backup
	rig_wait 5 rig_holds n1
	grep -q 'control: .*/run/n1 belongs to uid 65534; .*serving without hactl, trying again' "$RIG_DIR/n1/log"
	run -2 rig_hactl n1 status
	[[ $output == *"belongs to uid 65534, not to root"* ]]
	rmdir "$RIG_DIR/run/n1"
	rig_wait 20 rig_role n1 primary
	grep -q 'control: the socket is there now' "$RIG_DIR/n1/log"
	run -0 rig_hactl n1 standby
	rig_settled n2 n1
}

# Root only can do that, by mistake.
@test "a control socket that was deleted, or its folder moved, comes back" {
	begin
	owners_start
	rm "$RIG_DIR/run/n1/socket"
	run -2 rig_hactl n1 status
	rig_wait 20 rig_role n1 primary
	grep -q 'control: the socket was gone and has been made again' "$RIG_DIR/n1/log"
	mv "$RIG_DIR/run/n1" "$RIG_DIR/run/elsewhere"
	rig_wait 20 rig_role n1 primary
	[[ $(grep -c 'control: the socket was gone' "$RIG_DIR/n1/log") == 2 ]]
	[[ $(stat -c '%A %U %g' "$RIG_DIR/run/n1/socket") == "srw-rw---- root $GID_MEMBERS" ]]
	there_and_back
	assert_unharmed
}

@test "a control socket that is made while the daemon has no descriptor for it waits until there is one" {
	begin_as_root
	prlimit --pid "$(<"$RIG_DIR/n1.pid")" --nofile=4:
	rm "$RIG_DIR/run/n1/socket"
	rig_wait 20 grep -q 'control: a socket was made, but no descriptor is free' "$RIG_DIR/n1/log"
	prlimit --pid "$(<"$RIG_DIR/n1.pid")" --nofile=1024:
	rig_wait 20 rig_role n1 primary
	grep -q 'control: the socket was gone and has been made again' "$RIG_DIR/n1/log"
	run ! grep 'has ended' "$RIG_DIR/n1/log"
}

@test "a second daemon of the same name does not start" {
	begin
	second() {
		run -2 rig_ns n1 timeout 10 "$HEARTBEATD" --config-dir "$RIG_DIR/n1/etc" \
			--state-dir "$RIG_DIR/n1/state" --node n1 --ipc-name "$RIG_DIR/run/n1" --user ""
	}
	second
	[[ $output == *"cannot bind UDP port 6940 for device eth1; does another heartbeat"* ]]
	# Nor with a port of its own.
	sed -i 's/^udpport 6940$/udpport 6941/' "$RIG_DIR/n1/etc/ha.cf"
	second
	[[ $output == *"another heartbeatd is running: "*"pid $(<"$RIG_DIR/n1.pid") listens there already"* ]]
	rig_settled n1 n2
}

@test "nobody gets heartbeats by binding their port, and who has it first is told of" {
	begin
	owners_start
	attack port port 10.9.0.1 6940
	grep -q '^ready 0 bound$' "$RIG_DIR/port.out"
	there_and_back
	there_and_back
	assert_unharmed
	attack_stop port
	# Before the daemon starts everybody can have it, but a privileged one.
	rig_signal n1 KILL
	attack before port 10.9.0.1 6940
	run ! grep -q '^ready 0 bound$' "$RIG_DIR/before.out"
	run -0 "$HEARTBEATD" -n --config-dir "$RIG_DIR/n1/etc" --node n1
	[[ $output == *"warning: udpport 6940 can be taken by every user of this node while heartbeatd is not running"*"use one below 1024"* ]]
	run -2 rig_ns n1 timeout 10 "$HEARTBEATD" --config-dir "$RIG_DIR/n1/etc" \
		--state-dir "$RIG_DIR/n1/state" --node n1 --ipc-name "$RIG_DIR/run/n1" --user ""
	[[ $output == *"cannot bind UDP port 6940 for device eth1; does another heartbeat, or another program, use it"* ]]
	sed -i 's/6940/694/' "$RIG_DIR/n1/etc/ha.cf"
	run -0 "$HEARTBEATD" -n --config-dir "$RIG_DIR/n1/etc" --node n1
	[[ $output != *udpport* ]]
}

has_passrights() {
	python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).setsockopt(socket.SOL_SOCKET, 83, 0)' 2>/dev/null
}

@test "where the kernel knows how to refuse them, nobody can send the daemon a descriptor" {
	has_passrights || skip "this kernel has no SO_PASSRIGHTS (Linux 6.16)"
	begin
	owners_start
	attack linger linger "$RIG_DIR/run/n1/socket" "$GID_MEMBERS"
	grep -q '^ready, 0 taken$' "$RIG_DIR/linger.out"
	there_and_back
	attack_stop linger
	assert_unharmed
}

# Some had to be closed elsewhere, and all of them are by now.
none_is_closing() {
	[[ $(rig_hactl n1 status --json | jq .control.closing) == 0 ]]
}

@test "a member of haclient stops nobody by descriptors that take an hour to close" {
	begin
	rig_old_kernel n1
	owners_start
	attack linger linger "$RIG_DIR/run/n1/socket" "$GID_MEMBERS"
	grep -qE '^ready, [1-9][0-9]* taken$' "$RIG_DIR/linger.out"
	grep -q 'was dropped: it sent descriptors' "$RIG_DIR/n1/log"
	there_and_back
	attack_stop linger
	rig_wait 10 none_is_closing
	assert_unharmed
	# And the daemon ends while some are in its queues.
	attack again linger "$RIG_DIR/run/n1/socket" "$GID_MEMBERS"
	rig_signal n1 TERM
	rig_wait 10 grep -q 'left the cluster' "$RIG_DIR/n1.out"
	rig_wait 10 is_over n1
}

@test "a user database that cannot be read is no reason to stay root" {
	local limit served=0
	{ grep -v '^hacluster:' /etc/passwd; echo 'hacluster:x:29998:29999::/:/bin/false'; } >"$RIG_DIR/passwd"
	chown 29998 "$RIG_DIR/n1" "$RIG_DIR/n1/state"
	# One descriptor after the other: all of it either works or says what does not.
	for ((limit = 5; limit <= 24; limit++)); do
		rig_start n1 n1 prlimit --nofile=$limit: unshare -m sh -c \
			'mount --bind "$0/group" /etc/group && mount --bind "$0/passwd" /etc/passwd && exec "$@"' \
			"$RIG_DIR" "$HEARTBEATD" --config-dir "$RIG_DIR/n1/etc" --state-dir "$RIG_DIR/n1/state" \
			--node n1 --ipc-name "$RIG_DIR/run/n1"
		rig_wait 10 grep -qE 'begins|critical' "$RIG_DIR/n1.out"
		run ! grep 'staying root' "$RIG_DIR/n1.out"
		if grep -q begins "$RIG_DIR/n1.out"; then
			grep -q "^Uid:$(printf '\t29998%.0s' 1 2 3 4)\$" "/proc/$(<"$RIG_DIR/n1.pid")/status"
			served=1
		fi
		rig_signal n1 KILL 2>/dev/null || true
	done
	((served))
}

@test "the service manager is told, also when others have filled its queue at first" {
	attack notify notify "$RIG_DIR/run/notify"
	NOTIFY_SOCKET=$RIG_DIR/run/notify rig_daemon n1
	rig_wait 20 rig_role n1 primary
	attack_stop notify
}

@test "a member who asks again and again fills no log, and root is told how his own request went" {
	begin
	attack ask ask "$RIG_DIR/run/n1/socket" "$GID_MEMBERS"
	run -0 rig_hactl n1 standby --wait 10s
	[[ $output != *"replaced"* ]]
	attack_stop ask
	[[ $(grep -c 'asked for' "$RIG_DIR/n1/log") -le 4 ]]
	grep -q 'control: uid 0 asked for standby' "$RIG_DIR/n1/log"
}
