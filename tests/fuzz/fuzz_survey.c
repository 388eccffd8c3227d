/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reading of what a node says of its files, and what is decided from it. */
#include <stdint.h>
#include <stdlib.h>

#include "orchestrator/files/recovery.h"
#include "orchestrator/files/survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"node1", "node2"};
	struct survey surveys[2] = {0};
	struct recovery recovery = {0};
	CLEANUP(error_release) struct error err = {0};

	if (survey_parse((const char *)data, size, 2, 1, &surveys[0], &err) == 0) {
		if (surveys[0].file_count != 2 || surveys[0].service_count != 1)
			abort();
		survey_is_enabled(&surveys[0].services[0]);
		recovery_decide(surveys, names, 2, "demo", &recovery, &err);
	}
	recovery_clear(&recovery);
	survey_clear(&surveys[0]);
	return 0;
}
