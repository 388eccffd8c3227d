# SPDX-License-Identifier: GPL-2.0-or-later
# $4 a transaction: puts back what it had replaced, and forgets it.
. ./transaction.sh
. ./compare.sh
. ./replace.sh
. ./restore.sh
mine
cd -- "$root/$1" 2>/dev/null || exit 0
case $(cat state 2>/dev/null) in
settled) fail "$1 is settled" ;;
committing | committed) restore || fail 'the files before could not all be put back' ;;
esac
cd .. && rm -rf -- "$1" && sync .
