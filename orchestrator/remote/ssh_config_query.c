/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that ssh has to be asked to know what one host name means. */
#include "orchestrator/remote/ssh_config_query.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/program/child.h"

#define FILE_LIMIT (1024 * 1024)

/* One run of ssh -G. */
struct run {
	struct ssh_config_query *query;
	const struct ssh_question *question;
	const char *config; /* behind -F; NULL: none given */
	const char *input;  /* its standard input */
	const char *option; /* behind -o; NULL: none */
};

static bool without_config(const struct ssh_config_query *query)
{
	return query->config && strcmp(query->config, "none") == 0;
}

/* The lines that ssh wrote, in one. Owned. */
static char *trouble_words(const char *errors)
{
	CLEANUP(cleanup_free) char *copy = text_copy(errors);
	CLEANUP(cleanup_text) struct text text = {0};
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\r\n"))) {
		if (*line)
			text_appendf(&text, "%s%s", text.length ? "; " : "", line);
	}
	return text_printable_lines(text_string(&text));
}

static uint64_t limit_of(const struct ssh_question *question)
{
	return question->limit_ms ?: SSH_CONFIG_QUERY_LIMIT_MS;
}

/* Why it gave no answer. Nothing of it is a sign from the node, and no number may look like one. */
static int no_answer(
	const struct run *run, int result, const char *errors, const char *why, struct error *err)
{
	const char *host = run->question->host;
	CLEANUP(cleanup_free) char *words = trouble_words(errors);

	switch (-result) {
	case ENOENT:
		return error_set(err, ENOENT,
			"cannot learn what ssh's configuration says of %s: there is no ssh on this machine; install OpenSSH's client (package openssh-client, or openssh-clients)",
			host);
	case EINTR:
		return error_set(err, ECANCELED, "cancelled while ssh was asked about %s", host);
	case ETIMEDOUT:
		return error_set(err, EINVAL,
			"ssh -G %s did not end within %g s; does a command of Match exec in the ssh configuration hang, or a name server? Try `ssh -G %s`",
			host, (double)limit_of(run->question) / 1000, host);
	case ECHILD:
		return error_set(err, EINVAL,
			"ssh -G %s: %s; correct the ssh configuration, or give the cluster file one of its own (ssh { config = \"PATH\" }, or \"none\")",
			host, *words ? words : why);
	default:
		return error_set(err, EINVAL, "cannot run ssh -G %s: %s", host, why);
	}
}

/* An end that says something of ssh, and not of a machine that is short of memory. */
static bool is_an_end(int result)
{
	return result == 0 || result == -ECHILD || result == -ETIMEDOUT;
}

static int run_ssh(const struct run *run, struct ssh_config_answer *answer, struct error *err)
{
	const struct ssh_question *question = run->question;
	const uint64_t now_ms = clock_monotonic_ms();
	CLEANUP(cleanup_child_end) struct child_end end = {0};
	CLEANUP(cleanup_free) char *port = text_format("%u", question->port);
	const char *argv[16];
	struct child_job job = {
		.argv = (char *const *)argv,
		.input = run->input ?: "",
		.length = run->input ? strlen(run->input) : 0,
		.as_we = true,
		.timeout_ms = run->query->until_ms > now_ms ? run->query->until_ms - now_ms : 0,
		.cancel = question->cancel,
	};
	const struct {
		const char *name, *value;
	} options[] = {
		{"-F", run->config},
		{"-l", question->user},
		{"-p", question->port ? port : NULL},
		{"-J", question->jump},
		{"-o", run->option},
	};
	CLEANUP(error_release) struct error trouble = {0};
	size_t count = 0;
	int result;

	argv[count++] = "ssh";
	argv[count++] = "-GT";
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].value) {
			argv[count++] = options[i].name;
			argv[count++] = options[i].value;
		}
	}
	argv[count++] = "--";
	argv[count++] = question->host;
	argv[count] = NULL;
	result = child_run(&job, &end, &trouble);
	run->query->has_run = is_an_end(result);
	if (result < 0)
		return no_answer(run, result, end.errors, error_text(&trouble), err);
	if (strlen(end.output) >= CHILD_OUTPUT_MAX)
		return error_set(err, EINVAL, "ssh -G %s printed more than %d bytes",
			question->host, CHILD_OUTPUT_MAX);
	return ssh_config_answer_read(end.output, answer, err);
}

/* ssh looks at who may write its own file, and at those included, but not at one that is named to
 * it. Who may write it decides where we log in, and with what. */
static int check_config(const struct ssh_config_query *query, struct error *err)
{
	struct stat status;

	if (!query->config || without_config(query))
		return 0;
	if (stat(query->config, &status) < 0)
		return error_set(err, errno == ENOENT ? ENOENT : EINVAL,
			"cannot open the ssh configuration %s: %s", query->config, strerror(errno));
	if ((status.st_uid != 0 && status.st_uid != getuid()) || (status.st_mode & 022))
		return error_set(err, EINVAL,
			"%s: others than its user may write it, so it is not used (chmod go-w)",
			query->config);
	return 0;
}

