/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host name means, asked of the ssh client of this machine. */
#include "orchestrator/remote/ssh_ask.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/program/child.h"

/* CanonicalizeHostname asks name servers, and a command of Match exec may do anything. */
#define DEADLINE_MS 30000
#define FILE_LIMIT (1024 * 1024)

struct known_answer {
	char *key; /* the question in words */
	struct ssh_answer answer;
};

struct ssh_ask {
	char *config;	      /* NULL: ssh's own */
	pthread_mutex_t lock; /* over what follows, and while ssh is asked */
	struct known_answer **known;
	size_t count;
	struct ssh_answer
		nothing; /* of a host of which nothing is said; user NULL: not asked yet */
};

/* One run of ssh -G. */
struct run {
	const struct ssh_question *question;
	const char *config; /* behind -F; NULL: none given */
	const char *input;  /* its standard input */
	const char *option; /* behind -o; NULL: none */
};

struct ssh_ask *ssh_ask_new(const char *config)
{
	struct ssh_ask *ask = vector_resize(NULL, 1, sizeof(*ask));

	*ask = (struct ssh_ask){.config = config ? text_copy(config) : NULL};
	pthread_mutex_init(&ask->lock, NULL);
	return ask;
}

void ssh_ask_free(struct ssh_ask *ask)
{
	if (!ask)
		return;
	for (size_t i = 0; i < ask->count; i++) {
		free(ask->known[i]->key);
		ssh_answer_clear(&ask->known[i]->answer);
		free(ask->known[i]);
	}
	free(ask->known);
	ssh_answer_clear(&ask->nothing);
	free(ask->config);
	pthread_mutex_destroy(&ask->lock);
	free(ask);
}

static bool without_config(const struct ssh_ask *ask)
{
	return ask->config && strcmp(ask->config, "none") == 0;
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
			"ssh -G %s did not end within %d s; does a command of Match exec in the ssh configuration hang, or a name server?",
			host, DEADLINE_MS / 1000);
	case ECHILD:
		return error_set(err, EINVAL,
			"ssh -G %s: %s; correct the ssh configuration, or give the cluster file one of its own (ssh { config = \"PATH\" }, or \"none\")",
			host, *words ? words : why);
	default:
		return error_set(err, EINVAL, "cannot run ssh -G %s: %s", host, why);
	}
}

