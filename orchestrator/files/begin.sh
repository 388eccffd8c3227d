# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ROOT.
. ./transaction.sh
mkdir -p -- "$root" || exit 1
mine
# The owner and the lock were an earlier version's fence.
rm -f -- "$root/owner" "$root/lock"
