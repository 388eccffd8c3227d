# SPDX-License-Identifier: GPL-2.0-or-later
# When all are uploaded: they become the set to be put in place. From $4: owner, group, mode, target of each file.
. ./transaction.sh
cd -- "$root/$own" || exit 1
mine
rm -f state
while [ $# -ge 4 ]; do
	owner=$1 group=$2 mode=$3 target=$4; shift 4
	[ ! -L "$target" ] || fail "$target is a symbolic link to $(readlink -- "$target"); name the file itself as target"
	[ ! -e "$target" ] || [ -f "$target" ] || fail "$target is no file"
	[ -d "${target%/*}/" ] ||
		fail "there is no folder ${target%/*}; is the software installed?"
	chown -- "$owner:$group" "new$target" && chmod -- "$mode" "new$target" || exit 1
	printf '%s\n' "$owner $group $mode $target" || exit 1
done >list || exit 1
find . -exec sync -- {} + && say staged && sync ..
