# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Identities of processes that outlive a recycled pid; sourced by the lab.

# process_start PID: when PID was started, in clock ticks since the host's boot; fails if it is gone.
process_start()
{
	local stat fields

	{ read -r stat < "/proc/$1/stat"; } 2>/dev/null || return 1
	# Field 2, the name in parentheses, may hold blanks: counted from field 3, the state.
	read -ra fields <<< "${stat##*) }"
	[ "${fields[0]}" != Z ] || return 1
	echo "${fields[19]}"
}

# process_record FILE: writes down who the calling process is.
# The pid is read from /proc, not from $$: inside a pid namespace that still sees its parent's
# /proc, it is the pid by which the rest of the lab knows us.
process_record()
{
	local pid rest

	read -r pid rest < /proc/self/stat
	echo "$pid $(process_start "$pid")" > "$1.new"
	mv "$1.new" "$1"
}

# process_recorded FILE: prints the pid if the process recorded in FILE still runs.
process_recorded()
{
	local pid start

	{ read -r pid start < "$1"; } 2>/dev/null || return 1
	[ "$(process_start "$pid")" = "$start" ] || return 1
	echo "$pid"
}

# process_kill FILE: SIGKILLs the recorded process and waits for its end.
process_kill()
{
	local pid

	pid=$(process_recorded "$1") || return 0
	kill -KILL "$pid" 2>/dev/null || true
	wait_while 10 process_recorded "$1" >/dev/null || warn "process $pid does not die"
}

# process_group_kill FILE: the same for the group that the recorded process leads.
process_group_kill()
{
	local pid

	pid=$(process_recorded "$1") || return 0
	kill -KILL "-$pid" 2>/dev/null || true
	# A member may be in the middle of a mount, and outlive the leader by that.
	wait_while 10 process_group_lives "$pid" || warn "process group $pid does not die"
}

# process_group_lives PGID: has it a member that is more than a zombie?
process_group_lives()
{
	local file stat fields

	for file in /proc/[0-9]*/stat; do
		{ read -r stat < "$file"; } 2>/dev/null || continue
		read -ra fields <<< "${stat##*) }"
		if [ "${fields[2]}" = "$1" ] && [ "${fields[0]}" != Z ]; then
			return 0
		fi
	done
	return 1
}