static int run_ssh(const struct run *run, struct ssh_answer *answer, struct error *err)
{
	const struct ssh_question *question = run->question;
	CLEANUP(cleanup_child_end) struct child_end end = {0};
	CLEANUP(cleanup_free) char *port = text_format("%u", question->port);
	const char *argv[16];
	struct child_job job = {
		.argv = (char *const *)argv,
		.input = run->input ?: "",
		.length = run->input ? strlen(run->input) : 0,
		.as_we = true,
		.timeout_ms = DEADLINE_MS,
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
	if (result < 0)
		return no_answer(run, result, end.errors, error_text(&trouble), err);
	if (strlen(end.output) >= CHILD_OUTPUT_MAX)
		return error_set(err, EINVAL, "ssh -G %s printed more than %d bytes",
			question->host, CHILD_OUTPUT_MAX);
	return ssh_answer_read(end.output, answer, err);
}

/* ssh looks at who may write its own file, and at those included, but not at one that is named to
 * it. Who may write it decides where we log in, and with what. */
static int check_config(const struct ssh_ask *ask, struct error *err)
{
	struct stat status;

	if (!ask->config || without_config(ask))
		return 0;
	if (stat(ask->config, &status) < 0)
		return error_set(err, errno == ENOENT ? ENOENT : EINVAL,
			"cannot open the ssh configuration %s: %s", ask->config, strerror(errno));
	if ((status.st_uid != 0 && status.st_uid != getuid()) || (status.st_mode & 022))
		return error_set(err, EINVAL,
			"%s: others than its user may write it, so it is not used (chmod go-w)",
			ask->config);
	return 0;
}

/*
 * ssh -G does not tell a user that is said from the default, which is the name of the user who runs
 * it. So where it prints that name it is asked once more, with another user said behind everything
 * else, in its last reading: what is said first counts. (A name that only Match final says is not
 * found that way.)
 */
static int user_is_said(const struct ssh_ask *ask, const struct run *run, bool reads_twice,
	bool *said, struct error *err)
{
	const char *other = run->question->default_user;
	struct ssh_answer answer = {0};
	struct run again = *run;
	CLEANUP(cleanup_free) char *config = NULL;
	CLEANUP(cleanup_free) char *input = NULL;
	int result = 0;

	if (ask->config)
		result = file_read(ask->config, FILE_LIMIT, &config, NULL, err);
	if (result < 0) {
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
	ssh_answer_clear(&answer);
	return result;
}

/* Logged in to as the default user, a host may have another meaning (Match user, %r). */
static int ask_with_user(const struct ssh_ask *ask, struct run *run, struct ssh_question *question,
	struct ssh_answer *answer, struct error *err)
{
	const struct passwd *local = getpwuid(getuid());
	bool said = true;
	int result;

	if (!question->user && without_config(ask))
		question->user = question->default_user;
	result = run_ssh(run, answer, err);
	if (result < 0 || question->user || !question->default_user || !local ||
		strcmp(local->pw_name, answer->user) != 0 ||
		strcmp(question->default_user, answer->user) == 0)
		return result;
	result = user_is_said(ask, run, answer->reads_twice, &said, err);
	if (result < 0 || said)
		return result;
	question->user = question->default_user;
	ssh_answer_clear(answer);
	return run_ssh(run, answer, err);
}

/*
 * A path as ssh would make it of what IdentityFile says. Printing it, ssh leaves ~ and tokens as
 * they are; but those of ControlPath, which are the same, are replaced. *path is owned.
 */
static int expand(const struct run *run, char **path, struct error *err)
{
	const struct passwd *local = getpwuid(getuid());
	struct ssh_answer answer = {0};
	struct text option = {0};
	struct run again = *run;
	char *plain = NULL;
	int result = 0;

	if (!strchr(*path, '%') && !strstr(*path, "${")) {
		if (**path != '~')
			return 0;
		if (text_starts_with(*path, "~/") && local)
			plain = text_format("%s%s", local->pw_dir, *path + 1);
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
		ssh_answer_clear(&answer);
	}
	free(*path);
	*path = plain;
	return 0;
}

static bool are_equal(const struct ssh_answer_list *left, const struct ssh_answer_list *right)
{
	bool equal = left->count == right->count;

	for (size_t i = 0; equal && i < left->count; i++)
		equal = strcmp(left->items[i], right->items[i]) == 0;
	return equal;
}

static int complete_identities(
	struct ssh_ask *ask, const struct run *run, struct ssh_answer *answer, struct error *err)
{
	const struct ssh_question nobody = {.host = "localhost", .cancel = run->question->cancel};
	int result = 0;

	if (!ask->nothing.user)
		result = run_ssh(
			&(struct run){.question = &nobody, .config = "none"}, &ask->nothing, err);
	if (result < 0)
		return result;
	answer->identities_said = !are_equal(&answer->identities, &ask->nothing.identities);
	for (size_t i = 0; i < answer->identities.count && result == 0; i++)
		result = expand(run, &answer->identities.items[i], err);
	return result;
}

static int ask_anew(struct ssh_ask *ask, const struct ssh_question *asked,
	struct ssh_answer *result, struct error *err)
{
	struct ssh_question question = *asked;
	struct run run = {.question = &question, .config = ask->config};
	struct ssh_answer answer = {0};
	int status = check_config(ask, err);

	if (status == 0)
		status = ask_with_user(ask, &run, &question, &answer, err);
	if (status == 0)
		status = complete_identities(ask, &run, &answer, err);
	if (status < 0)
		ssh_answer_clear(&answer);
	else
		*result = answer;
	return status;
}

/* The same words are the same question: no part of it holds a newline. */
static char *key_of(const struct ssh_question *question)
{
	return text_format("%s\n%s\n%u\n%s\n%s", question->host, question->user ?: "",
		question->port, question->jump ?: "", question->default_user ?: "");
}

int ssh_ask_host(struct ssh_ask *ask, const struct ssh_question *question,
	const struct ssh_answer **answer, struct error *err)
{
	CLEANUP(cleanup_free) char *key = key_of(question);
	struct ssh_answer fresh = {0};
	struct known_answer *known = NULL;
	int result = 0;

	pthread_mutex_lock(&ask->lock);
	for (size_t i = 0; i < ask->count && !known; i++) {
		if (strcmp(ask->known[i]->key, key) == 0)
			known = ask->known[i];
	}
	if (!known)
		result = ask_anew(ask, question, &fresh, err);
	if (!known && result == 0) {
		/* Each by itself, so that a growing list moves no answer. */
		known = vector_resize(NULL, 1, sizeof(*known));
		*known = (struct known_answer){.key = TAKE(key), .answer = fresh};
		*VECTOR_APPEND(ask->known, ask->count) = known;
	}
	pthread_mutex_unlock(&ask->lock);
	if (result == 0)
		*answer = &known->answer;
	return result;
}
