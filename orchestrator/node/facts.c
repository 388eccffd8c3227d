/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says of itself in one round trip. */
#include "orchestrator/node/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/node/answer.h"
#include "orchestrator/node/role_line.h"

/* What parsing gathers before it is put together. */
struct draft {
	struct facts facts;
	char *boot;
	uint64_t uptime_ms, hertz, init_ticks;
	int64_t east_at_boot, east_now; /* of UTC, in seconds */
	bool has_now, has_user, has_uptime;
};

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

/* "2: eth0    inet 192.0.2.11/24 ...", and ifconfig's "          inet addr:192.0.2.11  ..." */
static int parse_address(const char *value, struct draft *draft)
{
	const char *inet = strstr(value, " inet ");
	const char *start = inet ? inet + strlen(" inet ") : NULL;

	if (start && text_starts_with(start, "addr:"))
		start += strlen("addr:");
	if (start)
		*VECTOR_APPEND(draft->facts.addresses, draft->facts.address_count) =
			text_format("%.*s", (int)strcspn(start, "/ "), start);
	return 0;
}

/* "0 heartbeatd": exit status and name. */
static int parse_service(
	enum facts_kind kind, const char *value, struct draft *draft, struct error *err)
{
	const char *space = strchr(value, ' ');
	struct facts_service *service;

	if (!space)
		return error_set(err, EPROTO, "service without a name");
	service = VECTOR_APPEND(draft->facts.services, draft->facts.service_count);
	service->kind = kind;
	service->name = text_copy(space + 1);
	service->active = strncmp(value, "0 ", 2) == 0;
	return 0;
}

/* Names and versions of rpm and dpkg are ASCII; others could neither be written into the journal,
 * whose words are UTF-8, nor be compared with what is read there. */
static int check_package(const char *value, struct error *err)
{
	char printable[256];

	for (const char *each = value; *each; each++)
		if (*each < ' ' || *each > '~')
			return error_set(err, EPROTO,
				"the package \"%s\" has a byte that is no printable ASCII; remove it from the node, or name the profile's packages so that it is none of them",
				text_printable(printable, sizeof(printable), value));
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
	package->state = text_copy("");
	return 0;
}

/* "NAME VERSION ARCHITECTURE WANT FLAG STATE", the last three from dpkg's database. */
static int parse_deb(char *value, struct draft *draft, struct error *err)
{
	char *words[6] = {NULL}, *rest = NULL, *word = strtok_r(value, " ", &rest);
	struct facts_package *package;
	bool whole;
	size_t count;

	for (count = 0; word && count < 6; word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	/* A package that is not there has no version: five words, or its configuration is left. */
	if (count >= 3 && (strcmp(words[count - 1], "not-installed") == 0 ||
				  strcmp(words[count - 1], "config-files") == 0))
		return 0;
	if (count < 6 || word)
		return error_set(
			err, EPROTO, "a package without name, version, architecture and state");
	whole = strcmp(words[4], "ok") == 0 && strcmp(words[5], "installed") == 0;
	package = VECTOR_APPEND(draft->facts.packages, draft->facts.package_count);
	package->name = text_copy(words[0]);
	package->evr = text_format("%s%s", strchr(words[1], ':') ? "" : "0:", words[1]);
	package->arch = text_copy(words[2]);
	package->state = text_copy(whole ? "" : strcmp(words[4], "ok") == 0 ? words[5] : words[4]);
	return 0;
}

/* "+0930" -> seconds. */
static bool parse_offset(const char *words, int64_t *east)
{
	int64_t digits = 0;
	size_t i;

	if ((words[0] != '+' && words[0] != '-') || strlen(words) != 5)
		return false;
	for (i = 1; i < 5; i++) {
		if (words[i] < '0' || words[i] > '9')
			return false;
		digits = digits * 10 + (words[i] - '0');
	}
	*east = (digits / 100 * 60 + digits % 100) * 60 * (words[0] == '-' ? -1 : 1);
	return true;
}

/* "+0200 +0100": local time at boot, and now. */
static int parse_zone(char *value, struct draft *draft, struct error *err)
{
	char *space = strchr(value, ' ');

	if (space)
		*space++ = '\0';
	if (!space || !parse_offset(value, &draft->east_at_boot) ||
		!parse_offset(space, &draft->east_now))
		return error_set(err, EPROTO, "the time zone is not of the form +0900 +0900");
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

/* What there can be any number of. */
static int parse_item(struct answer *answer, struct draft *draft, struct error *err)
{
	const char *key = answer->key;
	char *value = answer->value;

	if (answer_count(answer, FACTS_ITEMS_MAX, "items", err) < 0)
		return -EPROTO;
	if (strcmp(key, "address") == 0)
		return parse_address(value, draft);
	if (strcmp(key, "service") == 0)
		return parse_service(FACTS_OWN, value, draft, err);
	if (strcmp(key, "extra") == 0)
		return parse_service(FACTS_EXTRA, value, draft, err);
	if (strcmp(key, "health") == 0)
		return parse_service(FACTS_HEALTH, value, draft, err);
	if (strcmp(key, "package") == 0)
		return check_package(value, err) < 0 ? -EPROTO : parse_package(value, draft, err);
	if (strcmp(key, "deb") == 0)
		return check_package(value, err) < 0 ? -EPROTO : parse_deb(value, draft, err);
	if (strcmp(key, "unbooted") == 0)
		draft->facts.unbooted = true;
	/* Login scripts may chatter; what is not ours is passed over. */
	return 0;
}

static int parse_line(struct answer *answer, struct draft *draft, struct error *err)
{
	const char *key = answer->key;
	char *value = answer->value;

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
	if (strcmp(key, "zone") == 0)
		return parse_zone(value, draft, err);
	if (strcmp(key, "role") == 0) {
		free(draft->facts.role_line);
		draft->facts.role_line = text_copy(value);
		return 0;
	}
	return parse_item(answer, draft, err);
}

static int complete(struct draft *draft, const struct profile *profile, struct error *err)
{
	struct facts *facts = &draft->facts;
	uint64_t started_ms;

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
	facts->role_trouble = role_line_judge(facts->role_line, profile,
		&(struct role_line_clock){.now_us = facts->now_us,
			.booted_us = facts->booted_us,
			.east_at_boot = draft->east_at_boot,
			.east_now = draft->east_now},
		&facts->role, &facts->role_us);
	return 0;
}

int facts_parse(const char *output, size_t length, const struct profile *profile,
	struct facts *facts, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
	struct draft draft = {0};
	int result = 0;

	while (result == 0 && answer_next(&answer))
		result = parse_line(&answer, &draft, err);
	result = answer_finish(&answer, result, err);
	if (result == 0)
		result = complete(&draft, profile, err);
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
		free(facts->packages[i].state);
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

bool facts_own_stopped(const struct facts *facts)
{
	bool any = false;
	size_t i;

	for (i = 0; i < facts->service_count; i++) {
		if (facts->services[i].kind != FACTS_OWN)
			continue;
		if (facts->services[i].active)
			return false;
		any = true;
	}
	return any;
}

bool facts_own_active(const struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->service_count; i++) {
		if (facts->services[i].kind == FACTS_OWN && !facts->services[i].active)
			return false;
	}
	return facts->service_count > 0;
}

size_t facts_count_addresses(const struct facts *facts, const struct word_list *list)
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

const char *facts_role_source(const struct profile *profile)
{
	return profile->role_log ?: profile->role_command.items[0];
}
