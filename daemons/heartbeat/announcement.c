/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node's statement as fields of a message, and back. */
#include "daemons/heartbeat/announcement.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/base/text.h"

/* Tenures and requests count events; anything near overflow is a forgery or a bug. */
#define NUMBER_MAX (UINT64_C(1) << 56)

static void add(struct message *message, const char *name, const char *value)
{
	/* All names and values here are ours and short: nothing can be refused. */
	(void)message_add(message, name, value, NULL);
}

static void fixed_add(struct message *message, const struct announcement *announcement)
{
	CLEANUP(cleanup_text) struct text text = {0};
	unsigned int i;

	for (i = 0; i < announcement->fixed_count; i++) {
		char address[INET_ADDRSTRLEN];

		inet_ntop(AF_INET, &announcement->fixed[i], address, sizeof(address));
		text_appendf(&text, "%s%s", i ? " " : "", address);
	}
	if (announcement->fixed_count)
		add(message, "ha_fixed", text_string(&text));
}

static void group_add(struct message *message, const struct announcement *announcement,
	const struct ha_cf *config)
{
	const struct group_statement *group = &announcement->group;
	char reason[GROUP_REASON_MAX];

	add(message, "ha_v", "1");
	add(message, "ha_sw", announcement->software);
	add(message, "ha_role", group_role_name(group->role));
	add(message, "ha_fit", group->fit ? "1" : "0");
	(void)message_add_hex(message, "ha_tenure", group->tenure, NULL);
	if (group->serving)
		add(message, "ha_serving", "1");
	if (group->leaving)
		add(message, "ha_leaving", "1");
	if (group->to >= 0)
		add(message, "ha_to", config->nodes[group->to]);
	if (group->from >= 0)
		add(message, "ha_from", config->nodes[group->from]);
	if (group->want)
		(void)message_add_hex(message, "ha_want", group->want, NULL);
	if (group->refused) {
		(void)message_add_hex(message, "ha_refused", group->refused, NULL);
		add(message, "ha_reason", text_printable(reason, sizeof(reason), group->reason));
	}
	fixed_add(message, announcement);
}

struct message *announcement_encode(const struct announcement *announcement,
	const struct ha_cf *config, uint64_t wall_seconds, const char *load)
{
	struct message *message = message_new();
	const char *status = announcement->leaving			 ? "dead"
			     : announcement->group.role == GROUP_JOINING ? "up"
									 : "active";
	char hops[16];

	/* The fields and their order are those of Heartbeat 3's status message. */
	add(message, "t", "status");
	add(message, "st", status);
	(void)message_add_hex(message, "dt", config->deadtime_ms, NULL);
	add(message, "protocol", "1");
	add(message, "src", config->nodes[announcement->node]);
	(void)message_add_hex(message, "seq", announcement->sequence, NULL);
	(void)message_add_hex(message, "hg", announcement->generation, NULL);
	(void)message_add_hex(message, "ts", wall_seconds, NULL);
	add(message, "ld", load);
	snprintf(hops, sizeof(hops), "%u", config->node_count + 1);
	add(message, "ttl", hops);
	if (!announcement->leaving)
		group_add(message, announcement, config);
	return message;
}

/* An absent field is 0. */
static int number_read(
	const struct message *message, const char *name, uint64_t *number, struct error *err)
{
	int result;

	*number = 0;
	if (!message_get(message, name))
		return 0;
	result = message_get_hex(message, name, number, err);
	if (result == 0 && *number > NUMBER_MAX)
		return error_set(err, EBADMSG, "field '%s' is too great a number", name);
	return result;
}

static bool flag_read(const struct message *message, const char *name)
{
	return text_equal(message_get(message, name), "1");
}

static int node_read(const struct message *message, const char *name, const struct ha_cf *config,
	int *node, struct error *err)
{
	const char *value = message_get(message, name);

	*node = value ? ha_cf_node(config, value) : -1;
	if (value && *node < 0)
		return error_set(
			err, EBADMSG, "field '%s' names a node that is not in our ha.cf", name);
	return 0;
}

