# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the folder $1 a bundle: of the lines of a SHA256SUMS on standard input, those whose file is there. The list comes
# last and whole, so a folder that has one is a whole bundle; its time says when the bundle was used last.
cd -- "$1" || exit 1; umask 077
while IFS= read -r line; do
	[ ! -f "${line#*  }" ] || printf '%s\n' "$line"
done >SHA256SUMS.new
[ -s SHA256SUMS.new ] || { rm -f SHA256SUMS.new; exit 0; }
sync SHA256SUMS.new && mv SHA256SUMS.new SHA256SUMS && sync .
