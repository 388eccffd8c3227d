/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways in which services are stopped, started and asked on a node. */
#include "orchestrator/cluster/service.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"

enum { WORDS_MAX = 4 };

struct manager {
	const char *name;
	/* "%s" stands for the service. */
	const char *acts[3][WORDS_MAX];
	const char *reboot[WORDS_MAX];
	const char *look;
};

static const struct manager managers[SERVICE_MANAGER_COUNT] = {
	[SERVICE_SYSTEMD] =
		{
			.name = "systemd",
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
			.name = "init.d",
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

enum service_manager service_manager_find(const char *name)
{
	for (size_t i = 0; i < SERVICE_MANAGER_COUNT; i++)
		if (strcmp(managers[i].name, name) == 0)
			return (enum service_manager)i;
	return SERVICE_MANAGER_COUNT;
}

const char *service_manager_name(enum service_manager manager)
{
	return managers[manager].name;
}

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

static struct profile_list fill_words(const char *const *words, size_t limit, const char *service)
{
	struct profile_list list = {0};

	for (size_t i = 0; i < limit && words[i]; i++)
		*VECTOR_APPEND(list.items, list.count) = fill(words[i], service);
	/* The NULL behind the last is not counted. */
	VECTOR_APPEND(list.items, list.count);
	list.count--;
	return list;
}

struct profile_list service_command(
	enum service_manager manager, enum service_act act, const char *service)
{
	return fill_words(managers[manager].acts[act], WORDS_MAX, service);
}

struct profile_list service_reboot(enum service_manager manager)
{
	return fill_words(managers[manager].reboot, WORDS_MAX, "");
}

char *service_look(enum service_manager manager, const char *service)
{
	return fill(managers[manager].look, service);
}
