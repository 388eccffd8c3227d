# SPDX-License-Identifier: GPL-2.0-or-later
# One case of the fault campaign, from a fresh cluster to a healthy one. Sourced by tests/lab/faults.
# shellcheck shell=bash disable=SC2154,SC2034

# Short enough that a step that never gets done does not take minutes; a step that gets done takes
# a second or two here.
case_deadlines='upload = "8s" stop = "8s" install = "15s" down = "10s" up = "12s" services = "8s" role = "8s" failover = "15s"'
# What may fail while a primary that lost its power is not yet known to be dead (deadtime, 2 s), and its
# successor takes over: 100 requests a second, and those under way.
case_takeover=350
# The same until haupgrade has put the successor back in service: its looks at a dead node take their
# time, and heartbeatd waits for its peer (initdead, 5 s) before it takes over alone.
case_putback=3500

# case_run NAME AT END HEAL FAILED: its line goes to $keep/results; what it said is kept in $keep/NAME.
case_run()
{
	local name=$1 at=$2 end=$3 heal=$4 allowed=$5 step fault node peer
	local began=$SECONDS trouble verdict=passed

	case_kind=''
	[[ $name != *:* ]] || case_kind=${name%%:*}
	IFS=- read -r step fault node <<<"${name#*:}"
	peer=node1
	[ "$node" != node1 ] || peer=node2
	[ "$at" != . ] || at=$step:$node
	case $allowed in
	-)        allowed=0 ;;
	takeover) allowed=$case_takeover ;;
	putback)  allowed=$case_putback ;;
	esac
	case_target=$stage_new case_run=1 case_before=$stage_old
	[ "$case_kind" != bare ] || case_before=''
	case $fault in broken | pre | post) case_target=$stage_broken ;; esac
	case_end='' case_power_ons='' stage_failed='-'

	case_acts >"$work/said" 2>&1 || verdict=FAILED
	trouble=$(tail -n 1 "$work/said")
	[ -z "$ha_pid" ] || { kill -CONT "$ha_pid"; ha_kill; } 2>/dev/null
	[ -z "$ask_pid" ] || stage_end || :
	case_keep "$name"
	echo "$name|$at|${case_end:-?}|$stage_failed|$heal|$((SECONDS - began))|$verdict" >>"$keep/results"
	if [ $verdict = passed ]; then
		echo "ok      $name ($case_end, $((SECONDS - began)) s)"
	else
		echo "FAILED  $name: $trouble ($keep/$name)"
	fi
}

case_acts()
{
	boots_remember
	case_begin || wrong "the cluster did not come up" || return
	case $fault in pre | post) release_mended || return ;; esac
	case_start
	[ "$case_kind" != back ] || case_go_back || return
	case_moment || return
	ha_wait 120 || wrong "haupgrade still runs" || return
	judge_end "$end" && judge_words "$fault" && judge_journal || return
	[ -z "$ask_pid" ] || judge_served || return
	! declare -F "mend_$fault" >/dev/null || "mend_$fault" "$node" "$peer" ||
		wrong "the fault could not be mended" || return
	case_heal || return
	[ -n "$ask_pid" ] || return 0
	stage_end || wrong "the client did not count" || return
	judge_failed "$allowed"
}

case_begin()
{
	case $case_kind in
	bare) stage_begin_bare "$case_deadlines" ;;
	*)    stage_begin "$case_deadlines" ;;
	esac
}

case_start()
{
	case $case_kind in
	bare) ha_start bootstrap "$work/cluster.conf" "$bundles/$case_target" ;;
	*)    ha_start upgrade --yes --previous "$bundles/$stage_old" "$work/cluster.conf" \
		      "$bundles/$case_target" ;;
	esac
}

# case_go_back: the upgrade ends well, and its rollback is what the fault meets.
case_go_back()
{
	ha_wait 120 && [ "$ha_status" = 0 ] || wrong "the upgrade that was to be taken back failed" || return
	case_target=$stage_old case_run=2
	ha_start rollback --yes 1
}

