# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Three network namespaces on a bridge (two nodes and a client) and the daemons in them, for
# pair.bats. Everything is named after RIG and removed by rig_down, also after a failure.

BUILD=${builddir:-$(pwd)}
HEARTBEATD=$BUILD/heartbeatd
HACTL=$BUILD/hactl
FLOATING=192.0.2.100

# Waits until the command succeeds, DEADLINE seconds at most.
rig_wait() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		if ((SECONDS >= deadline)); then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

rig_ns() { # NODE COMMAND...
	local node=$1
	shift
	nsenter --net="$RIG_DIR/ns-$node" "$@"
}

rig_attach() { # NODE LINK ADDRESS BRIDGE
	rig_ns sw ip link add "$RIG$1$2" type veth peer name "$2" netns "$RIG_DIR/ns-$1" \
		address "02:00:00:00:0${3##*.}:0${2#eth}"
	rig_ns sw ip link set "$RIG$1$2" master "$4" up
	rig_ns "$1" ip addr add "$3/24" dev "$2"
	rig_ns "$1" ip link set "$2" up
}

rig_config() { # NODE
	local dir=$RIG_DIR/$1
	mkdir -p "$dir/etc" "$dir/state"
	cat >"$dir/etc/ha.cf" <<-EOF
		node n1 n2
		udpport 6940
		keepalive 100ms
		warntime 200ms
		deadtime ${RIG_DEADTIME:-400ms}
		initdead 2
		auto_failback ${RIG_FAILBACK:-off}
		ucast eth1 10.9.0.1
		ucast eth1 10.9.0.2
		logfile $dir/log
	EOF
	(umask 077 && printf 'auth 1\n1 sha256 secret-of-the-rig\n' >"$dir/etc/authkeys")
	cat >"$dir/etc/groups.conf" <<-EOF
		group "web" {
			preferred = "n1"
			drain = 3s
			floating_ip "$FLOATING/24" { device = "eth0" }
		}
	EOF
}

rig_up() {
	RIG=r$((BASHPID % 100000))
	RIG_DIR=$(mktemp -d "${TMPDIR:-/tmp}/rig.XXXXXX")
	local node
	for node in sw n1 n2 cl; do
		# Not in /run/netns: the first `ip netns add` mounts that folder over itself, and hides
		# what others have there.
		: >"$RIG_DIR/ns-$node"
		unshare --net="$RIG_DIR/ns-$node" ip link set lo up
	done
	rig_ns sw ip link add pub type bridge
	rig_ns sw ip link add priv type bridge
	rig_ns sw ip link set pub up
	rig_ns sw ip link set priv up
	rig_attach n1 eth0 192.0.2.1 pub
	rig_attach n2 eth0 192.0.2.2 pub
	rig_attach cl eth0 192.0.2.9 pub
	rig_attach n1 eth1 10.9.0.1 priv
	rig_attach n2 eth1 10.9.0.2 priv
	rig_config n1
	rig_config n2
}

rig_down() {
	local pid node
	for pid in "$RIG_DIR"/*.pid; do
		[[ -e $pid ]] || continue
		kill -9 "$(<"$pid")" 2>/dev/null || true
	done
	for node in cl n1 n2 sw; do
		umount "$RIG_DIR/ns-$node" 2>/dev/null || true
	done
	rm -rf "$RIG_DIR"
}

# Starts a command in a node's namespace; its pid goes to NAME.pid, its output to NAME.out.
rig_start() { # NODE NAME COMMAND...
	local node=$1 name=$2
	shift 2
	nsenter --net="$RIG_DIR/ns-$node" "$@" >"$RIG_DIR/$name.out" 2>&1 3>&- &
	echo $! >"$RIG_DIR/$name.pid"
	disown $!
}

# With RIG_GROUP, a file to be found as /etc/group, and RIG_USER, whom the daemon becomes.
rig_daemon() { # NODE
	local under=()
	# In a mount namespace of the daemon's own.
	# shellcheck disable=SC2016
	[[ -z ${RIG_GROUP:-} ]] || under=(unshare --mount --propagation private sh -c 'mount --bind "$0" /etc/group && exec "$@"' "$RIG_GROUP")
	rig_start "$1" "$1" "${under[@]}" "$HEARTBEATD" --config-dir "$RIG_DIR/$1/etc" \
		--state-dir "$RIG_DIR/$1/state" --node "$1" --ipc-name "$RIG_DIR/run/$1" --user "${RIG_USER:-}"
}

rig_signal() { # NAME SIGNAL
	kill "-$2" "$(<"$RIG_DIR/$1.pid")"
}

rig_hactl() { # NODE ARGUMENT...
	local node=$1
	shift
	rig_ns "$node" "$HACTL" --ipc-name "$RIG_DIR/run/$node" "$@"
}

rig_role() { # NODE ROLE
	[[ $(rig_hactl "$1" status --json 2>/dev/null | jq -r .role) == "$2" ]]
}

rig_holds() { # NODE
	rig_ns "$1" ip -4 addr show dev eth0 | grep -q "inet $FLOATING/"
}

# Exactly one of the two nodes is the holder, with the address, and the other has none.
rig_settled() { # PRIMARY BACKUP
	rig_role "$1" primary && rig_role "$2" backup && rig_holds "$1" && ! rig_holds "$2"
}

# Whatever kernel this machine has: descriptors can be sent to the node's daemon.
rig_old_kernel() { # NODE
	python3 "$BATS_TEST_DIRNAME/old_kernel.py" "$(<"$RIG_DIR/$1.pid")"
}

rig_counter() { # NODE COUNTER LEAST
	[[ $(rig_hactl "$1" status --json | jq ".counters.$2") -ge $3 ]]
}
