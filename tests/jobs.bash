# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# Parts of ./check that run beside each other: what one of them says is shown when it has ended, and its
# counts are added then.
#
# The caller counts in passed, failed and skipped, and calls jobs_prepare and, at its end, jobs_end.

# How many that mostly wait (a lab, for boots and for ssh) run at once.
jobs_at_once=$(($(nproc) + 1))

jobs_prepare()
{
	jobs_folder=$(mktemp -d) || exit 2
	jobs_begun=()
	declare -gA jobs_running=()
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# jobs_end: nothing runs on. bats takes its labs down when it is interrupted; what began with SIGINT
# ignored is terminated.
jobs_end()
{
	local signal deadline

	# Whoever is impatient would leave labs behind.
	trap '' INT TERM HUP
	! jobs_signal 0 || echo "check: ends what still runs" >&2
	for signal in INT TERM; do
		jobs_signal "$signal" || break
		deadline=$((SECONDS + 20))
		while jobs_signal 0 && [ "$SECONDS" -lt "$deadline" ]; do
			sleep 0.2
		done
	done
	rm -rf "$jobs_folder"
}

# jobs_signal SIGNAL: to all processes of all that run; false when there are none.
jobs_signal()
{
	local name status=1

	for name in "${!jobs_running[@]}"; do
		! kill "-$1" -- "-${jobs_running[$name]}" 2>/dev/null || status=0
	done
	return $status
}

# jobs_log NAME: where it writes; with .counts behind it is there when it has ended.
jobs_log()
{
	echo "$jobs_folder/${1//\//_}"
}

# jobs_begin NAME CMD...: CMD, mostly a function, in the background and in a process group of its own.
jobs_begin()
{
	local name=$1 log

	shift
	log=$(jobs_log "$name")
	# Who is to wait for it must find it begun.
	: >"$log"
	set -m
	(
		set +m
		trap - INT TERM HUP EXIT
		passed=0 failed=0 skipped=0 SECONDS=0
		"$@"
		echo "        $name: $SECONDS s"
		echo "$name $SECONDS" >>build/check.seconds
		echo "$passed $failed $skipped" >"$log.new"
		mv "$log.new" "$log.counts"
	) >"$log" 2>&1 </dev/null &
	set +m
	jobs_begun+=("$name")
	jobs_running[$name]=$!
}

# jobs_behind NAME CMD...: for jobs_begin: CMD once that other job has ended, if it was begun at all.
jobs_behind()
{
	local log

	log=$(jobs_log "$1")
	while [ -e "$log" ] && [ ! -e "$log.counts" ]; do
		sleep 0.2
	done
	shift
	SECONDS=0
	"$@"
}

# jobs_humbly CMD...: for jobs_begin: CMD, which computes, gives way to all that waits for its moment.
jobs_humbly()
{
	renice -n 19 -p "$BASHPID" >/dev/null
	"$@"
}

# jobs_show: what ended since the last time.
jobs_show()
{
	local name log counts

	for name in "${jobs_begun[@]}"; do
		[ -n "${jobs_running[$name]:-}" ] || continue
		log=$(jobs_log "$name")
		if [ ! -e "$log.counts" ]; then
			! kill -0 "${jobs_running[$name]}" 2>/dev/null || continue
			# It may have ended since.
			if [ ! -e "$log.counts" ]; then
				echo "FAILED  $name broke off" >>"$log"
				echo "0 1 0" >"$log.counts"
			fi
		fi
		unset "jobs_running[$name]"
		cat "$log"
		read -ra counts <"$log.counts"
		passed=$((passed + counts[0]))
		failed=$((failed + counts[1]))
		skipped=$((skipped + counts[2]))
	done
}

# jobs_settle [NAME...]: until these, or all, have ended; all that end are shown.
jobs_settle()
{
	local name

	[ $# -gt 0 ] || set -- "${jobs_begun[@]}"
	jobs_show
	for name; do
		while [ -n "${jobs_running[$name]:-}" ]; do
			sleep 0.2
			jobs_show
		done
	done
}

# jobs_longest_first NAME...: by what they took the last time; those that were never run come first,
# too. A long one that begins last would have nothing beside it.
jobs_longest_first()
{
	local name

	touch build/check.seconds
	for name; do
		awk -v name="$name" '$1 == name { last = $2 } END { print last == "" ? 9999 : last, name }' \
			build/check.seconds
	done | sort -k1,1nr -k2 | cut -d' ' -f2
}

# jobs_pool COUNT FUNCTION NAME...: FUNCTION NAME for each NAME, COUNT at once, until all have ended.
jobs_pool()
{
	local count=$1 function=$2 name other busy names

	shift 2
	mapfile -t names < <(jobs_longest_first "$@")
	for name in "${names[@]}"; do
		while :; do
			jobs_show
			busy=0
			for other in "${names[@]}"; do
				[ -z "${jobs_running[$other]:-}" ] || busy=$((busy + 1))
			done
			[ "$busy" -ge "$count" ] || break
			sleep 0.2
		done
		jobs_begin "$name" "$function" "$name"
	done
	jobs_settle "${names[@]}"
}
