#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab itself: does it behave like machines on cables, and does it leave nothing behind?

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2016  # what stands in single quotes is for shells in the nodes
# shellcheck disable=SC2030,SC2031  # each test is a subshell, and its locals are its own
bats_require_minimum_version 1.5.0

setup_file()
{
	[ "$(id -u)" = 0 ] || skip "needs root: makes namespaces and mounts"
	# A name of our own: a lab of the developer may be up.
	export LAB_NAME=t$$ LAB_POST_SECONDS=0.3
	lab layer
	lab up 2
}

teardown_file()
{
	lab --name "$LAB_NAME"x down
	lab down
}

setup()
{
	# shellcheck source=lib/wait.bash
	. "$BATS_TEST_DIRNAME/lib/wait.bash"
	dir=${LAB_STATE:-/var/lib/haupgrade-lab}/$LAB_NAME
}

# In the background "$lab" itself, not this function: its pid must be that of the program.
lab=$BATS_TEST_DIRNAME/lab
lab() { "$lab" "$@"; }

# Does the address answer within 0.2 s?
client_reaches() { lab client timeout 0.2 bash -c "exec 3<> /dev/tcp/$1/22" 2> /dev/null; }
node1_reaches() { lab exec node1 ping -q -c 1 -W 0.2 "$1" > /dev/null; }

boot_identity()
{
	lab exec "$1" sh -c 'cat /proc/sys/kernel/random/boot_id; cut -d" " -f22 /proc/1/stat'
}

has_boots() { [ "$(wc -l < "$dir/$1/boots")" = "$2" ]; }

# traces NAME: everything on this host that belongs to lab NAME.
traces()
{
	local process

	ls -d "/run/haupgrade-lab/$1"-* "${LAB_STATE:-/var/lib/haupgrade-lab}/$1"* 2>/dev/null
	find /sys/fs/cgroup -path "*/haupgrade-lab/$1" 2>/dev/null
	grep -E "$1-|/$1/" /proc/self/mountinfo
	losetup --list --noheadings --output NAME,BACK-FILE | grep "/$1/"
	ip -br link | grep -E '(public|inter)-'
	for process in /proc/[0-9]*; do
		! tr '\0' ' ' 2>/dev/null < "$process/environ" | grep -q "LAB_DIR=[^ ]*/$1 " ||
			echo "process ${process#/proc/}: $(tr '\0' ' ' < "$process/cmdline")"
	done
	true
}
no_traces() { [ -z "$(traces "$1")" ]; }

assert_no_traces()
{
	# The kernel frees a dead lab's loop devices and mounts a moment after its processes.
	wait_until 5 no_traces "$1" || { traces "$1"; return 1; }
}

@test "status names the nodes, their boots and their links" {
	run -0 lab status
	[ "${lines[0]}" = "node1 running, boots 1, public ok, interconnect ok" ]
	[ "${lines[1]}" = "node2 running, boots 1, public ok, interconnect ok" ]
	[ "${#lines[@]}" = 2 ]
}

@test "each node serves its name to the client" {
	run -0 lab client curl -sS -i --max-time 5 http://192.0.2.12/
	[[ $output = *"X-Node: node2"* ]]
	[ "${lines[-1]}" = node2 ]
	run -0 lab client curl -sS --max-time 5 http://192.0.2.11/
	[ "$output" = node1 ]
}

@test "ssh, exec and client pass input, output and exit status" {
	run -7 lab ssh node1 'read a; echo got $a; exit 7' <<< word
	[ "$output" = "got word" ]
	run -7 lab exec node1 sh -c 'read a; echo got $a; exit 7' <<< word
	[ "$output" = "got word" ]
	run -7 lab client sh -c 'read a; echo got $a; exit 7' <<< word
	[ "$output" = "got word" ]
}

@test "a signal to lab client or lab exec reaches the command" {
	local pid status=0

	"$lab" client sleep 60 3>&- &
	pid=$!
	has_become_sleep() { grep -q '^sleep' "/proc/$pid/cmdline"; }
	wait_until 5 has_become_sleep
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 143 ]

	"$lab" exec node1 sleep 60 3>&- &
	pid=$!
	node1_sleeps() { lab exec node1 pgrep -x sleep > /dev/null; }
	wait_until 5 node1_sleeps
	kill -TERM "$pid"
	wait_while 5 node1_sleeps
}

