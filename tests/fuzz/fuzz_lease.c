/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reading of what a node says of its lease, and the judgement of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "orchestrator/lease/lease_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lease_claim stranger = {.token = "none"};
	struct lease_answer answer;
	CLEANUP(error_release) struct error err = {0};
	int64_t left;

	if (lease_answer_parse((const char *)data, size, &answer, &err) < 0)
		return 0;
	left = lease_answer_left(&answer);
	if (left < 0 || left > LEASE_SECONDS || (left && !answer.there))
		abort();
	/* Whatever a node says: a lease that has time left is held. */
	if (lease_judge(&answer, &stranger) != (left ? LEASE_HELD : LEASE_FREE))
		abort();
	if (answer.there && strlen(answer.text.token) != LEASE_TOKEN_SIZE - 1)
		abort();
	return 0;
}
