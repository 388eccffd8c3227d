/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the cluster file may hold a run or is told of it. */
#include "orchestrator/cluster/gates.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/cluster/field.h"

/* Where an option is not given, milliseconds. */
enum { DEFAULT_HOOK_TIMEOUT = 60 * 1000, DEFAULT_NOTIFY_TIMEOUT = 10 * 1000 };

static const struct {
	const char *name, *option;
} hooks[HOOK_COUNT] = {
	[HOOK_PRE_RUN] = {"pre-run", "pre_run"},
	[HOOK_POST_RUN] = {"post-run", "post_run"},
	[HOOK_PRE_NODE] = {"pre-node", "pre_node"},
	[HOOK_POST_NODE] = {"post-node", "post_node"},
};

static const char *const notices[NOTICE_COUNT] = {
	[NOTICE_START] = "start",
	[NOTICE_STOPPED] = "stopped",
	[NOTICE_HELD] = "held",
	[NOTICE_DONE] = "done",
	[NOTICE_ROLLED_BACK] = "rolled-back",
};

const char *gates_hook_name(enum gates_hook hook)
{
	return hook < HOOK_COUNT ? hooks[hook].name : "unknown";
}

const char *gates_notice_name(enum gates_notice notice)
{
	return notice < NOTICE_COUNT ? notices[notice] : "unknown";
}

int gates_check_window(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	struct window window;
	CLEANUP(error_release) struct error err = {0};

	*(const char **)result = value;
	if (window_parse(value, &window, &err) < 0)
		block_problem(section, "%s", error_text(&err));
	if (cfg_opt_size(option) == WINDOWS_MAX + 1)
		block_problem(section, "window: more than %d of them", WINDOWS_MAX);
	return 0;
}

static int check_notice(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	(void)option;
	*(const char **)result = value;
	for (int i = 0; i < NOTICE_COUNT; i++) {
		if (text_equal(notices[i], value))
			return 0;
	}
	return block_problem(
		section, "on: \"%s\" is none of start, stopped, held, done and rolled-back", value);
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
	/* Somebody on this machine. */
	if (!words[length])
		return true;
	return words[length] == '@' && words[length + 1] &&
	       !words[length + 1 + strspn(words + length + 1, domain)];
}

static int check_mail(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	(void)option;
	*(const char **)result = value;
	if (!is_mail_address(value))
		block_problem(section, "mail: \"%s\" is no plain mail address, NAME@DOMAIN", value);
	return 0;
}

/* http:// would show the request to the network, and anybody could answer. */
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

static int check_webhook(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	field_check_text(section, option, value, result);
	/* The address may hold a token, and is not repeated here. */
	if (!is_webhook(value) || strchr(value, ' ') || strchr(value, '@'))
		block_problem(section,
			"webhook: not of the form https://HOST[:PORT]/PATH (http:// only to 127.0.0.1 or [::1])");
	return 0;
}

static int check_path(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	field_check_text(section, option, value, result);
	if (*value == '~')
		block_problem(section, "%s: \"~\" is not expanded here: write the whole path",
			option->name);
	return 0;
}

