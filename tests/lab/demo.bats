#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo does what README says, and leaves nothing behind, also after ^C.

bats_require_minimum_version 1.5.0

setup()
{
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	. "$BATS_TEST_DIRNAME/lib/wait.bash"
	# Two checkouts on one machine must not take each other's labs down, nor count each other's traces.
	DEMO_NAME=demot$(printf '%s' "$top" | cksum | cut -c1-6)
	export DEMO_NAME
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
	ls /run/haupgrade-lab 2>/dev/null | grep "^$DEMO_NAME-" || :
	grep -F "/$DEMO_NAME" /proc/self/mountinfo || :
	losetup --list --noheadings --output BACK-FILE | grep -F "/$DEMO_NAME/" || :
	pgrep -f "lab client .*$DEMO_NAME|$TMPDIR/haupgrade-demo\.|^$top/build/tests/lab/ask .*192\.0\.2\.100 80" || :
	ls "$TMPDIR" | grep haupgrade-demo || :
}

@test "./demo: nothing failed, nothing was slow, nothing is left" {
	rm -f "$top/build/demo-report.html"
	run "$top/demo"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ ${lines[-1]} =~ ^'demo: asked '[1-9][0-9]*', failed 0, slow 0, longest gap '[0-9]+' ms, upgrade '[0-9.]+' s'$ ]]
	[ "$(traces)" = "$before" ]
}

# As a browser would take it, and as a reader who trusts nothing would: whole, valid, no request.
@test "the demo's report says what happened, is valid HTML and asks for nothing" {
	report=$top/build/demo-report.html
	tidy -quiet -errors -utf8 "$report"
	run -1 grep -qE '<(script|link|img|iframe|object|embed)|(src|href)=|url\([^#]|@import' "$report"
	grep -qF '<h2>Did it succeed?</h2><p class="answer">Yes</p>' "$report"
	grep -qF '<h2>Was the service interrupted?</h2><p class="answer">No</p>' "$report"
	grep -qF '<p class="answer">0.1.0-1 → 0.2.0-1</p>' "$report"
	grep -qF '<h2>Which machines were restarted?</h2><p class="answer">node2, node1</p>' "$report"
	grep -qF '<h2>Is this record unaltered?</h2><p class="answer">Yes</p>' "$report"
	[ "$(grep -c '<title>node[12]: primary, ' "$report")" -ge 2 ]
	[ "$(grep -c '<text [^>]*>reboot, [0-9.]* m\?s</text>' "$report")" -eq 2 ]
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
