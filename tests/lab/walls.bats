#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Whoever is in a node, through `lab exec` or ssh, reaches neither the clock nor the devices, the kernel
# and the settings of the machine below it. A node's root keeps CAP_SYS_ADMIN, without which systemd cannot
# make its services' mounts: the walls hold commands that were meant for the node, not an attacker, who may
# mount a second /proc, or what the machine has mounted of a disk.

# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2016,SC2030,SC2031
bats_require_minimum_version 1.5.0

setup_file()
{
	export reach=${builddir:-$BATS_TEST_DIRNAME/../../build}/tests/lab/reach
	[ -x "$reach" ] || skip "not built: $reach"
	[ "$(id -u)" = 0 ] || skip "needs root: makes a lab"
	# Not by a process id: another ./check in a pid namespace of its own (tests/lab/release) may have the same.
	LAB_NAME=walls$(printf '%s' "$BATS_TEST_DIRNAME" | cksum | cut -c1-6)
	export LAB_NAME
	lab down >/dev/null 2>&1 || :
	lab up 1
	lab exec node1 sh -c 'mkdir /root/on; cat >/root/reach; chmod 755 /root/reach' <"$reach"
	# Of the file system that holds the lab: a disk of the machine's.
	export disk
	disk=$(stat -c '%Hd %Ld' "${LAB_STATE:-/var/lib/haupgrade-lab}")
}

teardown_file() { lab down; }

lab() { "$BATS_TEST_DIRNAME/lab" "$@"; }

powers() { lab "$@" grep -E '^(Cap|Seccomp|NoNewPrivs)' "/proc/$who/status"; }

# expect_refused: $output, of reach, has every attempt, and all were refused.
expect_refused()
{
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -c ': refused$' <<<"$output")" = "${#lines[@]}" ]
	local attempt
	for attempt in 'set the clock' 'adjust the clock' 'load a module' 'remove a module' \
		"make the disk's device" "open the kernel's log" 'write to /proc/sys/kernel/core_pattern'; do
		grep -qx "$attempt: refused" <<<"$output"
	done
	# Where this machine may make no device either, the node's being refused would mean nothing.
	mknod "$BATS_TEST_TMPDIR/disk-device" b $disk
}

@test "a command has the capabilities and the system call filters of the node's first process" {
	local first mine

	first=$(who=1 powers exec node1)
	mine=$(who=self powers exec node1)
	[ "$mine" = "$first" ]
	# And these are not the machine's.
	[[ $first == *"Seccomp:"*2* ]]
	[ "$(grep ^CapBnd <<<"$first")" != "$(grep ^CapBnd /proc/self/status)" ]
}

@test "exec: clock, kernel, devices and settings of the machine are refused" {
	run lab exec node1 sh -c "cd /root && ./reach $disk /root/on"
	expect_refused
}

@test "ssh: the same" {
	run lab ssh node1 "cd /root && ./reach $disk /root/on"
	expect_refused
}

@test "date -s in a node fails" {
	run -1 lab exec node1 sh -c 'date -s "@$(date +%s.%N)"'
	[[ $output == *"cannot set date: Operation not permitted"* ]]
}

@test "what a node mounts is not mounted on the machine, nor what it gets from the caller kept" {
	lab exec node1 mount -t tmpfs wallsmount /mnt
	lab exec node1 grep -q wallsmount /proc/self/mountinfo
	run -1 grep wallsmount /proc/self/mountinfo
	# Only 0, 1 and 2 come along.
	run -0 lab exec node1 sh -c 'ls /proc/$$/fd' 7</etc/passwd
	[ "${lines[*]}" = "0 1 2" ]
}
