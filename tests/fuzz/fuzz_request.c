/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the JSON requests of local clients, up to the point where something would be done. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "daemons/heartbeat/request.h"
#include "lib/base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request;
	CLEANUP(error_release) struct error err = {0};

	(void)request_parse((const char *)data, size, &request, &err);
	return 0;
}
