/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is run on a node for its lease, as constant shell scripts. */
#include "orchestrator/lease/script.h"

/*
 * found: is there a lease, in whatever form? Its text is in $words: none of what is no plain file,
 * or so large that nobody wrote it as a lease; such a one counts, but cannot be read. An empty file
 * is none. The order of the tests is such that one that comes or goes meanwhile is not taken for
 * odd.
 */
#define PRELUDE                                                                       \
	"LC_ALL=C; export LC_ALL; umask 077; set -f\n"                                \
	"folder=$1 token=$2\n"                                                        \
	"found() {\n"                                                                 \
	"  words=\n"                                                                  \
	"  if [ -f lease ] && [ ! -L lease ]; then\n"                                 \
	"    size=$(wc -c 2>/dev/null <lease)\n"                                      \
	"    [ \"${size:-0}\" -le 4096 ] || return 0\n"                               \
	"    words=$(cat lease 2>/dev/null)\n"                                        \
	"    [ -n \"$words\" ] || { [ \"${size:-0}\" -gt 0 ] && [ -f lease ]; }\n"    \
	"    return\n"                                                                \
	"  fi\n"                                                                      \
	"  [ -L lease ] || { [ -e lease ] && [ ! -f lease ]; }\n"                     \
	"}\n"                                                                         \
	"show() {\n"                                                                  \
	"  echo \"now $(date +%s)\"\n"                                                \
	"  ! found || printf 'lease\\n%s\\n' \"$words\"\n"                            \
	"  echo end\n"                                                                \
	"}\n"                                                                         \
	"lock() {\n"                                                                  \
	"  exec 8>lease.lock && flock -w 10 8 ||\n"                                   \
	"    { echo \"$folder/lease.lock has been locked for 10 s\" >&2; exit 1; }\n" \
	"}\n" /* As text.c reads it; nothing for what is none. */                     \
	"number() {\n"                                                                \
	"  case $1 in '' | *[!0-9]* | 0?* | ???????????*) return ;; esac\n"           \
	"  [ \"$1\" -gt 4294967295 ] || echo \"$1\"\n"                                \
	"}\n"                                                                         \
	"old= began= at=\n"                                                           \
	"recall() {\n"                                                                \
	"  found || return 1\n"                                                       \
	"  [ -n \"$words\" ] || return 0\n"                                           \
	"  while read -r key value; do\n"                                             \
	"    case $key in\n"                                                          \
	"    token) old=$value ;;\n"                                                  \
	"    since) began=$(number \"$value\") ;;\n"                                  \
	"    renewed) at=$(number \"$value\") ;;\n"                                   \
	"    esac\n"                                                                  \
	"  done <lease\n"                                                             \
	"}\n"

/* A folder that is not there holds no lease. */
const char script_lease_look[] =
	PRELUDE "cd -- \"$folder\" 2>/dev/null || { echo \"now $(date +%s)\"; echo end; exit 0; }\n"
		"show\n";

const char script_lease_take[] = PRELUDE
	"inherited=$3 seconds=$4 mode=$5; shift 5\n"
	"mkdir -p -- \"$folder\" && cd -- \"$folder\" || exit 1\n"
	"lock\n"
	"now=$(date +%s)\n"
	"readable() {\n"
	"  case $old in *[!0-9a-f]*) return 1 ;; esac\n"
	"  [ ${#old} -eq 64 ] && [ -n \"$at\" ]\n"
	"}\n"
	"may() {\n"
	"  recall || { [ \"$mode\" = take ]; return; }\n"
	"  [ \"$old\" != \"$token\" ] || return 0\n"
	"  began=\n"
	"  [ \"$mode\" = take ] && readable || return 1\n"
	"  [ -z \"$inherited\" ] || [ \"$old\" != \"$inherited\" ] || return 0\n"
	"  age=$((now - at))\n"
	"  [ $age -ge \"$seconds\" ] || [ $age -le -\"$seconds\" ]\n"
	"}\n"
	"may || { show; exit 0; }\n"
	"printf 'token %s\\nidentity %s\\nowner %s\\npurpose %s\\ncluster %s\\nheir %s\\n' \"$token\" \"$@\" >lease.new &&\n"
	"  printf 'since %s\\nrenewed %s\\n' \"${began:-$now}\" \"$now\" >>lease.new &&\n"
	"  sync lease.new && mv -f lease.new lease && sync . ||\n"
	"  { rm -f lease.new; exit 1; }\n"
	"printf 'now %s\\ntaken\\nend\\n' \"$now\"\n";

const char script_lease_end[] = PRELUDE "cd -- \"$folder\" 2>/dev/null || exit 0\n"
					"lock\n"
					"recall && [ \"$old\" = \"$token\" ] || exit 0\n"
					"rm -f lease lease.new && sync .\n";
