#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Enters the tree of another release and runs a command in it; the first process in mount and pid
# namespaces of its own (see release.bash). Arguments: the tree, the folder to run in, the command.
set -eu

tree=$1
place=$2
shift 2

# A mount point of its own, to be the root: not chroot, in which a lab could not be made.
mount --bind "$tree" "$tree"
mount -t proc proc "$tree/proc"
mount --rbind --make-rslave /sys "$tree/sys"
mount --rbind --make-rslave /dev "$tree/dev"
mount -t tmpfs -o mode=0755 tmpfs "$tree/run"
mount --bind /tmp "$tree/tmp"
cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
cp /etc/hosts "$tree/etc/hosts"
cd "$tree"
pivot_root . mnt
cd "$place"
umount -l /mnt
status=0
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LC_ALL=C.UTF-8 \
	TERM="${TERM:-dumb}" http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@" || status=$?
exit $status
