/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl's side of the local control service. */
#include "daemons/hactl/client.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/ipc/client.h"
#include "lib/wire/control.h"

#define ANSWER_MS 5000

struct client {
	struct ipc_client *connection;
};

int client_open(const char *name, struct client **client, struct error *err)
{
	struct ipc_client *connection;
	int result = ipc_client_open(name, ANSWER_MS, &connection, err);

	if (result == -EACCES)
		return error_prefix(
			err, "heartbeatd refuses: hactl is for root and the group haclient");
	if (result == -EPERM)
		return error_prefix(err, "not heartbeatd");
	if (result < 0)
		return error_prefix(err,
			"cannot reach heartbeatd; is it running? (systemctl status heartbeatd)");
	*client = vector_resize(NULL, 1, sizeof(**client));
	(*client)->connection = connection;
	return 0;
}

void client_free(struct client *client)
{
	if (!client)
		return;
	ipc_client_free(client->connection);
	free(client);
}

static int answer_parse(const char *bytes, size_t length, json_t **answer, struct error *err)
{
	CLEANUP(cleanup_json) json_t *root = NULL;
	const char *reason;
	json_error_t problem;

	root = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &problem);
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
	CLEANUP(cleanup_free) char *text = NULL;
	const char *reply;
	size_t length;
	int result;

	json_object_set_new(request, "version", json_integer(CONTROL_VERSION));
	text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (!text)
		return error_set(err, ENOMEM, "cannot print the request");
	result = ipc_client_ask(
		client->connection, text, strlen(text), ANSWER_MS, &reply, &length, err);
	if (result < 0)
		return error_prefix(err, "no answer from heartbeatd");
	return answer_parse(reply, length, answer, err);
}
