/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command on a node that must run to its end whatever happens to the connection. */
#include "orchestrator/node/job.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

enum { START_DEADLINE_MS = 60000, WAIT_DEADLINE_MS = 60000, PAUSE_MS = 500 };

/*
 * $1 folder, $2 command line. The lock is taken before the script returns and is held by the
 * wrapper alone until the end, so "locked" means "running", also after a crash of anyone. What the
 * command leaves running must not hold it: hence 9>&-. The status' place on the disk is taken
 * before the command runs: on a full disk nothing begins, and what has begun can say how it ended.
 */
static const char start_script[] =
	"LC_ALL=C; export LC_ALL; umask 077; mkdir -p -- \"$1\" && cd -- \"$1\" || exit 1\n"
	"exec 9>lock; flock -n 9 || exit 0\n"
	"rm -f status status.told; printf '%-7s\\n' - >status.new || exit 1\n"
	"setsid sh -c 'sh -c \"$1\" >output 2>&1 </dev/null 9>&-; printf \"%-7s\\n\" $? 1<>status.new\n"
	"  sync status.new; mv status.new status; sync .' sh \"$2\" >/dev/null 2>&1 </dev/null &\n"
	"exit 0\n";

/*
 * A status file appears by rename, so it is whole; an empty one says that it could not be written.
 * Not every flock knows -w: then it is asked again a moment later.
 * Whoever else's job still runs on the node, an upgrade's when a rollback comes, must end before
 * this one counts as ended.
 */
static const char wait_script[] =
	"for l in \"${1%/*}\"/*/lock; do\n"
	"  [ \"$l\" = \"$1/lock\" ] || [ ! -e \"$l\" ] || flock -n \"$l\" true ||\n"
	"    { echo job running; exit 0; }\n"
	"done\n"
	"cd -- \"$1\" 2>/dev/null || { echo job none; exit 0; }\n"
	"n=0\n"
	"while [ ! -e status ] && [ $n -lt 5 ]; do\n"
	"  if flock -n lock true; then\n"
	"    [ -e status ] || { echo job none; exit 0; }\n"
	"  else\n"
	"    flock -w 1 lock true 2>/dev/null || sleep 0.1; n=$((n + 1))\n"
	"  fi\n"
	"done\n"
	"[ -e status ] || { echo job running; exit 0; }\n"
	"read -r s rest <status; [ -n \"$s\" ] || { echo job none; exit 0; }\n"
	"echo \"job ended $s\"; tail -c 2000 output\n";

static const char forget_script[] =
	"cd -- \"$1\" 2>/dev/null && [ -e status ] || exit 0; mv status status.told && sync .\n";

char *job_folder(const struct job *job)
{
	return text_format("/var/lib/haupgrade/jobs/%s-%s", job->run, job->step);
}

int job_start(struct link *link, const struct job *job, const char *line, struct error *err)
{
	CLEANUP(cleanup_free) char *path = job_folder(job);
	const char *arguments[] = {path, line, NULL};

	return link_script(
		link, "start the job", start_script, arguments, START_DEADLINE_MS, NULL, err);
}

int job_forget(struct link *link, const struct job *job, struct error *err)
{
	CLEANUP(cleanup_free) char *path = job_folder(job);
	const char *arguments[] = {path, NULL};

	return link_script(
		link, "settle the job", forget_script, arguments, START_DEADLINE_MS, NULL, err);
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
	/* Cut at a NUL byte, which no answer of ours has before its end. */
	CLEANUP(cleanup_free) char *copy = strndup(output, length);
	enum job_state state = JOB_UNKNOWN;
	char *rest = copy, *line;

	while (state == JOB_UNKNOWN && (line = strsep(&rest, "\n")))
		state = read_state(line);
	if (state == JOB_UNKNOWN)
		error_set(err, EPROTO,
			"the answer does not say whether it runs: does a login script of the node end the command?");
	if (state != JOB_DONE && state != JOB_FAILED)
		return state;
	*said = text_copy(rest ? rest : "");
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

	if (link_script(link, "ask for the job", wait_script, arguments, WAIT_DEADLINE_MS, &result,
		    err) < 0)
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
