/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bundle would change on the nodes of a cluster. */
#include "orchestrator/step/preview.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/node/packager.h"
#include "orchestrator/remote/quote.h"
#include "orchestrator/step/script.h"

enum { ASK_DEADLINE_MS = 60000, TEST_DEADLINE_MS = 300000 };

struct words {
	const char **items;
	size_t count;
	char **owned;
	size_t owned_count;
};

static void words_clear(struct words *words)
{
	for (size_t i = 0; i < words->owned_count; i++)
		free(words->owned[i]);
	free(words->owned);
	free(words->items);
}

static void borrow(struct words *words, const char *word)
{
	*VECTOR_APPEND(words->items, words->count) = word;
}

static void own(struct words *words, char *word)
{
	*VECTOR_APPEND(words->owned, words->owned_count) = word;
	borrow(words, word);
}

static int ask(const struct target *target, size_t node, struct preview *answer, struct error *err)
{
	const struct bundle *bundle = target->bundle;
	CLEANUP(words_clear) struct words words = {0};
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	int status;

	borrow(&words, profile_packager_name(target->nodes->cluster->profile->packager));
	for (size_t i = 0; i < bundle->package_count; i++)
		if (!bundle->packages[i].damage)
			borrow(&words, bundle->packages[i].package.name);
	*VECTOR_APPEND(words.items, words.count) = NULL;
	status = link_script(&target->nodes->items[node].link, "ask for the packages",
		script_step_preview, words.items, ASK_DEADLINE_MS, &result, err);
	if (status < 0)
		return status;
	return preview_parse(result.output, result.output_length, answer, err);
}

/* As preflight does it, but of all that is new or newer. */
static int test(const struct target *target, size_t node, struct preview *answer)
{
	const struct packager *packager = packager_of(target->nodes->cluster->profile);
	CLEANUP(words_clear) struct words words = {0};
	CLEANUP(cleanup_text) struct text bytes = {0};
	CLEANUP(cleanup_free) char *line = NULL;
	struct session_command command = {.deadline_ms = TEST_DEADLINE_MS};
	uint64_t kilobytes = 1024;
	int result;

	borrow(&words, "/var/lib/haupgrade");
	own(&words, NULL);
	for (size_t i = 0; i < target->bundle->package_count; i++) {
		const struct bundle_package *package = &target->bundle->packages[i];
		enum preview_change change = PREVIEW_SAME;
		size_t before = bytes.length;
		const char *installed;

		if (!package->damage)
			change = preview_judge(
				answer, packager->format, &package->package, &installed);
		if (change != PREVIEW_NEW && change != PREVIEW_UPGRADE)
			continue;
		result = bundle_read_header(package, &bytes, &answer->trouble);
		if (result < 0)
			return result;
		kilobytes += package->size / 1024 + 4;
		borrow(&words, package->file);
		own(&words, text_format("%zu", bytes.length - before));
	}
	if (words.count == 2)
		return 0;
	words.owned[0] = text_format("%" PRIu64, kilobytes);
	words.items[1] = words.owned[0];
	answer->is_tested = true;
	result = quote_script(
		packager->test_script, words.items, words.count, &line, &answer->trouble);
	if (result < 0)
		return result;
	command.line = line;
	command.input = bytes.data;
	command.input_length = bytes.length;
	return link_expect(&target->nodes->items[node].link, "test the transaction", &command, NULL,
		&answer->trouble);
}

/* What is asked, and where the answers go, one per node. */
struct asked {
	const struct target *target;
	struct preview *answers;
};

static int ask_and_test(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	const struct asked *asked = data;
	struct preview *answer = &asked->answers[node];
	int result = ask(asked->target, node, answer, err);

	if (result < 0)
		return result;
	(void)nodes;
	/* That the node says no is an answer; that it does not say anything is none. */
	result = test(asked->target, node, answer);
	if (result < 0 && result != -EREMOTEIO)
		return error_set(err, -result, "%s", error_text(&answer->trouble));
	return 0;
}

int preview_ask(const struct target *target, struct preview *answers, struct error *errors,
	struct error *err)
{
	struct asked asked = {.target = target, .answers = answers};

	return nodes_each(target->nodes, ask_and_test, &asked, errors, err);
}
