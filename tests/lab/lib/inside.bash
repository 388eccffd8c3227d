# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Commands on the host's files plus the node layer, without a node; sourced by tests/lab/lab.

inside_run()
{
	local status=0

	[ $# -ge 1 ] || usage_error "inside needs a command"
	trap inside_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	# The output is the command's; that a layer is being made does not belong there.
	layer_make >&2
	# In the background, so that a signal to us is handled at once; and whatever way we end,
	# SIGKILL included, all processes inside die with us and take their mounts along.
	setpriv --pdeathsig KILL \
		unshare --mount --pid --net --fork --kill-child \
		bash "$LAB_HERE/lib/inside-init.bash" "$LAYER_IMAGE" "$@" <&0 &
	INSIDE=$!
	wait "$INSIDE" || status=$?
	INSIDE=
	exit $status
}

inside_end()
{
	local status=$?

	trap '' INT TERM HUP
	layer_abandon
	if [ -n "${INSIDE:-}" ]; then
		kill -KILL "$INSIDE" 2>/dev/null || true
		wait "$INSIDE" 2>/dev/null || true
	fi
	exit $status
}
