/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The package managers' test of the way back. */
#include "orchestrator/keep/way_back_script.h"

#include <stddef.h>

/* Enough space, and the packages in "$t/new" and "$t/old". */
#define TEST_BEGINS                                                                                                                                                       \
	"LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH\n"                                                                                       \
	"d=$1; need=$2; shift 2\n"                                                                                                                                        \
	"while [ ! -d \"$d\" ]; do d=$(dirname -- \"$d\"); done\n"                                                                                                        \
	"free() { df -Pk -- \"$1\" | awk 'NR == 2 { print $4 }'; }\n"                                                                                                     \
	"[ \"$(free \"$d\")\" -ge \"$need\" ] || {\n"                                                                                                                     \
	"  echo \"$d has $(free \"$d\") KiB free, both packages need $need KiB\" >&2; exit 1; }\n" /* What is copied of the database is in memory, if there is enough. */ \
	"size=$(du -sk -- \"$database\" | awk '{ print $1 }')\n"                                                                                                          \
	"place=/run; [ \"$(free /run)\" -ge $((size * 2 + 65536)) ] || place=/var/tmp\n"                                                                                  \
	"[ \"$(free $place)\" -ge $((size * 2 + 16384)) ] || {\n"                                                                                                         \
	"  echo \"$place has no room for a copy of $database ($size KiB)\" >&2; exit 1; }\n"                                                                              \
	"t=$(mktemp -d $place/haupgrade-test.XXXXXX) || exit 1\n"                                                                                                         \
	"trap 'rm -rf -- \"$t\"' EXIT\n"                                                                                                                                  \
	"trap 'exit 1' HUP INT TERM\n"                                                                                                                                    \
	"mkdir \"$t/new\" \"$t/old\" || exit 1\n"                                                                                                                         \
	"into=new\n"                                                                                                                                                      \
	"while [ $# -gt 0 ]; do\n"                                                                                                                                        \
	"  case $1 in\n"                                                                                                                                                  \
	"  --) into=old; shift; continue ;;\n"                                                                                                                            \
	"  /*) ln -s -- \"$1\" \"$t/$into/${1##*/}\" || exit 1 ;;\n"                                                                                                      \
	"  *) head -c \"$2\" >\"$t/$into/$1\" || exit 1 ;;\n"                                                                                                             \
	"  esac\n"                                                                                                                                                        \
	"  shift 2\n"                                                                                                                                                     \
	"done\n"

static const char rpm_script[] =
	"database=$(rpm --eval %_dbpath 2>/dev/null)\n"
	"[ -d \"$database\" ] || database=/var/lib/rpm\n" TEST_BEGINS
	"cp -a -- \"$database\" \"$t/db\" || exit 1\n"
	"quiet=; ! rpm --help 2>/dev/null | grep -q -e --noplugins || quiet=--noplugins\n"
	"rpm -U --justdb --noscripts --notriggers $quiet --nodigest --nosignature \\\n"
	"  --dbpath \"$t/db\" -- \"$t\"/new/*.rpm || exit 1\n"
	"rpm -U --test --oldpackage --replacepkgs --nodigest --nosignature \\\n"
	"  --dbpath \"$t/db\" -- \"$t\"/old/*.rpm\n";

/* The new packages' stanzas take the place of the installed ones'. */
static const char dpkg_script[] =
	"database=/var/lib/dpkg/status\n" TEST_BEGINS
	"names() { for f in \"$t/$1\"/*.deb; do dpkg-deb -f \"$f\" Package || exit 1; done; }\n"
	"new=$(names new) && old=$(names old) || exit 1\n"
	"awk -v names=\"$new\" '\n"
	"  BEGIN { RS = \"\"; ORS = \"\\n\\n\"\n"
	"    n = split(names, list); for (i = 1; i <= n; i++) ours[list[i]] = 1 }\n"
	"  { split($0, lines, \"\\n\"); split(lines[1], words, \" \") }\n"
	"  !(words[2] in ours)' \"$database\" >\"$t/status\" || exit 1\n"
	"for f in \"$t\"/new/*.deb; do\n"
	"  dpkg-deb -f \"$f\" | awk '\n"
	"    { print } /^Package:/ { print \"Status: install ok installed\" } END { print \"\" }'\n"
	"done >>\"$t/status\" || exit 1\n"
	"command -v apt-get >/dev/null 2>&1 || {\n"
	"  mkdir -p \"$t/dpkg/info\" \"$t/dpkg/updates\" && mv \"$t/status\" \"$t/dpkg\" &&\n"
	"    dpkg --admindir=\"$t/dpkg\" --no-act --force-downgrade -i -- \"$t\"/old/*.deb\n"
	"  exit; }\n"
	/* What archives offer does not count: what is needed is installed, or kept. */
	"mkdir -p \"$t/lists/partial\" || exit 1\n"
	"said=$(apt-get -s -q --no-download --no-install-recommends --allow-downgrades "
	"--allow-change-held-packages \\\n"
	"  -o Debug::NoLocking=1 -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \\\n"
	"  -o Dir::State::lists=\"$t/lists\" -o Dir::State::status=\"$t/status\" \\\n"
	"  install \"$t\"/old/*.deb 2>&1 </dev/null) || {\n"
	"  printf '%s\\n' \"$said\" | sed -n '/unmet dep/,$p' | head -n 8 | tr '\\n' ' ' >&2\n"
	"  printf '%s\\n' \"$said\" | grep '^E: ' >&2; exit 1; }\n"
	"printf '%s\\n' \"$said\" | awk -v names=\"$old\" '\n"
	"  BEGIN { n = split(names, list); for (i = 1; i <= n; i++) ours[list[i]] = 1 }\n"
	"  { sub(/:.*/, \"\", $2) }\n"
	"  $1 == \"Inst\" && !($2 in ours) { print \"it needs \" $2 \", which is not among the "
	"previous packages\"; bad = 1 }\n"
	"  $1 == \"Remv\" { print \"it would remove \" $2; bad = 1 }\n"
	"  END { exit bad }' >&2\n";

const char *way_back_script(enum package_format format)
{
	switch (format) {
	case PACKAGE_RPM:
		return rpm_script;
	case PACKAGE_DEB:
		return dpkg_script;
	}
	return NULL;
}
