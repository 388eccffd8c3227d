#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the RPM packages of this very source tree, one bundle (packages and digests) per version.
set -eu

usage()
{
	cat <<-'END'
	Usage: tests/lab/packages.sh [--broken] OUTDIR VERSION...

	Builds OUTDIR/VERSION/ for each version: the RPMs, MD5SUM and SHA256SUMS. A version that
	was built from the same sources before is left as it is.

	  --broken   a release whose heartbeatd does not start (tests/lab/packages/broken.patch)
	  --help     this text

	Exit status: 0 built (or there already), 1 failed, 2 wrong usage.
	END
}

here=$(cd "$(dirname "$0")" && pwd)
source_folder=$(cd "$here/../.." && pwd)
broken=no
work=

say()
{
	echo "packages: $*"
}

# The words, and then the end of what the tools said, without the commands that make echoes.
die()
{
	echo "packages: $1" >&2
	[ $# -lt 2 ] || grep -vE '^(make\[[0-9]+\]: (Enter|Leav)ing|gcc |\+ )' "$2" | tail -n 40 >&2
	exit 1
}

clean_up()
{
	[ -z "$work" ] || rm -rf "$work"
}

# All files of the tree, whether or not it is a git checkout, without what a build left in it.
list_files()
{
	if [ -e "$source_folder/.git" ] && command -v git >/dev/null; then
		git -C "$source_folder" -c safe.directory='*' ls-files -z \
			--cached --others --exclude-standard
	else
		(cd "$source_folder" && find . \( -name 'build' -o -name 'build-*' \) -prune -o \
			-type f -printf '%P\0')
	fi | (cd "$source_folder" && while IFS= read -r -d '' file; do
		[ ! -f "$file" ] || printf '%s\0' "$file"
	done) | sort -z
}

# What the packages depend on: the sources that go into them, how they are built, and by what.
# Tests, benchmarks and prose may change without a new build.
compute_key()
{
	list_files | grep -zvE '^(tests/|bench/|\.ci/|debian/|docs/[^lm]|[A-Z]+\.md$|(VERSION|check|demo|packaging/prepare)$)' |
		(cd "$source_folder" && xargs -0 sha256sum)
	sha256sum < "$here/packages.sh"
	[ "$broken" = no ] || sha256sum < "$here/packages/broken.patch"
	rpm --version
	cc --version
	cat /etc/os-release
	ldconfig -p | sort
}

is_built()
{
	local version=$1

	[ -e "$outdir/$version/SHA256SUMS" ] && [ -e "$outdir/.$version.key" ] &&
		[ "$(cat "$outdir/.$version.key")" = "$key" ] &&
		(cd "$outdir/$version" && sha256sum --quiet --check SHA256SUMS) > /dev/null 2>&1
}

# The tree as `make dist` ships it, in $work/dist.
make_dist()
{
	local log=$work/dist.log

	mkdir "$work/tree" "$work/build"
	list_files | tar -C "$source_folder" --null --files-from - -cf - | tar -C "$work/tree" -xf -
	if [ "$broken" = yes ]; then
		patch --quiet --directory "$work/tree" -p1 < "$here/packages/broken.patch" ||
			die "tests/lab/packages/broken.patch does not apply any more"
	fi
	(
		cd "$work/tree" && autoreconf -fi && cd "$work/build" &&
			"$work/tree/configure" --quiet && make -s distdir distdir="$work/dist"
	) > "$log" 2>&1 || die "the source tree cannot be made ready (make dist):" "$log"
}

# That tree as release VERSION. The version is in VERSION and, from there, in configure.
make_tarball()
{
	local version=$1 folder=$work/$1/haupgrade-$1

	mkdir -p "$work/$version"
	cp -a "$work/dist" "$folder"
	chmod -R u+w "$folder"
	echo "$version" > "$folder/VERSION"
	(cd "$folder" && autoconf -f && rm -rf autom4te.cache && touch configure config.h.in) ||
		return 1
	tar -C "$work/$version" -cf - "haupgrade-$version" |
		xz -0 > "$work/$version/haupgrade-$version.tar.xz"
}

# No debuginfo and quick compression: these packages live for a test run.
build_version()
{
	local version=$1 top=$work/$1/top

	make_tarball "$version" || return 1
	# Debian's rpmbuild would make a package database in HOME.
	HOME=$work/$version rpmbuild -bb --define "_topdir $top" --define "_sourcedir $work/$version" \
		--define "release_version $version" --define 'debug_package %{nil}' \
		--define '_binary_payload w1.gzdio' --define '_smp_mflags -j2' \
		--define '_build_id_links none' --define 'optflags -O1' \
		"$work/$version/haupgrade-$version/specs/hacluster.spec" || return 1
	mkdir "$work/$version/bundle"
	find "$top/RPMS" -name '*.rpm' -exec mv -t "$work/$version/bundle" {} +
	(cd "$work/$version/bundle" && md5sum ./*.rpm | sed 's|\./||' > MD5SUM &&
		sha256sum ./*.rpm | sed 's|\./||' > SHA256SUMS)
}

# The key goes first and comes last, so that an interrupted exchange is seen as "not built".
publish()
{
	local version=$1

	rm -f "$outdir/.$version.key"
	[ ! -e "$outdir/$version" ] || mv "$outdir/$version" "$work/$version/replaced"
	mv "$work/$version/bundle" "$outdir/$version"
	echo "$key" > "$work/$version/key"
	mv "$work/$version/key" "$outdir/.$version.key"
}

while [ $# -gt 0 ]; do
	case $1 in
	--broken)    broken=yes ;;
	-h | --help) usage; exit 0 ;;
	-*)          echo "packages: unknown option '$1'" >&2; usage >&2; exit 2 ;;
	*)           break ;;
	esac
	shift
done
[ $# -ge 2 ] || { usage >&2; exit 2; }
mkdir -p "$1"
outdir=$(cd "$1" && pwd)
shift

# Two runs at once: the second finds everything built.
exec 9> "$outdir/.lock"
flock 9
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

key=$(compute_key | sha256sum)
wanted=()
for version in "$@"; do
	[[ $version =~ ^[0-9]+(\.[0-9]+)*$ ]] ||
		{ echo "packages: '$version' is not a version such as 0.2.0" >&2; exit 2; }
	if is_built "$version"; then
		say "$version is built already: $outdir/$version"
	else
		wanted+=("$version")
	fi
done
[ ${#wanted[@]} -gt 0 ] || exit 0

work=$(mktemp -d "$outdir/.work.XXXXXX")
start=$SECONDS
make_dist
# Side by side: much of a package build is single-threaded.
declare -A builders=()
for version in "${wanted[@]}"; do
	build_version "$version" > "$work/$version.log" 2>&1 9>&- &
	builders[$version]=$!
done
for version in "${wanted[@]}"; do
	wait "${builders[$version]}" || die "the packages of $version cannot be built:" "$work/$version.log"
done
for version in "${wanted[@]}"; do
	publish "$version"
	say "built $outdir/$version in $((SECONDS - start)) s"
done
