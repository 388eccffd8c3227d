# SPDX-License-Identifier: GPL-2.0-or-later
# What must be true after a fault, and after it was mended: of haupgrade's words, of its journal
# (read here without haupgrade), and of the nodes. Sourced by tests/lab/faults and tests/lab/kills.
#
# Each says on standard output what is wrong, and fails.
# shellcheck shell=bash disable=SC2154

wrong()
{
	echo "$*"
	return 1
}

journal_query()
{
	sqlite3 -readonly -cmd '.timeout 5000' "$state/journal.db" "$1"
}

# The newest run's state: the kind of its last state line.
journal_state()
{
	journal_query "select kind from line where type = 'state' and
		run = (select max(id) from run) order by id desc limit 1"
}

# journal_steps STEP KIND [RUN]: the nodes on which the run (the first one) says so.
journal_steps()
{
	journal_query "select distinct node from line where type = 'step' and name = '$1' and
		kind = '$2' and run = ${3:-1}"
}

# journal_has STEP KIND: of a step of all nodes, or of any.
journal_has()
{
	[ -n "$(journal_query "select id from line where type = 'step' and name = '$1' and kind = '$2' and
		run = 1 limit 1")" ]
}

node_is_up()
{
	lab exec "$1" true 2>/dev/null
}

# node_release NODE: the version of the cluster's packages, "mixed" if there are several, "unknown" if
# it cannot be asked, nothing if there are none.
node_release()
{
	local said

	said=$(lab exec "$1" rpm -qa --queryformat '%{VERSION}\n' 'hacluster-*' 2>/dev/null) ||
		{ echo unknown; return; }
	sort -u <<<"$said" | awk '{ v = $0 } END { print NR < 2 ? v : "mixed" }'
}

# node_has_files NODE: which of the first installation's files are there as here: all, some, none;
# "unknown" if it cannot be asked.
node_has_files()
{
	local file same=0

	node_is_up "$1" || { echo unknown; return; }
	for file in ha.cf groups.conf authkeys; do
		! lab exec "$1" cat "/etc/ha.d/$file" 2>/dev/null | cmp -s "$work/$file" - || same=$((same + 1))
	done
	case $same in 0) echo none ;; 3) echo all ;; *) echo some ;; esac
}

node_starts_at_boot()
{
	lab exec "$1" systemctl --quiet is-enabled heartbeatd 2>/dev/null
}

# How often the node booted since its disk was loaded (counted by the lab, not by the node).
node_boots()
{
	echo $(($(wc -l <"${LAB_STATE:-/var/lib/haupgrade-lab}/$LAB_NAME/$1/boots") -
		$(cat "$work/$1.boots")))
}

boots_remember()
{
	local node

	for node in $(cluster_nodes); do
		wc -l <"${LAB_STATE:-/var/lib/haupgrade-lab}/$LAB_NAME/$node/boots" >"$work/$node.boots"
	done
}

# The end event of the last haupgrade that ended: its result and its reason.
end_field()
{
	jq -rs "[.[] | select(.event == \"end\")] | last | .$1 // \"\"" "$work/events" 2>/dev/null
}

# The step that the last haupgrade stopped at: STEP:NODE.
stopped_at()
{
	jq -rs '[.[] | select(.event == "step" and .state == "stopped")] | last |
		if . == null then "nowhere" else .step + ":" + (.node // "-") end' "$work/events"
}

# judge_end WANTED: how haupgrade ended. WANTED is done, killed, aborted, rolled-back, or
# stopped@STEP:NODE; several of them parted by |.
judge_end()
{
	local ended wanted

	case $ha_status in
	0)     ended=$(end_field result) ;;
	137)   ended=killed ;;
	1)     ended=$(end_field result); [ "$ended" != stopped ] || ended=stopped@$(stopped_at) ;;
	alive) wrong "haupgrade still runs"; return ;;
	*)     wrong "haupgrade: exit status $ha_status: $(tail -n 1 "$work/events")"; return ;;
	esac
	# The run stopped, and by that was ended for good.
	[ "$(journal_state)" != aborted ] || ended=aborted
	case_end=$ended
	for wanted in ${1//|/ }; do
		[ "$ended" != "$wanted" ] || return 0
	done
	wrong "it ended $ended, not $1: $(end_field reason)"
}

# judge_words FAULT: a run that stopped tells who serves, and the ways on and back. An admin machine that
# is cut off cannot know who serves, and says that.
judge_words()
{
	local advice

	[[ ${case_end:-} == stopped* ]] || return 0
	advice=$(jq -rs '[.[] | select(.event == "advice")] | last | .text // ""' "$work/events")
	[[ $advice == *"haupgrade resume"* ]] || wrong "no way on was printed: $advice" || return
	[ -n "$(end_field reason)" ] || wrong "no reason was given" || return
	if [ "${case_kind:-}" = bare ]; then
		# Nobody need serve; but who is said to, does.
		[[ ! $advice =~ (node[12])\ serves ]] || [ "$(cluster_primary)" = "${BASH_REMATCH[1]}" ] ||
			wrong "${BASH_REMATCH[1]} does not serve: $advice"
		return
	fi
	[[ $advice =~ node[12]\ serves || ($1 = admin && $advice == *"No node was seen serving"*) ]] ||
		wrong "it does not say who serves: $advice"
}

