/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node says of its lease, and what that means for somebody who wants it. */
#include "orchestrator/lease/lease_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "orchestrator/node/answer.h"

static int read_time(const char *key, const char *words, int64_t *seconds, struct error *err)
{
	uint64_t number;
	int result;

	/* A shell would take it for an octal number. */
	if (words[0] == '0' && words[1])
		return error_set(err, EPROTO, "%s: '%.64s' begins with 0", key, words);
	result = number_parse(words, key, 0, UINT32_MAX, &number, err);

	if (result == 0)
		*seconds = (int64_t)number;
	return result;
}

static int read_digest(const char *key, const char *words, char *into, struct error *err)
{
	if (strlen(words) != LEASE_TOKEN_SIZE - 1 ||
		strspn(words, "0123456789abcdef") != LEASE_TOKEN_SIZE - 1)
		return error_set(err, EPROTO, "its %s is not 64 hexadecimal digits", key);
	memcpy(into, words, LEASE_TOKEN_SIZE);
	return 0;
}

/* Words are for people alone: too long ones are cut. */
static int read_words(const char *words, char *into, size_t size)
{
	size_t length = strnlen(words, size - 1);

	memcpy(into, words, length);
	into[length] = '\0';
	return 0;
}

/* A key that a later version may add is passed over. */
static int read_field(
	const char *key, const char *words, struct lease_text *text, struct error *err)
{
	if (strcmp(key, "token") == 0)
		return read_digest(key, words, text->token, err);
	if (strcmp(key, "identity") == 0)
		return read_digest(key, words, text->identity, err);
	if (strcmp(key, "owner") == 0)
		return read_words(words, text->owner, sizeof(text->owner));
	if (strcmp(key, "purpose") == 0)
		return read_words(words, text->purpose, sizeof(text->purpose));
	if (strcmp(key, "cluster") == 0)
		return read_words(words, text->cluster, sizeof(text->cluster));
	if (strcmp(key, "heir") == 0)
		text->heir_any = strcmp(words, "any") == 0;
	if (strcmp(key, "since") == 0)
		return read_time(key, words, &text->since_s, err);
	if (strcmp(key, "renewed") == 0)
		return read_time(key, words, &text->renewed_s, err);
	return 0;
}

static int read_line(const struct answer *said, struct lease_answer *answer, struct error *err)
{
	if (answer->there) /* Whatever its text is: it says nothing beyond itself. */
		return read_field(said->key, said->value, &answer->text, err);
	if (!said->has_value && strcmp(said->key, "taken") == 0)
		answer->taken = true;
	else if (!said->has_value && strcmp(said->key, "lease") == 0)
		answer->there = true;
	else if (strcmp(said->key, "now") == 0)
		return read_time(said->key, said->value, &answer->now_s, err);
	/* Login scripts may chatter before. */
	return 0;
}

/* What must be known to judge it. */
static int check(const struct lease_answer *answer, struct error *err)
{
	if (!answer->now_s)
		return error_set(err, EPROTO, "the node does not tell its time");
	if (answer->there && !answer->text.token[0])
		return error_set(err, EPROTO, "there is no token in it");
	if (answer->there && !answer->text.renewed_s)
		return error_set(err, EPROTO, "it does not say when it was renewed");
	return 0;
}

int lease_answer_parse(
	const char *output, size_t length, struct lease_answer *answer, struct error *err)
{
	CLEANUP(answer_clear) struct answer said = answer_begin(output, length);
	CLEANUP(error_release) struct error why = {0};
	struct lease_answer draft = {0};
	bool odd;
	int result = 0;

	while (result == 0 && answer_next(&said))
		result = read_line(&said, &draft, &why);
	/* Not the answer, but the file. */
	odd = draft.there && (result < 0 || said.is_whole);
	result = answer_finish(&said, result, &why);
	if (result == 0)
		result = check(&draft, &why);
	if (result < 0)
		return error_set(err, EPROTO, LEASE_FILE " cannot be read: %s%s", error_text(&why),
			odd ? "; it may be another run's: if no haupgrade works on the cluster, remove it there (rm -r " LEASE_FILE
			      ")"
			    : "");
	*answer = draft;
	return 0;
}

/*
 * Seconds since the renewal. A clock that was set back makes them negative: up to the length of a
 * lease that may have happened to one that is alive, beyond it nothing can be said by that clock.
 */
static int64_t age(const struct lease_answer *answer)
{
	int64_t seconds = answer->now_s - answer->text.renewed_s;

	if (seconds < 0)
		return -seconds < LEASE_SECONDS ? 0 : LEASE_SECONDS;
	return seconds;
}

int64_t lease_answer_left(const struct lease_answer *answer)
{
	return answer->there && age(answer) < LEASE_SECONDS ? LEASE_SECONDS - age(answer) : 0;
}

static bool is_of_run(const struct lease_text *text, const struct lease_claim *claim)
{
	for (size_t i = 0; i < claim->token_count; i++) {
		if (strcmp(claim->tokens[i], text->token) == 0)
			return true;
	}
	return false;
}

enum lease_verdict lease_judge(const struct lease_answer *answer, const struct lease_claim *claim)
{
	const struct lease_text *text = &answer->text;

	if (answer->there && text_equal(claim->token, text->token))
		return LEASE_OURS;
	if (!lease_answer_left(answer))
		return LEASE_FREE;
	if (claim->identity && strcmp(claim->identity, text->identity) == 0)
		return text->heir_any || is_of_run(text, claim) ? LEASE_INHERITED : LEASE_HELD;
	if (is_of_run(text, claim))
		return age(answer) >= LEASE_SILENT_SECONDS ? LEASE_INHERITED : LEASE_WAIT;
	return LEASE_HELD;
}