cfg_opt_t *gates_hooks_options(void)
{
	static cfg_opt_t options[] = {
		CFG_STR_LIST_CB("pre_run", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("post_run", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("pre_node", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("post_node", NULL, CFGF_NONE, field_check_word),
		CFG_STR_CB("timeout", NULL, CFGF_NONE, field_check_duration),
		CFG_END(),
	};

	return options;
}

cfg_opt_t *gates_notify_options(void)
{
	static cfg_opt_t options[] = {
		CFG_STR_LIST_CB("on", NULL, CFGF_NONE, check_notice),
		CFG_STR_LIST_CB("exec", NULL, CFGF_NONE, field_check_word),
		CFG_STR_LIST_CB("mail", NULL, CFGF_NONE, check_mail),
		CFG_STR_CB("sendmail", "/usr/sbin/sendmail", CFGF_NONE, field_check_absolute),
		CFG_STR_CB("webhook", NULL, CFGF_NONE, check_webhook),
		CFG_STR_CB("ca", NULL, CFGF_NONE, check_path),
		CFG_STR_CB("timeout", NULL, CFGF_NONE, field_check_duration),
		CFG_END(),
	};

	return options;
}

/* A program is started as it is named: there is no shell, and the folder may be any. */
static void check_program(cfg_t *parent, cfg_t *section, const char *name)
{
	const char *program = cfg_size(section, name) ? cfg_getnstr(section, name, 0) : NULL;

	if (program && *program != '/')
		block_problem(parent, "%s: %s: \"%s\": write the program's whole path",
			cfg_name(section), name, program);
}

static int check_hooks(cfg_t *parent, cfg_opt_t *option)
{
	for (int i = 0; i < HOOK_COUNT; i++)
		check_program(parent, field_section(option), hooks[i].option);
	return 0;
}

static int check_notify(cfg_t *parent, cfg_opt_t *option)
{
	cfg_t *notify = field_section(option);

	check_program(parent, notify, "exec");
	if (!cfg_size(notify, "exec") && !cfg_size(notify, "mail") &&
		!cfg_getstr(notify, "webhook"))
		block_problem(parent, "notify: give exec, mail or webhook");
	return 0;
}

void gates_watch(cfg_opt_t *options)
{
	for (; options->name; options++) {
		if (strcmp(options->name, "hooks") == 0)
			options->validcb = check_hooks;
		else if (strcmp(options->name, "notify") == 0)
			options->validcb = check_notify;
	}
}

static void read_windows(struct window_list *list, cfg_t *section)
{
	for (unsigned int i = 0; i < cfg_size(section, "window"); i++) {
		struct window window = {0};

		if (window_parse(cfg_getnstr(section, "window", i), &window, NULL) == 0)
			*VECTOR_APPEND(list->items, list->count) = window;
	}
}

static char *read_path(cfg_t *section, const char *name, const char *file)
{
	const char *value = cfg_getstr(section, name), *slash = strrchr(file, '/');

	if (!value || *value == '/' || !slash)
		return value ? text_copy(value) : NULL;
	return text_format("%.*s/%s", (int)(slash - file), file, value);
}

static void read_notify(struct gates_notify *notify, cfg_t *section, const char *file)
{
	unsigned int count = cfg_size(section, "on");

	*notify = (struct gates_notify){
		.exec = field_list(section, "exec"),
		.mail = field_list(section, "mail"),
		.sendmail = field_text(section, "sendmail"),
		.webhook = field_text(section, "webhook"),
		.ca = read_path(section, "ca", file),
		.timeout_ms = field_duration(section, "timeout", DEFAULT_NOTIFY_TIMEOUT),
	};
	for (int notice = 0; notice < NOTICE_COUNT; notice++) {
		notify->on[notice] = count == 0;
		for (unsigned int i = 0; i < count; i++) {
			if (text_equal(cfg_getnstr(section, "on", i), notices[notice]))
				notify->on[notice] = true;
		}
	}
}

struct cluster_gates gates_read(cfg_t *section, const char *file)
{
	cfg_t *from = cfg_getsec(section, "hooks");
	struct cluster_gates gates = {
		.pause_after = field_list(section, "pause_after"),
		.hook_timeout_ms = field_duration(from, "timeout", DEFAULT_HOOK_TIMEOUT),
	};

	read_windows(&gates.windows, section);
	for (int i = 0; i < HOOK_COUNT; i++)
		gates.hooks[i] = field_list(from, hooks[i].option);
	read_notify(&gates.notify, cfg_getsec(section, "notify"), file);
	return gates;
}

void gates_clear(struct cluster_gates *gates)
{
	free(gates->windows.items);
	field_list_clear(&gates->pause_after);
	for (int i = 0; i < HOOK_COUNT; i++)
		field_list_clear(&gates->hooks[i]);
	field_list_clear(&gates->notify.exec);
	field_list_clear(&gates->notify.mail);
	free(gates->notify.sendmail);
	free(gates->notify.webhook);
	free(gates->notify.ca);
	*gates = (struct cluster_gates){0};
}
