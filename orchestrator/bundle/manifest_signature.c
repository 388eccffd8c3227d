/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who vouches for a manifest. */
#include "orchestrator/bundle/manifest_signature.h"

#include <openssl/evp.h>
#include <rpm/rpmcrypto.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmpgp.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/bundle/armour.h"
#include "orchestrator/bundle/librpm.h"
#include "orchestrator/bundle/packet.h"

enum { ED25519_SIZE = 64, SIGNATURES_MAX = 16 };

bool manifest_signature_is_name(const char *name, size_t *length)
{
	static const char *const ends[] = {".asc", ".sig", ".gpg", ".sign", ".ed25519"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (text_ends_with(name, ends[i]) && strlen(name) > strlen(ends[i])) {
			*length = strlen(name) - strlen(ends[i]);
			return true;
		}
	}
	return false;
}

static void cleanup_params(pgpDigParams *params)
{
	pgpDigParamsFree(*params);
}

static void say(struct signature_result *result, enum signature_verdict verdict, const char *why)
{
	result->verdict = verdict;
	snprintf(result->why, sizeof(result->why), "%s", why);
}

/* Signatures of text (type 1) are made over lines that end with CR LF. */
static void update(DIGEST_CTX digest, const struct text *message, bool is_text)
{
	const char *bytes = text_string(message);
	size_t left = message->length;

	while (is_text && left) {
		const char *end = memchr(bytes, '\n', left);
		size_t length = end ? (size_t)(end - bytes) : left;
		bool has_return = end && length && bytes[length - 1] == '\r';

		rpmDigestUpdate(digest, bytes, length - has_return);
		if (end)
			rpmDigestUpdate(digest, "\r\n", 2);
		length += end != NULL;
		bytes += length;
		left -= length;
	}
	if (!is_text)
		rpmDigestUpdate(digest, bytes, left);
}

/* Digests in which two texts with the same value can be made; RFC 9580, 9.5 refuses them, too. */
static const char *weak_digest(pgpDigParams params)
{
	switch (pgpDigParamsAlgo(params, PGPVAL_HASHALGO)) {
	case PGPHASHALGO_MD5:
		return "its digest is MD5, with which signatures can be forged";
	case PGPHASHALGO_SHA1:
		return "its digest is SHA1, with which signatures can be forged";
	case PGPHASHALGO_RIPEMD160:
		return "its digest is RIPEMD160, with which signatures can be forged";
	}
	return NULL;
}

static void check_params(pgpDigParams params, const struct text *message,
	const struct keyring *keyring, struct signature_result *result)
{
	const char *weak = weak_digest(params);
	int type = pgpSignatureType(params);
	DIGEST_CTX digest;

	if (type != PGPSIGTYPE_BINARY && type != PGPSIGTYPE_TEXT) {
		say(result, SIGNATURE_BAD, "it signs something else than a file");
		return;
	}
	if (weak) {
		say(result, SIGNATURE_UNCHECKED, weak);
		return;
	}
	digest = rpmDigestInit((int)pgpDigParamsAlgo(params, PGPVAL_HASHALGO), RPMDIGEST_NONE);
	if (!digest) {
		say(result, SIGNATURE_UNCHECKED, "librpm does not know its digest");
		return;
	}
	update(digest, message, type == PGPSIGTYPE_TEXT);
	switch (rpmKeyringVerifySig(keyring_handle(keyring), params, digest)) {
	case RPMRC_OK:
		result->verdict = SIGNATURE_OK;
		break;
	case RPMRC_NOKEY:
		result->verdict = SIGNATURE_UNKNOWN_KEY;
		break;
	case RPMRC_NOTTRUSTED:
		say(result, SIGNATURE_UNCHECKED, "rpm does not trust its key");
		break;
	case RPMRC_NOTFOUND:
	case RPMRC_FAIL:
		say(result, SIGNATURE_BAD, "it is not of this file, or one of the two is damaged");
		break;
	}
	rpmDigestFinal(digest, NULL, NULL, 0);
}