static int fixed_read(
	const struct message *message, struct announcement *announcement, struct error *err)
{
	const char *value = message_get(message, "ha_fixed"), *end;
	char text[INET_ADDRSTRLEN];

	for (; value && *value; value = *end ? end + 1 : end) {
		size_t length;

		end = strchrnul(value, ' ');
		length = (size_t)(end - value);
		if (length >= sizeof(text) ||
			announcement->fixed_count == GROUPS_CONF_ADDRESSES_MAX)
			return error_set(
				err, EBADMSG, "field 'ha_fixed' is not a list of addresses");
		memcpy(text, value, length);
		text[length] = '\0';
		if (inet_pton(AF_INET, text, &announcement->fixed[announcement->fixed_count]) != 1)
			return error_set(
				err, EBADMSG, "field 'ha_fixed' is not a list of addresses");
		announcement->fixed_count++;
	}
	return 0;
}

static int group_read(const struct message *message, const struct ha_cf *config,
	struct announcement *announcement, struct error *err)
{
	struct group_statement *group = &announcement->group;
	const char *role = message_get(message, "ha_role");
	const char *reason = message_get(message, "ha_reason");
	const char *software = message_get(message, "ha_sw");
	int number = role ? group_role_parse(role) : -1, result;

	if (number < 0)
		return error_set(
			err, EBADMSG, "field 'ha_role' is no role that this version knows");
	group->role = (enum group_role)number;
	group->fit = flag_read(message, "ha_fit");
	group->serving = flag_read(message, "ha_serving");
	group->leaving = flag_read(message, "ha_leaving");
	group->generation = announcement->generation;
	text_printable(group->reason, sizeof(group->reason), reason ? reason : "");
	text_printable(
		announcement->software, sizeof(announcement->software), software ? software : "");
	result = number_read(message, "ha_tenure", &group->tenure, err);
	if (result == 0)
		result = number_read(message, "ha_want", &group->want, err);
	if (result == 0)
		result = number_read(message, "ha_refused", &group->refused, err);
	if (result == 0)
		result = node_read(message, "ha_to", config, &group->to, err);
	if (result == 0)
		result = node_read(message, "ha_from", config, &group->from, err);
	if (result == 0)
		result = fixed_read(message, announcement, err);
	if (result == 0 && group->role == GROUP_GIVING &&
		(group->to < 0 || group->to == (int)announcement->node))
		return error_set(err, EBADMSG, "it gives the group to nobody");
	return result;
}

int announcement_decode(const struct message *message, const struct ha_cf *config,
	struct announcement *announcement, struct error *err)
{
	const char *source = message_get(message, "src"), *type = message_get(message, "t");
	struct announcement fresh = {.group = {.to = -1, .from = -1}};
	int node = source ? ha_cf_node(config, source) : -1, result;

	if (node < 0)
		return error_set(err, ESRCH, "from node '%.64s', which is not in our ha.cf",
			source ? source : "");
	if ((unsigned int)node == config->self)
		return error_set(err, EALREADY, "our own message");
	if (!text_equal(type, "status"))
		return error_set(err, ENOMSG, "of type '%.32s'", type ? type : "");
	fresh.node = (unsigned int)node;
	result = message_get_hex(message, "hg", &fresh.generation, err);
	if (result == 0)
		result = message_get_hex(message, "seq", &fresh.sequence, err);
	if (result < 0)
		return err ? (err->number = EBADMSG, -EBADMSG) : -EBADMSG;
	fresh.leaving = text_equal(message_get(message, "st"), "dead");
	fresh.has_group = !fresh.leaving && message_get(message, "ha_v") != NULL;
	if (fresh.has_group) {
		result = group_read(message, config, &fresh, err);
		if (result < 0)
			return err ? (err->number = EBADMSG, -EBADMSG) : -EBADMSG;
	}
	*announcement = fresh;
	return 0;
}
