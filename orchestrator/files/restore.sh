# SPDX-License-Identifier: GPL-2.0-or-later
# Puts back what a transaction replaced; we are in its folder. What somebody else changed since is neither the old nor
# the new file, and is left alone. Until the state says otherwise this may be done again and again.
restore() {
	bad=0
	while IFS=' ' read -r _ _ _ target; do
		rm -f -- "$(beside "$target")" || bad=1
		if grep -qxF -e "$target" absent; then
			[ -e "$target" ] || continue
			if same "new$target" "$target"; then
				rm -f -- "$target" && sync -- "${target%/*}/" || bad=1
			else
				echo "left as it is, changed by somebody else: $target"
			fi
		elif same "old$target" "$target"; then
			:
		elif [ ! -e "$target" ] || same "new$target" "$target"; then
			copy "old$target" "$(beside "$target")" &&
				replace "$(beside "$target")" "$target" || bad=1
		else
			echo "left as it is, changed by somebody else: $target"
		fi
	done <list
	[ $bad = 0 ] && say reverted
}