/* One packet of a row of signatures. */
static void check_packet(const struct packet *packet, const struct text *message,
	const struct keyring *keyring, struct signature_result *result)
{
	CLEANUP(cleanup_params) pgpDigParams params = NULL;
	const uint8_t *id;

	*result = (struct signature_result){0};
	if (pgpPrtParams(packet->bytes, packet->size, PGPTAG_SIGNATURE, &params) != 0 || !params) {
		say(result, SIGNATURE_BAD, "librpm cannot read it as an OpenPGP signature");
		return;
	}
	id = pgpDigParamsSignID(params);
	memcpy(result->key, "key ID ", 7);
	for (int i = 0; i < 8; i++)
		snprintf(result->key + 7 + 2 * i, 3, "%02x", id[i]);
	check_params(params, message, keyring, result);
}

static void check_packets(const uint8_t *bytes, size_t length, const struct text *message,
	const struct keyring *keyring, struct signature_result *result)
{
	struct packet packet;
	int count = 0;

	say(result, SIGNATURE_BAD, "it holds no OpenPGP signature");
	for (; length; bytes += packet.size, length -= packet.size) {
		struct signature_result next;

		if (!packet_first(bytes, length, &packet) || packet.tag != PGPTAG_SIGNATURE ||
			count++ == SIGNATURES_MAX) {
			say(result, SIGNATURE_BAD, "it holds something else than signatures");
			return;
		}
		check_packet(&packet, message, keyring, &next);
		if (next.verdict == SIGNATURE_BAD) {
			*result = next;
			return;
		}
		if (count == 1 || next.verdict < result->verdict)
			*result = next;
	}
}

static void check_armour(const struct text *signature, const struct text *message,
	const struct keyring *keyring, struct signature_result *result)
{
	CLEANUP(cleanup_text) struct text packets = {0};

	if (armour_decode(signature, &packets) == 0)
		check_packets(
			(const uint8_t *)packets.data, packets.length, message, keyring, result);
	else
		say(result, SIGNATURE_BAD, "its ASCII armour is damaged");
}

/* The 64 bytes of an Ed25519 signature, raw or in Base64. */
static bool read_ed25519(const struct text *signature, unsigned char *bytes)
{
	enum { ENCODED = 88, DECODED = 66 };
	unsigned char decoded[DECODED];
	size_t length = signature->length;

	if (length == ED25519_SIZE) {
		memcpy(bytes, signature->data, ED25519_SIZE);
		return true;
	}
	while (length && strchr(" \t\r\n", signature->data[length - 1]))
		length--;
	/* Two characters of padding stand for the bytes that are not there. */
	if (length != ENCODED || memcmp(signature->data + ENCODED - 2, "==", 2) != 0 ||
		EVP_DecodeBlock(decoded, (const unsigned char *)signature->data, ENCODED) !=
			DECODED)
		return false;
	memcpy(bytes, decoded, ED25519_SIZE);
	return true;
}

static void check_ed25519(const unsigned char *signature, const struct text *message,
	const struct keyring *keyring, struct signature_result *result)
{
	EVP_PKEY *key = keyring_ed25519(keyring);
	EVP_MD_CTX *context;

	snprintf(result->key, sizeof(result->key), "an Ed25519 key");
	if (!key) {
		result->verdict = SIGNATURE_UNKNOWN_KEY;
		return;
	}
	snprintf(result->key, sizeof(result->key), "the Ed25519 key");
	context = EVP_MD_CTX_new();
	if (!context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) != 1)
		say(result, SIGNATURE_UNCHECKED, "OpenSSL cannot use the key");
	else if (EVP_DigestVerify(context, signature, ED25519_SIZE,
			 (const unsigned char *)text_string(message), message->length) != 1)
		say(result, SIGNATURE_BAD,
			"it is not of this file, made with another key, or one of them is damaged");
	EVP_MD_CTX_free(context);
}

void manifest_signature_check(const struct text *message, const struct text *signature,
	const struct keyring *keyring, struct signature_result *result)
{
	CLEANUP(cleanup_librpm_log) struct librpm_log log;
	unsigned char bytes[ED25519_SIZE];

	librpm_begin(&log);
	*result = (struct signature_result){0};
	if (!signature->length)
		say(result, SIGNATURE_BAD, "it is empty");
	/* No OpenPGP signature is as short as that. */
	else if (read_ed25519(signature, bytes))
		check_ed25519(bytes, message, keyring, result);
	else if (signature->data[0] & (char)0x80)
		check_packets((const uint8_t *)signature->data, signature->length, message, keyring,
			result);
	else
		check_armour(signature, message, keyring, result);
}
