# SPDX-License-Identifier: GPL-2.0-or-later
# A node's facts, read by facts.c. $1 role log, $2 role command ("" for the other of the two), $3 $4 the role
# lines' patterns, $5 package manager, then triplets of kind, service and quoted command, "--", and package patterns.
# Nodes may have busybox for coreutils, ifconfig for ip, no getconf, no nanoseconds. This is asked before every
# step: what the shell can do by itself costs no process. It writes no file, a here-document's in older shells
# among them: the disk may be full.
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
log=$1 asked=$2 primary=$3 backup=$4 manager=$5; shift 5
now=$(date '+%z %s%N'); zone=${now%% *}; now=${now##* }
case $now in *[!0-9]*) now= ;; esac
[ ${#now} -gt 18 ] || now=$(date +%s)000000000
echo "now $now"
read -r up _ </proc/uptime; echo "uptime $up"
at=$((${now%?????????} - ${up%%.*}))
echo "zone $(date -d "@$at" +%z 2>/dev/null || echo "$zone") $zone"
echo "hertz $(getconf CLK_TCK 2>/dev/null || echo 100)"
read -r boot </proc/sys/kernel/random/boot_id; echo "boot $boot"
read -r init </proc/1/stat; printf 'init %s\n' "$init"
# What step/mark.sh left: the identities of the kernel and of the first process, then the run.
mark=; [ ! -r /var/lib/haupgrade/unbooted ] || read -r mark </var/lib/haupgrade/unbooted
started() { [ $# -lt 20 ] || shift 19; started=$1; }
# shellcheck disable=SC2086  # its words are wanted
started ${init##*) }
[ "${mark% *}" != "$boot $started" ] || echo "unbooted ${mark##* }"
echo "user $(id -u)"
if command -v ip >/dev/null 2>&1; then
	addresses=$(ip -o -4 address show) || exit 1
else
	addresses=$(ifconfig -a) || exit 1
fi
printf '%s\n' "$addresses" | while IFS= read -r address; do
	printf 'address %s\n' "$address"
done || exit 1
# The patterns are only a sieve here: facts.c decides. Without NUL bytes, which a power cut can leave in a log, grep
# takes it for text.
newest() { tr -d '\000' | grep -E -e "$primary" -e "$backup" | tail -n 1 | cut -b 1-4000; }
newest_of() {
	case $1 in *.gz) zcat -- "$1" 2>/dev/null | newest ;; *) newest <"$1" ;; esac
}
line=
if [ -n "$asked" ]; then
	line=$(eval "exec $asked" 2>/dev/null </dev/null | newest)
else
	# Rotated logs count: a node may hold its role for months.
	for file in "$log" "$log.1" "$log".[2-9]* "$log".1[0-9]*; do
		[ -n "$line" ] || [ ! -f "$file" ] || line=$(newest_of "$file")
	done
	[ -n "$line" ] || for file in "$log"-[0-9]*; do
		[ ! -f "$file" ] || later=$(newest_of "$file")
		line=${later:-$line} later=''
	done
fi
[ -z "$line" ] || printf 'role %s\n' "$line"
while [ $# -ge 3 ] && [ "$1" != -- ]; do
	(eval "exec $3") >/dev/null 2>&1 </dev/null; echo "$1 $? $2"; shift 3
done
shift
[ $# -eq 0 ] || case $manager in
dpkg)
	# 1: a pattern that fits nothing.
	dpkg-query -W -f='deb ${Package} ${Version} ${Architecture} ${Status}\n' -- "$@" 2>/dev/null
	[ $? -le 1 ] || exit 1 ;;
*)
	rpm -qa --qf 'package %{NAME} %|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE} %{ARCH}\n' "$@" || exit 1 ;;
esac
echo end
