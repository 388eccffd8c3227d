/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heartbeats out and in. */
#include "daemons/heartbeat/traffic.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemons/heartbeat/daemon_state.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/program/log.h"
#include <config.h>

/* So that a flood does not keep the loop from its timers. */
#define DATAGRAMS_PER_TURN 64
#define COMPLAINT_MS 60000

void traffic_send(struct daemon *daemon, bool leaving)
{
	CLEANUP(cleanup_message) struct message *message = NULL;
	struct announcement announcement = {
		.node = daemon->setup.config->self,
		.generation = daemon->setup.generation,
		.sequence = ++daemon->sequence,
		.leaving = leaving,
		.software = VERSION,
		.fixed_count = daemon->setup.groups->address_count,
	};
	double load[3] = {0, 0, 0};
	char bytes[MESSAGE_SIZE_MAX], load_text[64];
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	/* That this node is backup, and gave the group, is true when its addresses are off. */
	if (!floating_addresses_is_releasing(daemon->floating))
		daemon->said = *group_statement(daemon->group);
	announcement.group = daemon->said;
	(void)!getloadavg(load, 3);
	snprintf(load_text, sizeof(load_text), "%.2f %.2f %.2f", load[0], load[1], load[2]);
	memcpy(announcement.fixed, daemon->fixed, sizeof(announcement.fixed));
	message = announcement_encode(
		&announcement, daemon->setup.config, clock_wall_us() / 1000000, load_text);
	if (message_write(message, daemon->setup.keys, bytes, sizeof(bytes), &length, &err) < 0) {
		log_write(LOG_ERR, "cannot write a heartbeat: %s", error_text(&err));
		return;
	}
	daemon->counters.sent++;
	link_set_send(daemon->links, bytes, length);
}

/* Anybody can send garbage: it is counted, and told of once a minute. */
static void complain(
	struct daemon *daemon, unsigned int link, const char *what, const char *why, uint64_t now)
{
	if (daemon->complained_at && now < daemon->complained_at + COMPLAINT_MS)
		return;
	daemon->complained_at = now;
	log_write(LOG_WARNING,
		"link %s: %s message dropped: %s (more within a minute are only counted, see hactl status)",
		daemon->setup.config->links[link].device, what, why);
}

static void complain_generation(
	struct daemon *daemon, unsigned int node, uint64_t generation, uint64_t now)
{
	struct daemon_peer *peer = &daemon->peers[node];

	if (peer->complained_at && now < peer->complained_at + COMPLAINT_MS)
		return;
	peer->complained_at = now;
	log_write(LOG_WARNING,
		"node %s: message of generation %" PRIu64 " dropped, %" PRIu64
		" was heard already: replayed, or its generation file was set back (then restart heartbeatd here)",
		daemon->setup.config->nodes[node], generation, peer->sequence.generation);
}

/* The newest message once more: good over a link that has not brought it yet, else a replay. */
static void copy_heard(struct daemon *daemon, unsigned int node, unsigned int link, uint64_t now)
{
	struct daemon_peer *peer = &daemon->peers[node];
	uint32_t bit = UINT32_C(1) << link;

	if (peer->copy_links & bit) {
		daemon->counters.replayed++;
		return;
	}
	peer->copy_links |= bit;
	membership_link_heard(daemon->membership, node, link, now);
}

static void news_heard(struct daemon *daemon, const struct announcement *announcement,
	unsigned int link, uint64_t now)
{
	struct daemon_peer *peer = &daemon->peers[announcement->node];
	struct group_statement statement = announcement->group;

	peer->copy_links = UINT32_C(1) << link;
	if (announcement->leaving) {
		membership_gone(daemon->membership, announcement->node, now);
		return;
	}
	memcpy(peer->fixed, announcement->fixed, sizeof(peer->fixed));
	peer->fixed_count = announcement->fixed_count;
	memcpy(peer->software, announcement->software, sizeof(peer->software));
	membership_heard(daemon->membership, announcement->node, link, now);
	/* A node that knows nothing of the group can never serve it. */
	if (!announcement->has_group)
		statement = (struct group_statement){.role = GROUP_BACKUP,
			.generation = announcement->generation,
			.to = -1,
			.from = -1};
	group_heard(daemon->group, announcement->node, &statement, now);
}

static void announcement_heard(struct daemon *daemon, const struct announcement *announcement,
	unsigned int link, uint64_t now)
{
	struct daemon_peer *peer = &daemon->peers[announcement->node];

	switch (sequence_check(&peer->sequence, announcement->generation, announcement->sequence)) {
	case SEQUENCE_NEW:
	case SEQUENCE_NEW_GENERATION:
		news_heard(daemon, announcement, link, now);
		break;
	case SEQUENCE_COPY:
		copy_heard(daemon, announcement->node, link, now);
		break;
	case SEQUENCE_OLD:
		daemon->counters.replayed++;
		break;
	case SEQUENCE_OLD_GENERATION:
		daemon->counters.replayed++;
		complain_generation(daemon, announcement->node, announcement->generation, now);
		break;
	}
}

static void datagram_heard(
	struct daemon *daemon, const char *bytes, size_t length, unsigned int link, uint64_t now)
{
	CLEANUP(cleanup_message) struct message *message = NULL;
	struct announcement announcement;
	CLEANUP(error_release) struct error err = {0};
	int result;

	daemon->counters.received++;
	if (message_parse(bytes, length, &message, &err) < 0) {
		daemon->counters.malformed++;
		complain(daemon, link, "malformed", error_text(&err), now);
		return;
	}
	/* First of all: nothing of a message is believed before. */
	if (message_authenticate(message, daemon->setup.keys, &err) < 0) {
		daemon->counters.bad_auth++;
		complain(daemon, link, "unauthentic", error_text(&err), now);
		return;
	}
	result = announcement_decode(message, daemon->setup.config, &announcement, &err);
	switch (-result) {
	case 0:
		announcement_heard(daemon, &announcement, link, now);
		break;
	case EALREADY:
		break;
	case ENOMSG:
		daemon->counters.ignored++;
		break;
	case ESRCH:
		daemon->counters.unknown_node++;
		complain(daemon, link, "foreign", error_text(&err), now);
		break;
	default:
		daemon->counters.malformed++;
		complain(daemon, link, "malformed", error_text(&err), now);
	}
}

void traffic_receive(struct daemon *daemon, unsigned int socket, uint64_t now_ms)
{
	char bytes[MESSAGE_SIZE_MAX + 1];
	unsigned int link;
	size_t length;
	int turns;

	for (turns = 0; turns < DATAGRAMS_PER_TURN; turns++) {
		int result = link_set_receive(
			daemon->links, socket, bytes, sizeof(bytes), &length, &link);

		if (result == 0)
			datagram_heard(daemon, bytes, length, link, now_ms);
		else if (result == -EMSGSIZE)
			daemon->counters.malformed++;
		else if (result != -ECONNREFUSED && result != -ENODEV)
			return;
	}
}
