# SPDX-License-Identifier: GPL-2.0-or-later
# Tries the transaction with dpkg; test_begin.sh has the arguments. dpkg looks at requirements only when it configures,
# so apt is asked, where there is one: it must want nothing but the bundle's packages, and remove nothing.
. ./test_begin.sh
names=$(for f in "$t"/*.deb; do dpkg-deb -f "$f" Package; done) || exit 1
# What the bundle brings is mended by it.
dpkg-query -W -f='${Package} ${Status}\n' | awk -v names="$names" '
	BEGIN { n = split(names, list); for (i = 1; i <= n; i++) ours[list[i]] = 1 }
	($3 != "ok" || $4 ~ /^(unpacked|half)/) && !($1 in ours) { bad = bad " " $1 }
	END { if (!bad) exit 0
		print "half installed there:" bad "; mend that first with dpkg --configure -a"
		exit 1 }' >&2 || exit 1
command -v apt-get >/dev/null 2>&1 || { dpkg --no-act -i -- "$t"/*.deb; exit; }
said=$(apt-get -s -q --no-download --no-install-recommends --allow-downgrades --allow-change-held-packages \
	-o Debug::NoLocking=1 -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
	install "$t"/*.deb 2>&1 </dev/null) || {
	printf '%s\n' "$said" | sed -n '/unmet dep/,$p' | head -n 8 | tr '\n' ' ' >&2
	printf '%s\n' "$said" | grep '^E: ' >&2; exit 1; }
printf '%s\n' "$said" | awk -v names="$names" '
	BEGIN { n = split(names, list); for (i = 1; i <= n; i++) ours[list[i]] = 1 }
	{ sub(/:.*/, "", $2) }
	$1 == "Inst" && !($2 in ours) { print "it needs " $2 ", which is not in the bundle"; bad = 1 }
	$1 == "Remv" { print "it would remove " $2; bad = 1 }
	END { exit bad }' >&2