@test "inside: the programs of a node without a node, and nothing of it stays" {
	local mark=/tmp/labinside.$$ image

	run -7 lab inside sh -c 'read a; echo got $a; echo $$ >&2; exit 7' <<< word
	[[ $output = "got word"* ]]
	# What a node's sshd needs; this host may have no sshd at all.
	lab inside sh -c 'mkdir /run/sshd && ssh-keygen -q -A && /usr/sbin/sshd -t'
	run -0 lab inside ls /sys/class/net
	[ "$output" = lo ]
	lab inside ping -q -c 1 -W 5 127.0.0.1
	# /tmp and the source tree are the host's, and nothing else is.
	cd "$BATS_TEST_DIRNAME"
	run -0 lab inside pwd -P
	[ "$output" = "$BATS_TEST_DIRNAME" ]
	lab inside sh -c "touch $mark /etc/labinside /var/lib/labinside"
	[ -e "$mark" ]
	rm "$mark"
	[ ! -e /etc/labinside ]
	[ ! -e /var/lib/labinside ]
	# A process that the command leaves running ends with it.
	lab inside sh -c "sleep 4711 > /dev/null 2>&1 3>&- &"
	run ! pgrep -f '^sleep 4711$'
	run -2 lab inside
	[[ $output = "lab: inside needs a command"* ]]
	run -127 lab inside /nonexistent
	image=$(lab layer)
	stays() { losetup --list --noheadings --output BACK-FILE | grep -F "$image"; }
	wait_while 10 stays
	run ! grep -E 'lab-inside|/run/(layer|root) ' /proc/self/mountinfo
}

