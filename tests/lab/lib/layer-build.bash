#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the middle layer's image.  Runs in mount and pid namespaces of its own (see layer.bash),
# so that every mount and process of the build ends with it.
# Arguments: the lab's program directory, the distribution family, the size, the image to make, and over
# which root ("/", or another release's tree).
set -eu
umask 022

here=$1
family=$2
size=$3
image=$4
base=$5
cache=${image%/*}
new=$cache/new.ext4
disk=$cache/build/disk
root=$cache/build/root

# What a node must not see of the host: people's files, secrets, state, caches, and all that
# would make the host's services start in the nodes.  These become empty directories.
empty='
etc/apparmor.d etc/cron.d etc/network/interfaces.d etc/rc0.d etc/rc1.d etc/rc2.d etc/rc3.d
etc/rc4.d etc/rc5.d etc/rc6.d etc/rcS.d etc/ssh etc/ssl/private etc/sudoers.d etc/sysctl.d
etc/systemd/network etc/systemd/system etc/systemd/system-generators etc/tmpfiles.d etc/modules-load.d
home media mnt opt root run srv tmp
var/backups var/cache var/log var/mail var/spool var/tmp
'
# ... and these vanish.
gone='
etc/fstab etc/crypttab etc/machine-id etc/hostname etc/hosts etc/mailname etc/krb5.keytab
etc/ha.d etc/haupgrade etc/nginx/nginx.conf etc/nftables.conf etc/rc.local etc/resolv.conf
usr/sbin/policy-rc.d
var/lib/docker var/lib/containerd var/lib/containers var/lib/libvirt var/lib/machines
var/lib/mysql var/lib/postgresql var/lib/rpm var/lib/hacluster var/lib/haupgrade
var/lib/haupgrade-lab var/lib/private var/lib/systemd var/lib/dbus
'

# hide PATH: a whiteout (character device 0:0) hides what the host has there.
hide()
{
	local upper=$disk/upper/$1

	mkdir -p "${upper%/*}"
	[ -c "$upper" ] || mknod "$upper" c 0 0
}

hide_host()
{
	local entry

	# Of the top level only what a distribution puts there: the host's own folders are hidden.
	for entry in "${base%/}"/* "${base%/}"/.[!.]*; do
		entry=${entry##*/}
		case $entry in
		bin|sbin|lib|lib32|lib64|libx32|usr|etc|var) ;;
		*) hide "$entry" ;;
		esac
	done
	for entry in $empty $gone; do
		hide "$entry"
	done
	hide_project "${here%/tests/lab}"
}

# hide_project FOLDER: wherever this project lies, the nodes do not see it.
hide_project()
{
	local folder=$1

	while [ -n "$folder" ]; do
		[ ! -c "$disk/upper$folder" ] || return 0	# hidden with what it lies in
		folder=${folder%/*}
	done
	hide "${1#/}"
}

# The new directories lie over whiteouts, which makes overlayfs mark them opaque.
make_empty()
{
	local entry

	for entry in $empty boot dev proc sys; do
		mkdir -p "$root/$entry"
	done
	chmod 0700 "$root/root" "$root/etc/ssl/private"
	chmod 1777 "$root/tmp" "$root/var/tmp"
	mkdir -p "$root/var/lib/dbus" "$root/var/lib/systemd"
	for entry in apt/archives/partial debconf; do
		mkdir -p "$root/var/cache/$entry"
	done
}

mount_all()
{
	mkdir -p "${disk%/*}"
	mount -t tmpfs tmpfs "${disk%/*}"
	mkdir "$disk" "$root"
	rm -f "$new"
	truncate -s "$size" "$new"
	# No journal: it is thrown away if anything goes wrong, and read-only ever after.
	mkfs.ext4 -q -F -O ^has_journal -E lazy_itable_init=1 -m 0 "$new"
	mount -o loop,discard "$new" "$disk"
	mkdir "$disk/upper" "$disk/work"
	hide_host
	mount -t overlay -o "lowerdir=$base,upperdir=$disk/upper,workdir=$disk/work" node-layer "$root"
	make_empty
	mount -t proc proc "$root/proc"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount --rbind --make-rslave /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/run"
	mount -t tmpfs tmpfs "$root/tmp"
}

# The same program on both sides of the door, whatever libraries are there.
make_door()
{
	mkdir -p "$root/usr/libexec"
	cc -static -O2 -std=gnu17 -D_GNU_SOURCE -o "$root/usr/libexec/lab-door" "$here/door.c"
	cp "$root/usr/libexec/lab-door" "${image%.ext4}.door"
}

fill()
{
	mkdir "$root/tmp/lab"
	cp "$here/packages/node.$family" "$root/tmp/lab/packages"
	cp "$here/packages/debs.$family" "$root/tmp/lab/debs"
	cp "$here/lib/layer-inside.bash" "$root/tmp/lab/"
	# The name server, for the package manager only.
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root \
		http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
		chroot "$root" bash /tmp/lab/layer-inside.bash "$family"
	rm -f "$root/etc/resolv.conf"
}

finish()
{
	umount -R "$root"
	rm -rf "$disk/work"
	umount "$disk"
	umount "${disk%/*}"
	rmdir "${disk%/*}"
	sync "$new"
	mv "$new" "$image"
	# Labs have copies of their own; only one that is coming up right now may still want an
	# older layer.
	find "$cache" -maxdepth 1 -name 'layer-*' ! -path "${image%.ext4}.*" -mmin +60 -delete
}

mount_all
make_door
fill
finish
