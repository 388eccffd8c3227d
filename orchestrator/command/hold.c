/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's lease and what the journal knows of it. */
#include "orchestrator/command/hold.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/vector.h"
#include "orchestrator/command/output.h"
#include "orchestrator/journal/note.h"

char *hold_owner(void)
{
	const struct passwd *user = getpwuid(getuid());
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	return text_format("%.60s@%s", user ? user->pw_name : "?", host);
}

void hold_tokens_clear(struct hold_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++)
		free(tokens->items[i]);
	free(tokens->items);
	*tokens = (struct hold_tokens){0};
}

void hold_tokens_read(const struct journal_line *lines, size_t count, struct hold_tokens *tokens)
{
	for (size_t i = 0; i < count; i++) {
		json_t *note;
		const char *token;

		if (lines[i].step >= 0 || strcmp(lines[i].kind, NOTE_LEASE) != 0)
			continue;
		note = json_loads(lines[i].text, 0, NULL);
		token = json_string_value(json_object_get(note, "token"));
		if (token)
			*VECTOR_APPEND(tokens->items, tokens->count) = text_copy(token);
		json_decref(note);
	}
}

static int read_tokens(
	struct journal *journal, int64_t run_id, struct hold_tokens *tokens, struct error *err)
{
	struct journal_line *lines = NULL;
	size_t count = 0;
	int result = journal_run_lines(journal, run_id, &lines, &count, err);

	if (result == 0)
		hold_tokens_read(lines, count, tokens);
	journal_lines_free(lines, count);
	return result;
}

/* Before a process takes it: were it killed in between, the next one would know it too. */
static int write_token(
	struct journal *journal, int64_t run_id, const char *token, struct error *err)
{
	json_t *note = json_pack("{s:s, s:s}", "text", "the lease of all nodes", "token", token);
	char *words = json_dumps(note, JSON_COMPACT);
	int result = journal_note(journal, run_id, NOTE_LEASE, words, err);

	free(words);
	json_decref(note);
	return result;
}

static void tell_waiting(void *data, const char *words)
{
	output_say(data, "%s\n", words);
}

static char *purpose_of(const char *purpose, int64_t run_id)
{
	return text_format("%s, run %" PRId64, purpose, run_id);
}

int hold_take(
	struct nodes *nodes, const struct hold_wish *wish, struct lease **lease, struct error *err)
{
	char token[LEASE_TOKEN_SIZE], identity[LEASE_TOKEN_SIZE];
	CLEANUP(hold_tokens_clear) struct hold_tokens earlier = {0};
	CLEANUP(cleanup_free) char *owner = hold_owner();
	CLEANUP(cleanup_free)
	char *purpose =
		wish->goes_on ? purpose_of(wish->purpose, wish->of_run) : text_copy(wish->purpose);
	struct lease_wish wanted = {
		.claim = {.token = token, .identity = identity},
		.owner = owner,
		.purpose = purpose,
		.heir_any = wish->heir_any || !wish->goes_on,
		.partly = wish->partly,
		.waiting = tell_waiting,
		.data = (void *)wish->settings,
	};
	int result = lease_token(token, err);

	/* Whoever holds the nodes waits for no reader. */
	output_unblock(wish->settings);

	if (result == 0 && wish->of_run)
		result = read_tokens(wish->journal, wish->of_run, &earlier, err);
	if (result == 0 && wish->goes_on)
		result = write_token(wish->journal, wish->of_run, token, err);
	if (result < 0)
		return result;
	lease_identity(wish->settings->state_folder, nodes->cluster->name, identity);
	wanted.claim.tokens = (const char *const *)earlier.items;
	wanted.claim.token_count = earlier.count;
	return lease_take(nodes, &wanted, lease, err);
}

int hold_number(
	struct lease *lease, const struct hold_wish *wish, int64_t run_id, struct error *err)
{
	CLEANUP(cleanup_free) char *words = purpose_of(wish->purpose, run_id);
	CLEANUP(error_release) struct error ignored = {0};
	int result = write_token(wish->journal, run_id, lease_held_token(lease), err);

	/* It holds with the words from before, too. */
	if (result == 0)
		lease_say(lease, words, wish->heir_any, &ignored);
	return result;
}

void hold_end(const struct settings *settings, struct lease *lease)
{
	if (!lease)
		return;
	/* The signal that ended the run would end this too; the next one does. */
	*settings->interrupted = 0;
	lease_free(lease);
}
