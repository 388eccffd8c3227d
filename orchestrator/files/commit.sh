# SPDX-License-Identifier: GPL-2.0-or-later
# Puts the staged set in place. Once begun it ends as committed, or as reverted with status 1.
. ./transaction.sh
. ./compare.sh
. ./replace.sh
. ./restore.sh
cd -- "$root/$own" || exit 1
mine
state=$(cat state)
[ "$state" != committed ] || exit 0
[ "$state" = staged ] || fail "the set is $state, not staged"
rm -rf old absent && mkdir old && : >absent || exit 1
while IFS=' ' read -r _ _ _ target; do
	[ ! -L "$target" ] || fail "$target has become a symbolic link"
	if [ -e "$target" ]; then
		mkdir -p -- "old${target%/*}" && cp -p -- "$target" "old$target" || exit 1
	else
		printf '%s\n' "$target" >>absent || exit 1
	fi
done <list
find . -exec sync -- {} + && say committing || exit 1
undo() { restore && fail "$1; the files before are back"; fail "$1"; }
while IFS=' ' read -r _ _ _ target; do
	same "new$target" "$target" || copy "new$target" "$(beside "$target")" ||
		undo "cannot write beside $target"
done <list
while IFS=' ' read -r _ _ _ target; do
	same "new$target" "$target" || replace "$(beside "$target")" "$target" ||
		undo "cannot replace $target"
done <list
say committed || undo 'cannot write the state'
