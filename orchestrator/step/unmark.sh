# SPDX-License-Identifier: GPL-2.0-or-later
# $1 the run: its own mark goes, for its packages did not get there.
cd /var/lib/haupgrade 2>/dev/null || exit 0
mark=$(cat unbooted 2>/dev/null)
[ "${mark##* }" != "$1" ] || rm -f unbooted
