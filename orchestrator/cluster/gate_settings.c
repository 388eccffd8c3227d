/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the cluster file may hold a run or is told of it: window, pause_after, hooks, notify. */
#include "orchestrator/cluster/gate_settings.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/cluster/value.h"

static const char *const hooks[HOOK_COUNT] = {
	[HOOK_PRE_RUN] = "pre-run",
	[HOOK_POST_RUN] = "post-run",
	[HOOK_PRE_NODE] = "pre-node",
	[HOOK_POST_NODE] = "post-node",
};

static const char *const notices[NOTICE_COUNT] = {
	[NOTICE_START] = "start",
	[NOTICE_STOPPED] = "stopped",
	[NOTICE_HELD] = "held",
	[NOTICE_DONE] = "done",
	[NOTICE_ROLLED_BACK] = "rolled-back",
};

const char *gate_settings_hook_name(enum gate_hook hook)
{
	return hook < HOOK_COUNT ? hooks[hook] : "unknown";
}

const char *gate_settings_notice_name(enum gate_notice notice)
{
	return notice < NOTICE_COUNT ? notices[notice] : "unknown";
}

void gate_settings_take_window(const struct block_place *place, const char *value, void *field)
{
	struct window_list *list = field;
	CLEANUP(error_release) struct error err = {0};
	struct window window;

	if (window_parse(value, &window, &err) < 0)
		block_problem(place, "%s", error_text(&err));
	else if (list->count == WINDOWS_MAX)
		block_problem(place, "window: more than %d of them", WINDOWS_MAX);
	else
		*VECTOR_APPEND(list->items, list->count) = window;
}

/* Programs are started without a shell and from any folder, so PATH and "./" mean nothing here. */
static void check_program(const struct block_place *place, const char *value, void *field)
{
	const struct word_list *earlier = field;

	if (!earlier->count && *value != '/')
		block_problem(place, "%s: %s: \"%s\": write the program's whole path",
			block_section_name(place), place->option->name, value);
}

static void take_notice(const struct block_place *place, const char *value, void *field)
{
	bool *on = field;

	for (int i = 0; i < NOTICE_COUNT; i++) {
		if (text_equal(notices[i], value)) {
			on[i] = true;
			return;
		}
	}
	block_problem(
		place, "on: \"%s\" is none of start, stopped, held, done and rolled-back", value);
}

/* What can stand in a header without quotes; nothing that could end it or add another address. */
static bool is_mail_address(const char *words)
{
	const char *const local =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_{|}~-";
	const char *const domain =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t length = strspn(words, local);

	if (*words == '-' || !length || length > 64 || strlen(words) > 254)
		return false;
	/* Without a domain it is a user of this machine. */
	if (!words[length])
		return true;
	return words[length] == '@' && words[length + 1] &&
	       !words[length + 1 + strspn(words + length + 1, domain)];
}

static void check_mail(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	if (!is_mail_address(value))
		block_problem(place, "mail: \"%s\" is no plain mail address, NAME@DOMAIN", value);
}

/* http:// is for this machine only: on the way anybody could read the request, or answer it. */
static bool is_webhook(const char *words)
{
	static const char *const here[] = {
		"http://127.0.0.1:", "http://127.0.0.1/", "http://[::1]:", "http://[::1]/"};

	for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++) {
		if (text_starts_with(words, here[i]))
			return true;
	}
	return text_starts_with(words, "https://") && strcspn(words + 8, "/:?#") > 0;
}

static void check_webhook(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	/* The address may hold a token, and is not repeated here. */
	if (!is_webhook(value) || strchr(value, ' ') || strchr(value, '@'))
		block_problem(place,
			"webhook: not of the form https://HOST[:PORT]/PATH (http:// only to 127.0.0.1 or [::1])");
}

static void finish_notify(const struct block_place *place, void *section)
{
	struct gate_notify *notify = section;

	if (!block_given(place, "exec") && !block_given(place, "mail") &&
		!block_given(place, "webhook"))
		block_problem(place, "notify: give exec, mail or webhook");
	for (int i = 0; i < NOTICE_COUNT && !block_given(place, "on"); i++)
		notify->on[i] = true;
}

#define HOOK(name, hook)                                                                         \
	{                                                                                        \
		name, BLOCK_COMMAND,                                                             \
			BLOCK_ITEMS(struct cluster_gates, hooks[hook].items, hooks[hook].count), \
			.check = check_program                                                   \
	}
#define AT(field) BLOCK_FIELD(struct gate_notify, field)
#define LIST(field) BLOCK_ITEMS(struct gate_notify, field.items, field.count)

static const struct block_option hooks_options[] = {
	HOOK("pre_run", HOOK_PRE_RUN),
	HOOK("post_run", HOOK_POST_RUN),
	HOOK("pre_node", HOOK_PRE_NODE),
	HOOK("post_node", HOOK_POST_NODE),
	{"timeout", BLOCK_DURATION, BLOCK_FIELD(struct cluster_gates, hook_timeout_ms),
		VALUE_DURATION, .initial = 60 * 1000},
};

static const struct block_option notify_options[] = {
	{"on", BLOCK_OWN_LIST, AT(on), .check = take_notice},
	{"exec", BLOCK_COMMAND, LIST(exec), .check = check_program},
	{"mail", BLOCK_LIST, LIST(mail), .check = check_mail, .check_alone = true},
	{"sendmail", BLOCK_TEXT, AT(sendmail), .check = value_check_absolute,
		.fallback = "/usr/sbin/sendmail"},
	{"webhook", BLOCK_TEXT, AT(webhook), .check = check_webhook},
	{"ca", BLOCK_PATH, AT(ca)},
	{"timeout", BLOCK_DURATION, AT(timeout_ms), VALUE_DURATION, .initial = 10 * 1000},
};

const struct block_section gate_settings_hooks_section = {BLOCK_OPTIONS(hooks_options)};
const struct block_section gate_settings_notify_section = {
	BLOCK_OPTIONS(notify_options),
	.finish = finish_notify,
};
