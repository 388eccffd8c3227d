/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The secrets by which nodes know each other's messages. */
#include "lib/cluster/authkeys.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/conf/line.h"

#define KEY_MAX 256
/* Fewer bytes than these can be guessed from a recorded message. */
#define KEY_GOOD 16
#define HEX_DIGITS "0123456789abcdefABCDEF"

struct key {
	const char *digest; /* OpenSSL's name; NULL: no such key */
	char secret[KEY_MAX + 1];
	size_t length;
};

struct authkeys {
	struct key keys[AUTHKEYS_MAX];
	unsigned int current;
	unsigned int auth_line; /* 0: no auth line yet */
	EVP_MAC *mac;
	struct problems warnings;
};

static const struct {
	const char *name, *digest;
} methods[] = {{"md5", "MD5"}, {"sha1", "SHA1"}, {"sha256", "SHA256"}};

void authkeys_free(struct authkeys *keys)
{
	if (!keys)
		return;
	EVP_MAC_free(keys->mac);
	problems_clear(&keys->warnings);
	OPENSSL_cleanse(keys, sizeof(*keys));
	free(keys);
}

/* No message may show a word of the file beyond a number: any of them may be the secret. */
static bool key_number(
	const struct line *line, const char *word, unsigned int *number, struct problems *problems)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t value;

	if (word[strspn(word, "0123456789")] != '\0' || !word[0]) {
		problems_add(problems, line->file, line->number,
			"the %s word is not a key number from 0 to %d%s",
			word == line->words[0] ? "first" : "second", AUTHKEYS_MAX - 1,
			word == line->words[0] ? ", nor 'auth'" : "");
		return false;
	}
	if (number_parse(word, "key number", 0, AUTHKEYS_MAX - 1, &value, &err) < 0) {
		problems_add(problems, line->file, line->number, "%s", error_text(&err));
		return false;
	}
	*number = (unsigned int)value;
	return true;
}

static const char *method_digest(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(name, methods[i].name) == 0)
			return methods[i].digest;
	return NULL;
}

static void auth_line(struct authkeys *keys, const struct line *line, struct problems *problems)
{
	if (line->word_count != 2) {
		problems_add(problems, line->file, line->number,
			"'auth' takes one number, that of the key to sign with");
		return;
	}
	if (keys->auth_line)
		problems_add(problems, line->file, line->number,
			"'auth' was given in line %u already; keep one of them", keys->auth_line);
	keys->auth_line = line->number;
	key_number(line, line->words[1], &keys->current, problems);
}

/* Good enough to be accepted, as Heartbeat 3 does, and yet not what anybody should use. */
static void look_for_weakness(
	struct authkeys *keys, const struct line *line, unsigned int number, const struct key *key)
{
	bool is_hex;

	if (strcmp(key->digest, "MD5") == 0)
		problems_add(&keys->warnings, line->file, line->number,
			"key %u signs with md5, which is broken as a digest; use sha256, or sha1 beside a Heartbeat 3",
			number);
	/* Who made hex digits made half as many bytes. */
	is_hex = strspn(key->secret, HEX_DIGITS) == key->length;
	if (key->length / (is_hex ? 2 : 1) < KEY_GOOD)
		problems_add(&keys->warnings, line->file, line->number,
			"the secret of key %u has fewer than %d bytes%s and can be guessed from one recorded message; 64 hex digits are advised, as `openssl rand -hex 32` makes them",
			number, KEY_GOOD, is_hex ? " (two hex digits are one)" : "");
}

static void key_line(struct authkeys *keys, const struct line *line, struct problems *problems)
{
	unsigned int number;
	struct key *key;
	const char *digest;

	if (line->word_count < 2) {
		problems_add(problems, line->file, line->number,
			"a key is 'NUMBER METHOD SECRET', such as '1 sha256 ...'");
		return;
	}
	if (!key_number(line, line->words[0], &number, problems))
		return;
	digest = method_digest(line->words[1]);
	if (!digest) {
		problems_add(problems, line->file, line->number,
			strcmp(line->words[1], "crc") == 0
				? "method crc is no protection and not supported; use sha256"
				: "unknown method; use md5, sha1 or sha256");
		return;
	}
	if (line->word_count != 3 || !line->words[2][0] || strlen(line->words[2]) > KEY_MAX) {
		problems_add(problems, line->file, line->number,
			"key %u needs one secret of 1 to %d bytes behind the method", number,
			KEY_MAX);
		return;
	}
	key = &keys->keys[number];
	if (key->digest) {
		problems_add(problems, line->file, line->number,
			"key %u was given already; each number may be used once", number);
		return;
	}
	key->digest = digest;
	key->length = strlen(line->words[2]);
	memcpy(key->secret, line->words[2], key->length);
	look_for_weakness(keys, line, number, key);
}

