# SPDX-License-Identifier: GPL-2.0-or-later
# The condition a node is in, read by condition.c; writes nothing. $1 package manager, $2 folder for packages, then
# floating IPs, "--", services, "--", files.
# shellcheck disable=SC2012  # small nodes have no stat
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
manager=$1 put=$2 systemd=''; shift 2
now=$(date +%s%N)
case $now in *[!0-9]*) now= ;; esac
[ ${#now} -gt 18 ] || now=$(date +%s)000000000
echo "clock $now"
case $manager in
dpkg) database=/var/lib/dpkg locks='lock-frontend lock' ;;
*) database='' locks=.rpm.lock
	for file in /usr/lib/sysimage/rpm/rpmdb.sqlite /var/lib/rpm/rpmdb.sqlite /var/lib/rpm/Packages; do
		[ -n "$database" ] || [ ! -f "$file" ] || database=${file%/*}
	done
	database=${database:-$(rpm --eval %_dbpath 2>/dev/null)}
	[ -d "$database" ] || database=/var/lib/rpm ;;
esac
above() { p=$1; while [ ! -d "$p" ]; do p=$(dirname -- "$p"); done; }
above "$put"; put=$p; above "$database"; above=$p; above /boot; boot=$p
df -Pk -- "$put" /usr "$boot" "$above" | sed '1d; s/^/space /'
df -Pi -- "$put" /usr "$boot" "$above" 2>/dev/null | sed '1d; s/^/inodes /'
for p in "$put" /usr "$boot" "$above"; do [ -w "$p" ] && echo 'write yes' || echo 'write no'; done
case $manager in
dpkg) size=$(ls -ln "$database/status" 2>/dev/null | awk '{ print int($5 / 1024) }') ;;
*) size=$(du -sk -- "$database" 2>/dev/null | awk '{ print $1 }') ;;
esac
echo "database ${size:-0}"
# holder FILE: the process that holds a lock on it, as far as this node can see. It is looked up: to try a lock would
# be to take it.
holder() {
	holder='' inode=$(ls -di -- "$1" 2>/dev/null | awk '{ print $1 }'); [ -n "$inode" ] || return 1
	while read -r _ _ _ _ process where _; do
		[ "${where##*:}" != "$inode" ] || holder=$process
	done </proc/locks
	[ -n "$holder" ]
}
for lock in $locks; do
	[ ! -e "$database/$lock" ] || ! holder "$database/$lock" || {
		name=; read -r name 2>/dev/null <"/proc/$holder/comm"
		echo "lock $database/$lock $holder $name"; }
done
for job in /var/lib/haupgrade/jobs/*/lock; do
	[ ! -e "$job" ] || ! holder "$job" || { job=${job%/lock}; echo "job ${job##*/} $holder"; }
done
# Package managers that keep running in the background (packagekitd) are none at work.
for process in /proc/[0-9]*; do
	{ read -r name <"$process/comm"; } 2>/dev/null || continue
	case $name in dpkg | apt | apt-get | aptitude | dnf | dnf5 | yum | zypper | rpm)
		echo "process ${process##*/} $name" ;;
	esac
done
x='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'
case $manager in
dpkg)
	for file in "$database"/updates/[0-9]*; do [ ! -e "$file" ] || echo "leftover $file"; done
	dpkg --audit 2>&1 | head -n 20 | cut -b 1-300 | sed 's/^/audit /' ;;
*)
	for file in "${database%/*}"/rpmrebuilddb.* /var/lib/yum/transaction-all.*; do
		[ ! -e "$file" ] || echo "leftover $file"
	done
	for folder in /etc /boot /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/libexec /usr/lib/systemd/system; do
		# shellcheck disable=SC2231  # a pattern is what it is for
		for file in "$folder"/*\;$x$x; do [ ! -e "$file" ] || echo "leftover $file"; done
	done ;;
esac
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	echo "route $1 $(ip -o -4 route get "$1" 2>&1 | head -n 1)"; shift
done
shift
if [ -d /run/systemd/system ]; then
	systemd=1
	echo "system $(systemctl is-system-running 2>/dev/null)"
	systemctl list-units --failed --plain --no-legend --no-pager 2>/dev/null | sed 's/^/failed /'
	[ ! -e /run/systemd/shutdown/scheduled ] ||
		echo "scheduled $(tr '\n' ' ' </run/systemd/shutdown/scheduled)"
fi
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	[ -z "$systemd" ] || echo "unit $1 $(systemctl is-enabled -- "$1" 2>/dev/null)"
	shift
done
shift
n=0
for file; do
	[ ! -f "$file" ] || { said=$(sha256sum <"$file"); echo "file $n ${said%% *}"; }
	n=$((n + 1))
done
for file in /run/reboot-required /var/run/reboot-required; do
	[ ! -e "$file" ] || { echo "reboot $file is there"; break; }
done
if [ ! -e /run/systemd/container ]; then
	[ -d "/lib/modules/$(uname -r)" ] || [ ! -d /lib/modules ] ||
		echo "reboot the modules of the running kernel $(uname -r) are gone"
	size() { ls -lnL "$1" 2>/dev/null | awk '{ print $5 }'; }
	for file in /boot/vmlinuz-*; do
		[ -e "$file" ] || continue
		v=${file#/boot/vmlinuz-}; first=
		for i in "/boot/initrd.img-$v" "/boot/initramfs-$v.img" "/boot/initrd-$v"; do
			first=${first:-$(size "$i")}
		done
		echo "kernel $v $(size "$file") ${first:-0}"
	done
fi
echo end
