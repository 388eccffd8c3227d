/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hactl asks, and the answers. */
#include "daemons/heartbeat/request.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "daemons/heartbeat/daemon_state.h"
#include "daemons/heartbeat/status.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/program/log.h"
#include "lib/wire/control.h"

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

static char *request_state_handle(struct daemon *daemon, const json_t *request)
{
	const struct group_request *last = group_request(daemon->group);
	json_int_t number = json_integer_value(json_object_get(request, "number"));

	if (number <= 0 || (uint64_t)number != last->number)
		return refuse("there is no such request; a later one has replaced it");
	return request_answer(last);
}

static char *switch_handle(struct daemon *daemon, const char *command)
{
	uint64_t now = clock_monotonic_ms(), number;
	struct error err = {0};
	int result;

	log_write(LOG_NOTICE, "control: %s asked for", command);
	if (strcmp(command, "standby") == 0)
		result = group_standby(daemon->group, now, &number, &err);
	else
		result = group_takeover(daemon->group, now, &number, &err);
	if (result < 0)
		return refuse(err.text);
	/* A vacant group is taken at once: the answer should say so. */
	daemon_work(daemon);
	return request_answer(group_request(daemon->group));
}

char *request_handle(struct daemon *daemon, const char *request, size_t length)
{
	json_error_t problem;
	json_t *root = json_loadb(request, length, JSON_REJECT_DUPLICATES, &problem);
	const char *command = json_string_value(json_object_get(root, "command"));
	char *answer;

	if (!json_is_object(root))
		answer = refuse("the request is not a JSON object");
	else if (json_integer_value(json_object_get(root, "version")) != CONTROL_VERSION)
		answer = refuse("the request is not of version 1; are hactl and heartbeatd of the "
				"same release?");
	else if (!command)
		answer = refuse("the request has no command");
	else if (strcmp(command, "status") == 0)
		answer = status_handle(daemon);
	else if (strcmp(command, "request") == 0)
		answer = request_state_handle(daemon, root);
	else if (strcmp(command, "standby") == 0 || strcmp(command, "takeover") == 0)
		answer = switch_handle(daemon, command);
	else
		answer = refuse("unknown command; known are status, standby, takeover, request");
	json_decref(root);
	return answer;
}