/*
 * ssh -G does not tell a user that is said from the default, which is the name of the user who runs
 * it. So where it prints that name it is asked once more, with another user said behind everything
 * else, in its last reading: what is said first counts. (A name that only Match final says is not
 * found that way.)
 */
static int user_is_said(const struct run *run, bool reads_twice, bool *said, struct error *err)
{
	const char *other = run->question->default_user;
	const char *file = run->query->config;
	struct ssh_config_answer answer = {0};
	struct run again = *run;
	CLEANUP(cleanup_free) char *config = NULL;
	CLEANUP(cleanup_free) char *input = NULL;
	int result = 0;

	if (file)
		result = file_read(file, FILE_LIMIT, &config, NULL, err);
	if (result < 0) {
		run->query->has_run = false;
		error_prefix(err, "the ssh configuration");
		return -EINVAL;
	}
	input = text_format("%s\nMatch %s\nUser %s\n",
		config ?: "Include ~/.ssh/config /etc/ssh/ssh_config",
		reads_twice ? "canonical all" : "all", other);
	again.config = "/dev/stdin";
	again.input = input;
	result = run_ssh(&again, &answer, err);
	if (result == 0)
		*said = strcmp(answer.user, other) != 0;
	ssh_config_answer_clear(&answer);
	return result;
}

/* Logged in to as the default user, a host may have another meaning (Match user, %r). */
static int ask_with_user(struct run *run, struct ssh_question *question,
	struct ssh_config_answer *answer, struct error *err)
{
	const struct ssh_config_query *query = run->query;
	bool said = true;
	int result;

	if (!question->user && without_config(query))
		question->user = question->default_user;
	result = run_ssh(run, answer, err);
	if (result < 0 || question->user || !question->default_user || !query->local_user ||
		strcmp(query->local_user, answer->user) != 0 ||
		strcmp(question->default_user, answer->user) == 0)
		return result;
	result = user_is_said(run, answer->reads_twice, &said, err);
	if (result < 0 || said)
		return result;
	question->user = question->default_user;
	ssh_config_answer_clear(answer);
	return run_ssh(run, answer, err);
}

/*
 * A path as ssh would make it of what IdentityFile says. Printing it, ssh leaves ~ and tokens as
 * they are; but those of ControlPath, which are the same, are replaced. *path is owned.
 */
static int expand(const struct run *run, char **path, struct error *err)
{
	const char *home = run->query->home;
	struct ssh_config_answer answer = {0};
	struct text option = {0};
	struct run again = *run;
	char *plain = NULL;
	int result = 0;

	if (!strchr(*path, '%') && !strstr(*path, "${")) {
		if (**path != '~')
			return 0;
		if (text_starts_with(*path, "~/") && home)
			plain = text_format("%s%s", home, *path + 1);
	}
	if (!plain) {
		text_append(&option, "ControlPath=\"");
		for (const char *byte = *path; *byte; byte++)
			text_appendf(&option, "%s%c", strchr("\"\\", *byte) ? "\\" : "", *byte);
		text_append(&option, "\"");
		again.option = text_string(&option);
		result = run_ssh(&again, &answer, err);
		text_clear(&option);
		if (result == 0 && !answer.control_path)
			result = error_set(err, EINVAL, "ssh -G does not say what it is");
		if (result < 0)
			return error_prefix(err, "IdentityFile %s", *path);
		plain = TAKE(answer.control_path);
		ssh_config_answer_clear(&answer);
	}
	free(*path);
	*path = plain;
	return 0;
}

static bool are_equal(
	const struct ssh_config_answer_list *left, const struct ssh_config_answer_list *right)
{
	bool equal = left->count == right->count;

	for (size_t i = 0; equal && i < left->count; i++)
		equal = strcmp(left->items[i], right->items[i]) == 0;
	return equal;
}

int ssh_config_query_host(
	struct ssh_config_query *query, struct ssh_config_answer *result, struct error *err)
{
	struct ssh_question question = *query->question;
	struct run run = {.query = query, .question = &question, .config = query->config};
	struct ssh_config_answer answer = {0};
	int status = check_config(query, err);

	if (status == 0)
		status = ask_with_user(&run, &question, &answer, err);
	query->as_user = question.user;
	if (status < 0)
		ssh_config_answer_clear(&answer);
	else
		*result = answer;
	return status;
}

int ssh_config_query_defaults(
	struct ssh_config_query *query, struct ssh_config_answer *answer, struct error *err)
{
	const struct ssh_question nobody = {
		.host = "localhost",
		.cancel = query->question->cancel,
		.limit_ms = query->question->limit_ms,
	};
	const struct run run = {.query = query, .question = &nobody, .config = "none"};

	return run_ssh(&run, answer, err);
}

int ssh_config_query_identities(struct ssh_config_query *query,
	const struct ssh_config_answer *defaults, struct ssh_config_answer *answer,
	struct error *err)
{
	struct ssh_question question = *query->question;
	const struct run run = {.query = query, .question = &question, .config = query->config};
	int result = 0;

	question.user = query->as_user;
	answer->identities_said = !are_equal(&answer->identities, &defaults->identities);
	for (size_t i = 0; i < answer->identities.count && result == 0; i++)
		result = expand(&run, &answer->identities.items[i], err);
	return result;
}