# case_moment: lets haupgrade come to the moment, and injects the fault there.
case_moment()
{
	local where=${at%:*} who=${at#*:}

	case $where in
	rpm)
		case_slow "$who" rpm "'-U -- '* | '-U --oldpackage --replacepkgs -- '*"
		ha_until install "$who" || wrong "install on $who never began" || return ;;
	check)
		case_slow "$who" heartbeatd "'--check'*"
		ha_until propagate - || wrong "propagate never began" || return ;;
	# Called behind each file that was put in its place, where there is such a program.
	commit)
		case_slow "$who" restorecon '*'
		ha_until propagate - || wrong "propagate never began" || return ;;
	upload | propagate | final)
		ha_until "$where" - || wrong "$where never began" || return ;;
	*)
		ha_until "$where" "$who" || wrong "$where on $who never began" || return ;;
	esac
	case $where in
	rpm | check | commit)
		ha_drain
		wait_until 20 lab exec "$who" test -e /run/began || wrong "$where never began on $who" || return ;;
	esac
	case $fault in
	kill | intr | abort) ;;
	# It takes seconds: a connection of the frozen probe would be broken by then, and counted.
	takeover) ;;
	*) kill -STOP "$ha_pid" ;;
	esac
	ha_drain
	"fault_$fault" "$node" "$peer" || wrong "the fault could not be injected" || return
	kill -CONT "$ha_pid" 2>/dev/null
	# After the death of haupgrade rpm goes on for a while: it is for resume to wait for it.
	[ "$where $fault" != "rpm kill" ] || return 0
	lab exec "$who" touch /run/go 2>/dev/null || :
}

# case_slow NODE PROGRAM PATTERN: called with words like PATTERN, the program waits there for the fault,
# which so comes in the middle of what is done with it; the first time, and no more.
case_slow()
{
	node_put "$1" "/usr/local/bin/$2" 755 <<-END
	#!/bin/sh
	case "\$*" in
	$3)
		echo "\$*" >>/root/calls
		if [ ! -e /root/waited ]; then
			: >/root/waited
			: >/run/began
			while [ ! -e /run/go ]; do sleep 0.05; done
		fi ;;
	esac
	PATH=/usr/sbin:/usr/bin
	exec $2 "\$@"
	END
}

# case_heal: resume, rollback, or nothing; the cluster is healthy afterwards.
case_heal()
{
	local version=$case_target

	case $case_end in
	done) wait_until 20 judge_healthy "$version" >"$work/health" || judge_healthy "$version"; return ;;
	esac
	case $heal in
	resume)    ha_start resume "$case_run"; case_release || return ;;
	rollback)  ha_start rollback --yes 1; version=$stage_old ;;
	upgrade)   ha_start upgrade --yes "$work/cluster.conf" "$bundles/$case_target" ;;
	bootstrap) case_start; case_release || return ;;
	esac
	ha_wait 120 || wrong "$heal still runs" || return
	[ "$ha_status" = 0 ] || wrong "$heal ended with status $ha_status: $(end_field reason) $(tail -n 1 "$work/events")" || return
	[[ $(journal_state) = "done" || $heal-$(journal_state) = rollback-rolled-back ]] ||
		wrong "$heal ended well, and the journal says $(journal_state)" || return
	judge_healthy "$version"
}

# case_release: lets the rpm go on that outlived its haupgrade, once resume has come to that step.
case_release()
{
	[ "$fault ${at%:*}" = "kill rpm" ] || return 0
	ha_until install "$node" || wrong "resume did not come to the installation" || return
	ha_drain
	# By then it has looked at the job; it would have begun another.
	wait_until 60 grep -q 'installation is still running' "$work/events" ||
		wrong "resume does not say that it waits for the installation" || return
	[ "$(lab exec "$node" sh -c 'wc -l </root/calls')" = 1 ] ||
		wrong "resume began another installation beside the one under way" || return
	lab exec "$node" touch /run/go
}

case_keep()
{
	local file node

	mkdir -p "$keep/$1"
	for file in said events asked failures status abort state/journal.db; do
		cp "$work/$file" "$keep/$1/" 2>/dev/null || :
	done
	for node in $(cluster_nodes); do
		tail -n 60 "${LAB_STATE:-/var/lib/haupgrade-lab}/$LAB_NAME/$node/console" >"$keep/$1/$node.console" 2>/dev/null || :
		lab exec "$node" tail -n 40 /var/log/hacluster/heartbeatd.log >"$keep/$1/$node.log" 2>/dev/null || :
	done
}
