# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a job, started by job_start.sh in the job's folder with the lock as descriptor 9. $1 its command line. What the
# command leaves running must not hold the lock: hence 9>&-. The status appears by rename, whole.
sh -c "$1" >output 2>&1 </dev/null 9>&-
printf '%-7s\n' $? 1<>status.new
sync status.new; mv status.new status; sync .
