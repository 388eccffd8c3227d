/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of groups.conf. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/heartbeat/groups_conf.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_text) struct text text = {0};

	text_append_bytes(&text, data, size);
	groups_conf_free(
		groups_conf_read_bytes("groups.conf", text_string(&text), NULL, &problems));
	return 0;
}
