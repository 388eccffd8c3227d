#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What looks is not what acts: plan touches nothing, by comparison of all that the nodes have on
# their disks; a rehearsal touches nothing but the roles; a waiver is kept.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "dryrun"
	scenario_bundles
	scenario_cluster
}

teardown_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "dryrun"
	lab down
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "dryrun"
	# shellcheck source=tests/lab/lib/snapshot.bash
	. "$top/tests/lab/lib/snapshot.bash"
	client_start
}

teardown()
{
	client_stop
}

@test "plan tells the steps and touches nothing, on disk or in memory" {
	snapshot_nodes "$BATS_TEST_TMPDIR/before"
	haupgrade plan --rehearse --previous "$bundles/$scenario_old" "$work/cluster.conf" \
		"$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	expect_output "checks passed: packages, "
	expect_output "node1: rehearsal: fail over"
	expect_output "node2: install the packages"
	expect_output "node1: fail over"
	snapshot_nodes "$BATS_TEST_TMPDIR/after"
	diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
	# The comparison sees what is there to be seen.
	lab exec node2 touch /var/lib/dpkg/lock
	snapshot_nodes "$BATS_TEST_TMPDIR/touched"
	refute cmp -s "$BATS_TEST_TMPDIR/after" "$BATS_TEST_TMPDIR/touched"
	expect_untouched
	expect_served
}

# The steps whose intent is durable, each once.
steps()
{
	jq -rs '[.[] | select(.event == "step" and .state == "done") | .step] | join(" ")' <<<"$output"
}

@test "rehearse: there and back, then the upgrade; a failed check is waived, with the reason kept" {
	lab exec node2 mkdir -p /run/systemd/shutdown
	lab exec node2 sh -c 'echo MODE=reboot >/run/systemd/shutdown/scheduled'
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 1 ]
	expect_output "FAIL  node2: reboot-pending: somebody has scheduled a shutdown or reboot: MODE=reboot"
	expect_output "on node2: shutdown -c"
	expect_output "no node was touched"
	expect_untouched

	haupgrade upgrade --yes --json --rehearse --waive "reboot-pending=only a note of the test" \
		"$work/cluster.conf" "$bundles/$scenario_new"
	[ "$status" -eq 0 ]
	[[ $(steps) == "verify preflight rehearse restore upload stop install "* ]]
	expect_output '"waived":"only a note of the test"'
	expect_version node1 "$scenario_new"
	expect_version node2 "$scenario_new"
	[ "$(cluster_primary)" = node2 ]
	sqlite3 "$work/state/journal.db" 'SELECT kind, detail FROM line' >"$BATS_TEST_TMPDIR/lines"
	grep -q '^waived|{"name":"reboot-pending","reason":"only a note of the test"}' \
		"$BATS_TEST_TMPDIR/lines"
	grep -q '^check|.*"name":"reboot-pending","node":"node2","result":"fail",' "$BATS_TEST_TMPDIR/lines"
	expect_served
}
