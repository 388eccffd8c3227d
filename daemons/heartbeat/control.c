/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local door for hactl. */
#include "daemons/heartbeat/control.h"

#include <errno.h>
#include <grp.h>
#include <string.h>

#include "lib/base/vector.h"
#include "lib/ipc/server.h"
#include "lib/ipc/socket_opener.h"
#include "lib/program/log.h"
#include "lib/wire/control.h"

#define CONNECTIONS_MAX 64
#define ROOT_PART 8
#define USER_MAX 8
#define HELLO_MS 2000
#define IDLE_MS 30000
#define RETRY_MS 5000
/* Of the entry's text: some thousands of members. */
#define GROUP_ENTRY_MAX (1024 * 1024)

struct control {
	struct event_loop *loop;
	struct ipc_server *server;
	struct ipc_socket_opener *opener; /* NULL: there is none (any more) */
	struct event_timer *again;	  /* when a socket that could not be taken is asked for */
	struct error trouble;		  /* why it does not listen */
	control_function *function;
	void *context;
};

static void on_request(const struct ipc_request *request, void *context)
{
	struct control *control = context;
	CLEANUP(cleanup_free)
	char *answer = control->function(
		request->user, request->payload, request->length, control->context);

	ipc_server_reply(
		control->server, request->connection, request->number, answer, strlen(answer));
}

static void on_trouble(const char *words, void *context)
{
	(void)context;
	log_write(LOG_WARNING, "control: %s", words);
}

static void opener_end(struct control *control)
{
	event_loop_remove(control->loop, ipc_socket_opener_descriptor(control->opener));
	ipc_socket_opener_free(control->opener);
	control->opener = NULL;
}

/* What follows from having no child that could make the socket, beside the reason. */
static const char *without_opener(const struct control *control)
{
	return ipc_server_is_listening(control->server)
		       ? "a control socket that somebody deletes is not made again until a restart"
		       : "hactl will not work until a restart";
}

/* That it cannot be had now, and why: told once for each reason. */
static void not_now(struct control *control, struct error *err)
{
	const char *words = error_text(err);

	if (!error_is_set(&control->trouble) || strcmp(words, error_text(&control->trouble)) != 0)
		log_write(LOG_ERR, "control: %s; serving without hactl, trying again", words);
	error_move(&control->trouble, err);
}

static void on_opened(int descriptor, uint32_t events, void *context)
{
	struct control *control = context;
	CLEANUP(error_release) struct error err = {0};
	bool had_one = ipc_server_is_listening(control->server);
	int listener, result = ipc_socket_opener_take(control->opener, &listener, &err);

	(void)descriptor;
	(void)events;
	if (result == -EAGAIN)
		return;
	if (result == -EBUSY) {
		not_now(control, &err);
		return;
	}
	if (result == -EMFILE) {
		/* It stays readable, which would wake us all the time. */
		event_loop_remove(control->loop, ipc_socket_opener_descriptor(control->opener));
		event_timer_set(control->again, event_loop_now(control->loop) + RETRY_MS);
		not_now(control, &err);
		return;
	}
	if (result == 0 && ipc_server_listen(control->server, listener, &err) < 0) {
		close(listener);
		result = -EIO;
	}
	if (result < 0) {
		opener_end(control);
		log_write(LOG_ERR, "control: %s; %s", error_text(&err), without_opener(control));
		error_move(&control->trouble, &err);
		return;
	}
	error_release(&control->trouble);
	log_write(LOG_NOTICE, "control: %s",
		had_one ? "the socket was gone and has been made again"
			: "the socket is there now, hactl works");
}

static void on_again(void *context)
{
	struct control *control = context;

	if (event_loop_add(control->loop, ipc_socket_opener_descriptor(control->opener), EPOLLIN,
		    on_opened, control, NULL) < 0)
		event_timer_set(control->again, event_loop_now(control->loop) + RETRY_MS);
}

