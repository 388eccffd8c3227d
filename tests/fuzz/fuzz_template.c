/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates of any bytes: what is no variable comes out as it went in. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/files/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *look_up(const char *name, size_t length, void *context)
{
	(void)context;
	if (length == 0 || memchr(name, '}', length))
		abort();
	return *name == 'n' ? "value" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct template_values values = {look_up, NULL, "node \"n\""};
	const char *bytes = (const char *)data;
	struct problems problems = {0};
	struct text text = {0};

	template_render("f", bytes, size, &values, &text, &problems);
	if (!memmem(bytes, size, "${", 2) && (problems.count || text.length != size ||
						     (size && memcmp(text.data, bytes, size) != 0)))
		abort();
	text_clear(&text);
	problems_clear(&problems);
	return 0;
}