# judge_journal: what it says of the nodes is so; of those that are on.
judge_journal()
{
	local node kept release

	kept=$(journal_state)
	case ${case_end:-} in
	killed)   [ "$kept" = running ] || wrong "killed, and the journal says $kept" || return ;;
	stopped*) [ "$kept" = stopped ] || wrong "stopped, and the journal says $kept" || return
		  [ "$(journal_query "select detail from line where type = 'state' order by id desc limit 1")" = \
			"$(end_field reason)" ] || wrong "the journal has another reason" || return ;;
	*)        [ "$kept" = "${case_end:-}" ] || wrong "$case_end, and the journal says $kept" || return ;;
	esac
	[ "$(journal_query 'select max(id) from run')" = 1 ] || return 0
	for node in $(cluster_nodes); do
		node_is_up "$node" || continue
		release=$(node_release "$node")
		if [[ $(journal_steps install 'done') == *$node* ]]; then
			[ "$release" = "$case_target" ] || wrong "install done on $node, and it has $release" || return
		elif [[ $(journal_steps install intended) != *$node* ]]; then
			[ "$release" = "$case_before" ] || wrong "$node not installed on, and it has $release" || return
		fi
		if [[ $(journal_steps return 'done') == *$node* ]]; then
			[ "$(node_boots "$node")" -ge 2 ] || wrong "return done on $node, which did not reboot" || return
		elif [[ $(journal_steps reboot intended) != *$node* ]]; then
			[ "$(node_boots "$node")" = $((1 + ${case_power_ons:-0})) ] || [ -n "${case_power_ons:-}" ] ||
				wrong "$node booted though the journal has no reboot" || return
		fi
		[ "$case_kind" != bare ] || judge_first "$node" || return
	done
}

# judge_first NODE: the files, and who was started, in a first installation. "Nothing was changed" of
# propagate's is so, too.
judge_first()
{
	local files

	files=$(node_has_files "$1")
	if journal_has propagate 'done'; then
		[ "$files" = all ] || wrong "propagate done, and $1 has $files of the files" || return
		node_starts_at_boot "$1" || wrong "propagate done, and $1 does not start at boot" || return
	elif ! journal_has propagate intended || [[ $(end_field reason) == *"nothing was changed"* ]]; then
		[ "$files" = none ] || wrong "nothing was propagated, and $1 has $files of the files" || return
	fi
	# Started at boot, it is nobody's doing.
	[ -z "$case_power_ons" ] || return 0
	if [[ $(journal_steps start intended) != *$1* ]]; then
		! lab exec "$1" systemctl --quiet is-active heartbeatd ||
			wrong "$1 was not to be started yet, and runs" || return
	elif [[ $(journal_steps start 'done') == *$1* ]]; then
		lab exec "$1" systemctl --quiet is-active heartbeatd || wrong "start done on $1, which does not run"
	fi
}

# judge_served: while the fault lasts, somebody serves (unless nobody can).
judge_served()
{
	lab client curl -s -o /dev/null --max-time 3 http://192.0.2.100/ ||
		wrong "the floating IP does not answer"
}

# judge_healthy VERSION: every node on VERSION, one primary that alone holds the floating IP, services
# active (haupgrade status looks at all that), and a client is answered.
judge_healthy()
{
	local node release holder

	for node in $(cluster_nodes); do
		release=$(node_release "$node")
		[ "$release" = "$1" ] || wrong "$node has ${release:-nothing}, not $1" || return
		lab exec "$node" systemctl is-active --quiet heartbeatd nginx ||
			wrong "$node: heartbeatd or nginx is not active" || return
		[ "${case_kind:-}" != bare ] || { [ "$(node_has_files "$node")" = all ] && node_starts_at_boot "$node"; } ||
			wrong "$node: the files are not as here, or it does not start at boot" || return
	done
	holder=$(cluster_primary | tr '\n' ' ')
	[[ $holder =~ ^node[0-9]+\ $ ]] || wrong "the floating IP is held by: ${holder:-nobody}" || return
	cluster_haupgrade status "$work/cluster.conf" >"$work/status" 2>&1 ||
		wrong "haupgrade status: $(cat "$work/status")" || return
	judge_served
}

# judge_failed ALLOWED: the client's failed requests, stage_end counted them.
judge_failed()
{
	[ "$stage_failed" -le "$1" ] ||
		wrong "$stage_failed requests failed, $1 may: $(head -n 2 "$work/failures" | tr '\n' ' ')"
}