static void line_read(const struct line *line, struct problems *problems, void *context)
{
	if (strcmp(line->words[0], "auth") == 0)
		auth_line(context, line, problems);
	else
		key_line(context, line, problems);
}

struct authkeys *authkeys_read_bytes(
	const char *path, const char *bytes, size_t length, struct problems *problems)
{
	CLEANUP(cleanup_authkeys) struct authkeys *keys = vector_resize(NULL, 1, sizeof(*keys));
	size_t before = problems->count;

	memset(keys, 0, sizeof(*keys));
	line_parse_bytes(path, bytes, length, line_read, problems, keys);
	if (problems->count == before && !keys->auth_line)
		problems_add(
			problems, path, 0, "no 'auth NUMBER' line; it says which key to sign with");
	else if (problems->count == before && !keys->keys[keys->current].digest)
		problems_add(problems, path, keys->auth_line,
			"'auth %u' names a key that is not in the file; add '%u sha256 SECRET'",
			keys->current, keys->current);
	keys->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (!keys->mac)
		problems_add(problems, path, 0, "the crypto library has no HMAC");
	return problems->count == before ? TAKE(keys) : NULL;
}

static bool file_is_private(int descriptor, const char *path, struct problems *problems)
{
	struct stat status;

	if (fstat(descriptor, &status) < 0) {
		problems_add(problems, path, 0, "cannot stat: %s", strerror(errno));
		return false;
	}
	if (status.st_uid != 0 && status.st_uid != geteuid()) {
		problems_add(problems, path, 0,
			"belongs to user %u; do: chown root %s && chmod 600 %s",
			(unsigned int)status.st_uid, path, path);
		return false;
	}
	if (status.st_mode & (S_IRWXG | S_IRWXO)) {
		problems_add(problems, path, 0,
			"mode %04o lets others than its owner at the keys; do: chmod 600 %s",
			(unsigned int)status.st_mode & 07777, path);
		return false;
	}
	return true;
}

struct authkeys *authkeys_read(const char *path, struct problems *problems)
{
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct authkeys *keys = NULL;
	CLEANUP(error_release) struct error err = {0};
	char *bytes = NULL;
	size_t length;

	if (descriptor < 0) {
		problems_add(problems, path, 0, "cannot open: %s", strerror(errno));
		return NULL;
	}
	/* Asked of the open file, not of the name: it cannot be exchanged in between. */
	if (!file_is_private(descriptor, path, problems))
		return NULL;
	if (file_read_descriptor(descriptor, path, LINE_FILE_MAX, &bytes, &length, &err) < 0) {
		problems_add_file(problems, path, &err);
		return NULL;
	}
	keys = authkeys_read_bytes(path, bytes, length, problems);
	OPENSSL_cleanse(bytes, length);
	free(bytes);
	return keys;
}

const struct problems *authkeys_warnings(const struct authkeys *keys)
{
	return &keys->warnings;
}

unsigned int authkeys_current(const struct authkeys *keys)
{
	return keys->current;
}

static void hex_write(const unsigned char *bytes, size_t length, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < length; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

int authkeys_code(const struct authkeys *keys, unsigned int number, const void *bytes,
	size_t length, char *code, struct error *err)
{
	const struct key *key = number < AUTHKEYS_MAX ? &keys->keys[number] : NULL;
	unsigned char digest[AUTHKEYS_CODE_MAX / 2];
	OSSL_PARAM parameters[2];
	EVP_MAC_CTX *context;
	size_t size = 0;
	int good;

	if (!key || !key->digest)
		return error_set(err, ENOENT, "key %u is not in our authkeys", number);
	parameters[0] = OSSL_PARAM_construct_utf8_string(
		OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)key->digest, 0);
	parameters[1] = OSSL_PARAM_construct_end();
	context = EVP_MAC_CTX_new(keys->mac);
	good = context &&
	       EVP_MAC_init(context, (const unsigned char *)key->secret, key->length, parameters) ==
		       1 &&
	       EVP_MAC_update(context, bytes, length) == 1 &&
	       EVP_MAC_final(context, digest, &size, sizeof(digest)) == 1;
	EVP_MAC_CTX_free(context);
	if (!good)
		return error_set(
			err, EIO, "the crypto library cannot compute HMAC with %s", key->digest);
	hex_write(digest, size, code);
	return 0;
}
