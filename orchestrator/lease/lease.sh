# SPDX-License-Identifier: GPL-2.0-or-later
# How every script of the lease begins: $1 the folder, $2 a token.
LC_ALL=C; export LC_ALL; umask 077; set -f
# shellcheck disable=SC2034  # not every script needs the token, nor what recall finds
folder=$1 token=$2
# What has the folder's name must be one, or nothing: mkdir's own words would say neither what is there nor what to do.
[ -d "$folder" ] || { [ ! -e "$folder" ] && [ ! -L "$folder" ]; } || {
	echo "$folder is no folder there but a $(stat -c %F -- "$folder"): look what it is and move it away, haupgrade makes its own" >&2
	exit 1
}
# Is there a lease, in whatever form? Its text is in $words: none of what is no plain file, or so large that nobody
# wrote it as a lease; such a one counts, but cannot be read. An empty file is none. The order of the tests is such that
# one that comes or goes meanwhile is not taken for odd.
found() {
	words=
	if [ -f lease ] && [ ! -L lease ]; then
		size=$(wc -c 2>/dev/null <lease)
		[ "${size:-0}" -le 4096 ] || return 0
		words=$(cat lease 2>/dev/null)
		[ -n "$words" ] || { [ "${size:-0}" -gt 0 ] && [ -f lease ]; }
		return
	fi
	[ -L lease ] || { [ -e lease ] && [ ! -f lease ]; }
}
show() {
	echo "now $(date +%s)"
	! found || printf 'lease\n%s\n' "$words"
	echo end
}
lock() {
	exec 8>lease.lock && flock -w 10 8 ||
		{ echo "$folder/lease.lock has been locked for 10 s" >&2; exit 1; }
}
# As text.c reads it; nothing for what is none.
number() {
	case $1 in '' | *[!0-9]* | 0?* | ???????????*) return ;; esac
	[ "$1" -gt 4294967295 ] || echo "$1"
}
old='' began='' at=''
# shellcheck disable=SC2034
recall() {
	found || return 1
	[ -n "$words" ] || return 0
	while read -r key value; do
		case $key in
		token) old=$value ;;
		since) began=$(number "$value") ;;
		renewed) at=$(number "$value") ;;
		esac
	done <lease
}
