/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What propagate runs on a node, as constant shell scripts. */
#include "orchestrator/files/script.h"

/*
 * set -f: no word of a file name is a pattern. mine: from here to its end the script has the lock
 * of the node's lease, and the lease is this process's: nobody can take it meanwhile, and who has
 * lost it changes nothing any more.
 */
#define PRELUDE                                                                                                                                     \
	"LC_ALL=C; export LC_ALL; umask 077; set -f\n"                                                                                              \
	"root=$1 own=$2 token=$3; shift 3\n"                                                                                                        \
	"fail() { echo \"$*\" >&2; exit 1; }\n"                                                                                                     \
	"say() { printf '%s\\n' \"$1\" >state.new && sync state.new &&\n"                                                                           \
	"  mv -f state.new state && sync .; }\n"                                                                                                    \
	"holds() { [ -n \"$token\" ] &&\n"                                                                                                          \
	"  [ \"$(sed -n 's/^token //p' \"${root%/*}/lease\" 2>/dev/null)\" = \"$token\" ]; }\n"                                                     \
	"mine() {\n"                                                                                                                                \
	"  exec 8>\"${root%/*}/lease.lock\" && flock -w 50 8 ||\n"                                                                                  \
	"    fail \"the lease there has been locked for 50 s (lock ${root%/*}/lease.lock)\"\n"                                                      \
	"  holds || fail \"the lease there (${root%/*}/lease) is not this haupgrade's any more: another may be working there, nothing was done\"\n" \
	"}\n"

/* Same content, owner, group and mode. */
#define COMPARE                                                           \
	"mark() { stat -c '%a %u %g' -- \"$1\" && sha256sum <\"$1\"; }\n" \
	"same() { [ -e \"$2\" ] && [ \"$(mark \"$1\")\" = \"$(mark \"$2\")\" ]; }\n"

/* A file is never there in part: written beside its place, synced, renamed. */
#define REPLACE                                                                     \
	"beside() { printf '%s/.%s.haupgrade' \"${1%/*}\" \"${1##*/}\"; }\n"        \
	"copy() { rm -f -- \"$2\" && cp -p -- \"$1\" \"$2\" && sync -- \"$2\"; }\n" \
	"replace() {\n"                                                             \
	"  mv -fT -- \"$1\" \"$2\" && sync -- \"${2%/*}/\" || return 1\n"           \
	"  ! command -v restorecon >/dev/null || restorecon -- \"$2\" || :\n"       \
	"}\n"

/*
 * What somebody else changed since is neither the old nor the new file, and is left alone. Until
 * the state says otherwise this may be done again and again.
 */
#define RESTORE                                                                    \
	"restore() {\n"                                                            \
	"  bad=0\n"                                                                \
	"  while IFS=' ' read -r owner group mode target; do\n"                    \
	"    rm -f -- \"$(beside \"$target\")\" || bad=1\n"                        \
	"    if grep -qxF -e \"$target\" absent; then\n"                           \
	"      [ -e \"$target\" ] || continue\n"                                   \
	"      if same \"new$target\" \"$target\"; then\n"                         \
	"        rm -f -- \"$target\" && sync -- \"${target%/*}/\" || bad=1\n"     \
	"      else\n"                                                             \
	"        echo \"left as it is, changed by somebody else: $target\"\n"      \
	"      fi\n"                                                               \
	"    elif same \"old$target\" \"$target\"; then\n"                         \
	"      :\n"                                                                \
	"    elif [ ! -e \"$target\" ] || same \"new$target\" \"$target\"; then\n" \
	"      copy \"old$target\" \"$(beside \"$target\")\" &&\n"                 \
	"        replace \"$(beside \"$target\")\" \"$target\" || bad=1\n"         \
	"    else\n"                                                               \
	"      echo \"left as it is, changed by somebody else: $target\"\n"        \
	"    fi\n"                                                                 \
	"  done <list\n"                                                           \
	"  [ $bad = 0 ] && say reverted\n"                                         \
	"}\n"

