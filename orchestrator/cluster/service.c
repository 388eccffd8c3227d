/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways in which services are stopped, started and asked on a node. */
#include "orchestrator/cluster/service.h"

#include <string.h>

#include "lib/base/text.h"

enum { WORDS_MAX = 4 };

struct manager {
	/* "%s" stands for the service. */
	const char *acts[3][WORDS_MAX];
	const char *reboot[WORDS_MAX];
	const char *look;
};

static const struct manager managers[SERVICE_MANAGER_COUNT] = {
	[SERVICE_SYSTEMD] =
		{
			.acts =
				{
					[SERVICE_STOP] = {"systemctl", "stop", "%s"},
					[SERVICE_START] = {"systemctl", "start", "%s"},
					[SERVICE_ACTIVE] = {"systemctl", "is-active", "--quiet",
						"%s"},
				},
			.reboot = {"systemctl", "reboot"},
			.look = "systemctl status %s; journalctl -b -u %s",
		},
	[SERVICE_INITD] =
		{
			.acts =
				{
					[SERVICE_STOP] = {"/etc/init.d/%s", "stop"},
					[SERVICE_START] = {"/etc/init.d/%s", "start"},
					[SERVICE_ACTIVE] = {"/etc/init.d/%s", "status"},
				},
			.reboot = {"/sbin/reboot"},
			.look = "/etc/init.d/%s status",
		},
};

const char *const service_managers[] = {
	[SERVICE_SYSTEMD] = "systemd",
	[SERVICE_INITD] = "init.d",
	[SERVICE_MANAGER_COUNT] = NULL,
};

/* The word with every "%s" replaced; owned. */
static char *fill(const char *word, const char *service)
{
	struct text text = {0};
	const char *mark;

	while ((mark = strstr(word, "%s"))) {
		text_append_bytes(&text, word, (size_t)(mark - word));
		text_append(&text, service);
		word = mark + 2;
	}
	text_append(&text, word);
	return text_take(&text);
}

static struct word_list fill_words(const char *const *words, size_t limit, const char *service)
{
	struct word_list list = {0};

	for (size_t i = 0; i < limit && words[i]; i++)
		word_list_append(&list, fill(words[i], service));
	return list;
}

struct word_list service_command(
	enum service_manager manager, enum service_act act, const char *service)
{
	return fill_words(managers[manager].acts[act], WORDS_MAX, service);
}

struct word_list service_reboot(enum service_manager manager)
{
	return fill_words(managers[manager].reboot, WORDS_MAX, "");
}

char *service_look(enum service_manager manager, const char *service)
{
	return fill(managers[manager].look, service);
}
