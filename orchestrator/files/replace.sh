# SPDX-License-Identifier: GPL-2.0-or-later
# A file is never there in part: it is written beside its place, synced, renamed.
beside() { printf '%s/.%s.haupgrade' "${1%/*}" "${1##*/}"; }
copy() { rm -f -- "$2" && cp -p -- "$1" "$2" && sync -- "$2"; }
replace() {
	mv -fT -- "$1" "$2" && sync -- "${2%/*}/" || return 1
	! command -v restorecon >/dev/null || restorecon -- "$2" || :
}
