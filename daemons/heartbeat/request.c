/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hactl asks, and the answers. */
#include "daemons/heartbeat/request.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "daemons/heartbeat/daemon_state.h"
#include "daemons/heartbeat/status.h"
#include "lib/base/text.h"
#include "lib/program/log.h"
#include "lib/wire/control.h"

#define LOG_EVERY_MS 10000

/* Takes over the reference to answer. */
static char *finish(json_t *answer, bool good)
{
	CLEANUP(cleanup_free) char *text = NULL;

	json_object_set_new(answer, "version", json_integer(CONTROL_VERSION));
	json_object_set_new(answer, "ok", json_boolean(good));
	text = json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	/* JSON texts cannot fail to print but for memory, or bytes that are not UTF-8. */
	return text ? TAKE(text)
		    : text_copy(
			      "{\"version\":1,\"ok\":false,\"error\":\"cannot print the answer\"}");
}

static char *refuse(const char *why)
{
	return finish(json_pack("{s:s}", "error", why), false);
}

static char *status_handle(struct daemon *daemon)
{
	return finish(json_pack("{s:o}", "status", status_json(daemon)), true);
}

static const char *state_name(enum group_request_state state)
{
	switch (state) {
	case GROUP_REQUEST_RUNNING:
		return "running";
	case GROUP_REQUEST_DONE:
		return "done";
	case GROUP_REQUEST_FAILED:
		return "failed";
	}
	return "failed";
}

static char *request_answer(const struct group_request *request)
{
	return finish(json_pack("{s:I, s:s, s:s}", "request", (json_int_t)request->number, "state",
			      state_name(request->state), "reason", request->reason),
		true);
}

static char *state_handle(struct daemon *daemon, uint64_t number)
{
	const struct group_request *last = group_request(daemon->group);
	const struct group_request *kept = &daemon->outcomes[number % DAEMON_OUTCOMES];

	if (number && number == last->number)
		return request_answer(last);
	if (number && number == kept->number)
		return request_answer(kept);
	return refuse("there is no such request; later ones have replaced it");
}

/* Before another request takes its place. What was answered whole at once nobody asks for. */
static void outcome_keep(struct daemon *daemon)
{
	const struct group_request *last = group_request(daemon->group);

	if (last->number && last->number == daemon->unfinished)
		daemon->outcomes[last->number % DAEMON_OUTCOMES] = *last;
}

/* Of one user a line in ten seconds, so that none fills the log. */
static void request_log(struct daemon *daemon, uid_t user, bool standby, uint64_t now)
{
	struct daemon_asker *asker = daemon->askers, *end = asker + DAEMON_ASKERS;

	while (asker < end && !(asker->logged_at && asker->user == user))
		asker++;
	if (asker < end && now < asker->logged_at + LOG_EVERY_MS)
		return;
	if (asker == end)
		asker = &daemon->askers[daemon->next_asker++ % DAEMON_ASKERS];
	*asker = (struct daemon_asker){.user = user, .logged_at = now};
	log_write(
		LOG_NOTICE, "control: uid %u asked for %s", user, standby ? "standby" : "takeover");
}

static char *switch_handle(struct daemon *daemon, uid_t user, enum request_command command)
{
	bool standby = command == REQUEST_STANDBY;
	uint64_t now = event_loop_now(daemon->loop), number;
	CLEANUP(error_release) struct error err = {0};
	const struct group_request *request;
	int result;

	outcome_keep(daemon);
	if (standby)
		result = group_standby(daemon->group, now, &number, &err);
	else
		result = group_takeover(daemon->group, now, &number, &err);
	if (result < 0)
		return refuse(error_text(&err));
	request = group_request(daemon->group);
	/* Refused, or so already: nothing happens that would be worth a line. */
	if (request->state == GROUP_REQUEST_RUNNING)
		request_log(daemon, user, standby, now);
	/* A vacant group is taken at once: the answer should say so. */
	daemon_work(daemon);
	if (request->state == GROUP_REQUEST_RUNNING)
		daemon->unfinished = request->number;
	return request_answer(request);
}

static int command_parse(const json_t *root, struct request *request, struct error *err)
{
	static const struct {
		const char *name;
		enum request_command command;
	} commands[] = {{"status", REQUEST_STATUS}, {"standby", REQUEST_STANDBY},
		{"takeover", REQUEST_TAKEOVER}, {"request", REQUEST_STATE}};
	const char *name = json_string_value(json_object_get(root, "command"));
	json_int_t number = json_integer_value(json_object_get(root, "number"));
	size_t i;

	request->number = number > 0 ? (uint64_t)number : 0;
	for (i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) == 0) {
			request->command = commands[i].command;
			return 0;
		}
	}
	return error_set(err, EPROTO, "%s; known are status, standby, takeover, request",
		name ? "unknown command" : "the request has no command");
}

int request_parse(const char *text, size_t length, struct request *request, struct error *err)
{
	json_error_t problem;
	json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
	int result;

	if (!json_is_object(root))
		result = error_set(err, EPROTO, "the request is not a JSON object");
	else if (json_integer_value(json_object_get(root, "version")) != CONTROL_VERSION)
		result = error_set(err, EPROTO,
			"the request is not of version %d; are hactl and heartbeatd of the same release?",
			CONTROL_VERSION);
	else
		result = command_parse(root, request, err);
	json_decref(root);
	return result;
}

char *request_handle(struct daemon *daemon, uid_t user, const char *text, size_t length)
{
	struct request request;
	CLEANUP(error_release) struct error err = {0};

	if (request_parse(text, length, &request, &err) < 0)
		return refuse(error_text(&err));
	switch (request.command) {
	case REQUEST_STATUS:
		return status_handle(daemon);
	case REQUEST_STANDBY:
	case REQUEST_TAKEOVER:
		return switch_handle(daemon, user, request.command);
	case REQUEST_STATE:
		return state_handle(daemon, request.number);
	}
	return refuse("unknown command");
}
