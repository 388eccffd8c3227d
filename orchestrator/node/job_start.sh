# SPDX-License-Identifier: GPL-2.0-or-later
# Starts a job apart from the session, unless it is running. $1 its folder, $2 its command line, $3 job_run.sh.
# The lock is taken before this script returns and is held by job_run.sh alone until the end, so "locked" means
# "running", also after a crash of anyone. The status' place on the disk is taken before the command runs: on a full
# disk nothing begins, and what has begun can say how it ended.
LC_ALL=C; export LC_ALL; umask 077
mkdir -p -- "$1" && cd -- "$1" || exit 1
exec 9>lock; flock -n 9 || exit 0
rm -f status status.told; printf '%-7s\n' - >status.new || exit 1
setsid sh -c "$3" sh "$2" >/dev/null 2>&1 </dev/null &
exit 0
