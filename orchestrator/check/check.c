/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The named checks before a run, their outcomes, and waivers. */
#include "orchestrator/check/check.h"

#include <errno.h>
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

static char *list_waivable(void)
{
	struct text text = {0};

	for (unsigned int kind = 0; kind < CHECK_KIND_COUNT; kind++)
		if (!kinds[kind].firm)
			text_appendf(&text, "%s%s", text.length ? ", " : "", kinds[kind].name);
	return text_take(&text);
}

int waivers_take(struct waivers *waivers, const char *words, struct error *err)
{
	CLEANUP(cleanup_free)
	char *name = text_format("%.*s", (int)strcspn(words, "="), words);
	CLEANUP(cleanup_free) char *list = NULL;
	const char *reason = strchr(words, '=');
	enum check_kind kind = check_find(name);

	if (kind == CHECK_KIND_COUNT) {
		list = list_waivable();
		return error_set(err, EINVAL,
			"--waive: no check is called \"%.64s\"; those that can be waived are: %s",
			name, list);
	}
	if (!reason || !reason[1 + strspn(reason + 1, " \t")])
		return error_set(err, EINVAL,
			"--waive %s: say why, for the journal: --waive '%s=REASON'", name, name);
	if (kinds[kind].firm)
		return error_set(
			err, EINVAL, "--waive: %s cannot be waived: %s", name, kinds[kind].firm);
	for (size_t i = 0; i < waivers->count; i++)
		if (waivers->items[i].kind == kind)
			return error_set(err, EINVAL, "--waive: %s is waived twice", name);
	waivers->items[waivers->count++] = (struct waiver){kind, reason + 1};
	return 0;
}

static const char *reason_for(const struct waivers *waivers, enum check_kind kind)
{
	for (size_t i = 0; waivers && i < waivers->count; i++)
		if (waivers->items[i].kind == kind)
			return waivers->items[i].reason;
	return NULL;
}

void checks_waive(struct checks *checks, const struct waivers *waivers)
{
	for (size_t i = 0; i < checks->count; i++) {
		struct check *check = &checks->items[i];
		const char *reason = reason_for(waivers, check->kind);

		if (check->outcome == CHECK_FAIL && reason && !check->waived)
			check->waived = text_copy(reason);
	}
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
