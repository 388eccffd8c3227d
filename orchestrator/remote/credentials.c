/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets that are asked for, kept for all sessions of the program. */
#include "orchestrator/remote/credentials.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* An administrator looks a password up; nobody types for longer than this. */
#define ASK_DEADLINE_MS 300000
#define TRIES 3
#define LOCK_SLICE_MS 50

enum question { QUESTION_PASSWORD, QUESTION_PASSPHRASE, QUESTION_COUNT };

static const char *const question_options[] = {
	[QUESTION_PASSWORD] = "--password-fd",
	[QUESTION_PASSPHRASE] = "--passphrase-fd",
};

struct known_key {
	char *path;
	ssh_key key;
};

struct known_password {
	char *node;
	char *user;
	const struct secret *secret;
};

struct credentials {
	int files[QUESTION_COUNT]; /* -1: ask on the terminal */
	pthread_mutex_t lock;	   /* over what follows; held for moments only */
	bool busy;		   /* someone asks, or tries what was answered */
	struct known_key *keys;
	size_t key_count;
	struct known_password *passwords; /* those sudo accepted */
	size_t password_count;
	struct secret **secrets; /* all that were read; owned */
	size_t secret_count;
	const struct secret *from_file[QUESTION_COUNT]; /* what they said */
	char *refused_on; /* no password was right there, and none is known; NULL: not so */
};

struct credentials *credentials_new(const struct credentials_source *source)
{
	struct credentials *credentials = vector_resize(NULL, 1, sizeof(*credentials));

	*credentials = (struct credentials){
		.files = {[QUESTION_PASSWORD] = source->password_file,
			[QUESTION_PASSPHRASE] = source->passphrase_file},
	};
	pthread_mutex_init(&credentials->lock, NULL);
	return credentials;
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	for (size_t i = 0; i < credentials->key_count; i++) {
		free(credentials->keys[i].path);
		ssh_key_free(credentials->keys[i].key);
	}
	for (size_t i = 0; i < credentials->password_count; i++) {
		free(credentials->passwords[i].node);
		free(credentials->passwords[i].user);
	}
	for (size_t i = 0; i < credentials->secret_count; i++)
		secret_free(credentials->secrets[i]);
	free(credentials->keys);
	free(credentials->passwords);
	free(credentials->secrets);
	free(credentials->refused_on);
	pthread_mutex_destroy(&credentials->lock);
	free(credentials);
}

/* Until nobody else asks or tries. Not a mutex held over a question: one could not be cancelled. */
static int take_turn(
	struct credentials *credentials, const volatile sig_atomic_t *cancel, struct error *err)
{
	for (;;) {
		bool taken;

		pthread_mutex_lock(&credentials->lock);
		taken = !credentials->busy;
		credentials->busy = true;
		pthread_mutex_unlock(&credentials->lock);
		if (taken)
			return 0;
		if (cancel && *cancel)
			return error_set(err, ECANCELED, "cancelled while others were asked");
		clock_sleep_ms(LOCK_SLICE_MS);
	}
}

static void leave_turn(struct credentials *credentials)
{
	pthread_mutex_lock(&credentials->lock);
	credentials->busy = false;
	pthread_mutex_unlock(&credentials->lock);
}

/* Asks the descriptor, or else the terminal. In a turn. */
static int ask(struct credentials *credentials, enum question question, const char *prompt,
	const volatile sig_atomic_t *cancel, const struct secret **answer, struct error *err)
{
	const struct wait wait = wait_until(ASK_DEADLINE_MS, cancel);
	const char *option = question_options[question];
	int descriptor = credentials->files[question], result;
	struct secret *secret = NULL;

	if (credentials->from_file[question]) {
		*answer = credentials->from_file[question];
		return 0;
	}
	result = descriptor >= 0 ? secret_read(descriptor, option, &wait, &secret, err)
				 : secret_ask(prompt, &wait, &secret, err);
	if (result == -ENOTTY)
		return error_set(err, ENOTTY,
			"there is no terminal to ask for it on; give it with %s", option);
	if (result < 0)
		return result;
	*VECTOR_APPEND(credentials->secrets, credentials->secret_count) = secret;
	if (descriptor >= 0)
		credentials->from_file[question] = secret;
	*answer = secret;
	return 0;
}

