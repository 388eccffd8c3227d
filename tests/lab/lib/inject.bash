# SPDX-License-Identifier: GPL-2.0-or-later
# Faults, each as fault_NAME NODE PEER and, where it does not pass by itself, mend_NAME NODE PEER.
# NODE is the one that the step at hand works on, PEER the other. Sourced by tests/lab/faults.
# shellcheck shell=bash disable=SC2154,SC2034

# --- the orchestrator and its operator

fault_kill() { kill -KILL "$ha_pid"; }
fault_intr() { kill -INT "$ha_pid"; }
# It takes effect at a safe point, which is not waited for here.
fault_abort() { cluster_haupgrade abort --no-wait "$case_run" >"$work/abort" 2>&1 || { cat "$work/abort"; return 1; }; }

# --- power

# A cut for a moment: off, and on again at once; the machine boots.
fault_power()
{
	lab power-off "$1"
	lab power-on "$1"
	case_power_ons=1
}
fault_peerpower() { fault_power "$2"; }

fault_off() { lab power-off "$1"; }
mend_off() { lab power-on "$1"; node_back "$1"; }
fault_peeroff() { lab power-off "$2"; }
mend_peeroff() { mend_off "$2"; }

# It answers, and knows its role again; but in a first installation, which may not have come to that.
node_back()
{
	lab wait "$1" || return 1
	[ "$case_kind" = bare ] || wait_until 30 node_has_role "$1"
}

node_has_role() { lab exec "$1" hactl status >/dev/null 2>&1; }

# --- cables

# The fault is there: haupgrade, which was frozen while it was made, has to live with it for a while.
a_while()
{
	kill -CONT "$ha_pid"
	sleep 2
}

fault_inter() { lab cut "$1" interconnect; }
mend_inter() { lab heal "$1" interconnect; }
fault_public() { lab cut "$1" public; }
mend_public() { lab heal "$1" public; }
fault_blip() { lab cut "$1" public; a_while; lab heal "$1" public; }

# The admin machine's way to the nodes, while clients still have theirs: nothing of ssh gets out.
fault_admin()
{
	lab client nft -f - <<-'END'
	table inet fault { chain out { type filter hook output priority 0; tcp dport 22 drop; }; }
	END
}
mend_admin() { lab client nft flush ruleset; }
fault_adminblip() { fault_admin; a_while; mend_admin; }

# --- sshd

fault_ssh()
{
	lab exec "$1" sh -c 'systemctl --quiet mask --now ssh.socket ssh.service 2>/dev/null
		for pid in $(pgrep -x sshd); do kill -9 $pid; done; :'
}
mend_ssh()
{
	lab exec "$1" sh -c 'systemctl --quiet unmask ssh.socket ssh.service; systemctl start ssh.service'
	lab wait "$1"
}
fault_peerssh() { fault_ssh "$2"; }
mend_peerssh() { mend_ssh "$2"; }

# --- disks and packages

# /var has no room: what is there can be read and rewritten, nothing can be added.
fault_full()
{
	lab exec "$1" sh -c '
		for folder in /var/lib/haupgrade /var/lib/rpm; do
			mkdir -p $folder
			rm -rf /run/kept && cp -a $folder /run/kept
			mount -t tmpfs -o size=$(($(du -sk $folder | cut -f1) + 32))k,mode=0755 full $folder
			cp -a /run/kept/. $folder/
		done
		dd if=/dev/zero of=/var/lib/haupgrade/filler bs=4k 2>/dev/null
		dd if=/dev/zero of=/var/lib/rpm/filler bs=4k 2>/dev/null
		:'
}
# Room is made: what was written meanwhile stays.
mend_full()
{
	lab exec "$1" sh -c '
		for folder in /var/lib/haupgrade /var/lib/rpm; do
			mountpoint -q $folder || continue
			rm -f $folder/filler
			rm -rf /root/kept && cp -a $folder /root/kept && umount -l $folder &&
			rm -rf $folder && mv /root/kept $folder
		done'
}

# The folder of the configuration files: there to be read, nothing can be put there.
fault_readonly()
{
	lab exec "$1" sh -c 'mount --bind /etc/ha.d /etc/ha.d && mount -o remount,ro,bind /etc/ha.d'
}
mend_readonly() { lab exec "$1" umount /etc/ha.d; }

# Somebody kills rpm, which waits in /usr/local/bin/rpm (case_slow); or all that runs there for
# haupgrade, so that nobody can write down how it ended. For the node's own processes only.
fault_rpmdies() { lab exec "$1" sh -c 'kill -9 $(pgrep -f ^/bin/sh./usr/local/bin/rpm)'; }
fault_jobdies()
{
	lab exec "$1" sh -c 'pkill -9 -s "$(ps -o sid= -p "$(pgrep -f ^/bin/sh./usr/local/bin/rpm)" | tr -d " ")"'
}

