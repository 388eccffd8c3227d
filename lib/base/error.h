/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong, in words for an administrator; filled by library functions, printed at the top.
 */
#ifndef LIB_BASE_ERROR_H
#define LIB_BASE_ERROR_H

#include <stdbool.h>

#include "lib/base/cleanup.h"

/*
 * The longest text, without its terminator; what is longer is cut there. Far beyond anything for
 * people: only there so that a remote machine that says megabytes does not fill our memory.
 */
enum { ERROR_TEXT_MAX = 64 * 1024 - 1 };

/*
 * Owns its text. `CLEANUP(error_release) struct error err = {0};`; never copied by assignment
 * (error_move hands it on). Every function here takes NULL for "nobody wants to know".
 */
struct error {
	int number; /* a positive errno value; 0: nothing went wrong */
	char *said; /* NULL: nothing; read with error_text */
};

/*
 * Fills err (which may be NULL) and returns -number, so that a function can end with
 * `return error_set(err, EINVAL, "...")`. The text names the object, the value, the limit and
 * what to do next; what err said before is released, after the arguments, which may be made of it,
 * were read. number: a positive errno value. With memory exhausted the number stands, and the text
 * says only that.
 */
int error_set(struct error *err, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* As error_set with ": strerror(number)" behind the text. */
int error_system(struct error *err, int number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Puts "words: " in front of what err already says; returns -err->number. err may be NULL (-EIO).
 */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What err says, "" when nothing: never NULL; borrowed until the next change of err. */
const char *error_text(const struct error *err);
/* Does err say anything? */
bool error_is_set(const struct error *err);

/*
 * Hands what from says to to, which says something else no longer; from is {0} afterwards. Returns
 * -number. to may be from (nothing happens) or NULL (from is released).
 */
int error_move(struct error *to, struct error *from);

/* to says what from says; from keeps it. Returns -number. */
int error_copy(struct error *to, const struct error *from);

/* Makes err {0} again, ready for the next use. */
void error_release(struct error *err);

#endif
