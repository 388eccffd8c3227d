/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question to a node for its facts: one constant script, made to run on old and small nodes. */
#include <stdlib.h>

#include "lib/base/vector.h"
#include "orchestrator/cluster/field.h"
#include "orchestrator/node/facts.h"
#include "orchestrator/remote/quote.h"

/*
 * $1 role log, $2 role command ("" for the other of the two), $3 $4 the role lines' patterns, $5
 * package manager, then triplets of kind, service and quoted command, "--", and package patterns.
 * Rotated logs count: a node may hold its role for months. Without NUL bytes, which a power cut can
 * leave in a log, grep takes it for text. The patterns are only a sieve here: facts_parse decides.
 * Nodes may have busybox for coreutils, ifconfig for ip, no getconf, no nanoseconds. The mark is
 * step/install's: kernel's and first process's identity, then the run. This is asked before every
 * step: what the shell can do by itself costs no process. It writes no file, a here-document's in
 * older shells among them: the disk may be full.
 */
static const char facts_script[] =
	"LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH\n"
	"log=$1 asked=$2 primary=$3 backup=$4 manager=$5; shift 5\n"
	"now=$(date '+%z %s%N'); zone=${now%% *}; now=${now##* }\n"
	"case $now in *[!0-9]*) now= ;; esac\n"
	"[ ${#now} -gt 18 ] || now=$(date +%s)000000000\n"
	"echo \"now $now\"\n"
	"read -r up idle </proc/uptime; echo \"uptime $up\"\n"
	"at=$((${now%?????????} - ${up%%.*}))\n"
	"echo \"zone $(date -d \"@$at\" +%z 2>/dev/null || echo \"$zone\") $zone\"\n"
	"echo \"hertz $(getconf CLK_TCK 2>/dev/null || echo 100)\"\n"
	"read -r boot </proc/sys/kernel/random/boot_id; echo \"boot $boot\"\n"
	"read -r init </proc/1/stat; printf 'init %s\\n' \"$init\"\n"
	"mark=; [ ! -r /var/lib/haupgrade/unbooted ] || read -r mark </var/lib/haupgrade/unbooted\n"
	"started() { [ $# -lt 20 ] || shift 19; started=$1; }\n"
	"started ${init##*) }\n"
	"[ \"${mark% *}\" != \"$boot $started\" ] || echo \"unbooted ${mark##* }\"\n"
	"echo \"user $(id -u)\"\n"
	"if command -v ip >/dev/null 2>&1; then\n"
	"  addresses=$(ip -o -4 address show) || exit 1\n"
	"else\n"
	"  addresses=$(ifconfig -a) || exit 1\n"
	"fi\n"
	"printf '%s\\n' \"$addresses\" | while IFS= read -r address; do\n"
	"  printf 'address %s\\n' \"$address\"\n"
	"done || exit 1\n"
	"newest() { tr -d '\\000' | grep -E -e \"$primary\" -e \"$backup\" | tail -n 1 | cut -b 1-4000; }\n"
	"newest_of() {\n"
	"  case $1 in *.gz) zcat -- \"$1\" 2>/dev/null | newest ;; *) newest <\"$1\" ;; esac\n"
	"}\n"
	"line=\n"
	"if [ -n \"$asked\" ]; then\n"
	"  line=$(eval \"exec $asked\" 2>/dev/null </dev/null | newest)\n"
	"else\n"
	"  for file in \"$log\" \"$log.1\" \"$log\".[2-9]* \"$log\".1[0-9]*; do\n"
	"    [ -n \"$line\" ] || [ ! -f \"$file\" ] || line=$(newest_of \"$file\")\n"
	"  done\n"
	"  [ -n \"$line\" ] || for file in \"$log\"-[0-9]*; do\n"
	"    [ ! -f \"$file\" ] || later=$(newest_of \"$file\")\n"
	"    line=${later:-$line} later=\n"
	"  done\n"
	"fi\n"
	"[ -z \"$line\" ] || printf 'role %s\\n' \"$line\"\n"
	"while [ $# -ge 3 ] && [ \"$1\" != -- ]; do\n"
	"  (eval \"exec $3\") >/dev/null 2>&1 </dev/null; echo \"$1 $? $2\"; shift 3\n"
	"done\n"
	"shift\n"
	"[ $# -eq 0 ] || case $manager in\n"
	"dpkg)\n"
	/* 1: a pattern that fits nothing. */
	"  dpkg-query -W -f='deb ${Package} ${Version} ${Architecture} ${Status}\\n' -- \"$@\" 2>/dev/null\n"
	"  [ $? -le 1 ] || exit 1 ;;\n"
	"*)\n"
	"  rpm -qa --qf 'package %{NAME} %|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE} %{ARCH}\\n' \"$@\" || exit 1 ;;\n"
	"esac\n"
	"echo end\n";

struct question {
	const char **arguments;
	size_t count;
	struct profile_list owned; /* what the arguments point to, where nobody else owns it */
};

static void question_clear(struct question *question)
{
	size_t i;

	for (i = 0; i < question->owned.count; i++)
		free(question->owned.items[i]);
	free(question->owned.items);
	free(question->arguments);
}

static void add(struct question *question, const char *word)
{
	*VECTOR_APPEND(question->arguments, question->count) = word;
}

static int add_line(struct question *question, const struct profile_list *argv, struct error *err)
{
	char *line;
	int result = quote_argv((const char *const *)argv->items, argv->count, &line, err);

	if (result < 0)
		return result;
	*VECTOR_APPEND(question->owned.items, question->owned.count) = line;
	add(question, line);
	return 0;
}

static int add_service(struct question *question, const char *kind, const char *name,
	const struct profile_list *argv, struct error *err)
{
	add(question, kind);
	add(question, name);
	return add_line(question, argv, err);
}

static int add_extra(struct question *question, const struct cluster *cluster, const char *name,
	struct error *err)
{
	CLEANUP(field_list_clear)
	struct profile_list argv =
		service_command(cluster->profile->service_manager, SERVICE_ACTIVE, name);

	return add_service(question, "extra", name, &argv, err);
}

static int add_services(struct question *question, const struct cluster *cluster, struct error *err)
{
	const struct profile *profile = cluster->profile;
	int result = 0;
	size_t i;

	for (i = 0; i < profile->active.count && result == 0; i++)
		result = add_service(question, "service", profile_service_name(profile, i),
			&profile->active.items[i], err);
	for (i = 0; i < cluster->services.count && result == 0; i++)
		result = add_extra(question, cluster, cluster->services.items[i], err);
	if (profile->healthy.count && result == 0)
		result = add_service(
			question, "health", profile->healthy.items[0], &profile->healthy, err);
	return result;
}

int facts_command(const struct cluster *cluster, bool with_packages, char **line, struct error *err)
{
	const struct profile *profile = cluster->profile;
	CLEANUP(question_clear) struct question question = {0};
	int result = 0;
	size_t i;

	add(&question, profile->role_log ?: "");
	if (profile->role_command.count)
		result = add_line(&question, &profile->role_command, err);
	else
		add(&question, "");
	add(&question, pattern_words(profile->role_primary));
	add(&question, pattern_words(profile->role_backup));
	add(&question, profile_packager_name(profile->packager));
	if (result == 0)
		result = add_services(&question, cluster, err);
	add(&question, "--");
	for (i = 0; with_packages && i < profile->packages.count; i++)
		add(&question, profile->packages.items[i]);
	return result < 0
		       ? result
		       : quote_script(facts_script, question.arguments, question.count, line, err);
}
