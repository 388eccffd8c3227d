#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages on a machine: install, upgrade, a release that does not start, removal.
# The cases build on each other, in the file's order.
bats_require_minimum_version 1.5.0

setup_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "packages"
	scenario_bundles
	scenario_broken_bundle
	lab down >/dev/null 2>&1 || :
	lab up 1
	for release in "$scenario_old" "$scenario_new" "$scenario_broken"; do
		tar -C "$bundles" -cf - "$release" | lab exec node1 tar -C /root -xf -
	done
}

teardown_file()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "packages"
	lab down
}

setup()
{
	. "$BATS_TEST_DIRNAME/lib/scenario.bash"
	scenario_prepare "packages"
}

node() { lab exec node1 sh -c "$1"; }
apply() { node "rpm -U $2 /root/$1/*.rpm 2>&1"; }
main_pid() { node 'systemctl show -P MainPID heartbeatd'; }

configure_node()
{
	node 'cat > /etc/ha.d/ha.cf' <<-'END'
		node node1
		ucast eth1 198.51.100.12
		keepalive 100ms
		warntime 200ms
		deadtime 400ms
		initdead 1
		logfile /var/log/hacluster/heartbeatd.log
	END
	node 'cat > /etc/ha.d/groups.conf' <<-'END'
		group "web" { floating_ip "192.0.2.100/24" { device = "eth0" } }
	END
	node 'printf "auth 1\n1 sha256 %s\n" "$(openssl rand -hex 32)" > /etc/ha.d/authkeys'
}

