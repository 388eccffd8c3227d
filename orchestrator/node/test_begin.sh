# SPDX-License-Identifier: GPL-2.0-or-later
# How a test of a transaction begins: is there enough space? Then the headers from standard input are put into a folder
# of their own, "$t". $1 folder that will hold the packages, $2 KiB needed there, then pairs of file name and length. What is wrong is said on standard
# error.
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
d=$1; need=$2; shift 2
while [ ! -d "$d" ]; do d=$(dirname -- "$d"); done
free=$(df -Pk -- "$d" | awk 'NR == 2 { print $4 }')
[ "$free" -ge "$need" ] || {
	echo "$d has $free KiB free, the packages need $need KiB" >&2; exit 1; }
t=$(mktemp -d /run/haupgrade-test.XXXXXX 2>/dev/null ||
	mktemp -d /tmp/haupgrade-test.XXXXXX) || exit 1
trap 'rm -rf -- "$t"' EXIT
trap 'exit 1' HUP INT TERM
while [ $# -gt 0 ]; do head -c "$2" >"$t/$1" || exit 1; shift 2; done
