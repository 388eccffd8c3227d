/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pattern of a profile: a POSIX extended regular expression. */
#include "orchestrator/cluster/pattern.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"

struct pattern {
	char *words;
	regex_t compiled;
};

/* Where in the expression something begins that we do not take; NULL: nowhere. */
static const char *find_excess(const char *words, const char **what)
{
	unsigned int braces = 0;

	for (const char *p = words; *p; p++) {
		if (*p == '\\' && p[1]) {
			p++;
			if (*p >= '1' && *p <= '9')
				return *what = "a back reference", p - 1;
			continue;
		}
		if (*p == '[') {
			/* "]" right behind "[" or "[^" stands for itself. */
			const char *first = p + 1 + (p[1] == '^');
			const char *end = *first ? strchr(first + 1, ']') : NULL;

			p = end ? end : p;
			continue;
		}
		if (*p != '{')
			continue;
		if (++braces > 1)
			return *what = "a second repetition in braces", p;
		for (const char *digit = p + 1; *digit && *digit != '}';) {
			unsigned long count = strtoul(digit, NULL, 10);

			if (count > PATTERN_REPEAT_MAX)
				return *what = "a repetition of more than 64 times", p;
			digit += strspn(digit, "0123456789");
			digit += *digit && *digit != '}';
		}
	}
	return NULL;
}

/*
 * regcomp does not say where the mistake is. It is behind the longest beginning that compiles, and
 * near enough to its end for somebody who looks at it.
 */
static size_t good_length(const char *words)
{
	CLEANUP(cleanup_free) char *copy = text_copy(words);
	size_t length = strlen(copy);

	while (length) {
		regex_t compiled;

		copy[--length] = '\0';
		if (length && regcomp(&compiled, copy, REG_EXTENDED | REG_NOSUB) == 0) {
			regfree(&compiled);
			break;
		}
	}
	return length;
}

int pattern_make(const char *words, struct pattern **pattern, struct error *err)
{
	CLEANUP(cleanup_pattern) struct pattern *made = NULL;
	const char *what = "", *excess;
	char said[256];
	regex_t compiled;
	size_t good;
	int result;

	if (!*words)
		return error_set(err, EINVAL, "is empty, which matches every line");
	if (strlen(words) > PATTERN_LENGTH_MAX)
		return error_set(err, EINVAL, "is longer than %d bytes", PATTERN_LENGTH_MAX);
	excess = find_excess(words, &what);
	if (excess)
		return error_set(err, EINVAL,
			"\"%s\" has %s at character %zu (\"%.16s\"), which is not taken here",
			words, what, (size_t)(excess - words) + 1, excess);
	result = regcomp(&compiled, words, REG_EXTENDED | REG_NOSUB);
	if (result != 0) {
		regerror(result, &compiled, said, sizeof(said));
		good = good_length(words);
		return error_set(err, EINVAL,
			"\"%s\" is no extended regular expression (regex(7)): %s, at or after character %zu (\"%.16s\"); write \\( for the character ( and so on",
			words, said, good + 1, words + good);
	}
	made = vector_resize(NULL, 1, sizeof(*made));
	*made = (struct pattern){text_copy(words), compiled};
	if (pattern_matches(made, ""))
		return error_set(
			err, EINVAL, "\"%s\" matches the empty line, and so every one", words);
	*pattern = TAKE(made);
	return 0;
}

void pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return;
	regfree(&pattern->compiled);
	free(pattern->words);
	free(pattern);
}

const char *pattern_words(const struct pattern *pattern)
{
	return pattern->words;
}

bool pattern_matches(const struct pattern *pattern, const char *line)
{
	return regexec(&pattern->compiled, line, 0, NULL, 0) == 0;
}

bool pattern_is_plain(const struct pattern *pattern)
{
	return !pattern->words[strcspn(pattern->words, "\\[](){}.*+?^$|")];
}
