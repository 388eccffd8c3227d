/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling of struct error. */
#include "lib/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is said when there is no memory for what was to be said; nobody writes to it or frees it. */
static char no_memory[] = "out of memory, while telling of something that went wrong";

static void replace(struct error *err, char *said)
{
	if (err->said != no_memory)
		free(err->said);
	err->said = said;
}

/* The words and what follows them, as one owned text, or no_memory. */
static char *compose(const char *between, const char *after, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static char *compose(const char *between, const char *after, const char *format, va_list arguments)
{
	char *text = NULL;
	va_list again;
	size_t room;
	int used, length;

	va_copy(again, arguments);
	used = vsnprintf(NULL, 0, format, again);
	va_end(again);
	length = used < 0 ? -1 : snprintf(NULL, 0, "%s%s", between, after);
	/* Something that printf cannot do, such as more than INT_MAX bytes. */
	if (length < 0)
		return no_memory;
	room = (size_t)used + (size_t)length;
	room = (room < ERROR_TEXT_MAX ? room : ERROR_TEXT_MAX) + 1;
	text = malloc(room);
	if (!text)
		return no_memory;
	vsnprintf(text, room, format, arguments);
	/* Cutting the tail is what the contract says. */
	if ((size_t)used < room)
		(void)!snprintf(text + used, room - (size_t)used, "%s%s", between, after);
	return text;
}

int error_set(struct error *err, int number, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return -number;
	err->number = number;
	va_start(arguments, format);
	replace(err, compose("", "", format, arguments));
	va_end(arguments);
	return -number;
}

int error_system(struct error *err, int number, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return -number;
	err->number = number;
	va_start(arguments, format);
	replace(err, compose(": ", strerror(number), format, arguments));
	va_end(arguments);
	return -number;
}

int error_prefix(struct error *err, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return -EIO;
	va_start(arguments, format);
	replace(err, compose(": ", error_text(err), format, arguments));
	va_end(arguments);
	return -err->number;
}

const char *error_text(const struct error *err)
{
	return err && err->said ? err->said : "";
}

bool error_is_set(const struct error *err)
{
	return *error_text(err) != '\0';
}

int error_move(struct error *to, struct error *from)
{
	int number = from ? from->number : 0;

	if (to == from)
		return -number;
	if (!to) {
		error_release(from);
		return -number;
	}
	error_release(to);
	if (from) {
		*to = *from;
		*from = (struct error){0};
	}
	return -number;
}

int error_copy(struct error *to, const struct error *from)
{
	if (error_is_set(from))
		return error_set(to, from->number, "%s", error_text(from));
	error_release(to);
	if (to && from)
		to->number = from->number;
	return from ? -from->number : 0;
}

void error_release(struct error *err)
{
	if (!err)
		return;
	replace(err, NULL);
	err->number = 0;
}