/* The daemon is needed more than its door, which somebody may take away at any time. */
static void opener_begin(struct control *control, const struct ipc_socket_opener_config *config)
{
	CLEANUP(error_release) struct error err = {0};
	int result = ipc_socket_opener_start(config, &control->opener, &err);

	if (result == 0)
		result =
			event_loop_add(control->loop, ipc_socket_opener_descriptor(control->opener),
				EPOLLIN, on_opened, control, &err);
	if (result == 0)
		return;
	if (config->made)
		log_write(
			LOG_WARNING, "control: %s; %s", error_text(&err), without_opener(control));
	else
		error_prefix(&control->trouble, "no second try (%s)", error_text(&err));
}

void control_tell(const struct control *control)
{
	const char *trouble = control_trouble(control);

	if (trouble)
		log_write(LOG_ERR, "control: %s; serving without hactl%s", trouble,
			control->opener ? ", trying again" : "");
}

/* Only success without an entry says that there is no such group (getgrnam_r(3)). */
static gid_t members_find(void)
{
	CLEANUP(cleanup_free) char *strings = NULL;
	struct group entry, *found = NULL;
	size_t size = 4096;
	int number;

	do {
		size *= 2;
		strings = vector_resize(strings, size, 1);
		number = getgrnam_r(CONTROL_GROUP, &entry, strings, size, &found);
	} while (number == EINTR || (number == ERANGE && size < GROUP_ENTRY_MAX));
	if (number)
		log_write(LOG_WARNING,
			"control: cannot find out whether there is a group " CONTROL_GROUP
			": %s; hactl is for root only until a restart",
			strerror(number));
	return found ? found->gr_gid : (gid_t)-1;
}

int control_open(struct event_loop *loop, const char *name, control_function *function,
	void *context, struct control **control, struct error *err)
{
	CLEANUP(cleanup_control) struct control *fresh = vector_resize(NULL, 1, sizeof(*fresh));
	struct ipc_server_config config = {
		.group = members_find(),
		.limits.in_all = CONNECTIONS_MAX,
		.limits.root_part = ROOT_PART,
		.limits.per_user = USER_MAX,
		.hello_ms = HELLO_MS,
		.limits.idle_ms = IDLE_MS,
		.request_max = CONTROL_REQUEST_MAX,
		.who_may = "hactl is for root and the group " CONTROL_GROUP,
		.on_request = on_request,
		.on_trouble = on_trouble,
		.context = fresh,
	};
	int listener, result;

	*fresh = (struct control){.loop = loop, .function = function, .context = context};
	result = ipc_server_new(loop, &config, &fresh->server, err);
	if (result < 0)
		return result;
	result = ipc_listen(name, config.group, &listener, &fresh->trouble);
	if (result == 0)
		result = ipc_server_listen(fresh->server, listener, &fresh->trouble);
	if (result == -EADDRINUSE)
		error_prefix(&fresh->trouble, "another heartbeatd is running");
	if (result == -EADDRINUSE || result == -EINVAL) {
		error_move(err, &fresh->trouble);
		return result;
	}
	fresh->again = event_timer_new(loop, on_again, fresh);
	opener_begin(fresh, &(struct ipc_socket_opener_config){.name = name,
				    .group = config.group,
				    .retry_ms = RETRY_MS,
				    .made = result == 0,
				    .why_not = result < 0 ? error_text(&fresh->trouble) : NULL});
	*control = TAKE(fresh);
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	if (control->opener)
		opener_end(control);
	event_timer_free(control->again);
	ipc_server_free(control->server);
	error_release(&control->trouble);
	free(control);
}

const char *control_trouble(const struct control *control)
{
	return ipc_server_is_listening(control->server) ? NULL : error_text(&control->trouble);
}

json_t *control_json(const struct control *control)
{
	const struct ipc_server_counters counters = ipc_server_counters(control->server);

	return json_pack("{s:i, s:I, s:I, s:I, s:i}", "connected", (int)counters.connected,
		"accepted", (json_int_t)counters.accepted, "refused", (json_int_t)counters.refused,
		"dropped", (json_int_t)counters.dropped, "closing", (int)counters.closing);
}
