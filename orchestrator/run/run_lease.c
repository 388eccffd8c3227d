/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's lease and what the journal knows of it. */
#include "orchestrator/run/run_lease.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"

char *run_lease_owner(void)
{
	const struct passwd *user = getpwuid(getuid());
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	return text_format("%.60s@%s", user ? user->pw_name : "?", host);
}

void run_lease_tokens_clear(struct run_lease_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++)
		free(tokens->items[i]);
	free(tokens->items);
	*tokens = (struct run_lease_tokens){0};
}

void run_lease_tokens_read(
	const struct journal_line *lines, size_t count, struct run_lease_tokens *tokens)
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
	struct journal *journal, int64_t run_id, struct run_lease_tokens *tokens, struct error *err)
{
	struct journal_line *lines = NULL;
	size_t count = 0;
	int result = journal_run_lines(journal, run_id, &lines, &count, err);

	if (result == 0)
		run_lease_tokens_read(lines, count, tokens);
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

static char *purpose_of(const char *purpose, int64_t run_id)
{
	return text_format("%s, run %" PRId64, purpose, run_id);
}

static void tell_waiting(void *data, const char *words)
{
	teller_say(data, "%s\n", words);
}

int run_lease_take(struct nodes *nodes, const struct run_lease_wish *wish, struct lease **lease,
	struct error *err)
{
	struct teller *teller = wish->process->teller;
	char token[LEASE_TOKEN_SIZE], identity[LEASE_TOKEN_SIZE];
	CLEANUP(run_lease_tokens_clear) struct run_lease_tokens earlier = {0};
	CLEANUP(cleanup_free) char *owner = run_lease_owner();
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
		.data = teller,
	};
	int result = lease_token(token, err);

	teller->tell(teller, &(struct told){.kind = TOLD_NODES_HELD});
	if (result == 0 && wish->of_run)
		result = read_tokens(wish->journal, wish->of_run, &earlier, err);
	if (result == 0 && wish->goes_on)
		result = write_token(wish->journal, wish->of_run, token, err);
	if (result < 0)
		return result;
	lease_identity(wish->process->state_folder, nodes->cluster->name, identity);
	wanted.claim.tokens = (const char *const *)earlier.items;
	wanted.claim.token_count = earlier.count;
	return lease_take(nodes, &wanted, lease, err);
}

int run_lease_number(
	struct lease *lease, const struct run_lease_wish *wish, int64_t run_id, struct error *err)
{
	CLEANUP(cleanup_free) char *words = purpose_of(wish->purpose, run_id);
	CLEANUP(error_release) struct error ignored = {0};
	int result = write_token(wish->journal, run_id, lease_held_token(lease), err);

	/* It holds with the words from before, too. */
	if (result == 0)
		lease_say(lease, words, wish->heir_any, &ignored);
	return result;
}

void run_lease_end(volatile sig_atomic_t *interrupted, struct lease *lease)
{
	if (!lease)
		return;
	/* The signal that ended the run would end this too; the next one does. */
	*interrupted = 0;
	lease_free(lease);
}
