/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in libconfuse syntax (blocks with braces), read with all problems reported at once. */
#include "lib/conf/block.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/conf/block_syntax.h"

#define FILE_LIMIT (1u << 20)

/*
 * Where callbacks leave what they find. libconfuse hands its callbacks nothing of ours and keeps
 * the state of its lexer in globals as well; set only while block_parse_bytes runs.
 */
static _Thread_local struct problems *block_sink;

__attribute__((format(printf, 2, 0))) static void add_problem(
	cfg_t *section, const char *format, va_list arguments)
{
	CLEANUP(cleanup_free) char *message = NULL;

	if (!block_sink || vasprintf(&message, format, arguments) < 0)
		return;
	problems_add(block_sink, section->filename ? section->filename : "",
		section->line > 0 ? (unsigned int)section->line : 0, "%s", message);
	/* libconfuse takes a left over ERANGE for one of its own next number. */
	errno = 0;
}

int block_problem(cfg_t *section, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add_problem(section, format, arguments);
	va_end(arguments);
	return 0;
}

static void read_clean(cfg_t *cfg, char *clean, struct problems *problems)
{
	CLEANUP(cleanup_fclose) FILE *stream = NULL;
	size_t length = strlen(clean), before = problems->count;

	/* fmemopen refuses the length 0 on old systems, and there is nothing to read. */
	if (!length)
		return;
	stream = fmemopen(clean, length, "r");
	if (!stream) {
		problems_add(problems, cfg->filename, 0, "cannot be read from memory: %s",
			strerror(errno));
		return;
	}
	errno = 0;
	block_sink = problems;
	if (cfg_parse_fp(cfg, stream) != CFG_SUCCESS && problems->count == before)
		problems_add(problems, cfg->filename, (unsigned int)cfg->line,
			"cannot be read beyond this line");
	block_sink = NULL;
}

cfg_t *block_parse_bytes(
	const char *path, const char *bytes, cfg_opt_t *options, struct problems *problems)
{
	CLEANUP(cleanup_free) char *clean = block_syntax_check(path, bytes, options, problems);
	cfg_t *cfg = cfg_init(options, CFGF_NONE);

	if (!cfg) {
		problems_add(problems, path, 0, "out of memory");
		return NULL;
	}
	cfg_set_error_function(cfg, add_problem);
	cfg->filename = text_copy(path);
	read_clean(cfg, clean, problems);
	return cfg;
}

char *block_read(const char *path, struct problems *problems)
{
	CLEANUP(cleanup_free) char *bytes = NULL;
	CLEANUP(error_release) struct error err = {0};
	unsigned int line = 1;
	size_t length;

	if (file_read(path, FILE_LIMIT, &bytes, &length, &err) < 0) {
		const char *words = error_text(&err);
		size_t prefix = strlen(path);
		bool named = text_starts_with(words, path) && words[prefix] == ':';

		problems_add(problems, path, 0, "%s", words + (named ? prefix + 2 : 0));
		return NULL;
	}
	if (strlen(bytes) == length)
		return TAKE(bytes);
	for (const char *p = bytes; *p; p++)
		line += *p == '\n';
	problems_add(problems, path, line, "a zero byte: this is not a text file");
	return NULL;
}

cfg_t *block_parse(const char *path, cfg_opt_t *options, struct problems *problems)
{
	CLEANUP(cleanup_free) char *bytes = block_read(path, problems);

	return bytes ? block_parse_bytes(path, bytes, options, problems) : NULL;
}
