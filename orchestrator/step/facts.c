/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says of itself in one round trip. */
#include "orchestrator/step/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/remote/quote.h"

/* The node looks at its clock a moment before it looks at its log. */
enum { CLOCK_SLACK_US = 10000000 };

/*
 * $1 role log, $2 $3 the role lines' words, then pairs of service name and quoted command, "--",
 * and package patterns. Rotated logs count: a node may hold its role for months. -a: a power cut
 * can leave NUL bytes in a log.
 */
static const char facts_script[] =
	"LC_ALL=C; export LC_ALL\n"
	"log=$1 primary=$2 backup=$3; shift 3\n"
	"echo \"now $(date +%s%N)\"\n"
	"read -r up idle </proc/uptime; echo \"uptime $up\"\n"
	"echo \"hertz $(getconf CLK_TCK)\"\n"
	"echo \"boot $(cat /proc/sys/kernel/random/boot_id)\"\n"
	"echo \"init $(cat /proc/1/stat)\"\n"
	"echo \"user $(id -u)\"\n"
	"addresses=$(ip -o -4 address show) || exit 1\n"
	"printf '%s\\n' \"$addresses\" | sed 's/^/address /'\n"
	"for file in \"$log\" \"$log.1\" \"$log\".[2-9]*; do\n"
	"  line=$(zcat -f -- \"$file\" 2>/dev/null |\n"
	"    grep -aF -e \"$primary\" -e \"$backup\" | tail -n 1)\n"
	"  [ -z \"$line\" ] || { printf 'role %s\\n' \"$line\"; break; }\n"
	"done\n"
	"while [ $# -ge 2 ] && [ \"$1\" != -- ]; do\n"
	"  sh -c \"$2\" >/dev/null 2>&1 </dev/null; echo \"service $? $1\"; shift 2\n"
	"done\n"
	"shift\n"
	"if [ $# -gt 0 ]; then\n"
	"  rpm -qa --qf 'package %{NAME} %|EPOCH?{%{EPOCH}}:{0}|:%{VERSION}-%{RELEASE} "
	"%{ARCH}\\n' \"$@\" || exit 1\n"
	"fi\n"
	"echo end\n";

static int add_service(const char ***arguments, size_t *count, char ***owned, size_t *owned_count,
	const char *name, const char *const *argv, size_t argc, struct error *err)
{
	char *line;
	int result = quote_argv(argv, argc, &line, err);

	if (result < 0)
		return result;
	*VECTOR_APPEND(*owned, *owned_count) = line;
	*VECTOR_APPEND(*arguments, *count) = name;
	*VECTOR_APPEND(*arguments, *count) = line;
	return 0;
}

static int add_unit(const char *unit, const char ***arguments, size_t *count, char ***owned,
	size_t *owned_count, struct error *err)
{
	const char *argv[] = {"systemctl", "is-active", unit};

	return add_service(arguments, count, owned, owned_count, unit, argv, 3, err);
}

static int add_services(const struct cluster *cluster, const char ***arguments, size_t *count,
	char ***owned, size_t *owned_count, struct error *err)
{
	const struct profile *profile = cluster->profile;
	int result;
	size_t i;

	/* One command answers for all of the profile's services together. */
	result = add_service(arguments, count, owned, owned_count,
		profile->services.count ? profile->services.items[0] : profile->name,
		(const char *const *)profile->active.items, profile->active.count, err);
	for (i = 1; i < profile->services.count && result == 0; i++)
		result = add_unit(
			profile->services.items[i], arguments, count, owned, owned_count, err);
	for (i = 0; i < cluster->services.count && result == 0; i++)
		result = add_unit(
			cluster->services.items[i], arguments, count, owned, owned_count, err);
	return result;
}

int facts_command(const struct cluster *cluster, bool with_packages, char **line, struct error *err)
{
	const struct profile *profile = cluster->profile;
	CLEANUP(cleanup_free) const char **arguments = NULL;
	CLEANUP(cleanup_free) char **owned = NULL;
	size_t count = 0, owned_count = 0, i;
	int result;

	*VECTOR_APPEND(arguments, count) = profile->role_log;
	*VECTOR_APPEND(arguments, count) = profile->role_primary;
	*VECTOR_APPEND(arguments, count) = profile->role_backup;
	result = add_services(cluster, &arguments, &count, &owned, &owned_count, err);
	*VECTOR_APPEND(arguments, count) = "--";
	for (i = 0; with_packages && i < profile->packages.count; i++)
		*VECTOR_APPEND(arguments, count) = profile->packages.items[i];
	if (result == 0)
		result = quote_script(facts_script, arguments, count, line, err);
	for (i = 0; i < owned_count; i++)
		free(owned[i]);
	return result;
}

