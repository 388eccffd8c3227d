/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes what comes from the network: a message, its authentication and the statement in it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemons/heartbeat/announcement.h"
#include "lib/cluster/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char ha_cf[] = "node n1 n2 n3\nucast e 1.2.3.4\n";
static const char secrets[] = "auth 1\n1 sha256 x\n2 md5 y\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ha_cf *config;
	static struct authkeys *keys;
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_message) struct message *message = NULL, *again = NULL;
	struct announcement announcement;
	char bytes[MESSAGE_SIZE_MAX];
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	if (!config) {
		config = ha_cf_read_bytes("ha.cf", ha_cf, sizeof(ha_cf) - 1, "n2", &problems);
		keys = authkeys_read_bytes("authkeys", secrets, sizeof(secrets) - 1, &problems);
	}
	if (message_parse(data, size, &message, &err) < 0)
		return 0;
	(void)message_authenticate(message, keys, &err);
	(void)announcement_decode(message, config, &announcement, &err);
	/* What can be read can be written, and is authentic then. */
	if (message_write(message, keys, bytes, sizeof(bytes), &length, &err) < 0)
		return 0;
	if (message_parse(bytes, length, &again, &err) == 0 &&
		message_authenticate(again, keys, &err) < 0)
		abort();
	return 0;
}
