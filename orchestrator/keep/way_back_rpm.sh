# SPDX-License-Identifier: GPL-2.0-or-later
# rpm's test of the way back; way_back_begin.sh has the arguments.
database=$(rpm --eval %_dbpath 2>/dev/null)
[ -d "$database" ] || database=/var/lib/rpm
. ./way_back_begin.sh
cp -a -- "$database" "$t/db" || exit 1
quiet=; ! rpm --help 2>/dev/null | grep -q -e --noplugins || quiet=--noplugins
# Since 4.19 rpm itself makes the users that packages want, for --noscripts, too: without that program it does not.
rpm --define '__systemd_sysusers %{nil}' -U --justdb --noscripts --notriggers $quiet \
	--nodigest --nosignature --dbpath "$t/db" -- "$t"/new/*.rpm || exit 1
rpm -U --test --oldpackage --replacepkgs --nodigest --nosignature \
	--dbpath "$t/db" -- "$t"/old/*.rpm
