/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, in words for an administrator; filled by library functions, printed at the top.
 */
#ifndef LIB_BASE_ERROR_H
#define LIB_BASE_ERROR_H

#define ERROR_TEXT_MAX 1024

/* Plain data, owns nothing. Start it as {0}; text is always terminated, cut when too long. */
struct error {
	int number; /* a positive errno value */
	char text[ERROR_TEXT_MAX];
};

/*
 * Fills err (which may be NULL) and returns -number, so that a function can end with
 * `return error_set(err, EINVAL, "...")`. The text names the object, the value, the limit and
 * what to do next. number: a positive errno value.
 */
int error_set(struct error *err, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set with ": strerror(number)" behind the text. */
int error_system(struct error *err, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "words: " in front of what err already says; returns -err->number. err may be NULL (-EIO).
 */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
