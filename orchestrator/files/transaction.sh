# SPDX-License-Identifier: GPL-2.0-or-later
# How every script of propagate begins: $1 ROOT, $2 the transaction, $3 TOKEN of the lease (script.h).
# set -f: no word of a file name is a pattern.
LC_ALL=C; export LC_ALL; umask 077; set -f
# shellcheck disable=SC2034  # not every script needs the transaction
root=$1 own=$2 token=$3; shift 3
fail() { echo "$*" >&2; exit 1; }
say() {
	printf '%s\n' "$1" >state.new && sync state.new &&
		mv -f state.new state && sync .
}
holds() {
	[ -n "$token" ] &&
		[ "$(sed -n 's/^token //p' "${root%/*}/lease" 2>/dev/null)" = "$token" ]
}
# From here to its end the script has the lock of the node's lease, and the lease is this process's: nobody can take it
# meanwhile, and who has lost it changes nothing any more.
mine() {
	exec 8>"${root%/*}/lease.lock" && flock -w 50 8 ||
		fail "the lease there has been locked for 50 s (lock ${root%/*}/lease.lock)"
	holds || fail "the lease there (${root%/*}/lease) is not this haupgrade's any more: another may be working there, nothing was done"
}
