/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The named checks before a run, and their outcomes. */
#include "orchestrator/check/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

static const struct {
	const char *name;
	/* Why nobody can take it upon himself; NULL: it may be waived. */
	const char *firm;
} kinds[CHECK_KIND_COUNT] = {
	[CHECK_PACKAGES] = {"packages", "no package manager takes another one's packages"},
	[CHECK_SIGNATURES] = {"signatures", NULL},
	[CHECK_PREVIOUS_RUN] = {"previous-run", NULL},
	[CHECK_REACHABLE] = {"reachable", "what cannot be seen is not touched"},
	[CHECK_PRIVILEGE] = {"privilege", "nothing can be installed otherwise"},
	[CHECK_LEASE] = {"lease", "what another run holds is not taken from it"},
	[CHECK_CONDITION] = {"condition", NULL},
	[CHECK_CLOCK_SKEW] = {"clock-skew", NULL},
	[CHECK_SERVICES] = {"services", NULL},
	[CHECK_ROLE] = {"role", NULL},
	[CHECK_VERSIONS] = {"versions", "such a run could never come to its end"},
	[CHECK_ONE_PRIMARY] = {"one-primary",
		"no step may touch a node of a cluster without exactly one primary"},
	[CHECK_FLOATING_IP] = {"floating-ip",
		"no step may touch a node of a cluster whose addresses are elsewhere"},
	[CHECK_BACKUP_READY] = {"backup-ready", NULL},
	[CHECK_SPACE_VAR] = {"space-var", NULL},
	[CHECK_SPACE_BOOT] = {"space-boot", NULL},
	[CHECK_SPACE_DATABASE] = {"space-database", NULL},
	[CHECK_PENDING_TRANSACTIONS] = {"pending-transactions", NULL},
	[CHECK_LEFTOVER_JOBS] = {"leftover-jobs", NULL},
	[CHECK_UNITS] = {"units", NULL},
	[CHECK_BOOT_SERVICES] = {"boot-services", NULL},
	[CHECK_REBOOT_PENDING] = {"reboot-pending", NULL},
	[CHECK_CONFIG_DRIFT] = {"config-drift", NULL},
	[CHECK_SERVICE] = {"service", NULL},
	[CHECK_TRANSACTION] = {"transaction", NULL},
	[CHECK_WAY_BACK] = {"way-back", NULL},
};

const char *check_name(enum check_kind kind)
{
	return kinds[kind].name;
}

enum check_kind check_find(const char *name)
{
	unsigned int kind = 0;

	while (kind < CHECK_KIND_COUNT && strcmp(kinds[kind].name, name) != 0)
		kind++;
	return (enum check_kind)kind;
}

const char *check_firm(enum check_kind kind)
{
	return kinds[kind].firm;
}

const char *check_outcome_name(enum check_outcome outcome)
{
	switch (outcome) {
	case CHECK_PASS:
		return "pass";
	case CHECK_WARN:
		return "warn";
	case CHECK_FAIL:
		return "fail";
	case CHECK_UNLOOKED:
		return "skipped";
	}
	return "";
}

void checks_clear(struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		free(checks->items[i].text);
		free(checks->items[i].fix);
		free(checks->items[i].command);
		free(checks->items[i].answer);
		free(checks->items[i].waived);
	}
	free(checks->items);
	*checks = (struct checks){0};
}

struct check *checks_add(struct checks *checks, enum check_kind kind, int node,
	enum check_outcome outcome, const char *format, ...)
{
	struct check *check = VECTOR_APPEND(checks->items, checks->count);
	char *words;
	va_list arguments;

	va_start(arguments, format);
	words = text_format_list(format, arguments);
	va_end(arguments);
	*check = (struct check){
		.kind = kind,
		.node = node,
		.outcome = outcome,
		.text = words,
		.fix = text_copy(""),
		.command = text_copy(""),
		.answer = text_copy(""),
	};
	return check;
}

void check_fix(struct check *check, const char *format, ...)
{
	char *words;
	va_list arguments;

	va_start(arguments, format);
	words = text_format_list(format, arguments);
	va_end(arguments);
	free(check->fix);
	check->fix = words;
}

void check_evidence(struct check *check, const char *command, const char *answer)
{
	char printable[CHECK_ANSWER_MAX];

	free(check->command);
	free(check->answer);
	check->command = text_copy(command);
	check->answer =
		text_copy(text_printable(printable, sizeof(printable), answer ? answer : ""));
}

const struct check *checks_first_failure(const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++)
		if (checks->items[i].outcome == CHECK_FAIL && !checks->items[i].waived)
			return &checks->items[i];
	return NULL;
}

bool checks_passed(const struct checks *checks)
{
	return !checks_first_failure(checks);
}

size_t checks_count(const struct checks *checks, enum check_outcome outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < checks->count; i++)
		count += checks->items[i].outcome == outcome;
	return count;
}
