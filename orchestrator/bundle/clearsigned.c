/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes a clear-signed text apart; the contract is in signature.h. */
#include <errno.h>
#include <string.h>

#include "orchestrator/bundle/manifest_signature.h"

static const char message_mark[] = "-----BEGIN PGP SIGNED MESSAGE-----";
static const char signature_mark[] = "-----BEGIN PGP SIGNATURE-----";

/* A line without its end and the blanks before that, which are not signed. */
struct line {
	const char *start;
	size_t length;
};

static bool next_line(const struct text *bytes, size_t *position, struct line *line)
{
	const char *end;

	if (*position >= bytes->length)
		return false;
	line->start = bytes->data + *position;
	end = memchr(line->start, '\n', bytes->length - *position);
	line->length = end ? (size_t)(end - line->start) : bytes->length - *position;
	*position += line->length + (end != NULL);
	while (line->length && strchr(" \t\r", line->start[line->length - 1]))
		line->length--;
	return true;
}

static bool is_words(const struct line *line, const char *words)
{
	return line->length == strlen(words) && memcmp(line->start, words, line->length) == 0;
}

/* "Hash: SHA256" and nothing else, up to an empty line. */
static bool skip_headers(const struct text *bytes, size_t *position)
{
	struct line line;

	while (next_line(bytes, position, &line)) {
		if (!line.length)
			return true;
		if (line.length < 5 || memcmp(line.start, "Hash:", 5) != 0)
			return false;
	}
	return false;
}

static int malformed(const char *why, struct error *err)
{
	return error_set(err, EBADMSG, "begins like a clear-signed text, but %s", why);
}

int manifest_signature_unwrap(
	const struct text *bytes, struct text *message, struct text *signature, struct error *err)
{
	CLEANUP(cleanup_text) struct text read = {0};
	bool is_first = true;
	struct line line;
	size_t position = 0;

	if (!next_line(bytes, &position, &line) || !is_words(&line, message_mark))
		return 0;
	if (memchr(bytes->data, '\0', bytes->length))
		return malformed("holds zero bytes", err);
	if (!skip_headers(bytes, &position))
		return malformed("its headers are not \"Hash: ...\" and an empty line", err);
	while (next_line(bytes, &position, &line)) {
		if (is_words(&line, signature_mark)) {
			text_append_bytes(message, text_string(&read), read.length);
			text_append_bytes(signature, line.start,
				bytes->length - (size_t)(line.start - bytes->data));
			return 1;
		}
		if (line.length && line.start[0] == '-') {
			if (line.length < 2 || line.start[1] != ' ')
				return malformed("a line in it begins with \"-\"", err);
			line.start += 2;
			line.length -= 2;
		}
		if (!is_first)
			text_append(&read, "\n");
		text_append_bytes(&read, line.start, line.length);
		is_first = false;
	}
	return malformed("its signature is missing", err);
}