/* For what is not needed any more; what came from a descriptor cannot be had again. */
static void forget(struct credentials *credentials, const struct secret *secret)
{
	for (size_t i = 0; i < credentials->secret_count; i++) {
		if (credentials->secrets[i] != secret ||
			secret == credentials->from_file[QUESTION_PASSPHRASE])
			continue;
		secret_free(credentials->secrets[i]);
		credentials->secrets[i] = credentials->secrets[--credentials->secret_count];
		return;
	}
}

/* libssh calls it for a key with a passphrase, and for no other. */
static int note_passphrase(
	const char *prompt, char *buffer, size_t size, int echo, int verify, void *data)
{
	(void)prompt;
	(void)buffer;
	(void)size;
	(void)echo;
	(void)verify;
	*(bool *)data = true;
	return -1;
}

/* 0, or -EAGAIN for one with a passphrase. */
static int read_key(const char *path, ssh_key *key, struct error *err)
{
	bool encrypted = false;
	int result = ssh_pki_import_privkey_file(path, NULL, note_passphrase, &encrypted, key);

	if (result == SSH_OK)
		return 0;
	if (result == SSH_EOF)
		return error_set(err, ENOENT,
			"cannot open the identity file %s; give the private key's path and check its owner",
			path);
	if (encrypted)
		return -EAGAIN;
	return error_set(err, EINVAL,
		"%s is no private key that can be used (ssh-keygen -y -f %s tells more)", path,
		path);
}

static int unlock_key(struct credentials *credentials, const char *path,
	const volatile sig_atomic_t *cancel, ssh_key *key, struct error *err)
{
	unsigned tries = credentials->files[QUESTION_PASSPHRASE] >= 0 ? 1 : TRIES;

	for (unsigned i = 0; i < tries; i++) {
		CLEANUP(cleanup_free)
		char *prompt =
			text_format("%sPassphrase of the key %s: ", i ? "Wrong. " : "", path);
		const struct secret *answer = NULL;
		int result = ask(credentials, QUESTION_PASSPHRASE, prompt, cancel, &answer, err);

		if (result < 0)
			return error_prefix(err, "the passphrase of %s", path);
		result = ssh_pki_import_privkey_file(path, secret_words(answer), NULL, NULL, key);
		forget(credentials, answer);
		if (result == SSH_OK)
			return 0;
	}
	return error_set(err, EACCES, "the passphrase of the key %s is wrong", path);
}

/* A copy of a key that was unlocked before, or NULL. */
static ssh_key find_key(struct credentials *credentials, const char *path)
{
	ssh_key key = NULL;

	pthread_mutex_lock(&credentials->lock);
	for (size_t i = 0; i < credentials->key_count && !key; i++) {
		if (strcmp(credentials->keys[i].path, path) == 0)
			key = ssh_key_dup(credentials->keys[i].key);
	}
	pthread_mutex_unlock(&credentials->lock);
	return key;
}

static void keep_key(struct credentials *credentials, const char *path, ssh_key key)
{
	struct known_key *known;

	pthread_mutex_lock(&credentials->lock);
	known = VECTOR_APPEND(credentials->keys, credentials->key_count);
	known->path = text_copy(path);
	known->key = ssh_key_dup(key);
	pthread_mutex_unlock(&credentials->lock);
}

