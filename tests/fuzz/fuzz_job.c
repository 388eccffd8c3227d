/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reading of what a node says of a job, and of its connections. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "orchestrator/node/connections.h"
#include "orchestrator/node/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_job(const char *bytes, size_t size)
{
	CLEANUP(cleanup_free) char *said = NULL;
	CLEANUP(error_release) struct error err = {0};
	enum job_state state = job_parse(bytes, size, &said, &err);

	/* Said is what an ended job said, in one line. */
	if ((said != NULL) != (state == JOB_DONE || state == JOB_FAILED) ||
		(said && strchr(said, '\n')) || (err.number != 0) != (state == JOB_UNKNOWN))
		abort();
}

static void read_connections(const char *bytes, size_t size)
{
	CLEANUP(cleanup_text) struct text lines = {0};
	CLEANUP(error_release) struct error err = {0};
	uint64_t count = 0, shown = 0;

	if (connections_parse(bytes, size, &count, &lines, &err) < 0 && (count || lines.length))
		abort();
	for (const char *line = text_string(&lines); (line = strchr(line, '\n')); line++)
		shown++;
	if (shown > CONNECTIONS_SHOWN_MAX || shown > count)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_job((const char *)data, size);
	read_connections((const char *)data, size);
	return 0;
}
