# SPDX-License-Identifier: GPL-2.0-or-later
# Waits a few seconds for the end of the job in folder $1 and says how it is, as job.c reads it.
# A status file appears by rename, so it is whole; an empty one says that it could not be written. Not every flock knows
# -w: then it is asked again a moment later. Whoever else's job still runs on the node, an upgrade's when a rollback
# comes, must end before this one counts as ended.
for l in "${1%/*}"/*/lock; do
	[ "$l" = "$1/lock" ] || [ ! -e "$l" ] || flock -n "$l" true ||
		{ echo job running; exit 0; }
done
cd -- "$1" 2>/dev/null || { echo job none; exit 0; }
n=0
while [ ! -e status ] && [ $n -lt 5 ]; do
	if flock -n lock true; then
		[ -e status ] || { echo job none; exit 0; }
	else
		flock -w 1 lock true 2>/dev/null || sleep 0.1; n=$((n + 1))
	fi
done
[ -e status ] || { echo job running; exit 0; }
read -r s rest <status; [ -n "$s" ] || { echo job none; exit 0; }
echo "job ended $s"; tail -c 2000 output