/* What parsing gathers before it is put together. */
struct draft {
	struct facts facts;
	char *boot;
	uint64_t uptime_ms, hertz, init_ticks;
	bool has_now, has_user, has_uptime, has_end;
};

/* "2026-01-31T12:34:56.789Z ..." -> microseconds since 1970; false when it is no such time. */
static bool stamp_parse(const char *words, uint64_t *wall_us)
{
	struct tm tm = {0};
	const char *rest = strptime(words, "%Y-%m-%dT%H:%M:%S", &tm);
	uint64_t fraction = 0, scale = 1000000;
	time_t seconds;

	if (!rest)
		return false;
	if (*rest == '.') {
		for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
			if (scale == 1)
				return false;
			scale /= 10;
			fraction += (uint64_t)(*rest - '0') * scale;
		}
	}
	seconds = timegm(&tm);
	if (*rest != 'Z' || seconds < 0)
		return false;
	*wall_us = (uint64_t)seconds * 1000000 + fraction;
	return true;
}

/* Field 22 of /proc/1/stat, proc(5): when process 1 started, in ticks since the kernel did. */
static int parse_init(const char *value, struct draft *draft, struct error *err)
{
	const char *cursor = strrchr(value, ')');
	CLEANUP(cleanup_free) char *word = NULL;
	int field;

	for (field = 2; cursor && field < 22; field++) {
		cursor = strchr(cursor, ' ');
		if (cursor)
			cursor++;
	}
	if (!cursor)
		return error_set(err, EPROTO, "/proc/1/stat has fewer than 22 fields");
	word = strndup(cursor, strcspn(cursor, " "));
	return number_parse(
		word ?: "", "start time of process 1", 0, INT64_MAX, &draft->init_ticks, err);
}

/* "2: eth0    inet 192.0.2.11/24 ..." */
static int parse_address(const char *value, struct draft *draft)
{
	const char *inet = strstr(value, " inet ");
	const char *start = inet ? inet + strlen(" inet ") : NULL;

	if (start)
		*VECTOR_APPEND(draft->facts.addresses, draft->facts.address_count) =
			text_format("%.*s", (int)strcspn(start, "/ "), start);
	return 0;
}

static int parse_service(const char *value, struct draft *draft, struct error *err)
{
	const char *space = strchr(value, ' ');
	struct facts_service *service;

	if (!space)
		return error_set(err, EPROTO, "service without a name");
	service = VECTOR_APPEND(draft->facts.services, draft->facts.service_count);
	service->name = text_copy(space + 1);
	service->active = strncmp(value, "0 ", 2) == 0;
	return 0;
}

static int parse_package(char *value, struct draft *draft, struct error *err)
{
	char *rest = NULL;
	const char *name = strtok_r(value, " ", &rest);
	const char *evr = strtok_r(NULL, " ", &rest);
	const char *arch = strtok_r(NULL, " ", &rest);
	struct facts_package *package;

	if (!name || !evr || !arch || !strchr(evr, ':'))
		return error_set(err, EPROTO, "a package without name, version and architecture");
	package = VECTOR_APPEND(draft->facts.packages, draft->facts.package_count);
	package->name = text_copy(name);
	package->evr = text_copy(evr);
	package->arch = text_copy(arch);
	return 0;
}

static int parse_clock(const char *key, const char *value, struct draft *draft, struct error *err)
{
	uint64_t nanoseconds;
	int result;

	if (strcmp(key, "uptime") == 0) {
		draft->has_uptime = true;
		return number_parse_duration(
			value, "uptime", 0, INT64_MAX / 1000, &draft->uptime_ms, err);
	}
	if (strcmp(key, "hertz") == 0)
		return number_parse(value, "clock ticks", 1, 1000000, &draft->hertz, err);
	draft->has_now = true;
	result = number_parse(value, "clock", 0, INT64_MAX, &nanoseconds, err);
	if (result == 0)
		draft->facts.now_us = nanoseconds / 1000;
	return result;
}

