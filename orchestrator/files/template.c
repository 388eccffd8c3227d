/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: ${NAME} in a file stands for a value of the node. */
#include "orchestrator/files/template.h"

#include <string.h>

#include "orchestrator/cluster/file_settings.h"

struct place {
	const char *file;
	unsigned int line;
	struct problems *problems;
};

/* Handles what begins with "${"; returns how many bytes it is. */
static size_t render_variable(const char *from, const char *end,
	const struct template_values *values, const struct place *place, struct text *text)
{
	const char *name = from + 2, *close = name;
	const char *value;
	size_t length;

	while (close < end && *close != '}' && *close != '\n')
		close++;
	length = (size_t)(close - name);
	if (close == end || *close != '}' || !file_settings_is_variable(name, length)) {
		problems_add(place->problems, place->file, place->line,
			"\"${\" begins no ${NAME} (letters, digits and \"_\", a letter first); write $${ for the characters themselves");
		return 2;
	}
	value = values->lookup(name, length, values->context);
	if (!value)
		problems_add(place->problems, place->file, place->line,
			"${%.*s}: %s has no such value; add %.*s=... to its values in the cluster file",
			(int)length, name, values->whose, (int)length, name);
	else
		text_append(text, value);
	return length + 3;
}

void template_render(const char *file, const char *bytes, size_t length,
	const struct template_values *values, struct text *text, struct problems *problems)
{
	struct place place = {.file = file, .line = 1, .problems = problems};
	const char *at = bytes, *end = bytes + length;

	while (at < end) {
		const char *dollar = memchr(at, '$', (size_t)(end - at));
		const char *stop = dollar ? dollar : end;

		text_append_bytes(text, at, (size_t)(stop - at));
		for (; at < stop; at++)
			place.line += *at == '\n';
		if (!dollar)
			break;
		if (end - at >= 3 && memcmp(at, "$${", 3) == 0) {
			text_append(text, "${");
			at += 3;
		} else if (end - at >= 2 && at[1] == '{') {
			at += render_variable(at, end, values, &place, text);
		} else {
			text_append(text, "$");
			at++;
		}
	}
}