/* The owner and the lock were an earlier version's fence. */
const char script_begin[] = PRELUDE "mkdir -p -- \"$root\" || exit 1\n"
				    "mine\n"
				    "rm -f -- \"$root/owner\" \"$root/lock\"\n";

/* The start of a service tells whether it can have read the files; systemd alone knows it. */
const char script_look[] = PRELUDE
	"echo \"now $(date +%s)\"\n"
	"if cd -- \"$root\" 2>/dev/null; then\n"
	"  for tx in $(ls); do\n"
	"    [ ! -d \"$tx\" ] || echo \"transaction $tx $(cat \"$tx/state\" 2>/dev/null)\"\n"
	"  done\n"
	"fi\n"
	"while [ $# -gt 0 ] && [ \"$1\" != -- ]; do\n"
	"  target=$1; shift\n"
	"  if [ -L \"$target\" ]; then echo \"symlink $(readlink -- \"$target\")\"\n"
	"  elif [ -f \"$target\" ]; then\n"
	"    echo \"file $(stat -c '%a %u %g %U %G %Z' -- \"$target\")\" \\\n"
	"      \"$(sha256sum <\"$target\" | cut -d' ' -f1)\"\n"
	"  elif [ -e \"$target\" ]; then echo other\n"
	"  elif [ -d \"${target%/*}/\" ]; then echo absent\n"
	"  else echo folderless\n"
	"  fi\n"
	"done\n"
	"shift\n"
	"for unit; do\n"
	"  since= enabled=\n"
	"  if [ -d /run/systemd/system ]; then\n"
	"    enabled=$(systemctl is-enabled \"$unit\" 2>/dev/null)\n"
	"    if systemctl --quiet is-active \"$unit\"; then\n"
	"      since=$(systemctl show --property ExecMainStartTimestamp --value \"$unit\")\n"
	"      since=$(date -d \"$since\" +%s 2>/dev/null)\n"
	"    fi\n"
	"  elif command -v chkconfig >/dev/null; then\n"
	"    ! chkconfig \"$unit\" >/dev/null 2>&1 || enabled=enabled\n"
	"  else\n"
	"    set +f; ls /etc/rc[2345].d/S[0-9][0-9]\"$unit\" >/dev/null 2>&1 && enabled=enabled\n"
	"    set -f\n"
	"  fi\n"
	"  echo \"service ${enabled:-disabled} ${since:--} $unit\"\n"
	"done\n"
	"echo end\n";

const char script_prepare[] =
	PRELUDE "cd -- \"$root\" || exit 1\n"
		"mine\n"
		"for target; do mkdir -p -- \"$own/new${target%/*}\" || exit 1; done\n";

const char script_stage[] = PRELUDE
	"cd -- \"$root/$own\" || exit 1\n"
	"mine\n"
	"rm -f state\n"
	"while [ $# -ge 4 ]; do\n"
	"  owner=$1 group=$2 mode=$3 target=$4; shift 4\n"
	"  [ ! -L \"$target\" ] || fail \"$target is a symbolic link to $(readlink -- \"$target\"); name the file itself as target\"\n"
	"  [ ! -e \"$target\" ] || [ -f \"$target\" ] || fail \"$target is no file\"\n"
	"  [ -d \"${target%/*}/\" ] ||\n"
	"    fail \"there is no folder ${target%/*}; is the software installed?\"\n"
	"  chown -- \"$owner:$group\" \"new$target\" && chmod -- \"$mode\" \"new$target\" || exit 1\n"
	"  printf '%s\\n' \"$owner $group $mode $target\" || exit 1\n"
	"done >list || exit 1\n"
	"find . -exec sync -- {} + && say staged && sync ..\n";

