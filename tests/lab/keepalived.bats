#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Software no one here wrote: a pair of Debian's keepalived and nginx, upgraded by .deb packages.

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "keepalived"
	"$top/tests/lab/debs.sh" "$bundles/keepalived" "" keepalived nginx nginx-common nginx-light >&2
	"$top/tests/lab/debs.sh" "$bundles/keepalived-new" +haupgrade1 \
		keepalived nginx nginx-common nginx-light >&2
	"$top/tests/lab/debs.sh" --broken "$bundles/keepalived-broken" +haupgrade2 keepalived >&2
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "keepalived"
	. "$BATS_TEST_DIRNAME/lib/pair.bash"
	cluster_profile=keepalived
	pair_service=keepalived
	lab down >/dev/null 2>&1 || :
	rm -rf "$work"
	keepalived_up
	[ "$(cluster_primary)" = node1 ]
	client_start
}

teardown()
{
	client_stop
	lab down
}

# keepalived_conf NUMBER: of node1 or node2.
keepalived_conf()
{
	cat <<-END
	global_defs {
		vrrp_version 3
		vrrp_garp_master_delay 1
	}
	vrrp_instance web {
		state BACKUP
		nopreempt
		interface eth0
		virtual_router_id 100
		priority 254
		advert_int 1
		unicast_src_ip 192.0.2.1$1
		unicast_peer {
			192.0.2.1$((3 - $1))
		}
		virtual_ipaddress {
			192.0.2.100/24 dev eth0
		}
	}
	END
}

# The pair serves, node1 first.
keepalived_up()
{
	mkdir -p "$work"
	lab up 2
	cluster_file >"$work/cluster.conf"
	pair_debs keepalived
	for number in 1 2; do
		keepalived_conf $number | node_put "node$number" /etc/keepalived/keepalived.conf 644
	done
	lab exec node1 systemctl start keepalived
	wait_until 30 cluster_is_held
	lab exec node2 systemctl start keepalived
	pair_wait
}

cluster_is_held()
{
	[ -n "$(cluster_primary)" ]
}

@test "keepalived and nginx: upgraded by .deb packages, rebooted, roles change sides, nothing fails" {
	pair_expect_versions node1 "$bundles/keepalived"
	boots=$(pair_boots)
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/keepalived-new"
	[ "$status" -eq 0 ]
	for node in node1 node2; do
		pair_expect_versions "$node" "$bundles/keepalived-new"
		pair_expect_not_started "$node"
		# Its own configuration is still there, and nothing of ours is.
		lab exec "$node" grep -q 'state BACKUP' /etc/keepalived/keepalived.conf
		lab exec "$node" grep -q 'X-Node' /etc/nginx/nginx.conf
		[ -z "$(lab exec "$node" nft list tables)" ]
	done
	pair_expect_rebooted "$boots"
	[ "$(cluster_primary)" = node2 ]
	cluster_haupgrade status "$work/cluster.conf"
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/keepalived-new"
	[ "$status" -eq 0 ]
	expect_output "nothing to do"
	expect_served
}

@test "a release whose keepalived does not start: stops, still served, the printed way back works" {
	cluster_file "" 'services = "5s"' >"$work/cluster.conf"
	haupgrade upgrade --yes "$work/cluster.conf" "$bundles/keepalived-broken"
	[ "$status" -eq 1 ]
	expect_output "keepalived is not active"
	expect_output "node1 serves"
	[ "$(cluster_primary)" = node1 ]
	pair_at node1 keepalived "$bundles/keepalived"
	pair_at node2 keepalived "$bundles/keepalived-broken"
	pair_go_back node2 "$bundles/keepalived"
	pair_wait
	pair_at node2 keepalived "$bundles/keepalived"
	[ "$(cluster_primary)" = node1 ]
	expect_served
}
