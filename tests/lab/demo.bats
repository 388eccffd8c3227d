#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo does what README says, and leaves nothing behind, also after ^C.

setup()
{
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	. "$BATS_TEST_DIRNAME/lib/wait.bash"
	export DEMO_NAME=demotest
	export TMPDIR=$BATS_TEST_TMPDIR
	before=$(traces)
}

teardown()
{
	"$top/tests/lab/lab" --name "$DEMO_NAME" down
}

# Namespaces, mounts, loop devices and processes of this host that a demo could have left.
traces()
{
	ls /run/netns 2>/dev/null | grep "^$DEMO_NAME-" || :
	grep -F "/$DEMO_NAME" /proc/self/mountinfo || :
	losetup --list --noheadings --output BACK-FILE | grep -F "/$DEMO_NAME/" || :
	pgrep -f "lab client .*$DEMO_NAME|haupgrade-demo\.|192\.0\.2\.100 80" || :
	ls "$TMPDIR" | grep haupgrade-demo || :
}

@test "./demo: nothing failed, nothing was slow, nothing is left" {
	run "$top/demo"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} =~ ^'demo: asked '[1-9][0-9]*', failed 0, slow 0, longest gap '[0-9]+' ms, upgrade '[0-9.]+' s'$ ]]
	[ "$(traces)" = "$before" ]
}

@test "./demo, ended in the middle, leaves nothing either" {
	"$top/demo" >"$BATS_TEST_TMPDIR/output" 2>&1 3>&- &
	pid=$!
	wait_until 120 grep -q 'install the packages' "$BATS_TEST_TMPDIR/output"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	cat "$BATS_TEST_TMPDIR/output"
	[ "$status" -eq 130 ]
	[ "$(traces)" = "$before" ]
}
