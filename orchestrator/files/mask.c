/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hides the passwords in what is shown of a configuration that is no secret as a whole. */
#include "orchestrator/files/mask.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/base/text.h"

static const char blanks[] = " \t=:\"'";

static bool announces_secret(const char *word, size_t length)
{
	/* keepalived.conf(5); haproxy's "user N password P"; what programs of all kinds call it. */
	static const char *const ends[] = {"auth_pass", "password", "passwd", "passphrase",
		"secret", "smtp_pass", "token", "psk"};
	/* haproxy's "stats auth USER:PASSWORD". */
	static const char whole[] = "auth";

	if (length == strlen(whole) && strncasecmp(word, whole, length) == 0)
		return true;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);

		if (length >= end && strncasecmp(word + length - end, ends[i], end) == 0)
			return true;
	}
	return false;
}

/* How much of the line may be shown; all of it when it has no secret. */
static size_t shown(const char *line, size_t length)
{
	/* The mark of a diff's line is no part of its first word. */
	size_t at = length && strchr("+-", *line) ? 1 : 0;

	while (at < length) {
		size_t word = at, end;

		while (word < length && strchr(blanks, line[word]))
			word++;
		end = word;
		while (end < length && !strchr(blanks, line[end]))
			end++;
		at = end;
		while (at < length && strchr(blanks, line[at]))
			at++;
		if (at < length && announces_secret(line + word, end - word))
			return end;
	}
	return length;
}

char *mask_passwords(const char *lines)
{
	struct text text = {0};

	while (*lines) {
		size_t length = strcspn(lines, "\n"), first = shown(lines, length);

		text_append_bytes(&text, lines, first);
		if (first < length)
			text_append(&text, " (masked)");
		lines += length;
		if (*lines)
			text_append_bytes(&text, lines++, 1);
	}
	return text_take(&text);
}
