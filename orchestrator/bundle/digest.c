/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several digests of the same bytes in one reading: OpenSSL, and libb2 for BLAKE2b, of which
 * OpenSSL 3.0 knows one length only. */
#include "orchestrator/bundle/digest.h"

#include <blake2.h>
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/vector.h"

#define BLOCK_SIZE (256u * 1024)

static const struct {
	const char *name;
	size_t bytes;
} kinds[DIGEST_COUNT] = {
	[DIGEST_MD5] = {"MD5", 16},
	[DIGEST_SHA1] = {"SHA1", 20},
	[DIGEST_SHA224] = {"SHA224", 28},
	[DIGEST_SHA256] = {"SHA256", 32},
	[DIGEST_SHA384] = {"SHA384", 48},
	[DIGEST_SHA512] = {"SHA512", 64},
	[DIGEST_SM3] = {"SM3", 32},
	[DIGEST_BLAKE2B] = {"BLAKE2b", BLAKE2B_OUTBYTES},
};

struct blake2b {
	blake2b_state state;
	size_t bytes;
};

struct digest_work {
	EVP_MD_CTX *contexts[DIGEST_COUNT]; /* NULL where a digest is not wanted */
	struct blake2b *blake2b;
	size_t blake2b_count;
	uint64_t size;
};

const char *digest_name(enum digest_kind kind)
{
	return kinds[kind].name;
}

size_t digest_length(enum digest_kind kind)
{
	return kinds[kind].bytes * 2;
}

void digest_want(struct digest_wanted *wanted, enum digest_kind kind, size_t hex_length)
{
	if (kind == DIGEST_BLAKE2B)
		wanted->blake2b |= UINT64_C(1) << (hex_length / 2 - 1);
	else
		wanted->kinds |= DIGEST_BIT(kind);
}

bool digest_covers(const struct digest_wanted *whole, const struct digest_wanted *part)
{
	return !(part->kinds & ~whole->kinds) && !(part->blake2b & ~whole->blake2b);
}

void digests_clear(struct digests *digests)
{
	free(digests->items);
	*digests = (struct digests){0};
}

const char *digests_find(const struct digests *digests, enum digest_kind kind, size_t hex_length)
{
	for (size_t i = 0; i < digests->count; i++)
		if (digests->items[i].kind == kind && strlen(digests->items[i].hex) == hex_length)
			return digests->items[i].hex;
	return NULL;
}

int digest_work_begin(
	const struct digest_wanted *wanted, struct digest_work **work, struct error *err)
{
	CLEANUP(cleanup_digest_work)
	struct digest_work *made = vector_resize(NULL, 1, sizeof(*made));

	*made = (struct digest_work){0};
	for (unsigned int i = 0; i < DIGEST_BLAKE2B; i++) {
		const EVP_MD *method;

		if (!(wanted->kinds & DIGEST_BIT(i)))
			continue;
		method = EVP_get_digestbyname(kinds[i].name);
		made->contexts[i] = EVP_MD_CTX_new();
		if (!method || !made->contexts[i] ||
			EVP_DigestInit_ex(made->contexts[i], method, NULL) != 1)
			return error_set(err, ENOTSUP,
				"OpenSSL does not offer %s here; is this machine in FIPS mode?",
				kinds[i].name);
	}
	for (size_t bytes = 1; bytes <= BLAKE2B_OUTBYTES; bytes++) {
		struct blake2b *blake2b;

		if (!(wanted->blake2b & UINT64_C(1) << (bytes - 1)))
			continue;
		blake2b = VECTOR_APPEND(made->blake2b, made->blake2b_count);
		blake2b->bytes = bytes;
		if (blake2b_init(&blake2b->state, bytes) != 0)
			return error_set(err, ENOTSUP, "libb2 does not offer BLAKE2b of %zu bits",
				bytes * 8);
	}
	*work = TAKE(made);
	return 0;
}

int digest_work_add(struct digest_work *work, const void *bytes, size_t length, struct error *err)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		if (work->contexts[i] && EVP_DigestUpdate(work->contexts[i], bytes, length) != 1)
			return error_set(err, EIO, "OpenSSL failed to compute %s", kinds[i].name);
	for (size_t i = 0; i < work->blake2b_count; i++)
		if (blake2b_update(&work->blake2b[i].state, bytes, length) != 0)
			return error_set(err, EIO, "libb2 failed to compute BLAKE2b");
	work->size += length;
	return 0;
}

static void keep(
	struct digests *digests, enum digest_kind kind, const unsigned char *raw, size_t length)
{
	struct digest *digest = VECTOR_APPEND(digests->items, digests->count);

	digest->kind = kind;
	for (size_t i = 0; i < length; i++) {
		digest->hex[2 * i] = "0123456789abcdef"[raw[i] >> 4];
		digest->hex[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
	}
}

int digest_work_end(struct digest_work *work, struct digests *digests, struct error *err)
{
	CLEANUP(cleanup_digests) struct digests found = {.size = work->size};
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int length;

	for (unsigned int i = 0; i < DIGEST_BLAKE2B; i++) {
		if (!work->contexts[i])
			continue;
		if (EVP_DigestFinal_ex(work->contexts[i], raw, &length) != 1)
			return error_set(err, EIO, "OpenSSL failed to compute %s", kinds[i].name);
		keep(&found, (enum digest_kind)i, raw, length);
	}
	for (size_t i = 0; i < work->blake2b_count; i++) {
		struct blake2b *blake2b = &work->blake2b[i];

		if (blake2b_final(&blake2b->state, raw, blake2b->bytes) != 0)
			return error_set(err, EIO, "libb2 failed to compute BLAKE2b");
		keep(&found, DIGEST_BLAKE2B, raw, blake2b->bytes);
	}
	*digests = found;
	found = (struct digests){0};
	return 0;
}

void digest_work_free(struct digest_work *work)
{
	if (!work)
		return;
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		EVP_MD_CTX_free(work->contexts[i]);
	free(work->blake2b);
	free(work);
}

int digest_descriptor(int descriptor, const char *path, const struct digest_wanted *wanted,
	struct digests *digests, struct error *err)
{
	CLEANUP(cleanup_digest_work) struct digest_work *work = NULL;
	CLEANUP(cleanup_free) char *block = malloc(BLOCK_SIZE);
	struct stat status;
	ssize_t count;
	off_t at = 0;

	if (!block)
		return error_set(err, ENOMEM, "%s: out of memory", path);
	if (fstat(descriptor, &status) < 0)
		return error_system(err, errno, "%s: cannot stat", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, EINVAL, "%s: not a regular file", path);
	if (digest_work_begin(wanted, &work, err) < 0)
		return error_prefix(err, "%s", path);
	while ((count = pread(descriptor, block, BLOCK_SIZE, at)) != 0) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_system(err, errno, "%s: cannot read", path);
		if (digest_work_add(work, block, (size_t)count, err) < 0)
			return error_prefix(err, "%s", path);
		at += count;
	}
	return digest_work_end(work, digests, err) < 0 ? error_prefix(err, "%s", path) : 0;
}
