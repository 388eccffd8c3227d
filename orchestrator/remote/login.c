/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which key is tried when, and what it means when none is taken. */
#include "orchestrator/remote/login.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <openssl/evp.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/remote/agent.h"
#include "orchestrator/remote/channel.h"
#include "orchestrator/remote/libssh_words.h"

/* A login under way. Acts on it return 1 when logged in, 0 when another key may do it, or an error.
 */
struct attempt {
	ssh_session ssh;
	const struct hop *hop;
	struct connect_terms *terms;
	struct agent *agent;  /* owned; NULL: none */
	struct text refused;  /* the keys that the peer did not take */
	struct error trouble; /* why the first key could not be tried, if that happened */
	bool partial;	      /* a key was right, but the peer wants more */
};

static void attempt_clear(struct attempt *attempt)
{
	agent_free(attempt->agent);
	text_clear(&attempt->refused);
	error_release(&attempt->trouble);
}

static void cleanup_key(ssh_key *key)
{
	ssh_key_free(*key);
}

int login_waiting_failed(
	int result, const struct connect_terms *terms, const char *during, struct error *err)
{
	if (result == -ECANCELED)
		return error_set(err, ECANCELED, "cancelled during %s", during);
	return error_set(err, ETIMEDOUT,
		"connected, but no end of %s within %" PRIu64
		" ms; is the machine overloaded, or is it no ssh server?",
		during, terms->timeout_ms);
}

static const char *user_of(const struct hop *hop)
{
	return hop->user ? hop->user : "root";
}

static void note_trouble(struct attempt *attempt, const struct error *trouble)
{
	if (!attempt->trouble.number)
		error_copy(&attempt->trouble, trouble);
}

/* The peer ended the connection. */
static int hung_up(const struct attempt *attempt, struct error *err)
{
	const struct hop *hop = attempt->hop;
	char reason[256];

	channel_reason(attempt->ssh, reason, sizeof(reason));
	if (libssh_words_read(reason) != LIBSSH_WORDS_TOO_MANY_KEYS)
		return error_set(err, ECONNRESET, "connection lost during the login of %s: %s",
			user_of(hop), reason);
	return error_set(err, EACCES,
		"login refused: %s hung up after too many keys that user %s may not use there (MaxAuthTries in its sshd_config); name the right key by identity in the cluster file, or by IdentityFile with IdentitiesOnly yes in the ssh configuration",
		hop->address, user_of(hop));
}

/* Before the same libssh call is made again: 0, or an error. libssh (0.10) does not notice by
 * itself that the peer has hung up. */
static int go_on(const struct attempt *attempt, struct error *err)
{
	int result;

	if (!ssh_is_connected(attempt->ssh))
		return hung_up(attempt, err);
	result = channel_wait(attempt->ssh, &attempt->terms->wait);
	return result < 0 ? login_waiting_failed(result, attempt->terms, "the login", err) : 0;
}

/* What a finished libssh call says. what: the key, for messages. */
static int judge(struct attempt *attempt, int result, const char *what, struct error *err)
{
	if (result == SSH_AUTH_SUCCESS)
		return 1;
	attempt->partial |= result == SSH_AUTH_PARTIAL;
	if (result != SSH_AUTH_DENIED && result != SSH_AUTH_PARTIAL)
		return hung_up(attempt, err);
	if (what)
		text_appendf(&attempt->refused, "%s%s", attempt->refused.length ? ", " : "", what);
	return 0;
}

static int try_key(struct attempt *attempt, ssh_key key, const char *path, struct error *err)
{
	int result;

	while ((result = ssh_userauth_publickey(attempt->ssh, NULL, key)) == SSH_AUTH_AGAIN) {
		result = go_on(attempt, err);
		if (result < 0)
			return result;
	}
	return judge(attempt, result, path, err);
}

/* Would the peer take that key? Nothing is proven to it by asking. */
static int try_public(struct attempt *attempt, ssh_key key, const char *path, struct error *err)
{
	int result;

	while ((result = ssh_userauth_try_publickey(attempt->ssh, NULL, key)) == SSH_AUTH_AGAIN) {
		result = go_on(attempt, err);
		if (result < 0)
			return result;
	}
	return judge(attempt, result, path, err);
}

/* The agent's key of that number, or all of them with -1. */
static int try_agent(struct attempt *attempt, int key, const char *path, struct error *err)
{
	CLEANUP(cleanup_free)
	char *what = path ? text_copy(path)
			  : text_format("%zu keys of the ssh agent", agent_count(attempt->agent));
	int result;

	agent_show(attempt->agent, key);
	while ((result = ssh_userauth_agent(attempt->ssh, NULL)) == SSH_AUTH_AGAIN) {
		result = go_on(attempt, err);
		if (result < 0)
			return result;
	}
	/* The agent would not sign, or took too long; not the peer's fault. */
	if (result == SSH_AUTH_ERROR && ssh_is_connected(attempt->ssh))
		result = SSH_AUTH_DENIED;
	return judge(attempt, result, what, err);
}

