#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What holds a run, and who is told: window, pause, approval, hooks, a mail and a post over TLS.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "gates"
	scenario_bundles
	scenario_cluster
}

teardown_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "gates"
	lab down
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "gates"
}

teardown()
{
	[ -z "${server_pid:-}" ] || kill "$server_pid" 2>/dev/null || :
	client_stop
}

# Where notifications are posted to; certificate and address in $work.
server_start()
{
	rm -f "$work/port"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj /CN=hook -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$work/hook.key" -out "$work/hook.pem" 2>/dev/null
	"$top/tests/lab/lab" client "$top/tests/lab/webhook.py" "$work/hook.pem" "$work/hook.key" \
		"$work/posted" "$work/port" >"$work/server.log" 2>&1 3>&- &
	server_pid=$!
	wait_until 20 test -s "$work/port"
}

# The cluster file with hooks and notifications behind it.
cluster_file_with_gates()
{
	sed '$d' "$work/cluster.conf"
	cat <<-END
		hooks {
			pre_run = {"$work/hook", "first"}
			post_run = "$work/hook"
			pre_node = "$work/hook"
			post_node = "$work/hook"
			timeout = "20s"
		}
		notify {
			on = {"held", "done"}
			mail = "ops@example.org"
			sendmail = "$work/sendmail"
			webhook = "https://127.0.0.1:$(cat "$work/port")/token-xyzzy"
			ca = "hook.pem"
		}
	}
	END
}

hook_programs()
{
	cat >"$work/hook" <<-END
	#!/bin/sh
	jq -c '[.event, .node, .result, .cause, (.nodes | map(.role)), .probe.failed]' >>"$work/hooks"
	END
	printf '#!/bin/sh\ncat >>"%s"\n' "$work/mail" >"$work/sendmail"
	chmod 755 "$work/hook" "$work/sendmail"
}

@test "outside of its window a run is not begun, and it says when" {
	day=$(date -d 'now + 3 days' +%a | tr '[:upper:]' '[:lower:]')
	haupgrade upgrade --yes --window "$day 00:00-24:00" "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "not begun: the maintenance window is closed: it next opens $(date -d 'now + 3 days' '+%a %F') 00:00"
	expect_untouched
	haupgrade upgrade --yes --pause-after node7 "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 2 ]
	expect_output 'pause after "node7": neither a step'
	expect_untouched
}

@test "a hook that fails holds the run; nothing is posted to a server that nobody vouches for" {
	server_start
	hook_programs
	cluster_file_with_gates | sed 's|pre_run = .*|pre_run = "/bin/false"|; /ca = /d' >"$work/gates.conf"
	haupgrade upgrade --yes "$work/gates.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "run 1 stopped: hook pre-run: /bin/false: exit status 1"
	expect_output "notification webhook: webhook https://127.0.0.1:$(cat "$work/port"): SSL peer certificate"
	expect_untouched
	[ ! -e "$work/posted" ]
	[ "$(grep -c '^Subject: ' "$work/mail")" = 1 ]
	rm "$work/mail" "$work/hooks"
}

@test "the hook mended, the run is resumed, paused, approved node by node and done; hooks, mail and post tell of it" {
	server_start
	hook_programs
	cluster_file_with_gates >"$work/gates.conf"
	client_start

	haupgrade resume --pause-after upload
	[ "$status" -eq 1 ]
	expect_output "paused after upload, as wanted; \`haupgrade resume 1\` goes on"
	expect_version node1 "$scenario_old"
	expect_version node2 "$scenario_old"

	haupgrade resume --approve
	[ "$status" -eq 1 ]
	expect_output "node1: fail over from it: primary, hacluster"
	expect_output "probe: asked "
	expect_output "approve it by \`haupgrade resume --approve 1\`"
	expect_version node1 "$scenario_old"
	expect_version node2 "$scenario_new"
	[ "$(cluster_primary)" = node1 ]

	haupgrade resume
	[ "$status" -eq 0 ]
	expect_version node1 "$scenario_new"
	expect_served

	cat "$work/hooks"
	diff - <(cut -d, -f1-4 "$work/hooks") <<-'END'
	["pre-run",null,null,null
	["post-run",null,"stopped","gate"
	["pre-run",null,null,null
	["pre-node","node2",null,null
	["post-node","node2","done",null
	["post-run",null,"stopped","gate"
	["pre-run",null,null,null
	["pre-node","node1",null,null
	["post-node","node1","done",null
	["post-run",null,"done",null
	END
	[ "$(tail -n 1 "$work/hooks")" = '["post-run",null,"done",null,["backup","primary"],0]' ]
	[ "$(grep -c '^Subject: haupgrade: run 1 of cluster demo is held$' "$work/mail")" = 2 ]
	grep -q '^Subject: haupgrade: run 1 of cluster demo is done$' "$work/mail"
	[ "$(jq -r .event "$work/posted" | tr '\n' ' ')" = 'held held done ' ]
	# The address holds a token; the journal does not.
	refute grep -q xyzzy "$work"/state/journal.db*
}
