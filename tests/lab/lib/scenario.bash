# SPDX-License-Identifier: GPL-2.0-or-later
# What the lab scenarios of haupgrade share: a cluster on release N and a client that keeps asking.
# shellcheck shell=bash disable=SC2154,SC2034

scenario_old=0.1.0
scenario_new=0.2.0
scenario_broken=0.3.0

# scenario_prepare NAME: paths, and the bundles of all releases.
scenario_prepare()
{
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	# Two checkouts on one machine must not take each other's labs down.
	LAB_NAME=${1:0:5}$(printf '%s' "$top" | cksum | cut -c1-6)
	# A machine's firmware takes long enough to be seen down, and no longer.
	: "${LAB_POST_SECONDS:=0.7}"
	export LAB_NAME LAB_POST_SECONDS
	work=$BATS_FILE_TMPDIR/work
	bundles=$top/build/bundles
	# shellcheck source=tests/lab/lib/wait.bash
	. "$top/tests/lab/lib/wait.bash"
	# shellcheck source=tests/lab/lib/cluster.bash
	. "$top/tests/lab/lib/cluster.bash"
}

scenario_bundles()
{
	"$top/tests/lab/packages.sh" "$bundles" "$scenario_old" "$scenario_new" >&2
}

scenario_broken_bundle()
{
	"$top/tests/lab/packages.sh" --broken "$bundles" "$scenario_broken" >&2
}

# A serving cluster on release N, from nothing. Its files are in a folder of its own.
scenario_cluster()
{
	lab down >/dev/null 2>&1 || :
	rm -rf "$work"
	cluster_up "$bundles/$scenario_old"
}

# The independent client; expect_served ends it.
client_start()
{
	# The program itself and no function, so that the pid is that of the client.
	"$top/tests/lab/lab" client "$top/build/tests/lab/ask" --rate 100 192.0.2.100 80 \
		>"$work/asked" 2>"$work/failures" 3>&- &
	ask_pid=$!
}

client_stop()
{
	[ -n "${ask_pid:-}" ] || return 0
	kill -TERM "$ask_pid" 2>/dev/null || :
	wait "$ask_pid" 2>/dev/null || :
	ask_pid=
}

# Not one request failed, and there were some.
expect_served()
{
	client_stop
	cat "$work/asked" "$work/failures"
	grep -q '^asked [1-9][0-9]*, failed 0, ' "$work/asked"
}

# expect_output WORDS: bats' $output has them.
expect_output()
{
	[[ $output == *"$1"* ]] || { echo "expected: $1"; echo "got: $output"; return 1; }
}

# haupgrade with the cluster's files; sets status and output.
haupgrade()
{
	run cluster_haupgrade "$@"
	echo "$output"
}

# refute COMMAND...: it must fail. A bare "! COMMAND" ends no test but as its last line: the shell
# does not exit for it.
refute()
{
	if "$@"; then
		echo "succeeded, and should not have: $*"
		return 1
	fi
}

# All packages of the cluster on NODE are of VERSION.
expect_version()
{
	local package packages

	packages=$(node_versions "$1")
	[ -n "$packages" ]
	for package in $packages; do
		[[ $package == *-$2-* ]] || { echo "$1: $packages, not $2"; return 1; }
	done
}

# Nothing was touched: neither packages nor what haupgrade keeps on a node.
expect_untouched()
{
	local node left

	for node in $(cluster_nodes); do
		expect_version "$node" "$scenario_old"
		# shellcheck disable=SC2016
		left=$(lab exec "$node" sh -c \
			'ls -d /var/lib/haupgrade/bundles/* /var/lib/haupgrade/jobs/* /run/haupgrade-test.* 2>/dev/null; :')
		[ -z "$left" ] || { echo "left on $node: $left"; return 1; }
	done
}
