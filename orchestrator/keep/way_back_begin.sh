# SPDX-License-Identifier: GPL-2.0-or-later
# The test of the way back, on a node that it leaves as it was: enters the packages to come into a private copy of the
# package database and tries to put the previous ones in their place; says on standard error what is in the way.
# $1 folder that will hold the packages, $2 KiB needed there, then pairs of a name and a length: of the packages to come,
# "--", and of the previous ones; their headers (bundle/header.h) are on standard input one after the other. Instead of a
# length "-": the name is the absolute path of that package on the node.
# This is how it begins: is there enough space? Then the packages are put into "$t/new" and "$t/old". $database is the
# package manager's.
# shellcheck disable=SC2154
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
d=$1; need=$2; shift 2
while [ ! -d "$d" ]; do d=$(dirname -- "$d"); done
free() { df -Pk -- "$1" | awk 'NR == 2 { print $4 }'; }
[ "$(free "$d")" -ge "$need" ] || {
	echo "$d has $(free "$d") KiB free, both packages need $need KiB" >&2; exit 1; }
# What is copied of the database is in memory, if there is enough.
size=$(du -sk -- "$database" | awk '{ print $1 }')
place=/run; [ "$(free /run)" -ge $((size * 2 + 65536)) ] || place=/var/tmp
[ "$(free $place)" -ge $((size * 2 + 16384)) ] || {
	echo "$place has no room for a copy of $database ($size KiB)" >&2; exit 1; }
t=$(mktemp -d $place/haupgrade-test.XXXXXX) || exit 1
trap 'rm -rf -- "$t"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$t/new" "$t/old" || exit 1
into=new
while [ $# -gt 0 ]; do
	case $1 in
	--) into=old; shift; continue ;;
	/*) ln -s -- "$1" "$t/$into/${1##*/}" || exit 1 ;;
	*) head -c "$2" >"$t/$into/$1" || exit 1 ;;
	esac
	shift 2
done
