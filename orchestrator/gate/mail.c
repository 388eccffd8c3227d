/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a mail as sendmail(8) -t wants it. */
#include "orchestrator/gate/mail.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/text.h"

/* RFC 2047: an encoded word has at most 75 characters; 45 bytes become 60. */
enum { LINE_LIMIT = 900, SUBJECT_LIMIT = 300, WORD_BYTES = 45 };

static bool is_ascii(const char *words)
{
	for (; *words; words++) {
		if ((unsigned char)*words >= 0x80)
			return false;
	}
	return true;
}

static void append_base64(struct text *text, const char *bytes, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		uint32_t three = (uint32_t)(unsigned char)bytes[i] << 16;
		char out[5] = "====";

		if (i + 1 < length)
			three |= (uint32_t)(unsigned char)bytes[i + 1] << 8;
		if (i + 2 < length)
			three |= (uint32_t)(unsigned char)bytes[i + 2];
		out[0] = digits[three >> 18];
		out[1] = digits[three >> 12 & 63];
		if (i + 1 < length)
			out[2] = digits[three >> 6 & 63];
		if (i + 2 < length)
			out[3] = digits[three & 63];
		text_append(text, out);
	}
}

/* How many bytes of words fit into one encoded word without parting a character. */
static size_t word_length(const char *words)
{
	size_t length = strlen(words);

	if (length <= WORD_BYTES)
		return length;
	for (length = WORD_BYTES; length > 1 && ((unsigned char)words[length] & 0xc0) == 0x80;)
		length--;
	return length;
}

static void append_subject(struct text *text, const char *subject)
{
	char printable[SUBJECT_LIMIT];
	const char *rest = text_printable(printable, sizeof(printable), subject);

	text_append(text, "Subject: ");
	if (is_ascii(rest)) {
		text_append(text, rest);
		rest = "";
	}
	while (*rest) {
		size_t length = word_length(rest);

		text_append(text, "=?UTF-8?B?");
		append_base64(text, rest, length);
		text_append(text, "?=");
		rest += length;
		if (*rest)
			text_append(text, "\n ");
	}
	text_append(text, "\n");
}

static void append_line(struct text *text, const char *line, size_t length)
{
	while (length > LINE_LIMIT) {
		size_t part = LINE_LIMIT;

		while (part > 1 && ((unsigned char)line[part] & 0xc0) == 0x80)
			part--;
		text_append_bytes(text, line, part);
		text_append(text, "\n");
		line += part;
		length -= part;
	}
	text_append_bytes(text, line, length);
	text_append(text, "\n");
}

char *mail_text(const struct word_list *to, const char *subject, const char *body)
{
	struct text text = {0};

	for (size_t i = 0; i < to->count; i++)
		text_appendf(&text, "%s%s%s", i ? " " : "To: ", to->items[i],
			i + 1 < to->count ? ",\n" : "\n");
	append_subject(&text, subject);
	text_append(&text, "MIME-Version: 1.0\n"
			   "Content-Type: text/plain; charset=UTF-8\n"
			   "Content-Transfer-Encoding: 8bit\n"
			   /* RFC 3834: no vacation notice shall answer. */
			   "Auto-Submitted: auto-generated\n"
			   "\n");
	for (const char *line = body; *line;) {
		size_t length = strcspn(line, "\n");

		append_line(&text, line, length);
		line += length;
		line += *line == '\n';
	}
	return text_take(&text);
}
