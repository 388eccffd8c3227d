# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the lab's bare nodes a cluster of ours; shared by ./demo, the lab scenarios and bench/.
#
# The caller has set: top (the source tree), LAB_NAME (exported), work (a folder of its own for
# cluster.conf, the journal and what is sent to the nodes); for a cluster of another kind also
# cluster_profile.
# shellcheck shell=bash disable=SC2154,SC2119,SC2120

lab()
{
	"$top/tests/lab/lab" "$@"
}

# node_put NODE PATH MODE: standard input becomes a file of the node.
node_put()
{
	# shellcheck disable=SC2016
	lab exec "$1" sh -c 'umask 077; cat >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"' \
		sh "$2" "$3"
}

cluster_nodes()
{
	local i

	for ((i = 1; i <= ${cluster_size:-2}; i++)); do
		echo "node$i"
	done
}

ha_cf()
{
	local node i=0

	for node in $(cluster_nodes); do
		i=$((i + 1))
		echo "node $node"
		echo "ucast eth1 198.51.100.$((10 + i))"
		echo "ucast eth0 192.0.2.$((10 + i))"
	done
	cat <<-END
	keepalive 200ms
	warntime 1
	deadtime 2
	initdead ${cluster_initdead:-10}
	auto_failback off
	logfile /var/log/hacluster/heartbeatd.log
	logfacility daemon
	END
}

groups_conf()
{
	cat <<-'END'
	group "web" {
		preferred = "node1"
		floating_ip "192.0.2.100/24" {
			device = "eth0"
			label = "cs0"
		}
	}
	END
}

# cluster_install BUNDLE-FOLDER: the release's packages and the cluster's files on every node.
cluster_install()
{
	local node key

	key=$(openssl rand -hex 32)
	for node in $(cluster_nodes); do
		lab exec "$node" mkdir -p /root/release
		tar -C "$1" -cf - . | lab exec "$node" tar -C /root/release -xf - --no-same-owner
		# Debian's rpm warns that it is not the system's package manager; that is all.
		# shellcheck disable=SC2016
		lab exec "$node" sh -c 'rpm -U --quiet /root/release/hacluster-*.rpm' 2>"$work/rpm.log" ||
			{ cat "$work/rpm.log" >&2; return 1; }
		ha_cf | node_put "$node" /etc/ha.d/ha.cf 644
		groups_conf | node_put "$node" /etc/ha.d/groups.conf 644
		printf 'auth 1\n1 sha256 %s\n' "$key" | node_put "$node" /etc/ha.d/authkeys 600
		lab exec "$node" systemctl --quiet enable heartbeatd.service
	done
}

cluster_start()
{
	local node

	[ -x "${haupgrade:-$top/build/haupgrade}" ] ||
		{ echo "no haupgrade to try; first: packaging/prepare build" >&2; return 1; }
	for node in $(cluster_nodes); do
		lab exec "$node" systemctl start heartbeatd.service
	done
	wait_until 60 cluster_serves ||
		{ echo "the cluster does not serve; hactl says:" >&2; lab exec node1 hactl status >&2; return 1; }
}

# One primary, the others backup, and the floating IP answers the client.
cluster_serves()
{
	cluster_haupgrade status "$work/cluster.conf" >/dev/null 2>&1 &&
		lab client curl -s -o /dev/null --max-time 2 http://192.0.2.100/
}

# What an administrator would write; more settings for the probe or deadlines as $1 and $2.
cluster_file()
{
	local node i=0

	eval "$(lab env)"
	cat <<-END
	cluster "demo" {
		profile = "${cluster_profile:-hacluster}"
		floating_ips = {"192.0.2.100"}
		services = {"nginx"}
		ssh {
			user = "root"
			identity = "$LAB_IDENTITY"
			known_hosts = "$LAB_KNOWN_HOSTS"
		}
		probe {
			url = "http://192.0.2.100/"
			rate = 100
			budget = 0
			${1:-}
		}
	END
	for node in $(cluster_nodes); do
		i=$((i + 1))
		printf '\tnode "%s" { address = "192.0.2.%d" }\n' "$node" $((10 + i))
	done
	[ -z "${2:-}" ] || printf '\tdeadlines { %s }\n' "$2"
	echo "}"
}

# haupgrade as the administrator runs it: on a machine of the public network.
cluster_haupgrade()
{
	lab client "${haupgrade:-$top/build/haupgrade}" "$@" --state-dir "$work/state" \
		--profile-dir "$top/profiles"
}

# cluster_up BUNDLE-FOLDER: from nothing to a serving cluster.
cluster_up()
{
	mkdir -p "$work"
	lab up "${cluster_size:-2}"
	cluster_file >"$work/cluster.conf"
	cluster_install "$1"
	cluster_start
}

# The node that holds the floating IP, asked on the nodes themselves.
cluster_primary()
{
	local node

	for node in $(cluster_nodes); do
		if lab exec "$node" ip -o -4 address show | grep -q ' 192\.0\.2\.100/'; then
			echo "$node"
		fi
	done
}

# What changes with every boot: the start of process 1.
node_boot()
{
	lab exec "$1" sh -c 'cut -d" " -f22 /proc/1/stat; cat /proc/sys/kernel/random/boot_id' |
		tr '\n' ' '
}

node_versions()
{
	lab exec "$1" sh -c "rpm -qa 'hacluster-*' haupgrade | sort" | tr '\n' ' '
}
