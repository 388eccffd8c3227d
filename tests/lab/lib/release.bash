# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Whole trees of other Debian releases; sourced by tests/lab/release and tests/lab/lab.

release_tree() { echo "$LAB_CACHE/release-$1"; }

# release_mirror: where this machine's own packages come from.
release_mirror()
{
	local found

	found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
		grep -E '^(deb|URIs:)[ \t]' | grep -oE 'https?://[^ ]+' | grep -v security | head -n 1)
	found=${LAB_MIRROR:-$found}
	[ -n "$found" ] || unusable "apt's sources name no mirror of Debian that could be had a release from: set LAB_MIRROR"
	echo "$found"
}

# release_make RELEASE: the tree, unless it is there already, by debootstrap. A tree is renamed to its name
# only when whole.
release_make()
{
	local tree lock log mirror

	tree=$(release_tree "$1")
	[[ $1 =~ ^[a-z]+$ ]] || usage_error "no release \"$1\""
	[ ! -d "$tree" ] || return 0
	command -v debootstrap >/dev/null || unusable "missing on this host: debootstrap (package debootstrap)"
	mkdir -p "$LAB_CACHE"
	exec {lock}>"$LAB_CACHE/release-$1.lock"
	flock "$lock"
	if [ ! -d "$tree" ]; then
		mirror=$(release_mirror) || exit
		log=$LAB_CACHE/release-$1.log
		warn "making a Debian $1 (once; log: $log)"
		rm -rf --one-file-system "$tree.new"
		# In a mount and pid namespace of its own: whatever way it ends, no mount of its is left.
		unshare --mount --pid --fork --kill-child --mount-proc \
			debootstrap --variant=minbase --include=ca-certificates \
			"$1" "$tree.new" "$mirror" >"$log" 2>&1 </dev/null ||
			{ tail -n 20 "$log" >&2; fail "Debian $1 could not be made"; }
		# Nothing may start in it: the processes would run on this machine.
		printf '#!/bin/sh\nexit 101\n' >"$tree.new/usr/sbin/policy-rc.d"
		chmod 755 "$tree.new/usr/sbin/policy-rc.d"
		mv "$tree.new" "$tree"
	fi
	exec {lock}>&-
}

# release_files: the files of this source tree, without what was built in it, with their digests.
release_files()
{
	if [ -e .git ] && command -v git >/dev/null; then
		git -c safe.directory='*' ls-files --cached --others --exclude-standard
	else
		find . \( -name build -o -name 'build-*' \) -prune -o -type f -printf '%P\n'
	fi | sort | while IFS= read -r file; do [ ! -f "$file" ] || echo "$file"; done |
		xargs -d '\n' sha256sum
}

# release_copy TREE: this source tree, at the same path in TREE. Only what changed is written, with the
# time of now: whatever is built from it there is built after.
release_copy()
{
	local source=${LAB_HERE%/tests/lab} files

	mkdir -p "$1$source"
	files=$(cd "$source" && release_files)
	touch "$1$source.copied"
	# Digests of 64 digits, two blanks, the name.
	comm -13 <(cut -c67- <<<"$files" | sort) <(cut -c67- "$1$source.copied" | sort) |
		(cd "$1$source" && xargs -r -d '\n' rm -f)
	comm -23 <(sort <<<"$files") <(sort "$1$source.copied") | cut -c67- |
		tar -C "$source" --files-from - -cf - | tar -C "$1$source" --no-same-owner --touch -xf -
	echo "$files" >"$1$source.copied"
}

# release_run RELEASE CMD...
release_run()
{
	local tree lock

	tree=$(release_tree "$1")
	shift
	exec {lock}>"$tree.lock"
	flock "$lock"
	release_copy "$tree"
	exec {lock}>&-
	exec setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child \
		bash "$LAB_HERE/lib/release-init.bash" "$tree" "${LAB_HERE%/tests/lab}" "$@"
}
