# SPDX-License-Identifier: GPL-2.0-or-later
# $4 a transaction: every node has committed it; only the files before are kept.
. ./transaction.sh
mine
cd -- "$root/$1" 2>/dev/null || exit 0
case $(cat state) in
committed) say settled || exit 1 ;;
settled) ;;
*) fail "$1 is not committed" ;;
esac
rm -rf new; cd .. || exit 1
# The newest five are kept; names begin with their time.
# shellcheck disable=SC2012  # their names are ours
ls -r | while read -r tx; do [ "$(cat "$tx/state" 2>/dev/null)" != settled ] ||
	printf '%s\n' "$tx"; done | tail -n +6 | while read -r tx; do rm -rf -- "$tx"; done
