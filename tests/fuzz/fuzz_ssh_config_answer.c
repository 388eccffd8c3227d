/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ssh -G might print, of any bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/text.h"
#include "orchestrator/remote/ssh_config_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const struct ssh_config_answer_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!list->items[i])
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words = text_format("%.*s", (int)size, (const char *)data);
	struct ssh_config_answer answer = {0};
	CLEANUP(error_release) struct error err = {0};

	if (ssh_config_answer_read(words, &answer, &err) < 0) {
		if (!error_is_set(&err) || answer.host_name)
			abort();
	} else {
		if (!answer.host_name || !*answer.host_name || !answer.user || !*answer.user ||
			!answer.port || answer.port > 65535 || answer.connect_timeout_ms > 86400000)
			abort();
		check_list(&answer.identities);
		check_list(&answer.known_hosts);
		check_list(&answer.global_known_hosts);
	}
	ssh_config_answer_clear(&answer);
	free(words);
	return 0;
}