/* The number of that key in the agent, or -1. libssh gives a key's bytes as base64 only. */
static int in_agent(const struct attempt *attempt, ssh_key public)
{
	CLEANUP(cleanup_free) unsigned char *bytes = NULL;
	char *words = NULL;
	int found = -1, length;

	if (!attempt->agent || ssh_pki_export_pubkey_base64(public, &words) != SSH_OK)
		return -1;
	bytes = vector_resize(NULL, strlen(words) + 1, 1);
	length = EVP_DecodeBlock(bytes, (const unsigned char *)words, (int)strlen(words));
	if (length > 2) {
		/* The padding is decoded as zero bytes. */
		length -= text_ends_with(words, "==") ? 2 : text_ends_with(words, "=");
		found = agent_find(attempt->agent, bytes, (size_t)length);
	}
	ssh_string_free_char(words);
	return found;
}

/* The public half of a key with a passphrase: beside it, or (OpenSSH's format) in it. */
static ssh_key read_public(const char *path)
{
	CLEANUP(cleanup_free) char *beside = text_format("%s.pub", path);
	ssh_key key = NULL;

	if (ssh_pki_import_pubkey_file(beside, &key) == SSH_OK ||
		ssh_pki_import_pubkey_file(path, &key) == SSH_OK)
		return key;
	return NULL;
}

static int try_locked(struct attempt *attempt, const char *path, struct error *err)
{
	CLEANUP(cleanup_key) ssh_key public = read_public(path);
	CLEANUP(cleanup_key) ssh_key key = NULL;
	struct connect_terms *terms = attempt->terms;
	CLEANUP(error_release) struct error trouble = {0};
	uint64_t asked_ms = 0;
	int result, number = public ? in_agent(attempt, public) : -1;

	if (number >= 0)
		return try_agent(attempt, number, path, err);
	if (public) {
		result = try_public(attempt, public, path, err);
		if (result != 1)
			return result;
	}
	result = credentials_key(
		terms->credentials, path, true, terms->wait.cancel, &key, &asked_ms, &trouble);
	terms->wait.deadline_ms += asked_ms;
	terms->asked_ms += asked_ms;
	if (result == 0)
		return try_key(attempt, key, path, err);
	note_trouble(attempt, &trouble);
	if (result != -ECANCELED)
		return 0;
	error_move(err, &trouble);
	return result;
}

static int try_file(struct attempt *attempt, const char *path, struct error *err)
{
	CLEANUP(cleanup_key) ssh_key key = NULL;
	CLEANUP(error_release) struct error trouble = {0};
	uint64_t none = 0;
	int result = credentials_key(attempt->terms->credentials, path, false,
		attempt->terms->wait.cancel, &key, &none, &trouble);

	if (result == 0)
		return try_key(attempt, key, path, err);
	if (result == -EAGAIN)
		return try_locked(attempt, path, err);
	note_trouble(attempt, &trouble);
	return 0;
}

static int try_files(struct attempt *attempt, struct error *err)
{
	int result = 0;

	for (size_t i = 0; attempt->hop->identities[i] && result == 0; i++)
		result = try_file(attempt, attempt->hop->identities[i], err);
	return result;
}

static int try_whole_agent(struct attempt *attempt, struct error *err)
{
	if (!attempt->agent || attempt->hop->identities_only || !agent_count(attempt->agent))
		return 0;
	return try_agent(attempt, -1, NULL, err);
}

/* An agent that cannot be reached is no agent, as long as there is another way. */
static int begin_agent(struct attempt *attempt)
{
	CLEANUP(error_release) struct error trouble = {0};
	int result, descriptor;

	if (!attempt->hop->agent)
		return 0;
	result = agent_open(attempt->hop->agent, &attempt->terms->wait, &attempt->agent, &trouble);
	if (result == 0) {
		descriptor = agent_serve(attempt->agent, &attempt->terms->wait, &trouble);
		if (descriptor >= 0)
			ssh_set_agent_socket(attempt->ssh, descriptor);
		else
			result = descriptor;
	}
	if (result < 0) {
		note_trouble(attempt, &trouble);
		agent_free(attempt->agent);
		attempt->agent = NULL;
	}
	return 0;
}

static int nothing_worked(struct attempt *attempt, struct error *err)
{
	const char *user = user_of(attempt->hop), *address = attempt->hop->address;
	const char *tried = text_string(&attempt->refused);
	const bool none = !*tried;

	if (attempt->partial)
		return error_set(err, EACCES,
			"login refused: %s wants more than the key %s of user %s; allow publickey alone in its sshd_config",
			address, tried, user);
	if (none && attempt->trouble.number)
		return error_copy(err, &attempt->trouble);
	if (none)
		return error_set(err, ENOENT,
			"there is no key to log in with as %s: give one by identity in the cluster file, or start an ssh agent",
			user);
	error_set(err, EACCES,
		"login refused: user %s on %s does not take the key %s; add its .pub to ~%s/.ssh/authorized_keys there, and look at sshd's log on the node",
		user, address, tried, user);
	if (attempt->trouble.number)
		error_prefix(err, "%s", error_text(&attempt->trouble));
	return -EACCES;
}

int login(ssh_session ssh, const struct hop *hop, struct connect_terms *terms, struct error *err)
{
	CLEANUP(attempt_clear)
	struct attempt attempt = {.ssh = ssh, .hop = hop, .terms = terms};
	int result;

	begin_agent(&attempt);
	result = hop->identities_first ? try_files(&attempt, err) : try_whole_agent(&attempt, err);
	if (result == 0)
		result = hop->identities_first ? try_whole_agent(&attempt, err)
					       : try_files(&attempt, err);
	if (result == 0)
		return nothing_worked(&attempt, err);
	return result < 0 ? result : 0;
}
