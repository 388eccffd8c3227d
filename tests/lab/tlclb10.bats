#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The profile tlclb10 against a double of Turbolinux Cluster LoadBalancer 10 (doubles/tlclb10): the
# two procedures of its update notice, on a running cluster and after a new installation.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "tlclb"
	"$top/tests/lab/doubles/tlclb10/packages.sh" "$bundles/tlclb10" 10.0.0_20050318 10.0.0_20060728 >&2
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "tlclb"
	. "$BATS_TEST_DIRNAME/lib/pair.bash"
	cluster_profile=tlclb10
	old=$bundles/tlclb10/10.0.0_20050318
	new=$bundles/tlclb10/10.0.0_20060728
	lab down >/dev/null 2>&1 || :
	rm -rf "$work"
	tlclb_installed
}

teardown()
{
	client_stop
	lab down
}

tlclb_conf()
{
	cat <<-'END'
	node node1 198.51.100.11
	node node2 198.51.100.12
	address 192.0.2.100/24
	device eth0
	END
}

# Both nodes as after a new installation: the first release, not running.
tlclb_installed()
{
	local node

	mkdir -p "$work"
	lab up 2
	cluster_file >"$work/cluster.conf"
	for node in node1 node2; do
		lab exec "$node" mkdir -p /root/release
		tar -C "$old" -cf - . | lab exec "$node" tar -C /root/release -xf - --no-same-owner
		lab exec "$node" sh -c 'rpm -U --quiet /root/release/TLCLB-*.rpm' 2>"$work/rpm.log" ||
			{ cat "$work/rpm.log" >&2; return 1; }
		node_put "$node" /usr/local/bin/cat 755 <"$top/tests/lab/doubles/tlclb10/cat"
	done
}

tlclb_start()
{
	local node

	for node in node1 node2; do
		tlclb_conf | node_put "$node" /etc/clusterserver/clusterserver.conf 644
		lab exec "$node" /etc/init.d/clusterserverd start
		lab exec "$node" /etc/init.d/cmcd start
	done
	pair_wait
}

# tlclb_expect_version NODE VERSION: as the notice looks, `rpm -qa | grep TLCLB`: all seven.
tlclb_expect_version()
{
	[ "$(lab exec "$1" rpm -qa | grep -c "^TLCLB-.*-$2-1")" = 7 ] &&
		[ "$(lab exec "$1" rpm -qa | grep -c '^TLCLB-')" = 7 ]
}

tlclb_expect_running()
{
	lab exec "$1" /etc/init.d/clusterserverd status
	lab exec "$1" /etc/init.d/cmcd status
}

# tlclb_last_role NODE: as the notice looks, `tail /var/log/clusterserverd.log`.
tlclb_last_role()
{
	lab exec "$1" tail /var/log/clusterserverd.log |
		sed -n 's/.*Configuring as \(.*\) Advanced Traffic Manager$/\1/p' | tail -n 1
}

@test "on a running cluster: the notice's steps, nothing fails" {
	tlclb_start
	[ "$(cluster_primary)" = node1 ]
	client_start
	boots=$(pair_boots)
	haupgrade upgrade --yes "$work/cluster.conf" "$new"
	[ "$status" -eq 0 ]
	# "The new primary balances as it should": /proc/net/cluster/connections was listed there.
	expect_output "connections there: "
	for node in node1 node2; do
		tlclb_expect_version "$node" 10.0.0_20060728
		tlclb_expect_running "$node"
	done
	pair_expect_rebooted "$boots"
	[ "$(tlclb_last_role node1)" = backup ]
	[ "$(tlclb_last_role node2)" = primary ]
	[ "$(cluster_primary)" = node2 ]
	lab exec node2 /sbin/ifconfig | grep '^eth0:cs0:'
	cluster_haupgrade status -v "$work/cluster.conf"
	expect_served
}

@test "after a new installation: stopped on both, applied, started; one is primary, one backup" {
	for node in node1 node2; do
		# The one daemon that needs no configuration runs since the installation.
		lab exec "$node" /etc/init.d/cmcd start
	done
	# The notice goes on: "then configure the cluster". bootstrap does both, if told how.
	tlclb_conf >"$work/clusterserver.conf"
	sed -i '$i\	file "/etc/clusterserver/clusterserver.conf" { }' "$work/cluster.conf"
	haupgrade bootstrap "$work/cluster.conf" "$new"
	[ "$status" -eq 0 ]
	for node in node1 node2; do
		tlclb_expect_version "$node" 10.0.0_20060728
		tlclb_expect_running "$node"
	done
	roles=$(tlclb_last_role node1)-$(tlclb_last_role node2)
	[ "$roles" = primary-backup ] || [ "$roles" = backup-primary ]
	lab exec "$(cluster_primary)" /sbin/ifconfig | grep '^eth0:cs0:'
	cluster_haupgrade status "$work/cluster.conf"
	lab client curl -s --max-time 5 http://192.0.2.100/
	# Again: it serves as wanted.
	haupgrade bootstrap "$work/cluster.conf" "$new"
	[ "$status" -eq 0 ]
	expect_output "nothing to do"
}

@test "stopped after the fail-over, when the former primary's last word is still \"primary\": it is rolled back" {
	tlclb_start
	[ "$(cluster_primary)" = node1 ]
	haupgrade upgrade --yes --pause-after failover "$work/cluster.conf" "$new"
	[ "$status" -eq 1 ]
	[ "$(cluster_primary)" = node2 ]
	[ "$(tlclb_last_role node1)" = primary ]
	[ "$(lab exec node1 /etc/init.d/clusterserverd status >/dev/null 2>&1 || echo stopped)" = stopped ]
	haupgrade rollback --yes --previous "$old"
	[ "$status" -eq 0 ]
	for node in node1 node2; do
		tlclb_expect_version "$node" 10.0.0_20050318
		tlclb_expect_running "$node"
	done
	wait_until 60 cluster_serves
}
