/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generation on disk. */
#include "lib/cluster/generation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/text.h"

/* Beyond any count of starts or seconds, below what could overflow later. */
#define GENERATION_MAX (UINT64_C(1) << 62)

int generation_next(
	const char *folder, uint64_t now_seconds, uint64_t *generation, struct error *err)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/generation", folder);
	CLEANUP(cleanup_free) char *content = NULL;
	uint64_t last = 0, next;
	char text[32];
	int result = file_read(path, 64, &content, NULL, err);

	/* It may be there, and greater than the time: a clock that is behind must not decide. */
	if (result < 0 && result != -ENOENT && result != -EFBIG && result != -EINVAL)
		return error_prefix(err, "cannot read the generation");
	/* Missing or damaged: the time is greater than what counting from an earlier time gave. */
	if (result < 0 ||
		number_parse(text_trim(content), path, 0, GENERATION_MAX, &last, NULL) < 0)
		next = now_seconds;
	else
		next = last + 1;
	snprintf(text, sizeof(text), "%" PRIu64 "\n", next);
	result = file_write(path, text, strlen(text), 0644, err);
	if (result < 0)
		return error_prefix(err, "cannot keep the generation");
	*generation = next;
	return 0;
}