static int parse_line(const char *key, char *value, struct draft *draft, struct error *err)
{
	if (draft->facts.address_count + draft->facts.service_count + draft->facts.package_count >
		FACTS_ITEMS_MAX)
		return error_set(err, EPROTO, "more than %d items", FACTS_ITEMS_MAX);
	if (strcmp(key, "now") == 0 || strcmp(key, "uptime") == 0 || strcmp(key, "hertz") == 0)
		return parse_clock(key, value, draft, err);
	if (strcmp(key, "boot") == 0) {
		free(draft->boot);
		draft->boot = text_copy(value);
		return 0;
	}
	if (strcmp(key, "init") == 0)
		return parse_init(value, draft, err);
	if (strcmp(key, "user") == 0) {
		draft->has_user = true;
		return number_parse(value, "user id", 0, UINT32_MAX, &draft->facts.user, err);
	}
	if (strcmp(key, "address") == 0)
		return parse_address(value, draft);
	if (strcmp(key, "role") == 0) {
		free(draft->facts.role_line);
		draft->facts.role_line = text_copy(value);
		return 0;
	}
	if (strcmp(key, "service") == 0)
		return parse_service(value, draft, err);
	if (strcmp(key, "package") == 0)
		return parse_package(value, draft, err);
	if (strcmp(key, "end") == 0)
		draft->has_end = true;
	/* Login scripts may chatter; what is not ours is passed over. */
	return 0;
}

static int complete(
	struct draft *draft, const char *role_primary, const char *role_backup, struct error *err)
{
	struct facts *facts = &draft->facts;
	uint64_t started_ms;

	if (!draft->has_end)
		return error_set(err, EPROTO, "the answer is cut off before its end");
	if (!draft->has_now || !draft->has_user || !draft->has_uptime || !draft->hertz ||
		!draft->boot || !draft->boot[0])
		return error_set(err, EPROTO, "clock, uptime, boot identity or user id is missing");
	/* In a container the kernel's boot_id and uptime are the host's; process 1 is its own. */
	facts->boot = text_format("%.64s:%llu", draft->boot, (unsigned long long)draft->init_ticks);
	started_ms = draft->init_ticks * 1000 / draft->hertz;
	if (started_ms > draft->uptime_ms)
		started_ms = draft->uptime_ms;
	facts->booted_us = facts->now_us - (draft->uptime_ms - started_ms) * 1000;
	if (!facts->role_line)
		facts->role_line = text_copy("");
	/* A line from the future was written by a clock that was wrong: it proves nothing. */
	if (stamp_parse(facts->role_line, &facts->role_us) && facts->role_us > facts->booted_us &&
		facts->role_us <= facts->now_us + CLOCK_SLACK_US) {
		if (strstr(facts->role_line, role_primary))
			facts->role = ROLE_PRIMARY;
		else if (strstr(facts->role_line, role_backup))
			facts->role = ROLE_BACKUP;
	}
	return 0;
}

int facts_parse(const char *output, size_t length, const char *role_primary,
	const char *role_backup, struct facts *facts, struct error *err)
{
	/* Cut at a NUL byte; then "end" is missing and that is the error. */
	CLEANUP(cleanup_free) char *copy = strndup(output, length);
	struct draft draft = {0};
	char *line, *rest = copy;
	int result = 0;

	while (result == 0 && (line = strsep(&rest, "\n"))) {
		char *value = line + strcspn(line, " ");

		if (*value)
			*value++ = '\0';
		result = parse_line(line, value, &draft, err);
	}
	if (result == 0)
		result = complete(&draft, role_primary, role_backup, err);
	free(draft.boot);
	if (result < 0) {
		facts_clear(&draft.facts);
		return result;
	}
	*facts = draft.facts;
	return 0;
}

void facts_clear(struct facts *facts)
{
	size_t i;

	free(facts->boot);
	free(facts->role_line);
	for (i = 0; i < facts->address_count; i++)
		free(facts->addresses[i]);
	free(facts->addresses);
	for (i = 0; i < facts->service_count; i++)
		free(facts->services[i].name);
	free(facts->services);
	for (i = 0; i < facts->package_count; i++) {
		free(facts->packages[i].name);
		free(facts->packages[i].evr);
		free(facts->packages[i].arch);
	}
	free(facts->packages);
	*facts = (struct facts){0};
}

bool facts_services_active(const struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->service_count; i++) {
		if (!facts->services[i].active)
			return false;
	}
	return facts->service_count > 0;
}

size_t facts_count_addresses(const struct facts *facts, const struct profile_list *list)
{
	size_t i, j, found = 0;

	for (i = 0; i < list->count; i++) {
		for (j = 0; j < facts->address_count; j++) {
			if (strcmp(facts->addresses[j], list->items[i]) == 0) {
				found++;
				break;
			}
		}
	}
	return found;
}
