#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One boot of one node, from its mounts to its end; the first process in a mount and a pid
# namespace of its own (see machine.bash).  Argument: the node.
# shellcheck source-path=SCRIPTDIR
set -eu

LAB_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=base.bash
. "$LAB_HERE/lib/base.bash"
# shellcheck source=process.bash
. "$LAB_HERE/lib/process.bash"
# shellcheck source=network.bash
. "$LAB_HERE/lib/network.bash"
# shellcheck source=release.bash
. "$LAB_HERE/lib/release.bash"
# shellcheck source=cgroup.bash
. "$LAB_HERE/lib/cgroup.bash"

node=$1
dir=$LAB_DIR/$node

# Before /proc is our own namespace's: the lab must know us by the host's pid.
process_record "$dir/boot"
cgroup_enter "$node"

mount -t proc proc /proc
# systemd-nspawn keeps its own things here, and needs no systemd on the host.
mkdir -p /run/systemd
mount -t tmpfs -o mode=0755 tmpfs /run/systemd
mkdir /run/systemd/lab-layer /run/systemd/lab-root
read -r release < "$dir/release"
base=/
[ "$release" = host ] || base=$(release_tree "$release")
mount -o loop,ro "$LAB_DIR/layer-$release.ext4" /run/systemd/lab-layer
mount -t overlay \
	-o "lowerdir=/run/systemd/lab-layer/upper:$base,upperdir=$dir/upper,workdir=$dir/work" \
	"$LAB_NAME-$node" /run/systemd/lab-root

# From here on the machine's devices are out of reach (we needed a loop device).
cgroup_restrict "$node"
# Not exec: as first process of the namespace we collect what nspawn leaves.
# The door stands in for --boot's own search for systemd; the node's pid 1 is what it becomes.
# No --network-namespace-path: we are in the node's network namespace already, and nspawn mounts
# /sys before it would enter one, so that the node would see the host's network devices there.
status=0
SYSTEMD_NSPAWN_API_VFS_WRITABLE=network "$LAB_DIR/door" listen "$dir/door" systemd-nspawn --quiet --register=no --keep-unit \
	--directory=/run/systemd/lab-root --machine="$node" --hostname="$node" \
	--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_IPC_LOCK,CAP_SYS_NICE,CAP_BPF,CAP_PERFMON \
	--drop-capability=CAP_MKNOD \
	--resolv-conf=off --timezone=off --link-journal=no --console=pipe \
	--kill-signal=SIGRTMIN+3 "$LAB_DOOR" init /sbin/init systemd.unit=multi-user.target || status=$?
exit $status
