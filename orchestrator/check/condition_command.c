/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question to a node for its condition: one constant script that writes nothing. */
#include <stdlib.h>

#include "lib/base/vector.h"
#include "orchestrator/check/condition.h"
#include "orchestrator/remote/quote.h"

/*
 * $1 package manager, $2 folder for packages, then floating IPs, "--", services, "--", files. A
 * lock is looked up in /proc/locks: to try it would be to take it. Package managers that keep
 * running in the background (packagekitd) are none at work.
 */
static const char condition_script[] =
	"LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH\n"
	"manager=$1 put=$2 systemd=; shift 2\n"
	"now=$(date +%s%N)\n"
	"case $now in *[!0-9]*) now= ;; esac\n"
	"[ ${#now} -gt 18 ] || now=$(date +%s)000000000\n"
	"echo \"clock $now\"\n"
	"case $manager in\n"
	"dpkg) database=/var/lib/dpkg locks='lock-frontend lock' ;;\n"
	"*) database= locks=.rpm.lock\n"
	"  for file in /usr/lib/sysimage/rpm/rpmdb.sqlite /var/lib/rpm/rpmdb.sqlite /var/lib/rpm/Packages; do\n"
	"    [ -n \"$database\" ] || [ ! -f \"$file\" ] || database=${file%/*}\n"
	"  done\n"
	"  database=${database:-$(rpm --eval %_dbpath 2>/dev/null)}\n"
	"  [ -d \"$database\" ] || database=/var/lib/rpm ;;\n"
	"esac\n"
	"above() { p=$1; while [ ! -d \"$p\" ]; do p=$(dirname -- \"$p\"); done; }\n"
	"above \"$put\"; put=$p; above \"$database\"; above=$p; above /boot; boot=$p\n"
	"df -Pk -- \"$put\" /usr \"$boot\" \"$above\" | sed '1d; s/^/space /'\n"
	"df -Pi -- \"$put\" /usr \"$boot\" \"$above\" 2>/dev/null | sed '1d; s/^/inodes /'\n"
	"for p in \"$put\" /usr \"$boot\" \"$above\"; do [ -w \"$p\" ] && echo 'write yes' || echo 'write no'; done\n"
	"case $manager in\n"
	"dpkg) size=$(ls -ln \"$database/status\" 2>/dev/null | awk '{ print int($5 / 1024) }') ;;\n"
	"*) size=$(du -sk -- \"$database\" 2>/dev/null | awk '{ print $1 }') ;;\n"
	"esac\n"
	"echo \"database ${size:-0}\"\n"
	/* holder FILE: the process that holds a lock on it, as far as this node can see. */
	"holder() {\n"
	"  holder= inode=$(ls -di -- \"$1\" 2>/dev/null | awk '{ print $1 }'); [ -n \"$inode\" ] || return 1\n"
	"  while read -r number kind how what process where rest; do\n"
	"    [ \"${where##*:}\" != \"$inode\" ] || holder=$process\n"
	"  done </proc/locks\n"
	"  [ -n \"$holder\" ]\n"
	"}\n"
	"for lock in $locks; do\n"
	"  [ ! -e \"$database/$lock\" ] || ! holder \"$database/$lock\" || {\n"
	"    name=; read -r name 2>/dev/null <\"/proc/$holder/comm\"\n"
	"    echo \"lock $database/$lock $holder $name\"; }\n"
	"done\n"
	"for job in /var/lib/haupgrade/jobs/*/lock; do\n"
	"  [ ! -e \"$job\" ] || ! holder \"$job\" || { job=${job%/lock}; echo \"job ${job##*/} $holder\"; }\n"
	"done\n"
	"for process in /proc/[0-9]*; do\n"
	"  { read -r name <\"$process/comm\"; } 2>/dev/null || continue\n"
	"  case $name in dpkg | apt | apt-get | aptitude | dnf | dnf5 | yum | zypper | rpm)\n"
	"    echo \"process ${process##*/} $name\" ;;\n"
	"  esac\n"
	"done\n"
	"x='[0-9a-f][0-9a-f][0-9a-f][0-9a-f]'\n"
	"case $manager in\n"
	"dpkg)\n"
	"  for file in \"$database\"/updates/[0-9]*; do [ ! -e \"$file\" ] || echo \"leftover $file\"; done\n"
	"  dpkg --audit 2>&1 | head -n 20 | cut -b 1-300 | sed 's/^/audit /' ;;\n"
	"*)\n"
	"  for file in \"${database%/*}\"/rpmrebuilddb.* /var/lib/yum/transaction-all.*; do\n"
	"    [ ! -e \"$file\" ] || echo \"leftover $file\"\n"
	"  done\n"
	"  for folder in /etc /boot /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/libexec /usr/lib/systemd/system; do\n"
	"    for file in \"$folder\"/*\\;$x$x; do [ ! -e \"$file\" ] || echo \"leftover $file\"; done\n"
	"  done ;;\n"
	"esac\n"
	"while [ $# -gt 0 ] && [ \"$1\" != -- ]; do\n"
	"  echo \"route $1 $(ip -o -4 route get \"$1\" 2>&1 | head -n 1)\"; shift\n"
	"done\n"
	"shift\n"
	"if [ -d /run/systemd/system ]; then\n"
	"  systemd=1\n"
	"  echo \"system $(systemctl is-system-running 2>/dev/null)\"\n"
	"  systemctl list-units --failed --plain --no-legend --no-pager 2>/dev/null | sed 's/^/failed /'\n"
	"  [ ! -e /run/systemd/shutdown/scheduled ] ||\n"
	"    echo \"scheduled $(tr '\\n' ' ' </run/systemd/shutdown/scheduled)\"\n"
	"fi\n"
	"while [ $# -gt 0 ] && [ \"$1\" != -- ]; do\n"
	"  [ -z \"$systemd\" ] || echo \"unit $1 $(systemctl is-enabled -- \"$1\" 2>/dev/null)\"\n"
	"  shift\n"
	"done\n"
	"shift\n"
	"n=0\n"
	"for file; do\n"
	"  [ ! -f \"$file\" ] || { said=$(sha256sum <\"$file\"); echo \"file $n ${said%% *}\"; }\n"
	"  n=$((n + 1))\n"
	"done\n"
	"for file in /run/reboot-required /var/run/reboot-required; do\n"
	"  [ ! -e \"$file\" ] || { echo \"reboot $file is there\"; break; }\n"
	"done\n"
	"if [ ! -e /run/systemd/container ]; then\n"
	"  [ -d \"/lib/modules/$(uname -r)\" ] || [ ! -d /lib/modules ] ||\n"
	"    echo \"reboot the modules of the running kernel $(uname -r) are gone\"\n"
	"  size() { ls -lnL \"$1\" 2>/dev/null | awk '{ print $5 }'; }\n"
	"  for file in /boot/vmlinuz-*; do\n"
	"    [ -e \"$file\" ] || continue\n"
	"    v=${file#/boot/vmlinuz-}; first=\n"
	"    for i in \"/boot/initrd.img-$v\" \"/boot/initramfs-$v.img\" \"/boot/initrd-$v\"; do\n"
	"      first=${first:-$(size \"$i\")}\n"
	"    done\n"
	"    echo \"kernel $v $(size \"$file\") ${first:-0}\"\n"
	"  done\n"
	"fi\n"
	"echo end\n";

static void add(const char ***words, size_t *count, const char *word)
{
	*VECTOR_APPEND(*words, *count) = word;
}

int condition_command(
	const struct cluster *cluster, const char *folder, char **line, struct error *err)
{
	const struct profile *profile = cluster->profile;
	CLEANUP(cleanup_free) const char **words = NULL;
	size_t count = 0, i;

	add(&words, &count, profile_packager_name(profile->packager));
	add(&words, &count, folder);
	for (i = 0; i < cluster->floating_ips.count; i++)
		add(&words, &count, cluster->floating_ips.items[i]);
	add(&words, &count, "--");
	for (i = 0; i < profile->services.count; i++)
		add(&words, &count, profile->services.items[i]);
	for (i = 0; i < cluster->services.count; i++)
		add(&words, &count, cluster->services.items[i]);
	add(&words, &count, "--");
	for (i = 0; i < cluster->files.count; i++)
		add(&words, &count, cluster->files.items[i].target);
	return quote_script(condition_script, words, count, line, err);
}
