#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the root in which `lab inside` runs its command, and runs it; the first process in
# mount, pid and network namespaces of its own (see inside.bash).
# Arguments: the layer's image, the command.
set -eu

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
place=$(pwd -P)
image=$1
shift

# bind FOLDER: the host's own, writable.
bind()
{
	mkdir -p "/run/root$1"
	mount --bind "$1" "/run/root$1"
}

make_root()
{
	# On top of the host's /run, which nobody needs here and every host has.
	mount -t tmpfs -o mode=0755 tmpfs /run
	mkdir /run/layer /run/upper /run/work /run/root
	mount -o loop,ro "$image" /run/layer
	mount -t overlay -o "lowerdir=/run/layer/upper:/,upperdir=/run/upper,workdir=/run/work" \
		lab-inside /run/root
	printf '127.0.0.1 localhost\n::1 localhost\n' > /run/root/etc/hosts
	mount -t proc proc /run/root/proc
	# Of our network namespace, not the host's.
	mount -t sysfs sysfs /run/root/sys
	mount --rbind --make-rslave /dev /run/root/dev
	mount -t tmpfs -o mode=0755 tmpfs /run/root/run
	bind /tmp
	bind "$top"
}

# Not chroot: in one, a command could not make user namespaces, nor take away a mount below it.
enter_root()
{
	cd /run/root
	pivot_root . .
	umount -l .
	cd "$place" 2>/dev/null || cd "$top"
}

ip link set lo up
make_root
enter_root
# Not exec: as first process we collect what the command leaves, and the command keeps the usual
# meaning of signals.  A shell's background commands ignore these two.
status=0
env --default-signal=INT,QUIT "$@" || status=$?
exit $status
