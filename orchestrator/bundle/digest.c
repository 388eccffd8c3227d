/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several digests of one file in one reading, in bounded memory. */
#include "orchestrator/bundle/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

#define BLOCK_SIZE (256u * 1024)

static const struct {
	const char *name;
	size_t bytes;
	const EVP_MD *(*method)(void);
} kinds[DIGEST_COUNT] = {
	[DIGEST_MD5] = {"MD5", 16, EVP_md5},
	[DIGEST_SHA1] = {"SHA1", 20, EVP_sha1},
	[DIGEST_SHA256] = {"SHA256", 32, EVP_sha256},
	[DIGEST_SHA512] = {"SHA512", 64, EVP_sha512},
};

/* The computations under way; NULL where a digest is not wanted. */
struct work {
	EVP_MD_CTX *contexts[DIGEST_COUNT];
};

static void work_clear(struct work *work)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		EVP_MD_CTX_free(work->contexts[i]);
}

const char *digest_name(enum digest_kind kind)
{
	return kinds[kind].name;
}

size_t digest_length(enum digest_kind kind)
{
	return kinds[kind].bytes * 2;
}

static int work_begin(struct work *work, unsigned int wanted, struct error *err)
{
	for (unsigned int i = 0; i < DIGEST_COUNT; i++) {
		if (!(wanted & DIGEST_BIT(i)))
			continue;
		work->contexts[i] = EVP_MD_CTX_new();
		if (!work->contexts[i] ||
			EVP_DigestInit_ex(work->contexts[i], kinds[i].method(), NULL) != 1)
			return error_set(err, ENOTSUP,
				"OpenSSL does not offer %s here; is this machine in FIPS mode?",
				kinds[i].name);
	}
	return 0;
}

static int work_add(struct work *work, const void *bytes, size_t length, struct error *err)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		if (work->contexts[i] && EVP_DigestUpdate(work->contexts[i], bytes, length) != 1)
			return error_set(err, EIO, "OpenSSL failed to compute %s", kinds[i].name);
	return 0;
}

static int work_end(struct work *work, struct digests *digests, struct error *err)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int length;

	for (size_t i = 0; i < DIGEST_COUNT; i++) {
		if (!work->contexts[i])
			continue;
		if (EVP_DigestFinal_ex(work->contexts[i], raw, &length) != 1)
			return error_set(err, EIO, "OpenSSL failed to compute %s", kinds[i].name);
		for (unsigned int j = 0; j < length; j++) {
			digests->hex[i][2 * j] = "0123456789abcdef"[raw[j] >> 4];
			digests->hex[i][2 * j + 1] = "0123456789abcdef"[raw[j] & 15];
		}
		digests->hex[i][2 * length] = '\0';
	}
	return 0;
}

int digest_descriptor(int descriptor, const char *path, unsigned int wanted,
	struct digests *digests, struct error *err)
{
	CLEANUP(work_clear) struct work work = {0};
	CLEANUP(cleanup_free) char *block = malloc(BLOCK_SIZE);
	struct digests result = {0};
	struct stat status;
	ssize_t count;

	if (!block)
		return error_set(err, ENOMEM, "%s: out of memory", path);
	if (fstat(descriptor, &status) < 0)
		return error_system(err, errno, "%s: cannot stat", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, EINVAL, "%s: not a regular file", path);
	if (work_begin(&work, wanted, err) < 0)
		return error_prefix(err, "%s", path);
	while ((count = pread(descriptor, block, BLOCK_SIZE, (off_t)result.size)) != 0) {
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_system(err, errno, "%s: cannot read", path);
		if (work_add(&work, block, (size_t)count, err) < 0)
			return error_prefix(err, "%s", path);
		result.size += (uint64_t)count;
	}
	if (work_end(&work, &result, err) < 0)
		return error_prefix(err, "%s", path);
	*digests = result;
	return 0;
}

int digest_file(const char *path, unsigned int wanted, struct digests *digests, struct error *err)
{
	/* O_NONBLOCK: opening a FIFO by mistake must not hang. */
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (descriptor < 0)
		return error_system(err, errno, "%s: cannot open", path);
	return digest_descriptor(descriptor, path, wanted, digests, err);
}
