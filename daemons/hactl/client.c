/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl's side of the local control service. */
#include "daemons/hactl/client.h"

#include <errno.h>
#include <qb/qbipcc.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/wire/control.h"

#define ANSWER_MS 5000

struct client {
	qb_ipcc_connection_t *connection;
};

int client_open(const char *name, struct client **client, struct error *err)
{
	qb_ipcc_connection_t *connection = qb_ipcc_connect(name, CONTROL_MESSAGE_MAX);

	if (!connection && errno == EACCES)
		return error_set(err, EACCES,
			"heartbeatd refuses: hactl is for root and the group haclient");
	if (!connection)
		return error_system(err, errno ? errno : ECONNREFUSED,
			"cannot reach heartbeatd ('%s'); is it running? (systemctl status heartbeatd)",
			name);
	*client = vector_resize(NULL, 1, sizeof(**client));
	(*client)->connection = connection;
	return 0;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	qb_ipcc_disconnect(client->connection);
	free(client);
}

/* Checks the frame of what came in and parses it. */
static int answer_parse(const char *bytes, size_t length, json_t **answer, struct error *err)
{
	CLEANUP(cleanup_json) json_t *root = NULL;
	const char *reason;
	json_error_t problem;

	if (length < sizeof(struct qb_ipc_response_header))
		return error_set(err, EPROTO, "heartbeatd's answer is too short");
	root = json_loadb(bytes + sizeof(struct qb_ipc_response_header),
		length - sizeof(struct qb_ipc_response_header), JSON_REJECT_DUPLICATES, &problem);
	if (json_integer_value(json_object_get(root, "version")) != CONTROL_VERSION)
		return error_set(err, EPROTO,
			"heartbeatd's answer is not of version %d; are hactl and heartbeatd of the same release?",
			CONTROL_VERSION);
	if (!json_is_true(json_object_get(root, "ok"))) {
		reason = json_string_value(json_object_get(root, "error"));
		return error_set(
			err, EREMOTEIO, "%s", reason ? reason : "heartbeatd gave no reason");
	}
	*answer = TAKE(root);
	return 0;
}

int client_ask(struct client *client, json_t *request, json_t **answer, struct error *err)
{
	CLEANUP(cleanup_free) char *buffer = vector_resize(NULL, CONTROL_MESSAGE_MAX, 1);
	CLEANUP(cleanup_free) char *text = NULL;
	struct qb_ipc_request_header header = {.id = QB_IPC_MSG_USER_START};
	struct iovec parts[2] = {{&header, sizeof(header)}};
	ssize_t count;

	json_object_set_new(request, "version", json_integer(CONTROL_VERSION));
	text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (!text)
		return error_set(err, ENOMEM, "cannot print the request");
	parts[1] = (struct iovec){text, strlen(text)};
	header.size = (int32_t)(sizeof(header) + parts[1].iov_len);
	count = qb_ipcc_sendv_recv(
		client->connection, parts, 2, buffer, CONTROL_MESSAGE_MAX, ANSWER_MS);
	if (count < 0)
		return error_system(err, (int)-count, "no answer from heartbeatd");
	return answer_parse(buffer, (size_t)count, answer, err);
}