@test "install: user, folders, modes; the daemon is not started" {
	apply "$scenario_old"
	run node 'rpm -q --qf "%{NAME} %{VERSION}\n" hacluster-common hacluster-heartbeat haupgrade'
	[ "$output" = "hacluster-common $scenario_old
hacluster-heartbeat $scenario_old
haupgrade $scenario_old" ]
	run node "stat -c '%A %U:%G %n' /etc/ha.d /etc/ha.d/authkeys /etc/ha.d/ha.cf \
		/var/lib/hacluster /var/log/hacluster /var/lib/haupgrade /etc/haupgrade/clusters"
	[ "$output" = "drwxr-xr-x root:root /etc/ha.d
-rw------- root:root /etc/ha.d/authkeys
-rw-r--r-- root:root /etc/ha.d/ha.cf
drwxr-x--- hacluster:haclient /var/lib/hacluster
drwxr-x--- hacluster:haclient /var/log/hacluster
drwx------ root:root /var/lib/haupgrade
drwxr-xr-x root:root /etc/haupgrade/clusters" ]
	run ! node 'systemctl is-active --quiet heartbeatd'
	node "haupgrade --version && heartbeatd --version" | grep -F "heartbeatd $scenario_old"
	node 'rpm -V hacluster-common hacluster-heartbeat haupgrade'
	# Nothing is configured yet: it says so instead of starting on half a configuration.
	run node 'heartbeatd --check'
	[ "$status" -eq 1 ]
}

@test "the daemon runs sandboxed, as hacluster, with two capabilities; hactl reaches it" {
	configure_node
	node 'heartbeatd --check && systemctl enable --now heartbeatd'
	wait_until 20 node 'ip -4 addr show dev eth0 | grep -q "192.0.2.100/.*eth0:cs0"'
	wait_until 20 node 'grep -q "Configuring as primary Advanced Traffic Manager" \
		/var/log/hacluster/heartbeatd.log'
	run node "grep -E '^(CapEff|CapPrm|NoNewPrivs|Seccomp):' /proc/$(main_pid)/status | tr -d '\t'"
	[ "$output" = "CapPrm:0000000000003000
CapEff:0000000000003000
NoNewPrivs:1
Seccomp:2" ]
	run node "stat -c %U /proc/$(main_pid)"
	[ "$output" = hacluster ]
	node 'hactl status' | grep -F 192.0.2.100
	# The way to it is root's, for root and the group, whoever the daemon is by now.
	run node 'stat -c "%A %U:%G %n" /run/hacluster /run/hacluster/heartbeatd /run/hacluster/heartbeatd/socket'
	[ "$output" = "drwxr-xr-x root:root /run/hacluster
drwxr-x--- root:haclient /run/hacluster/heartbeatd
srw-rw---- root:haclient /run/hacluster/heartbeatd/socket" ]
	node 'setpriv --reuid nobody --regid haclient --clear-groups hactl status' | grep -F 192.0.2.100
	run node 'setpriv --reuid nobody --regid nogroup --clear-groups hactl status 2>&1'
	[ "$status" -eq 2 ]
	[[ $output == *"hactl is for root and the group haclient"* ]]
}

# The sandbox's /run is read-only but for what the unit names.
@test "a control folder that was moved away or deleted comes back in the sandbox, too" {
	node 'mv /run/hacluster/heartbeatd /run/hacluster/elsewhere'
	made_again() { [ "$(node 'grep -c "control: the socket was gone and has been made again" \
		/var/log/hacluster/heartbeatd.log')" = "$1" ]; }
	wait_until 20 made_again 1
	node 'hactl status' | grep -F 192.0.2.100
	node 'rm -r /run/hacluster/elsewhere /run/hacluster/heartbeatd'
	wait_until 20 made_again 2
	node 'hactl status' | grep -F 192.0.2.100
	run node 'stat -c "%A %U:%G %n" /run/hacluster/heartbeatd /run/hacluster/heartbeatd/socket'
	[ "$output" = "drwxr-x--- root:haclient /run/hacluster/heartbeatd
srw-rw---- root:haclient /run/hacluster/heartbeatd/socket" ]
}

@test "upgrade: the daemon goes on running, the configuration stays" {
	before=$(main_pid)
	[ "$before" -gt 0 ]
	sums=$(node 'sha256sum /etc/ha.d/*')
	apply "$scenario_new"
	[ "$(main_pid)" = "$before" ]
	node 'systemctl is-active --quiet heartbeatd'
	[ "$(node 'sha256sum /etc/ha.d/*')" = "$sums" ]
	node 'ip -4 addr show dev eth0' | grep -F "192.0.2.100/"
	run node 'rpm -q --qf "%{VERSION}\n" hacluster-heartbeat'
	[ "$output" = "$scenario_new" ]
	# The manager knows the new unit; starting it anew is somebody's decision.
	run node 'systemctl show -P NeedDaemonReload heartbeatd'
	[ "$output" = no ]
	node 'systemctl restart heartbeatd && hactl status --json' | grep -F "\"$scenario_new\""
}

@test "an older release is refused by rpm, and taken back on demand" {
	run apply "$scenario_old"
	[ "$status" -ne 0 ]
	[[ $output == *"newer"* ]]
	apply "$scenario_old" --oldpackage
	apply "$scenario_new"
}

@test "a release whose daemon does not start leaves no address behind" {
	apply "$scenario_broken"
	run node 'systemctl restart heartbeatd 2>&1'
	[ "$status" -ne 0 ]
	run ! node 'systemctl is-active --quiet heartbeatd'
	node 'journalctl -u heartbeatd' | grep -F /etc/ha.d/next
	run ! node 'ip -4 addr show dev eth0 | grep -F 192.0.2.100/'
	apply "$scenario_new" --oldpackage
	node 'systemctl reset-failed heartbeatd && systemctl restart heartbeatd'
	wait_until 20 node 'ip -4 addr show dev eth0 | grep -q 192.0.2.100/'
}

@test "a crash of the daemon takes the address off, and the daemon comes back" {
	before=$(main_pid)
	# Not `kill PID`: was there no daemon, that would be kill 0, all of this test included.
	[ "$before" -gt 0 ]
	node 'systemctl kill --signal=KILL heartbeatd'
	is_another() { [ "$(main_pid)" != "$before" ] && [ "$(main_pid)" != 0 ]; }
	wait_until 20 is_another
	node 'journalctl -u heartbeatd' | grep -F "status=9/KILL"
	wait_until 20 node 'ip -4 addr show dev eth0 | grep -q 192.0.2.100/'
}

@test "removal: stopped, disabled, address and rules gone; what was edited is kept" {
	node 'rpm -e hacluster-heartbeat hacluster-common haupgrade 2>&1'
	run ! node 'systemctl is-active --quiet heartbeatd'
	run ! node 'systemctl is-enabled --quiet heartbeatd'
	run ! node 'pgrep -x heartbeatd'
	run ! node 'ip -4 addr show dev eth0 | grep -F 192.0.2.100/'
	[ -z "$(node 'nft list tables')" ]
	run node 'ls /etc/ha.d'
	[ "$output" = "authkeys.rpmsave
groups.conf.rpmsave
ha.cf.rpmsave" ]
	run node 'stat -c %a /etc/ha.d/authkeys.rpmsave'
	[ "$output" = 600 ]
	run ! node 'ls /usr/sbin/heartbeatd /usr/sbin/hactl /usr/bin/haupgrade \
		/usr/lib/systemd/system/heartbeatd.service 2>&1'
	[[ $output != *rpm* ]]
}
