/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing string, and the few string questions that the C library leaves open. */
#ifndef LIB_BASE_TEXT_H
#define LIB_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Start as {0}. data is NULL while empty, else terminated; release with text_clear. */
struct text {
	char *data;
	size_t length;
	size_t capacity;
};

/* Appending ends the program when memory is exhausted: no caller could do anything better. */
void text_append(struct text *text, const char *words);
void text_append_bytes(struct text *text, const void *bytes, size_t length);
void text_appendf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Releases the memory and makes it empty. */
void text_clear(struct text *text);
/* The content, "" when empty; borrowed until the next change. */
const char *text_string(const struct text *text);
/* Hands the content to the caller as an owned string (never NULL) and leaves it empty. */
char *text_take(struct text *text);

static inline void cleanup_text(struct text *text)
{
	text_clear(text);
}

/* Owned copies that end the program when memory is exhausted. */
char *text_copy(const char *words);
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_format_list(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

bool text_starts_with(const char *words, const char *start);
bool text_ends_with(const char *words, const char *end);
/* Both may be NULL; NULL equals only NULL. */
bool text_equal(const char *left, const char *right);
/* Cuts white space off both ends in place; returns the first character kept. */
char *text_trim(char *words);

/*
 * Copies words into buffer with control characters and bytes that are no valid UTF-8 shown as
 * \xNN, so that a terminal or log line can hold what a remote machine or a file said.
 * size >= 1; cut when too long. Returns buffer.
 */
char *text_printable(char *buffer, size_t size, const char *words);
/* The same of any length; owned. */
char *text_printable_copy(const char *words);
/* As text_printable_copy, with newlines and tabs kept. */
char *text_printable_lines(const char *words);

#endif
