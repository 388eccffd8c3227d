/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local door for hactl. */
#include "daemons/heartbeat/control.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <qb/qbipcs.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/vector.h"
#include "lib/program/log.h"
#include "lib/wire/control.h"

struct control {
	qb_loop_t *loop;
	qb_ipcs_service_t *service;
	control_function *function;
	void *context;
	bool has_group;
	gid_t group;
	uid_t *members;
	size_t member_count;
};

/* libqb's poll handlers have no argument for the loop. */
static qb_loop_t *loop_now;

static int32_t poll_add(enum qb_loop_priority priority, int32_t descriptor, int32_t events,
	void *data, qb_ipcs_dispatch_fn_t function)
{
	return qb_loop_poll_add(loop_now, priority, descriptor, events, data, function);
}

static int32_t poll_mod(enum qb_loop_priority priority, int32_t descriptor, int32_t events,
	void *data, qb_ipcs_dispatch_fn_t function)
{
	return qb_loop_poll_mod(loop_now, priority, descriptor, events, data, function);
}

static int32_t poll_del(int32_t descriptor)
{
	return qb_loop_poll_del(loop_now, descriptor);
}

static int32_t job_add(enum qb_loop_priority priority, void *data, qb_loop_job_dispatch_fn function)
{
	return qb_loop_job_add(loop_now, priority, data, function);
}

static void members_read(struct control *control)
{
	const struct group *group = getgrnam(CONTROL_GROUP);
	size_t i;

	if (!group)
		return;
	control->has_group = true;
	control->group = group->gr_gid;
	for (i = 0; group->gr_mem[i]; i++) {
		const struct passwd *user = getpwnam(group->gr_mem[i]);

		if (user)
			*VECTOR_APPEND(control->members, control->member_count) = user->pw_uid;
	}
}

static bool is_allowed(const struct control *control, uid_t user, gid_t group)
{
	size_t i;

	if (user == 0 || user == geteuid())
		return true;
	if (!control->has_group)
		return false;
	for (i = 0; i < control->member_count; i++)
		if (control->members[i] == user)
			return true;
	return group == control->group;
}

static int32_t on_accept(qb_ipcs_connection_t *connection, uid_t user, gid_t group)
{
	const struct control *control = qb_ipcs_connection_service_context_get(connection);

	if (!is_allowed(control, user, group)) {
		log_write(LOG_WARNING,
			"control: refused user %u: neither root nor in group " CONTROL_GROUP,
			(unsigned int)user);
		return -EACCES;
	}
	/* The shared memory stays ours, for an unprivileged daemon cannot give it away; root may
	 * use it anyway, others by their group. */
	qb_ipcs_connection_auth_set(connection, geteuid(),
		control->has_group ? control->group : getegid(),
		S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP);
	return 0;
}

static void respond(qb_ipcs_connection_t *connection, const char *text)
{
	size_t length = strlen(text);
	struct qb_ipc_response_header header = {
		.id = QB_IPC_MSG_USER_START,
		.size = (int32_t)(sizeof(header) + length),
	};
	struct iovec parts[] = {{&header, sizeof(header)}, {(void *)(uintptr_t)text, length}};
	ssize_t sent = qb_ipcs_response_sendv(connection, parts, 2);

	if (sent < 0)
		log_write(LOG_WARNING, "control: cannot answer: %s", strerror((int)-sent));
}

static int32_t on_request(qb_ipcs_connection_t *connection, void *data, size_t size)
{
	const struct control *control = qb_ipcs_connection_service_context_get(connection);
	CLEANUP(cleanup_free) char *answer = NULL;

	/* size is the header's own word, which libqb hands on; its ring holds at least the maximum.
	 */
	if (size < sizeof(struct qb_ipc_request_header) || size > CONTROL_MESSAGE_MAX) {
		respond(connection, "{\"version\":1,\"ok\":false,\"error\":\"bad length\"}");
		return 0;
	}
	answer = control->function((const char *)data + sizeof(struct qb_ipc_request_header),
		size - sizeof(struct qb_ipc_request_header), control->context);
	respond(connection, answer);
	return 0;
}

static void on_created(qb_ipcs_connection_t *connection)
{
	(void)connection;
}

static int32_t on_closed(qb_ipcs_connection_t *connection)
{
	(void)connection;
	return 0;
}

static void on_destroyed(qb_ipcs_connection_t *connection)
{
	(void)connection;
}

int control_open(qb_loop_t *loop, const char *name, control_function *function, void *context,
	struct control **control, struct error *err)
{
	struct qb_ipcs_service_handlers handlers = {
		on_accept, on_created, on_request, on_closed, on_destroyed};
	struct qb_ipcs_poll_handlers polls = {job_add, poll_add, poll_mod, poll_del};
	CLEANUP(cleanup_control) struct control *fresh = vector_resize(NULL, 1, sizeof(*fresh));
	int result;

	*fresh = (struct control){.loop = loop, .function = function, .context = context};
	loop_now = loop;
	members_read(fresh);
	fresh->service = qb_ipcs_create(name, 0, QB_IPC_SHM, &handlers);
	if (!fresh->service)
		return error_system(err, errno, "cannot make the control service '%s'", name);
	qb_ipcs_service_context_set(fresh->service, fresh);
	qb_ipcs_poll_handlers_set(fresh->service, &polls);
	qb_ipcs_enforce_buffer_size(fresh->service, CONTROL_MESSAGE_MAX);
	result = qb_ipcs_run(fresh->service);
	if (result < 0) {
		/* libqb has destroyed it. */
		fresh->service = NULL;
		return error_system(err, -result,
			"cannot offer the control service '%s'; is another heartbeatd running?",
			name);
	}
	*control = TAKE(fresh);
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	if (control->service)
		qb_ipcs_destroy(control->service);
	free(control->members);
	free(control);
}
