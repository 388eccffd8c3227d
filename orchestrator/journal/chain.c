/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash of a journal's row out of the hash before it and the row's fields. */
#include "orchestrator/journal/chain.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/journal/journal.h"

static bool add_head(EVP_MD_CTX *context, char type, uint64_t number)
{
	unsigned char bytes[9] = {(unsigned char)type};

	for (size_t i = 0; i < 8; i++)
		bytes[1 + i] = (unsigned char)(number >> (56 - 8 * i));
	return EVP_DigestUpdate(context, bytes, sizeof(bytes)) == 1;
}

static bool add_bytes(EVP_MD_CTX *context, sqlite3_value *value)
{
	const void *bytes = sqlite3_value_blob(value);
	size_t length = (size_t)sqlite3_value_bytes(value);

	return add_head(context, 't', length) &&
	       (!length || EVP_DigestUpdate(context, bytes, length) == 1);
}

static bool add_value(EVP_MD_CTX *context, sqlite3_value *value)
{
	switch (sqlite3_value_type(value)) {
	case SQLITE_NULL:
		return add_head(context, 'z', 0);
	case SQLITE_INTEGER:
		return add_head(context, 'n', (uint64_t)sqlite3_value_int64(value));
	default:
		return add_bytes(context, value);
	}
}

static void hash_values(sqlite3_context *call, int count, sqlite3_value **values)
{
	static const char digits[] = "0123456789abcdef";
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char words[2 * EVP_MAX_MD_SIZE];
	unsigned int length = 0;

	for (int i = 0; i < count && good; i++)
		good = add_value(context, values[i]);
	good = good && EVP_DigestFinal_ex(context, bytes, &length) == 1;
	EVP_MD_CTX_free(context);
	if (!good) {
		sqlite3_result_error_nomem(call);
		return;
	}
	for (unsigned int i = 0; i < length; i++) {
		words[2 * i] = digits[bytes[i] >> 4];
		words[2 * i + 1] = digits[bytes[i] & 15];
	}
	sqlite3_result_text(call, words, (int)(2 * length), SQLITE_TRANSIENT);
}

int chain_define(sqlite3 *connection)
{
	return sqlite3_create_function(connection, "chain", -1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL, hash_values, NULL,
		NULL);
}
