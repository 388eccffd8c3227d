#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian 12 and Debian 13 together: nodes of one driven from the other, both ways, and a cluster of one
# node of each. The bundles are built on Debian 12: what is built there runs on both.

# shellcheck disable=SC2154
setup_file()
{
	local here

	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "releases"
	here=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
	case $here in
	bookworm) export other=trixie ;;
	trixie)   export other=bookworm ;;
	*)        skip "this is neither Debian 12 nor Debian 13, but $here" ;;
	esac
	# Its haupgrade is what drives from there.
	"$top/tests/lab/release" $other packaging/prepare >&2
	if [ "$here" = bookworm ]; then
		scenario_bundles
	else
		"$top/tests/lab/release" bookworm tests/lab/packages.sh /tmp/${LAB_NAME}bundles \
			"$scenario_old" "$scenario_new" >&2
	fi
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "releases"
	[ $other = trixie ] || bundles=/tmp/${LAB_NAME}bundles
}

teardown()
{
	client_stop
	lab down
}

teardown_file() { rm -rf "/tmp/${LAB_NAME:-none}bundles"; }

# version_of NODE: Debian's.
version_of() { lab exec "$1" cut -d. -f1 /etc/debian_version; }

# expect_upgrade: haupgrade upgrades what runs, with not one failed request.
expect_upgrade()
{
	client_start
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	expect_served
	expect_version node1 "$scenario_new"
	expect_version node2 "$scenario_new"
	[ "$(cluster_primary)" = node2 ]
}

@test "nodes of this release, driven from the other one" {
	scenario_cluster
	# The other release sees /tmp, and nothing else of this machine's.
	eval "$(lab env)"
	cp "$LAB_IDENTITY" "$LAB_KNOWN_HOSTS" "$work/"
	sed -i "s|\"$LAB_DIR/|\"$work/|" "$work/cluster.conf"
	printf '#!/bin/sh\nexec "%s" %s "%s" "$@"\n' "$top/tests/lab/release" $other "$top/build/haupgrade" \
		>"$work/haupgrade"
	chmod 755 "$work/haupgrade"
	cp -r "$bundles/$scenario_new" "$work/"
	bundles=$work haupgrade=$work/haupgrade expect_upgrade
}

@test "nodes of the other release, driven from this one" {
	LAB_RELEASES="$other $other" scenario_cluster
	[ "$(version_of node1)" != "$(cut -d. -f1 /etc/debian_version)" ]
	[ "$(version_of node1)" = "$(version_of node2)" ]
	expect_upgrade
}

@test "one node of each" {
	LAB_RELEASES="host $other" scenario_cluster
	[ "$(version_of node1)" != "$(version_of node2)" ]
	expect_upgrade
}