const char script_commit[] = PRELUDE COMPARE REPLACE RESTORE
	"cd -- \"$root/$own\" || exit 1\n"
	"mine\n"
	"state=$(cat state)\n"
	"[ \"$state\" != committed ] || exit 0\n"
	"[ \"$state\" = staged ] || fail \"the set is $state, not staged\"\n"
	"rm -rf old absent && mkdir old && : >absent || exit 1\n"
	"while IFS=' ' read -r owner group mode target; do\n"
	"  [ ! -L \"$target\" ] || fail \"$target has become a symbolic link\"\n"
	"  if [ -e \"$target\" ]; then\n"
	"    mkdir -p -- \"old${target%/*}\" && cp -p -- \"$target\" \"old$target\" || exit 1\n"
	"  else\n"
	"    printf '%s\\n' \"$target\" >>absent || exit 1\n"
	"  fi\n"
	"done <list\n"
	"find . -exec sync -- {} + && say committing || exit 1\n"
	"undo() { restore && fail \"$1; the files before are back\"; fail \"$1\"; }\n"
	"while IFS=' ' read -r owner group mode target; do\n"
	"  same \"new$target\" \"$target\" || copy \"new$target\" \"$(beside \"$target\")\" ||\n"
	"    undo \"cannot write beside $target\"\n"
	"done <list\n"
	"while IFS=' ' read -r owner group mode target; do\n"
	"  same \"new$target\" \"$target\" || replace \"$(beside \"$target\")\" \"$target\" ||\n"
	"    undo \"cannot replace $target\"\n"
	"done <list\n"
	"say committed || undo 'cannot write the state'\n";

const char script_revert[] = PRELUDE COMPARE REPLACE RESTORE
	"mine\n"
	"cd -- \"$root/$1\" 2>/dev/null || exit 0\n"
	"case $(cat state 2>/dev/null) in\n"
	"settled) fail \"$1 is settled\" ;;\n"
	"committing | committed) restore || fail 'the files before could not all be put back' ;;\n"
	"esac\n"
	"cd .. && rm -rf -- \"$1\" && sync .\n";

const char script_settle[] = PRELUDE
	"mine\n"
	"cd -- \"$root/$1\" 2>/dev/null || exit 0\n"
	"case $(cat state) in\n"
	"committed) say settled || exit 1 ;;\n"
	"settled) ;;\n"
	"*) fail \"$1 is not committed\" ;;\n"
	"esac\n"
	"rm -rf new; cd .. || exit 1\n"
	/* The newest five are kept; names begin with their time. */
	"ls -r | while read -r tx; do [ \"$(cat \"$tx/state\" 2>/dev/null)\" != settled ] ||\n"
	"  printf '%s\\n' \"$tx\"; done | tail -n +6 | while read -r tx; do rm -rf -- \"$tx\"; done\n";

const char script_end[] =
	PRELUDE "cd -- \"$root\" || exit 1\n"
		/* Who was refused the node waits for nobody. */
		"holds || exit 0; mine\n"
		"case $(cat \"$own/state\" 2>/dev/null) in\n"
		"'' | staged) rm -rf -- \"$own\" ;;\n"
		"esac\n"
		"set +f; cd .. || exit 1\n"
		/* Whose jobs they were is dead, and none of them runs: we have the lock. */
		"rm -rf jobs/2*T*Z-????????.*-commit jobs/2*T*Z-????????.*-revert\n";

/* Shorter than we wait for it: a check that hangs must not go on there without us. */
const char script_check[] = "LC_ALL=C; export LC_ALL\n"
			    "! timeout -k 1 1 true 2>/dev/null || set -- timeout -k 5 45 \"$@\"\n"
			    "\"$@\" 2>&1 </dev/null; echo \"status $?\"\n";

const char script_enable[] =
	PRELUDE "mine\n"
		"for unit; do\n"
		"  if [ -d /run/systemd/system ]; then systemctl --quiet enable \"$unit\"\n"
		"  elif command -v chkconfig >/dev/null; then\n"
		"    chkconfig --add \"$unit\" 2>/dev/null; chkconfig \"$unit\" on\n"
		"  elif command -v update-rc.d >/dev/null; then\n"
		"    update-rc.d \"$unit\" defaults && update-rc.d \"$unit\" enable\n"
		"  else fail 'there is neither systemctl nor chkconfig nor update-rc.d'\n"
		"  fi || exit 1\n"
		"done\n";

const char script_read[] = "exec cat -- \"$1\"\n";