# Four bytes in the middle of each uploaded package; there must be one, and each is another file then.
fault_corrupt()
{
	lab exec "$1" sh -c 'set -e
		n=0
		for file in $(find /var/lib/haupgrade/bundles -name "*.rpm"); do
			before=$(sha256sum <"$file")
			printf FOUL | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 2)) conv=notrunc 2>/dev/null
			[ "$before" != "$(sha256sum <"$file")" ]
			n=$((n + 1))
		done
		[ "$n" != 0 ]'
}

# The broken release (tests/lab/packages/broken.patch) looks for these on the node. It is the bundle
# of these cases, and its daemon works there (release_mended).
fault_pre() { lab exec "$1" touch /etc/lab/fail-pre; }
mend_pre() { lab exec "$1" rm -f /etc/lab/fail-pre; }
fault_post() { lab exec "$1" touch /etc/lab/fail-post; }
mend_post() { lab exec "$1" rm -f /etc/lab/fail-post; }
# Its daemon does not start: the case brings nothing else.
fault_broken() { :; }

release_mended()
{
	local node

	for node in $(cluster_nodes); do
		echo 'LAB_CONFIG=/etc/ha.d' | node_put "$node" /etc/lab/heartbeatd 644
	done
}

# --- commands that lie: exit status 0, and nothing happened

# shadow NODE PROGRAM PATTERN: whatever is called with words like PATTERN does nothing, successfully.
shadow()
{
	node_put "$1" "/usr/local/bin/$2" 755 <<-END
	#!/bin/sh
	case "\$*" in $3) exit 0 ;; esac
	exec /usr/bin/$2 "\$@"
	END
}
fault_liestop() { shadow "$1" systemctl '"stop heartbeatd"*'; }
mend_liestop() { lab exec "$1" rm -f /usr/local/bin/systemctl; }
fault_liestart() { shadow "$1" systemctl '"start heartbeatd"*'; }
mend_liestart() { mend_liestop "$1"; }
fault_lieinstall() { shadow "$1" rpm '"-U --"*'; }
mend_lieinstall() { lab exec "$1" rm -f /usr/local/bin/rpm; }
fault_liereboot() { shadow "$1" systemctl 'reboot*'; }
mend_liereboot() { mend_liestop "$1"; }
fault_liefailover() { shadow "$1" hactl 'standby*'; }
mend_liefailover() { lab exec "$1" rm -f /usr/local/bin/hactl; }

# --- what comes back from the reboot

# It boots, but has no network: nobody can tell it from a dead one.
fault_hang() { lab exec "$1" mv /etc/lab/network /etc/lab/network.kept; }
mend_hang()
{
	lab exec "$1" mv /etc/lab/network.kept /etc/lab/network
	lab power-off "$1"
	lab power-on "$1"
	node_back "$1"
}

# Its service does not start.
fault_service()
{
	lab exec "$1" mkdir -p /etc/systemd/system/heartbeatd.service.d
	printf '[Service]\nExecStartPre=/bin/false\n' |
		node_put "$1" /etc/systemd/system/heartbeatd.service.d/fault.conf 644
	lab exec "$1" systemctl daemon-reload
}
mend_service()
{
	lab exec "$1" sh -c 'rm /etc/systemd/system/heartbeatd.service.d/fault.conf; systemctl daemon-reload'
	# In a first installation it is for haupgrade to start what never ran.
	[ "$case_kind" = bare ] || wait_until 30 node_started "$1"
}

# A start of systemd's own, from before the mending, may still be failing meanwhile.
node_started()
{
	node_has_role "$1" && return
	lab exec "$1" sh -c 'systemctl reset-failed heartbeatd; systemctl start heartbeatd' >/dev/null 2>&1
	wait_until 5 node_has_role "$1"
}

# Its role lines go elsewhere, so that there is none of this boot.
fault_norole() { lab exec "$1" sed -i 's|^logfile .*|logfile /var/log/hacluster/elsewhere.log|' /etc/ha.d/ha.cf; }
mend_norole()
{
	lab exec "$1" sh -c 'sed -i "s|^logfile .*|logfile /var/log/hacluster/heartbeatd.log|" /etc/ha.d/ha.cf
		systemctl restart heartbeatd'
	wait_until 30 node_has_role "$1"
}

# The operator, or a script of his, moves the group to this node.
fault_takeover() { lab exec "$1" hactl takeover >/dev/null 2>&1 || :; }
