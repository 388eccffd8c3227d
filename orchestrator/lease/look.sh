# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the lease that is there, changing nothing. Needs no token.
. ./lease.sh
# A folder that is not there holds no lease.
cd -- "$folder" 2>/dev/null || { echo "now $(date +%s)"; echo end; exit 0; }
show
