#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the doubles of the TLCLB packages, one bundle (packages and MD5SUM) per version.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

case ${1:-} in
-h | --help | "")
	cat <<-'HELP'
	Usage: tests/lab/doubles/tlclb10/packages.sh OUTDIR VERSION...

	Builds OUTDIR/VERSION/: the seven packages and MD5SUM. What was built from the same sources
	is left as it is.
	HELP
	[ -n "${1:-}" ] || exit 2
	exit 0
	;;
esac
mkdir -p "$1"
outdir=$(cd "$1" && pwd)
shift

work=
clean_up()
{
	[ -z "$work" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# Two runs at once: the second finds everything built.
exec 9> "$outdir/.lock"
flock 9
key=$(sha256sum "$here"/* | sha256sum)
work=$(mktemp -d "$outdir/.work.XXXXXX")
for version in "$@"; do
	if [ "$(cat "$outdir/.$version.key" 2>/dev/null)" = "$key" ] &&
		(cd "$outdir/$version" && md5sum --quiet -c MD5SUM) >/dev/null 2>&1; then
		continue
	fi
	# Debian's rpmbuild would make a package database in HOME.
	HOME=$work rpmbuild -bb --quiet --target i586-linux --define "_topdir $work/$version" \
		--define "_sourcedir $here" --define "release_version $version" \
		--define '_binary_payload w1.gzdio' "$here/TLCLB.spec" >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; exit 1; }
	mkdir "$work/bundle"
	find "$work/$version/RPMS" -name '*.rpm' -exec mv -t "$work/bundle" {} +
	(cd "$work/bundle" && md5sum -- *.rpm >MD5SUM)
	# The key goes first and comes last, so that an interrupted exchange is seen as "not built".
	rm -rf "$outdir/.$version.key" "${outdir:?}/$version"
	mv "$work/bundle" "$outdir/$version"
	echo "$key" >"$outdir/.$version.key"
done