@test "inside: however lab ends, the command ends with it" {
	local signal expected pid status

	for signal in TERM:143 INT:130 KILL:137; do
		expected=${signal#*:}
		signal=${signal%:*}
		env --default-signal=INT "$lab" inside sleep 4712 3>&- &
		pid=$!
		sleeps() { pgrep -f '^sleep 4712$' > /dev/null; }
		wait_until 10 sleeps
		kill -"$signal" "$pid"
		status=0
		wait "$pid" || status=$?
		[ "$status" = "$expected" ]
		wait_while 10 sleeps
	done
}

@test "env gives what ssh needs" {
	eval "$(lab env)"
	[ "$LAB_NODE2_ADDRESS" = 192.0.2.12 ]
	[ "$LAB_NODE2_INTERCONNECT" = 198.51.100.12 ]
	[ "$LAB_FLOATING_ADDRESS" = 192.0.2.100 ]
	[ "$LAB_NODES" = "node1 node2" ]
	run -0 lab client ssh -F none -i "$LAB_IDENTITY" -o UserKnownHostsFile="$LAB_KNOWN_HOSTS" \
		-o StrictHostKeyChecking=yes -o BatchMode=yes "root@$LAB_NODE2_ADDRESS" hostname
	[ "$output" = node2 ]
}

@test "wrong use is told, with exit status 2" {
	run -2 lab
	[[ $output = "lab: no command given"* ]]
	run -2 lab frobnicate
	[[ $output = "lab: unknown command frobnicate"* ]]
	run -2 lab up two
	[[ $output = 'lab: up: "two" is not a number of nodes (1 to 32)'* ]]
	run -2 lab --name A-b status
	[[ $output = 'lab: lab name "A-b": at most 12'* ]]
	run -2 lab cut node3 public
	[[ $output = *"no node \"node3\" in lab \"$LAB_NAME\" (it has: node1 node2 )"* ]]
	run -2 lab cut node1 telephone
	[[ $output = *'no link "telephone": it is public or interconnect'* ]]
	run -1 lab --name nosuch status
	[[ $output = 'lab: lab "nosuch" is not up' ]]
	run -1 lab up
	[[ $output = *"is up already"* ]]
	run -0 lab --help
	[[ $output = *"power-off NODE"* ]]
}

@test "a node sees the host's programs but not its files, and changes nothing on it" {
	touch "$BATS_TEST_TMPDIR/mark"
	lab exec node1 test ! -e "$BATS_TEST_TMPDIR/mark"
	lab exec node1 test ! -e "$BATS_TEST_DIRNAME"
	lab exec node1 test ! -e "$dir"
	lab exec node1 useradd -r labcheck
	lab exec node1 touch /etc/labcheck /usr/sbin/labcheck
	run -2 getent passwd labcheck
	[ ! -e /etc/labcheck ]
	[ ! -e /usr/sbin/labcheck ]
	run -2 lab exec node2 getent passwd labcheck
}

@test "a node has a real rpm database, which wants what packages need" {
	local top=$BATS_TEST_TMPDIR

	for version in 1 2; do
		cat > "$top/hat.spec" <<-END
		Name: hat
		Version: $version
		Release: 1
		Summary: A package of the lab's test
		License: GPL-2.0-or-later
		BuildArch: noarch
		Requires: /bin/sh, systemd, libjansson.so.4()(64bit), libc.so.6(GLIBC_2.34)(64bit)
		%description
		None.
		%post
		echo $version > /etc/hat
		%files
		END
		HOME=$top rpmbuild --quiet -bb --define "_topdir $top" "$top/hat.spec"
		lab exec node1 sh -c "cat > /root/hat-$version.rpm" < "$top/RPMS/noarch/hat-$version-1.noarch.rpm"
	done
	sed -i 's/libjansson.so.4/libjansson.so.3/; s/: hat/: cap/' "$top/hat.spec"
	HOME=$top rpmbuild --quiet -bb --define "_topdir $top" "$top/hat.spec"
	lab exec node1 sh -c "cat > /root/cap.rpm" < "$top/RPMS/noarch/cap-2-1.noarch.rpm"

	lab exec node1 rpm -U --test /root/hat-1.rpm
	run -1 lab exec node1 rpm -q hat
	lab exec node1 rpm -U /root/hat-1.rpm
	lab exec node1 rpm -F /root/hat-2.rpm
	run -0 lab exec node1 rpm -q hat
	[ "$output" = hat-2-1.noarch ]
	[ "$(lab exec node1 cat /etc/hat)" = 2 ]
	run lab exec node1 rpm -U --test /root/hat-1.rpm
	[ "$status" != 0 ]
	run lab exec node1 rpm -U --test /root/cap.rpm
	[ "$status" != 0 ]
	[[ $output = *"libjansson.so.3()(64bit) is needed by cap"* ]]
	lab exec node1 rpm -e hat
	run -0 lab exec node1 rpm -qa
	[ "$output" = lab-os-1-1.x86_64 ] || [ "$output" = "lab-os-1-1.$(uname -m)" ]
}

@test "a hardened unit can take an address, set rules, run in real time" {
	lab exec node1 sh -c 'cat > /etc/systemd/system/labcheck.service' <<-'END'
	[Service]
	Type=oneshot
	RemainAfterExit=yes
	DynamicUser=yes
	ExecStart=ip address add 192.0.2.100/24 dev eth0 label eth0:cs0
	ExecStart=nft add table ip labcheck
	ExecStart=chrt -f 10 touch /var/lib/labcheck/file
	ExecStart=sh -c '! touch /etc/labcheck2'
	AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_NICE CAP_IPC_LOCK
	CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_NICE CAP_IPC_LOCK
	LimitMEMLOCK=infinity
	NoNewPrivileges=yes
	ProtectSystem=strict
	ProtectHome=yes
	PrivateTmp=yes
	PrivateDevices=yes
	ProtectKernelTunables=yes
	ProtectKernelModules=yes
	ProtectControlGroups=yes
	ProtectClock=yes
	ProtectProc=invisible
	RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
	RestrictNamespaces=yes
	MemoryDenyWriteExecute=yes
	LockPersonality=yes
	SystemCallFilter=@system-service
	SystemCallArchitectures=native
	StateDirectory=labcheck
	RuntimeDirectory=labcheck
	[Install]
	WantedBy=multi-user.target
	END
	lab exec node1 systemctl -q enable --now labcheck ||
		{ lab exec node1 journalctl --no-pager -u labcheck; false; }
	run -0 lab client curl -sS --max-time 5 http://192.0.2.100/
	[ "$output" = node1 ]
	run -0 lab exec node1 nft list tables
	[ "$output" = "table ip labcheck" ]
	run -0 lab exec node1 ls /sys/class/net
	[ "$output" = $'eth0\neth1\nlo' ]
	lab exec node1 systemctl -q disable labcheck
}

@test "a reboot is a new boot: links down meanwhile, run-time state lost, files kept" {
	local before after

	lab exec node1 sh -c 'echo kept > /etc/labkept; ip -4 address show dev eth0' > "$BATS_TEST_TMPDIR/a"
	grep -q 192.0.2.100 "$BATS_TEST_TMPDIR/a"		# left by the test before
	before=$(boot_identity node1)
	lab ssh node1 systemctl reboot || true
	wait_while 10 client_reaches 192.0.2.11
	wait_until 10 has_boots node1 2
	lab wait node1
	after=$(boot_identity node1)
	[ "$(head -1 <<< "$before")" != "$(head -1 <<< "$after")" ]
	[ "$(tail -1 <<< "$before")" -lt "$(tail -1 <<< "$after")" ]
	[ "$(lab exec node1 cat /etc/labkept)" = kept ]
	run -0 lab exec node1 nft list tables
	[ "$output" = "" ]
	run -0 lab exec node1 ip -4 -br address show dev eth0
	[[ $output != *192.0.2.100* ]]
	run -0 lab exec node1 journalctl --list-boots --no-pager
	[[ $output = *" -1 "* ]]
	run -0 lab status
	[ "${lines[0]}" = "node1 running, boots 2, public ok, interconnect ok" ]
}

@test "power-off is sudden, power-on boots again" {
	lab exec node2 sh -c 'echo on disk > /etc/labkept'
	lab power-off node2
	run ! client_reaches 192.0.2.12
	run -1 lab exec node2 true
	[ "$output" = "lab: node2 is not running" ]
	run -0 lab status
	[ "${lines[1]}" = "node2 off, boots 1, public ok, interconnect ok" ]
	lab power-off node2				# again: no harm
	run -1 lab wait node2
	lab power-on node2
	lab wait node2
	[ "$(lab exec node2 cat /etc/labkept)" = "on disk" ]
	lab power-on node2				# again: no harm
	has_boots node2 2
}

@test "save and load: the disks are what they were, and only while the machines are off" {
	run -1 lab save
	[[ $output == *"node1 is on: its disk can be copied only while it is off"* ]]
	lab exec node1 sh -c 'echo saved >/root/kept; echo saved >/root/removed; rm /etc/motd'
	lab power-off node1
	lab power-off node2
	run -1 lab load
	[[ $output == *"nothing was saved of node1: lab save comes first"* ]]
	lab save
	run -1 lab load other
	[[ $output == *"nothing was saved of node1: lab save comes first"* ]]
	run -2 lab save ../other
	lab power-on node1
	lab wait node1
	lab exec node1 sh -c 'echo changed >/root/kept; rm /root/removed; echo new >/etc/motd'
	lab power-off node1
	lab load
	lab power-on node1
	lab power-on node2
	lab wait
	run -0 lab exec node1 sh -c 'cat /root/kept /root/removed; ls /etc/motd 2>&1; :'
	[ "${lines[0]} ${lines[1]}" = "saved saved" ]
	[[ ${lines[2]} == *"No such file"* ]]
}

@test "a machine that powers itself off is off" {
	lab ssh node2 systemctl poweroff || true
	is_off() { lab status | grep -q '^node2 off'; }
	wait_until 10 is_off
	lab power-on node2
	lab wait node2
}

@test "cut and heal the public link: the client notices, the interconnect does not" {
	lab cut node2 public
	run ! client_reaches 192.0.2.12
	run ! node1_reaches 192.0.2.12
	node1_reaches 198.51.100.12
	[ "$(lab exec node2 cat /sys/class/net/eth0/carrier)" = 0 ]
	run -0 lab status
	[[ ${lines[1]} = *"public cut, interconnect ok" ]]
	lab heal node2 public
	wait_until 5 client_reaches 192.0.2.12
	wait_until 5 node1_reaches 192.0.2.12
}

@test "cut and heal the interconnect: the client does not notice" {
	lab cut node2 interconnect
	run ! node1_reaches 198.51.100.12
	client_reaches 192.0.2.12
	lab heal
	wait_until 5 node1_reaches 198.51.100.12
}

@test "a link that was cut stays cut over a reboot" {
	lab cut node2 interconnect
	lab ssh node2 systemctl reboot || true
	wait_while 10 client_reaches 192.0.2.12
	lab wait node2
	run ! node1_reaches 198.51.100.12
	lab heal node2
	wait_until 5 node1_reaches 198.51.100.12
}

@test "two labs side by side never meet; down of one leaves nothing of it and spares the other" {
	local other=${LAB_NAME}x

	lab --name "$other" up 1
	[ "$(lab --name "$other" client curl -sS --max-time 5 http://192.0.2.11/)" = node1 ]
	lab --name "$other" exec node1 sh -c 'echo other > /etc/labother'
	lab exec node1 test ! -e /etc/labother
	lab --name "$other" power-off node1
	client_reaches 192.0.2.11
	lab --name "$other" down
	assert_no_traces "$other"
	client_reaches 192.0.2.11
	lab --name "$other" down			# again: no harm
	assert_no_traces "$other"
}

# The moments at which the next two tests strike.
state_dir_made() { [ -e "$other_dir" ]; }
network_made() { [ -e "/run/haupgrade-lab/$other-client" ]; }
first_machine_on() { [ -e "$other_dir/node1/machine" ]; }
second_boot_on() { [ -e "$other_dir/node2/boot" ]; }

@test "a signal during up takes everything down again" {
	local other=${LAB_NAME}x other_dir=${dir}x moment signal expected target status

	for moment in state_dir_made:INT:130:group first_machine_on:TERM:143: \
	              second_boot_on:INT:130:group network_made:INT:130: ; do
		IFS=: read -r moment signal expected target <<< "$moment"
		# As a terminal does: a process group, all of which gets the signal.  (A shell starts
		# its background commands with SIGINT ignored.)
		setsid env --default-signal=INT "$lab" --name "$other" up 2 3>&- \
			> /dev/null 2> "$BATS_TEST_TMPDIR/errors" &
		wait_until 10 "$moment"
		kill -"$signal" -- "${target:+-}$!"
		status=0
		wait $! || status=$?
		[ "$status" = "$expected" ] || { echo "$moment: $status $(cat "$BATS_TEST_TMPDIR/errors")"; false; }
		assert_no_traces "$other"
	done
}

@test "after SIGKILL of up at any moment, down leaves nothing" {
	local other=${LAB_NAME}x other_dir=${dir}x moment

	for moment in state_dir_made network_made first_machine_on second_boot_on; do
		"$lab" --name "$other" up 2 3>&- > /dev/null 2>&1 &
		wait_until 10 "$moment"
		kill -KILL $!
		wait $! || true
		lab --name "$other" down
		assert_no_traces "$other"
	done
}

@test "a lab comes up and goes down while others make network namespaces" {
	local other=${LAB_NAME}x

	# In a mount namespace of its own, where each `ip netns add` after a removal is the first one:
	# that mounts /run/netns over itself.
	# shellcheck disable=SC2016
	LAB_NAME=$other run unshare --mount bash -eu -c '
		lab=$1 busy=
		stop() { [ -z "$busy" ] || { kill "$busy"; wait "$busy" || :; busy=; }; }
		trap stop EXIT
		mount -t tmpfs tmpfs /run
		"$lab" up 1
		ip netns add labother
		"$lab" down
		while :; do
			ip netns add labother2 && ip netns delete labother2
			umount -l /run/netns
			echo made
		done >"$2" 2>/dev/null 3>&- &
		busy=$!
		for i in 1 2 3; do
			"$lab" up 1
			"$lab" power-off node1
			"$lab" down
		done
		stop
		! ls /run/haupgrade-lab | grep "^$LAB_NAME-"
	' bash "$lab" "$BATS_TEST_TMPDIR/made"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output != *busy* ]]
	[ "$(wc -l <"$BATS_TEST_TMPDIR/made")" -gt 10 ]
	assert_no_traces "$other"
}

@test "an interrupted layer is never taken for a whole one" {
	export LAB_CACHE=$BATS_TEST_TMPDIR/cache
	local other=${LAB_NAME}y pid

	"$lab" --name "$other" layer 3>&- > /dev/null 2>&1 &
	pid=$!
	has_begun() { [ -s "$LAB_CACHE/new.ext4" ] && losetup --list | grep -q "$LAB_CACHE"; }
	wait_until 20 has_begun
	kill -KILL "$pid"
	wait "$pid" || true
	no_loop() { ! losetup --list | grep -q "$LAB_CACHE"; }
	wait_until 10 no_loop
	[ -z "$(ls "$LAB_CACHE"/layer-*.ext4 2>/dev/null)" ]
	run ! grep -q "$LAB_CACHE" /proc/self/mountinfo
}
