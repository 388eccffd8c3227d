/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message between nodes in Heartbeat 3's text form, signed with a key of authkeys. */
#ifndef LIB_CLUSTER_MESSAGE_H
#define LIB_CLUSTER_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "lib/cluster/authkeys.h"

#define MESSAGE_SIZE_MAX 60000
#define MESSAGE_FIELDS_MAX 64
#define MESSAGE_NAME_MAX 64

/* Names and values in the order of the wire; names are unique. */
struct message;

struct message *message_new(void);
void message_free(struct message *message);
CLEANUP_DEFINE(message);

/*
 * Reads one datagram: ">>>\n", lines "name=value\n", "<<<\n", then nothing (a NUL, as Heartbeat
 * sends it, is allowed). Names have 1..MESSAGE_NAME_MAX printable characters without blank and =;
 * values have no control character. *message is owned.
 * -EPROTONOSUPPORT for the netstring form ("###\n"), which this version does not read, else
 * -EBADMSG, or -EMSGSIZE for more than the limits. Heartbeat 3 itself reads both forms but sends
 * only netstrings, whatever its msgfmt says (cluster-glue's msg2wirefmt).
 */
int message_parse(const void *bytes, size_t length, struct message **message, struct error *err);

/* Borrowed until the message changes; NULL when there is no such field. */
const char *message_get(const struct message *message, const char *name);
/* The field as 1..16 hex digits. -ENOENT when absent, -EBADMSG when it is something else. */
int message_get_hex(
	const struct message *message, const char *name, uint64_t *number, struct error *err);

/*
 * Appends a field. -EEXIST for a name that is there already, -EINVAL for characters that cannot be
 * sent, -EMSGSIZE over the limits.
 */
int message_add(struct message *message, const char *name, const char *value, struct error *err);
int message_add_hex(struct message *message, const char *name, uint64_t number, struct error *err);

/*
 * Writes the message with a last field `auth=N CODE` into buffer. The code covers all fields but
 * auth as "name=value\n" in their order, as Heartbeat 3 does it (heartbeat/ha_msg_internal.c,
 * add_msg_auth: msg2string_buf without head and without F_AUTH); a captured message of 3.0.6 proves
 * it in tests/unit/heartbeat/test_message.c.
 */
int message_write(const struct message *message, const struct authkeys *keys, void *buffer,
	size_t size, size_t *length, struct error *err);

/*
 * Is the auth field the code of the others, under whichever key of ours it names? Compared in
 * constant time. -EACCES with the reason when not.
 */
int message_authenticate(
	const struct message *message, const struct authkeys *keys, struct error *err);

#endif
