# SPDX-License-Identifier: GPL-2.0-or-later
# Removes the lease if it is ours.
. ./lease.sh
cd -- "$folder" 2>/dev/null || exit 0
lock
recall && [ "$old" = "$token" ] || exit 0
rm -f lease lease.new && sync .
