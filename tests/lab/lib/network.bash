# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Networks of the lab: namespaces, the two switches, the cables; sourced by the lab.
#
# NAME-switch holds the bridges "public" and "interconnect" with one port per node
# (public-node1, inter-node1).  NAME-client and NAME-nodeI hold the other ends.
# A node's namespace lives as long as one boot: made anew, it has lost addresses, filter rules,
# connections, sysctls and whatever else a reboot makes a machine forget.

NETNS_DIR=/run/haupgrade-lab

netns_path() { printf '%s/%s-%s\n' "$NETNS_DIR" "$LAB_NAME" "$1"; }

netns_make()
{
	local path

	path=$(netns_path "$1")
	mkdir -p "$NETNS_DIR"
	: > "$path"
	# Not in /run/netns: the first `ip netns add` mounts that folder over itself, and hides what others
	# have there.
	unshare --net="$path" ip link set lo up
}

netns_delete()
{
	local path

	path=$(netns_path "$1")
	[ -e "$path" ] || return 0
	# Removing the name also detaches copies of the mount in other mount namespaces.
	umount "$path" 2>/dev/null || true
	rm -f "$path"
}

# netns_names: the namespaces of this lab, even if nothing else is left of it.
netns_names()
{
	local path

	for path in "$NETNS_DIR/$LAB_NAME"-{switch,client,node*}; do
		[ ! -e "$path" ] || echo "${path#"$NETNS_DIR/$LAB_NAME-"}"
	done
}

in_netns() { local where; where=$(netns_path "$1"); shift; nsenter --net="$where" "$@"; }

# port LINK NODE: the name of NODE's port on the switch.
port() { case $1 in public) echo "public-$2" ;; interconnect) echo "inter-$2" ;; esac; }

# mac NETWORK HOST: stable, as a machine's are: peers must not see new hardware after a reboot.
mac() { printf '02:4c:41:42:%02x:%02x\n' "$1" "$2"; }

network_make()
{
	local client

	client=$(netns_path client)
	netns_make switch
	netns_make client
	in_netns switch ip -batch - <<-END
	link add public type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	link add interconnect type bridge stp_state 0 forward_delay 0 mcast_snooping 0
	link set public addrgenmode none up
	link set interconnect addrgenmode none up
	link add public-client type veth peer name eth0 address $(mac 1 2) netns $client
	link set public-client addrgenmode none master public up
	END
	in_netns client ip -batch - <<-END
	link set eth0 addrgenmode none up
	address add $CLIENT_ADDRESS/24 dev eth0
	END
}

# network_attach NODE: a fresh namespace for NODE, its two cables plugged in unless cut.
network_attach()
{
	local node=$1 number=${1#node} path

	path=$(netns_path "$node")
	netns_make "$node"
	in_netns switch ip -batch - <<-END
	link add public-$node type veth peer name eth0 address $(mac 1 $((10 + number))) netns $path
	link add inter-$node type veth peer name eth1 address $(mac 2 $((10 + number))) netns $path
	link set public-$node addrgenmode none master public
	link set inter-$node addrgenmode none master interconnect
	END
	in_netns "$node" ip -batch - <<-END
	link set eth0 addrgenmode none
	link set eth1 addrgenmode none
	END
	ports_set "$node"
}

# network_detach NODE: NODE's links go dead at once; its namespace ends with its last process.
network_detach()
{
	local link

	for link in public interconnect; do
		in_netns switch ip link delete "$(port "$link" "$1")" 2>/dev/null || true
	done
	netns_delete "$1"
}

# ports_set NODE: makes NODE's ports as the cut files say; no ports (node off) is no error.
ports_set()
{
	local link state lock

	# cut and heal race with a booting node that plugs itself in.
	exec {lock}> "$LAB_DIR/$1/ports.lock"
	flock "$lock"
	for link in public interconnect; do
		state=up
		[ ! -e "$LAB_DIR/$1/cut-$link" ] || state=down
		in_netns switch ip link set "$(port "$link" "$1")" "$state" 2>/dev/null || true
	done
	exec {lock}>&-
}

link_check()
{
	case ${1:-} in
	public|interconnect) ;;
	*) usage_error "no link \"${1:-}\": it is public or interconnect" ;;
	esac
}

network_cut()
{
	[ $# = 2 ] || usage_error "cut needs a node and a link"
	node_check "$1"
	link_check "$2"
	: > "$LAB_DIR/$1/cut-$2"
	ports_set "$1"
}

network_heal()
{
	local node link which_nodes which_links="public interconnect"

	[ $# -le 2 ] || usage_error "heal takes at most a node and a link"
	lab_check
	which_nodes=$(nodes)
	if [ $# -ge 1 ]; then
		node_check "$1"
		which_nodes=$1
	fi
	if [ $# = 2 ]; then
		link_check "$2"
		which_links=$2
	fi
	for node in $which_nodes; do
		for link in $which_links; do
			rm -f "$LAB_DIR/$node/cut-$link"
		done
		ports_set "$node"
	done
}
