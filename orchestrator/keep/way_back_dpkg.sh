# SPDX-License-Identifier: GPL-2.0-or-later
# dpkg's test of the way back; way_back_begin.sh has the arguments. The new packages' stanzas take the place of the installed
# ones'.
database=/var/lib/dpkg/status
. ./way_back_begin.sh
names() { for f in "$t/$1"/*.deb; do dpkg-deb -f "$f" Package || exit 1; done; }
new=$(names new) && old=$(names old) || exit 1
awk -v names="$new" '
	BEGIN { RS = ""; ORS = "\n\n"
		n = split(names, list); for (i = 1; i <= n; i++) ours[list[i]] = 1 }
	{ split($0, lines, "\n"); split(lines[1], words, " ") }
	!(words[2] in ours)' "$database" >"$t/status" || exit 1
for f in "$t"/new/*.deb; do
	dpkg-deb -f "$f" | awk '
		{ print } /^Package:/ { print "Status: install ok installed" } END { print "" }'
done >>"$t/status" || exit 1
command -v apt-get >/dev/null 2>&1 || {
	mkdir -p "$t/dpkg/info" "$t/dpkg/updates" && mv "$t/status" "$t/dpkg" &&
		dpkg --admindir="$t/dpkg" --no-act --force-downgrade -i -- "$t"/old/*.deb
	exit; }
# What archives offer does not count: what is needed is installed, or kept.
mkdir -p "$t/lists/partial" || exit 1
said=$(apt-get -s -q --no-download --no-install-recommends --allow-downgrades --allow-change-held-packages \
	-o Debug::NoLocking=1 -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
	-o Dir::State::lists="$t/lists" -o Dir::State::status="$t/status" \
	install "$t"/old/*.deb 2>&1 </dev/null) || {
	printf '%s\n' "$said" | sed -n '/unmet dep/,$p' | head -n 8 | tr '\n' ' ' >&2
	printf '%s\n' "$said" | grep '^E: ' >&2; exit 1; }
printf '%s\n' "$said" | awk -v names="$old" '
	BEGIN { n = split(names, list); for (i = 1; i <= n; i++) ours[list[i]] = 1 }
	{ sub(/:.*/, "", $2) }
	$1 == "Inst" && !($2 in ours) { print "it needs " $2 ", which is not among the previous packages"; bad = 1 }
	$1 == "Remv" { print "it would remove " $2; bad = 1 }
	END { exit bad }' >&2
