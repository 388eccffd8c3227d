# SPDX-License-Identifier: GPL-2.0-or-later
# What a node cannot tell by itself afterwards: that it has not booted since packages were put on it. $1 the run. A mark
# from before this run stays: that node was to be rebooted anyway.
LC_ALL=C; export LC_ALL; umask 077
mkdir -p /var/lib/haupgrade && cd /var/lib/haupgrade || exit 1
id="$(cat /proc/sys/kernel/random/boot_id) $(sed 's/.*) //' /proc/1/stat | cut -d' ' -f20)"
mark=$(cat unbooted 2>/dev/null)
[ "${mark% *}" != "$id" ] || exit 0
echo "$id $1" >unbooted.new && sync unbooted.new && mv unbooted.new unbooted && sync .
