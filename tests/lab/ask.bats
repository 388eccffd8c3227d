#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo's independent client: does it see every kind of outage, and none that is not there?
# shellcheck disable=SC2154  # bats sets stderr and stderr_lines
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2016  # what stands in single quotes is for shells in the nodes

bats_require_minimum_version 1.5.0

setup_file()
{
	export ask=${builddir:-$BATS_TEST_DIRNAME/../../build}/tests/lab/ask
	[ -x "$ask" ] || skip "not built: $ask"
	[ "$(id -u)" = 0 ] || skip "needs root: makes a lab"
	export LAB_NAME=a$$
	lab up 1
	# Servers that misbehave, each in its own way.
	lab exec node1 sh -c 'sed -i "\$d" /etc/nginx/nginx.conf; cat >> /etc/nginx/nginx.conf
		systemctl reload nginx' <<-'END'
		server { listen 82; return 500; }
		server { listen 83; return 444; }
		server { listen 84; location / { limit_rate 1; return 200 "0123456789"; } }
		server { listen 85; return 200 ""; }
		server { listen 86; location / { proxy_pass http://127.0.0.1:87; } }
	}
	END
}

teardown_file() { lab down; }

setup()
{
	# shellcheck source=lib/wait.bash
	. "$BATS_TEST_DIRNAME/lib/wait.bash"
}

lab() { "$BATS_TEST_DIRNAME/lab" "$@"; }
ask() { lab client "$ask" "$@"; }

@test "a healthy server: nothing failed, who answered, at the asked rate" {
	run -0 --separate-stderr ask --rate 100 --seconds 1 192.0.2.11 80
	[[ ${lines[0]} =~ ^"asked 100, failed 0, slow 0, longest gap "[0-9]+" ms"$ ]]
	[ "${lines[1]}" = "answers node1 100" ]
	[ "$stderr" = "" ]
}

@test "SIGTERM ends it with its report" {
	local status=0 pid

	"$BATS_TEST_DIRNAME/lab" client "$ask" --log "$BATS_TEST_TMPDIR/log" 192.0.2.11 80 3>&- \
		> "$BATS_TEST_TMPDIR/out" &
	pid=$!
	wait_until 5 grep -q "answers now come from node1" "$BATS_TEST_TMPDIR/log"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	[ "$status" = 0 ]
	grep -Eq '^asked [0-9]+, failed 0, ' "$BATS_TEST_TMPDIR/out"
}

@test "each failure is told with its reason" {
	local port reason

	while read -r port reason; do
		run -1 --separate-stderr ask --rate 10 --seconds 1 --timeout-ms 300 192.0.2.11 "$port"
		[[ ${lines[0]} = "asked 10, failed 10, slow 0, longest gap 1"* ]]
		[[ ${stderr_lines[0]} = *"request 0 failed after "*" ms: $reason" ]]
	done <<-'END'
	81 refused
	82 bad answer: HTTP/1.1 500 Internal Server Error
	83 closed without an answer
	84 timeout
	86 bad answer: HTTP/1.1 502 Bad Gateway
	END
}

@test "an empty body is an answer" {
	run -0 ask --rate 10 --seconds 1 192.0.2.11 85
	[ "${lines[1]}" = "answers (empty) 10" ]
}

@test "a pulled cable is a failure, a gap, and no reason to ask less" {
	local pid status=0

	"$BATS_TEST_DIRNAME/lab" client "$ask" --rate 50 --seconds 2 --timeout-ms 300 \
		--log "$BATS_TEST_TMPDIR/log" 192.0.2.11 80 3>&- > "$BATS_TEST_TMPDIR/out" 2>&1 &
	pid=$!
	wait_until 5 grep -q "answers now come from node1" "$BATS_TEST_TMPDIR/log"
	lab cut node1 public
	wait_until 5 grep -q "timeout" "$BATS_TEST_TMPDIR/log"
	lab heal
	wait "$pid" || status=$?
	[ "$status" = 1 ]
	[[ $(grep '^asked' "$BATS_TEST_TMPDIR/out") =~ ^"asked 100, failed "[1-9][0-9]*", slow "[0-9]+", longest gap "([0-9]+)" ms"$ ]]
	[ "${BASH_REMATCH[1]}" -ge 300 ]
}

@test "wrong use is told, with exit status 2" {
	run -2 ask
	[ "$output" = "ask: ADDRESS and PORT are needed, and nothing more (see ask --help)" ]
	run -2 ask node1 80
	[[ $output = 'ask: "node1" is not an IPv4 address'* ]]
	run -2 ask 192.0.2.11 http
	[[ $output = 'ask: PORT: "http" is not a number from 1 to 65535'* ]]
	run -2 ask --rate 0 192.0.2.11 80
	[[ $output = 'ask: --rate: "0" is not a number from 1 to 10000'* ]]
	run -2 ask --rate 10000 --timeout-ms 60000 192.0.2.11 80
	[[ $output = *"over 20000 requests at once"* ]]
	run -2 ask --log /nowhere/log 192.0.2.11 80
	[[ $output = "ask: /nowhere/log: No such file or directory" ]]
	run -0 ask --help
	[[ $output = *"--slow-ms N"* ]]
}
