/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filling of struct error. */
#include "lib/base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int number, const char *format, ...)
{
	va_list arguments;

	if (!err)
		return -number;
	err->number = number;
	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	return -number;
}

int error_system(struct error *err, int number, const char *format, ...)
{
	va_list arguments;
	size_t used;

	if (!err)
		return -number;
	err->number = number;
	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(number));
	return -number;
}

int error_prefix(struct error *err, const char *format, ...)
{
	char before[ERROR_TEXT_MAX];
	va_list arguments;
	size_t used;

	if (!err)
		return -EIO;
	memcpy(before, err->text, sizeof(before));
	va_start(arguments, format);
	vsnprintf(err->text, sizeof(err->text), format, arguments);
	va_end(arguments);
	used = strlen(err->text);
	/* Cutting the tail is what the contract says. */
	(void)!snprintf(err->text + used, sizeof(err->text) - used, ": %.900s", before);
	return -err->number;
}
