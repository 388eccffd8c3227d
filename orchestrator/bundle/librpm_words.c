/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What librpm logs of a check, read. */
#include "orchestrator/bundle/librpm_words.h"

#include <string.h>

/* As rpmkeys -Kv prints: "Payload SHA256 digest: BAD (Expected ... != ...)". */
static const char *const failures[] = {": BAD", ": NOTFOUND"};
static const char alternative[] = " ALT ";

/* "Header V4 EdDSA/SHA512 Signature, key ID 8db73f7b: NOKEY"; newer: "OpenPGP ... signature". */
static const char before_key[] = "ignature, key ID ";
static const struct {
	const char *said; /* to the end of the line */
	enum package_signature meaning;
} verdicts[] = {
	{": OK", PACKAGE_SIGNATURE_OK},
	{": NOKEY", PACKAGE_SIGNATURE_UNKNOWN_KEY},
	{": NOTTRUSTED", PACKAGE_SIGNATURE_NOT_TRUSTED},
};

enum librpm_words librpm_words_read(const char *line)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		if (strstr(line, failures[i]))
			return strstr(line, alternative) ? LIBRPM_WORDS_FAILED_ALT
							 : LIBRPM_WORDS_FAILED;
	}
	return LIBRPM_WORDS_OTHER;
}

enum package_signature librpm_words_signature(const char *line, const char **key, size_t *length)
{
	const char *start = strstr(line, before_key);

	if (!start)
		return PACKAGE_SIGNATURE_NONE;
	start += strlen(before_key);
	*key = start;
	*length = strspn(start, "0123456789abcdef");
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		if (strcmp(start + *length, verdicts[i].said) == 0)
			return verdicts[i].meaning;
	}
	return PACKAGE_SIGNATURE_NONE;
}
