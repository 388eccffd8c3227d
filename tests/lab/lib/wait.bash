# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Waiting for an event with a deadline; sourced by the lab and by its tests.

# wait_until SECONDS CMD...: polls CMD every 0.1 s; 0 as soon as it succeeds, 1 at the deadline.
wait_until()
{
	local deadline=$((SECONDS + $1 + 1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}

# wait_while SECONDS CMD...: the same, until CMD fails.
wait_while()
{
	local deadline=$((SECONDS + $1 + 1))

	shift
	while "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.1
	done
}
