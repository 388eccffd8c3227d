# SPDX-License-Identifier: GPL-2.0-or-later
# $@: a command. Prints what it says, then "status N" on a line. Ends it before we stop waiting for it: a check that
# hangs must not go on there without us.
LC_ALL=C; export LC_ALL
! timeout -k 1 1 true 2>/dev/null || set -- timeout -k 5 45 "$@"
"$@" 2>&1 </dev/null; echo "status $?"
