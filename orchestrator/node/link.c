/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to one node: opens the ssh session when it is needed, drops it when it is lost. */
#include "orchestrator/node/link.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/remote/quote.h"

/* Facts are small questions; a node that takes longer is in trouble. */
enum { FACTS_DEADLINE_MS = 30000 };

void link_init(struct link *link, const struct cluster *cluster, size_t node,
	const struct access *access, const volatile sig_atomic_t *cancel)
{
	*link = (struct link){
		.cluster = cluster,
		.node = &cluster->nodes[node],
		.access = access,
		.cancel = cancel,
	};
}

void link_clear(struct link *link)
{
	link_close(link);
}

void link_close(struct link *link)
{
	session_free(link->session);
	link->session = NULL;
}

static int target_of(const struct link *link, struct session_target *target, struct error *err)
{
	return access_target(link->access, (size_t)(link->node - link->cluster->nodes),
		link->cancel, target, err);
}

/* Connects when not connected. */
static int connect_link(struct link *link, struct error *err)
{
	struct session_target target;
	int status;

	if (link->session)
		return 0;
	status = target_of(link, &target, err);
	return status < 0 ? status : session_open(&target, &link->session, err);
}

int link_dial(struct link *link, uint64_t timeout_ms, struct error *err)
{
	struct session_target target;
	int status = target_of(link, &target, err);

	return status < 0 ? status : session_dial(&target, timeout_ms, err);
}

bool link_may_recover(int result)
{
	return session_is_unreachable(result) || result == -ENOTCONN || result == -ENOLINK ||
	       result == -ECANCELED;
}

/* A session that failed otherwise than by an exit status is of no use any more. */
static int settle(struct link *link, int result)
{
	if (result < 0 && result != -EREMOTEIO && result != -EBADMSG)
		link_close(link);
	return result;
}

int link_expect(struct link *link, const char *what, const struct session_command *command,
	struct session_result *result, struct error *err)
{
	int status = connect_link(link, err);

	if (status < 0)
		return status;
	return settle(link, session_expect(link->session, what, command, result, err));
}

int link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err)
{
	CLEANUP(cleanup_free) char *line = NULL;
	struct session_command command = {.deadline_ms = deadline_ms};
	size_t count = 0;
	int status;

	while (arguments && arguments[count])
		count++;
	status = quote_script(script, arguments, count, &line, err);
	if (status < 0)
		return status;
	command.line = line;
	return link_expect(link, what, &command, result, err);
}

int link_words(struct link *link, const char *what, const struct word_list *argv,
	uint64_t deadline_ms, struct error *err)
{
	CLEANUP(cleanup_free) char *line = NULL;
	struct session_command command = {.deadline_ms = deadline_ms};
	int status;

	status = quote_argv((const char *const *)argv->items, argv->count, &line, err);
	if (status < 0)
		return status;
	command.line = line;
	return link_expect(link, what, &command, NULL, err);
}

int link_commands(struct link *link, const char *what, const struct profile_commands *commands,
	uint64_t deadline_ms, struct error *err)
{
	CLEANUP(error_release) struct error ignored = {0};
	int result = 0, status = 0;

	/* An init script may complain that there is nothing to stop: the next one may have. */
	for (size_t i = 0; i < commands->count && (status == 0 || status == -EREMOTEIO); i++) {
		status = link_words(
			link, what, &commands->items[i], deadline_ms, result ? &ignored : err);
		if (result == 0)
			result = status;
	}
	return result;
}

int link_upload(struct link *link, const struct session_file *file, struct error *err)
{
	int status = connect_link(link, err);

	if (status < 0)
		return status;
	return settle(link, session_upload(link->session, file, err));
}

int link_facts(struct link *link, bool with_packages, struct facts *facts, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *line = NULL;
	struct session_command command = {.deadline_ms = FACTS_DEADLINE_MS};
	int status;

	status = facts_command(link->cluster, with_packages, &line, err);
	if (status < 0)
		return status;
	command.line = line;
	status = link_expect(link, "ask for its facts", &command, &result, err);
	if (status < 0)
		return status;
	status = facts_parse(
		result.output, result.output_length, link->cluster->profile, facts, err);
	return status < 0 ? error_prefix(err, "%s: its facts", link->node->name) : 0;
}