int credentials_key(struct credentials *credentials, const char *path, bool may_ask,
	const volatile sig_atomic_t *cancel, ssh_key *key, uint64_t *asked_ms, struct error *err)
{
	uint64_t began = clock_monotonic_ms();
	int result;

	*key = credentials ? find_key(credentials, path) : NULL;
	if (*key)
		return 0;
	result = read_key(path, key, err);
	if (result != -EAGAIN || !may_ask)
		return result;
	if (!credentials)
		return error_set(err, ENOTTY,
			"the key %s has a passphrase, and nobody can be asked for it", path);
	result = take_turn(credentials, cancel, err);
	if (result < 0)
		return result;
	/* Another session may have asked meanwhile. */
	*key = find_key(credentials, path);
	result = *key ? 0 : unlock_key(credentials, path, cancel, key, err);
	if (result == 0)
		keep_key(credentials, path, *key);
	leave_turn(credentials);
	*asked_ms += clock_monotonic_ms() - began;
	return result;
}

/* What sudo took on that node before; node NULL: anywhere. */
static const struct secret *find_password(const struct credentials_turn *turn, const char *node)
{
	struct credentials *credentials = turn->credentials;
	const struct secret *found = NULL;

	pthread_mutex_lock(&credentials->lock);
	for (size_t i = 0; i < credentials->password_count && !found; i++) {
		const struct known_password *known = &credentials->passwords[i];

		if (strcmp(known->user, turn->user) == 0 &&
			(!node || strcmp(known->node, node) == 0))
			found = known->secret;
	}
	pthread_mutex_unlock(&credentials->lock);
	return found;
}

static int ask_password(
	struct credentials_turn *turn, const struct secret **password, struct error *err)
{
	struct credentials *credentials = turn->credentials;
	CLEANUP(cleanup_free)
	char *prompt =
		text_format("%sPassword of %s for sudo on %s: ", turn->answers ? "Wrong. " : "",
			turn->user, turn->node);
	int result;

	if (credentials->refused_on)
		return error_set(err, EACCES,
			"the password of %s for sudo was refused on %s and is not tried elsewhere, so that no account is locked",
			turn->user, credentials->refused_on);
	if (turn->answers >= TRIES || (turn->answers && credentials->files[QUESTION_PASSWORD] >= 0))
		return error_set(
			err, EACCES, "sudo does not accept the password of %s", turn->user);
	result = ask(credentials, QUESTION_PASSWORD, prompt, turn->cancel, password, err);
	return result < 0 ? error_prefix(err, "the password of %s for sudo", turn->user) : 0;
}

int credentials_password(
	struct credentials_turn *turn, const struct secret **password, struct error *err)
{
	const struct secret *known = turn->answers ? NULL : find_password(turn, turn->node);
	int result = 0;

	if (!known && !turn->holding) {
		result = take_turn(turn->credentials, turn->cancel, err);
		turn->holding = result == 0;
	}
	/* What is right elsewhere is tried once, by one after the other. */
	if (!known && result == 0 && !turn->answers)
		known = find_password(turn, NULL);
	if (!known && result == 0)
		result = ask_password(turn, &known, err);
	if (result < 0)
		return result;
	turn->answers++;
	turn->given = known;
	*password = known;
	return 0;
}

static void keep_password(const struct credentials_turn *turn)
{
	struct credentials *credentials = turn->credentials;
	struct known_password *known = NULL;

	pthread_mutex_lock(&credentials->lock);
	for (size_t i = 0; i < credentials->password_count && !known; i++) {
		struct known_password *each = &credentials->passwords[i];

		if (strcmp(each->user, turn->user) == 0 && strcmp(each->node, turn->node) == 0)
			known = each;
	}
	if (!known) {
		known = VECTOR_APPEND(credentials->passwords, credentials->password_count);
		known->node = text_copy(turn->node);
		known->user = text_copy(turn->user);
	}
	known->secret = turn->given;
	pthread_mutex_unlock(&credentials->lock);
}

void credentials_end_turn(struct credentials_turn *turn, enum credentials_verdict verdict)
{
	struct credentials *credentials = turn->credentials;

	if (verdict == CREDENTIALS_ACCEPTED && turn->given)
		keep_password(turn);
	if (verdict == CREDENTIALS_REFUSED && turn->holding && turn->answers &&
		!find_password(turn, NULL) && !credentials->refused_on)
		credentials->refused_on = text_copy(turn->node);
	if (turn->holding)
		leave_turn(credentials);
	turn->holding = false;
}
