#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes bundles of .deb packages from Debian's own, which the node layer holds as files: the release
# a cluster runs, and the same rebuilt with a higher version as the release to come.
set -eu

usage()
{
	cat <<-'END'
	Usage: tests/lab/debs.sh [--broken] FOLDER SUFFIX PACKAGE...

	Makes FOLDER a bundle: each PACKAGE of the node layer (tests/lab/packages/debs.*), MD5SUM
	and SHA256SUMS. What was made from the same before is left as it is.

	SUFFIX goes behind the packages' version ("+haupgrade1" makes it higher; what the
	packages demand of each other follows); with "" they stay as Debian made them.

	  --broken   a release that does not start: its units call the daemon with an option that
	             it does not know
	  --help     this text

	Exit status: 0 made (or there already), 1 failed, 2 wrong usage.
	END
}

here=$(cd "$(dirname "$0")" && pwd)
broken=no
work=

die()
{
	echo "debs: $*" >&2
	exit 1
}

clean_up()
{
	[ -z "$work" ] || rm -rf "$work"
}

compute_key()
{
	"$here/lab" layer | tail -n 1
	printf '%s\n' "$broken" "$suffix" "$@"
	sha256sum < "$here/debs.sh"
	dpkg-deb --version
}

is_made()
{
	[ -e "$folder/SHA256SUMS" ] && [ -e "$folder.key" ] && [ "$(cat "$folder.key")" = "$key" ] &&
		(cd "$folder" && sha256sum --quiet --check SHA256SUMS) > /dev/null 2>&1
}

# The file of PACKAGE among Debian's; the name is followed by the version.
original()
{
	local file

	for file in "$work"/debian/*/"$1"_*.deb; do
		[ -e "$file" ] || die "the node layer has no package $1; it has: $(ls "$work"/debian/*)"
		echo "$file"
		return
	done
}

# higher PACKAGE: in $work/tree, its control file as that of the release to come. Packages of one
# bundle may demand each other's very version.
higher()
{
	local control=$work/tree/DEBIAN/control sibling version

	for sibling in "${packages[@]}"; do
		version=$(dpkg-deb -f "$(original "$sibling")" Version)
		sed -i "s/\\b$sibling (= ${version//./\\.})/$sibling (= $version$suffix)/g" "$control"
	done
	sed -i "s/^Version: .*/&$suffix/" "$control"
}

# Every unit in $work/tree calls its daemon wrongly.
break_units()
{
	local unit path

	for unit in "$work"/tree/{,usr/}lib/systemd/system/*.service; do
		[ -e "$unit" ] || continue
		sed -i -E 's/^(ExecStart=[^ ]+)/\1 --option-of-the-release-after/' "$unit"
		path=${unit#"$work/tree/"}
		sed -i "s|^[0-9a-f]*  $path\$|$(md5sum < "$unit" | cut -d' ' -f1)  $path|" \
			"$work/tree/DEBIAN/md5sums"
	done
}

# The file name is as apt writes it: without epoch.
make_package()
{
	local package=$1 file version arch

	file=$(original "$package")
	version=$(dpkg-deb -f "$file" Version)
	version=${version#*:}
	arch=$(dpkg-deb -f "$file" Architecture)
	if [ -z "$suffix" ]; then
		cp "$file" "$work/bundle/${package}_${version}_$arch.deb"
		return
	fi
	rm -rf "$work/tree"
	dpkg-deb -R "$file" "$work/tree"
	higher "$package"
	[ "$broken" = no ] || break_units
	# Quick compression: these packages live for a test run.
	dpkg-deb -Zgzip -z1 -b "$work/tree" "$work/bundle/${package}_$version${suffix}_$arch.deb" \
		> "$work/log" 2>&1 || die "$package cannot be built: $(cat "$work/log")"
}

while [ $# -gt 0 ]; do
	case $1 in
	--broken)    broken=yes ;;
	-h | --help) usage; exit 0 ;;
	-*)          echo "debs: unknown option '$1'" >&2; usage >&2; exit 2 ;;
	*)           break ;;
	esac
	shift
done
[ $# -ge 3 ] || { usage >&2; exit 2; }
mkdir -p "$(dirname "$1")"
folder=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
suffix=$2
shift 2
packages=("$@")
[[ $suffix =~ ^[a-z0-9.+~]*$ ]] ||
	{ echo "debs: '$suffix' cannot stand in a version" >&2; exit 2; }

# Two runs at once: the second finds everything made.
exec 9> "$folder.lock"
flock 9
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

key=$(compute_key "$@" | sha256sum)
if is_made; then
	echo "debs: made already: $folder"
	exit 0
fi
work=$(mktemp -d "$folder.work.XXXXXX")
mkdir "$work/debian" "$work/bundle"
"$here/lab" inside tar -C /var/cache/lab/debs -cf - . | tar -C "$work/debian" -xf -
for ((i = 0; i < ${#packages[@]}; i++)); do
	# As Debian 13 calls it.
	! compgen -G "$work/debian/*/${packages[i]}t64_*.deb" >/dev/null || packages[i]+=t64
done
for package in "${packages[@]}"; do
	make_package "$package"
done
(cd "$work/bundle" && md5sum -- *.deb > MD5SUM && sha256sum -- *.deb > SHA256SUMS)
# The key goes first and comes last, so that an interrupted exchange is seen as "not made".
rm -rf "$folder.key" "$folder"
mv "$work/bundle" "$folder"
echo "$key" > "$folder.key"
echo "debs: made $folder"
