/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ssh -G` prints of a host, read. */
#include "orchestrator/remote/ssh_config_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* ssh takes more, but nobody waits for a day. */
#define TIMEOUT_MAX_S 86400

static void list_clear(struct ssh_config_answer_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
}

void ssh_config_answer_clear(struct ssh_config_answer *answer)
{
	free(answer->host_name);
	free(answer->user);
	free(answer->jump);
	free(answer->proxy_command);
	free(answer->key_name);
	free(answer->agent);
	free(answer->control_path);
	free(answer->revoked_keys);
	list_clear(&answer->identities);
	list_clear(&answer->known_hosts);
	list_clear(&answer->global_known_hosts);
	*answer = (struct ssh_config_answer){0};
}

static bool is_none(const char *value)
{
	return strcmp(value, "none") == 0;
}

/* Readers of one value each: false when it is none. */

static bool read_words(void *place, const char *value)
{
	char **words = place;

	free(*words);
	*words = text_copy(value);
	return *value;
}

static bool read_words_or_none(void *place, const char *value)
{
	return is_none(value) || read_words(place, value);
}

static bool read_port(void *place, const char *value)
{
	uint64_t number;

	if (number_parse(value, "port", 1, 65535, &number, NULL) < 0)
		return false;
	*(unsigned *)place = (unsigned)number;
	return true;
}

static bool read_seconds_or_none(void *place, const char *value)
{
	uint64_t number = 0;

	if (!is_none(value) && number_parse(value, "seconds", 0, INT32_MAX, &number, NULL) < 0)
		return false;
	*(uint64_t *)place = 1000 * (number < TIMEOUT_MAX_S ? number : TIMEOUT_MAX_S);
	return true;
}

static bool read_yes_or_no(void *place, const char *value)
{
	*(bool *)place = strcmp(value, "yes") == 0;
	return *(bool *)place || strcmp(value, "no") == 0;
}

static bool read_unless_false(void *place, const char *value)
{
	*(bool *)place = strcmp(value, "false") != 0 && strcmp(value, "no") != 0;
	return *value;
}

/* A file per line, so that its name may hold blanks. */
static bool read_file(void *place, const char *value)
{
	struct ssh_config_answer_list *list = place;

	if (!is_none(value))
		*VECTOR_APPEND(list->items, list->count) = text_copy(value);
	return *value;
}

/* All files in one line. */
static bool read_files(void *place, const char *value)
{
	CLEANUP(cleanup_free) char *copy = text_copy(value);
	struct ssh_config_answer_list *list = place;
	char *rest = copy, *word;

	while (!is_none(value) && (word = strsep(&rest, " "))) {
		char *last, *joined;

		if (!list->count || (*word && strchr("/~$%", *word))) {
			*VECTOR_APPEND(list->items, list->count) = text_copy(word);
			continue;
		}
		last = list->items[list->count - 1];
		joined = text_format("%s %s", last, word);
		free(last);
		list->items[list->count - 1] = joined;
	}
	return *value;
}

#define PLACE(field) offsetof(struct ssh_config_answer, field)

static const struct {
	const char *keyword;
	bool (*read)(void *place, const char *value);
	size_t place;
} options[] = {
	{"hostname", read_words, PLACE(host_name)},
	{"user", read_words, PLACE(user)},
	{"port", read_port, PLACE(port)},
	{"proxyjump", read_words_or_none, PLACE(jump)},
	{"proxycommand", read_words_or_none, PLACE(proxy_command)},
	{"hostkeyalias", read_words, PLACE(key_name)},
	{"identityagent", read_words, PLACE(agent)},
	{"controlpath", read_words_or_none, PLACE(control_path)},
	{"revokedhostkeys", read_words_or_none, PLACE(revoked_keys)},
	{"connecttimeout", read_seconds_or_none, PLACE(connect_timeout_ms)},
	{"identitiesonly", read_yes_or_no, PLACE(identities_only)},
	{"canonicalizehostname", read_unless_false, PLACE(reads_twice)},
	{"identityfile", read_file, PLACE(identities)},
	{"userknownhostsfile", read_files, PLACE(known_hosts)},
	{"globalknownhostsfile", read_files, PLACE(global_known_hosts)},
};

static int read_line(struct ssh_config_answer *answer, char *line, struct error *err)
{
	char *value = strchr(line, ' ');

	if (!value)
		return 0;
	*value++ = '\0';
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (strcmp(options[i].keyword, line) == 0 &&
			!options[i].read((char *)answer + options[i].place, value))
			return error_set(err, EINVAL,
				"ssh -G printed a value of %s that haupgrade does not understand: \"%s\"",
				line, value);
	}
	return 0;
}

int ssh_config_answer_read(const char *words, struct ssh_config_answer *answer, struct error *err)
{
	CLEANUP(cleanup_free) char *copy = text_copy(words);
	struct ssh_config_answer read = {0};
	char *rest = copy, *line;
	int result = 0;

	while (result == 0 && (line = strsep(&rest, "\n")))
		result = read_line(&read, line, err);
	if (result == 0 && (!read.host_name || !read.user || !read.port))
		result = error_set(err, EINVAL,
			"ssh -G did not say where the host is: its answer has no %s",
			!read.host_name ? "hostname"
			: !read.user	? "user"
					: "port");
	if (result < 0)
		ssh_config_answer_clear(&read);
	else
		*answer = read;
	return result;
}
