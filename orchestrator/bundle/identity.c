/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One digest that stands for a bundle's content. */
#include "orchestrator/bundle/identity.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>

#include "lib/base/text.h"

int bundle_identity(
	const struct bundle *bundle, char identity[BUNDLE_IDENTITY_SIZE], struct error *err)
{
	CLEANUP(cleanup_text) struct text list = {0};
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0, i;
	size_t j;

	for (j = 0; j < bundle->package_count; j++)
		text_appendf(
			&list, "%s  %s\n", bundle->packages[j].sha256, bundle->packages[j].file);
	if (!EVP_Digest(text_string(&list), list.length, digest, &length, EVP_sha256(), NULL) ||
		length != (BUNDLE_IDENTITY_SIZE - 1) / 2)
		return error_set(err, EIO, "%s: SHA-256 failed", bundle->path);
	for (i = 0; i < length; i++)
		snprintf(identity + 2 * i, 3, "%02x", digest[i]);
	return 0;
}
