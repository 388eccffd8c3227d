# SPDX-License-Identifier: GPL-2.0-or-later
# Removes what earlier runs left and nobody needs, and says what stays, as tidy.c reads it. $1 root, $2 job's name of this
# run, $3 how many bundles to keep, $4 $5 folders that are kept whatever their age ($5 may be ""). The time of its list
# is when a bundle was used last. A job that holds its lock is at work.
LC_ALL=C; export LC_ALL
cd -- "$1" 2>/dev/null || exit 0
left=$3; run=$2 first=$4 second=$5
# What a rollback brought back is there twice: the bundle that holds more stays.
for list in bundles/*/SHA256SUMS; do
	own=bundles/$first/SHA256SUMS less=
	[ -f "$own" ] && [ -f "$list" ] && [ "$list" != "$own" ] || continue
	if ! grep -q -v -x -F -f "$list" -- "$own"; then
		less=$own first=${list#bundles/}; first=${first%/SHA256SUMS}; touch -- "$list"
	elif ! grep -q -v -x -F -f "$own" -- "$list"; then
		less=$list
	fi
	[ -z "$less" ] || { rm -f -- "$less" && rm -rf -- "${less%/SHA256SUMS}"; }
done
for folder in "$first" "$second"; do
	[ -z "$folder" ] || [ ! -e "bundles/$folder/SHA256SUMS" ] || left=$((left - 1))
done
# shellcheck disable=SC2012  # find does not know what is newest
ls -t bundles/*/SHA256SUMS 2>/dev/null | while IFS= read -r list; do
	folder=${list#bundles/}; folder=${folder%/SHA256SUMS}
	case $folder in
	"$first" | "$second") ;;
	*)
		left=$((left - 1))
		[ $left -lt 0 ] || continue
		rm -f -- "$list" && rm -rf -- "bundles/$folder" ;;
	esac
done
for folder in bundles/*; do
	[ ! -d "$folder" ] || [ -e "$folder/SHA256SUMS" ] || rm -rf -- "$folder"
done
for folder in jobs/*-install; do
	[ -d "$folder" ] && [ "$folder" != "jobs/$run-install" ] || continue
	flock -n "$folder/lock" rm -rf -- "$folder"
done
for list in bundles/*/SHA256SUMS; do
	[ ! -e "$list" ] || echo "kept ${list#bundles/}"
done
exit 0
