/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question to a node for its facts: one constant script, made to run on old and small nodes. */
#include <stdlib.h>

#include "lib/base/vector.h"
#include "orchestrator/cluster/word_list.h"
#include "orchestrator/node/facts.h"
#include "orchestrator/node/script.h"
#include "orchestrator/remote/quote.h"

struct question {
	const char **arguments;
	size_t count;
	struct word_list owned; /* what the arguments point to, where nobody else owns it */
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

static int add_line(struct question *question, const struct word_list *argv, struct error *err)
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
	const struct word_list *argv, struct error *err)
{
	add(question, kind);
	add(question, name);
	return add_line(question, argv, err);
}

static int add_extra(struct question *question, const struct cluster *cluster, const char *name,
	struct error *err)
{
	CLEANUP(word_list_clear)
	struct word_list argv =
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
	return result < 0 ? result
			  : quote_script(script_node_facts, question.arguments, question.count,
				    line, err);
}
