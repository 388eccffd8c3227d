/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command on a node that must run to its end whatever happens to the connection. */
#include "orchestrator/node/job.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/node/answer.h"
#include "orchestrator/node/script.h"

enum { START_DEADLINE_MS = 60000, WAIT_DEADLINE_MS = 60000, PAUSE_MS = 500 };

char *job_folder(const struct job *job)
{
	return text_format("/var/lib/haupgrade/jobs/%s-%s", job->run, job->step);
}

int job_start(struct link *link, const struct job *job, const char *line, struct error *err)
{
	CLEANUP(cleanup_free) char *path = job_folder(job);
	const char *arguments[] = {path, line, script_node_job_run, NULL};

	return link_script(link, "start the job", script_node_job_start, arguments,
		START_DEADLINE_MS, NULL, err);
}

int job_forget(struct link *link, const struct job *job, struct error *err)
{
	CLEANUP(cleanup_free) char *path = job_folder(job);
	const char *arguments[] = {path, NULL};

	return link_script(link, "settle the job", script_node_job_forget, arguments,
		START_DEADLINE_MS, NULL, err);
}

/* What is no state of a job in our words is JOB_UNKNOWN: a login script's. */
static enum job_state read_state(const char *line)
{
	static const char ended[] = "job ended ";

	if (strcmp(line, "job none") == 0)
		return JOB_NONE;
	if (strcmp(line, "job running") == 0)
		return JOB_RUNNING;
	if (!text_starts_with(line, ended))
		return JOB_UNKNOWN;
	return strcmp(line + strlen(ended), "0") == 0 ? JOB_DONE : JOB_FAILED;
}

enum job_state job_parse(const char *output, size_t length, char **said, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
	enum job_state state = JOB_UNKNOWN;
	const char *line;

	while (state == JOB_UNKNOWN && (line = answer_line(&answer)))
		state = read_state(line);
	if (state == JOB_UNKNOWN)
		error_set(err, EPROTO,
			"the answer does not say whether it runs: does a login script of the node end the command?");
	if (state != JOB_DONE && state != JOB_FAILED)
		return state;
	*said = text_copy(answer.rest ?: "");
	text_trim(*said);
	/* It goes into messages of one line. */
	for (char *newline = *said; (newline = strchr(newline, '\n')); newline++)
		*newline = '|';
	return state;
}

enum job_state job_wait(struct link *link, const struct job *job, char **said, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *path = job_folder(job);
	const char *arguments[] = {path, NULL};
	enum job_state state;

	if (link_script(link, "ask for the job", script_node_job_wait, arguments, WAIT_DEADLINE_MS,
		    &result, err) < 0)
		return JOB_UNKNOWN;
	state = job_parse(result.output, result.output_length, said, err);
	if (state == JOB_UNKNOWN)
		error_prefix(err, "%s: job %s-%s", link->node->name, job->run, job->step);
	return state;
}

enum job_state job_await(struct link *link, const struct job *job,
	const struct job_patience *patience, struct error *err)
{
	bool told = false;

	for (;;) {
		CLEANUP(cleanup_free) char *said = NULL;
		enum job_state state = job_wait(link, job, &said, err);

		if (state != JOB_RUNNING || (link->cancel && *link->cancel) ||
			clock_monotonic_ms() >= patience->until_ms)
			return state;
		if (!told && patience->waiting)
			patience->waiting(patience->data);
		told = true;
		/* While another run's job works on the node, the answer comes at once. */
		clock_sleep_ms(PAUSE_MS);
	}
}
