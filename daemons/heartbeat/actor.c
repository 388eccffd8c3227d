/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the group decides. */
#include "daemons/heartbeat/actor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "daemons/heartbeat/announce.h"
#include "daemons/heartbeat/connections.h"
#include "daemons/heartbeat/forward.h"
#include "daemons/heartbeat/silence.h"
#include "lib/base/vector.h"
#include "lib/program/log.h"

/* When, after the first, gratuitous ARP is repeated; see announce.h. */
static const uint64_t repeat_ms[] = {0, 50, 200, 500, 1000, 2000};
#define REPEATS (sizeof(repeat_ms) / sizeof(repeat_ms[0]))

struct actor {
	const struct groups *groups;
	struct in_addr ips[GROUPS_ADDRESSES_MAX];
	/* Of the device of the address of that index; NULL: shared with an earlier one or closed.
	 */
	struct announce *announces[GROUPS_ADDRESSES_MAX];
	bool can_forward;
	bool forwarding;
	bool silent;
	bool holding;
	uint64_t announced_at;
	size_t repeat; /* index of the next one; REPEATS: none */
	int control;   /* a socket to ask for device flags */
};

struct actor *actor_new(const struct groups *groups)
{
	struct actor *actor = vector_resize(NULL, 1, sizeof(*actor));
	unsigned int i;

	*actor = (struct actor){.groups = groups, .repeat = REPEATS};
	for (i = 0; i < groups->address_count; i++)
		actor->ips[i] = groups->addresses[i].ip;
	actor->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return actor;
}

void actor_free(struct actor *actor)
{
	unsigned int i;

	if (!actor)
		return;
	for (i = 0; i < actor->groups->address_count; i++)
		announce_free(actor->announces[i]);
	if (actor->control >= 0)
		close(actor->control);
	free(actor);
}

void actor_prepare(struct actor *actor)
{
	CLEANUP(error_release) struct error err = {0};
	unsigned int i;

	if (forward_stop(&err) < 0)
		log_write(LOG_WARNING, "clearing old forward rules: %s", error_text(&err));
	if (silence_stop(&err) < 0)
		log_write(LOG_WARNING, "clearing old silence rules: %s", error_text(&err));
	actor->can_forward = forward_check(&err) == 0;
	if (!actor->can_forward)
		log_write(LOG_WARNING, "established connections will be cut at a switch-over: %s",
			error_text(&err));
	for (i = 0; i < actor->groups->address_count; i++)
		if (address_quiet(actor->groups->addresses[i].device, &err) < 0)
			log_write(LOG_WARNING, "%s", error_text(&err));
}

static void forward_begin(
	struct actor *actor, const struct in_addr *holders, unsigned int holder_count)
{
	struct forward_path paths[GROUPS_ADDRESSES_MAX];
	CLEANUP(error_release) struct error err = {0};
	size_t count = 0;
	unsigned int i;

	for (i = 0; i < actor->groups->address_count && i < holder_count; i++) {
		if (holders[i].s_addr == 0)
			continue;
		paths[count].ip = actor->ips[i];
		paths[count].holder = holders[i];
		memcpy(paths[count].device, actor->groups->addresses[i].device,
			sizeof(paths[count].device));
		count++;
	}
	if (!actor->can_forward || !count)
		return;
	if (forward_start(paths, count, &err) < 0)
		log_write(LOG_WARNING,
			"cannot pass established connections on to the old holder, they will be cut: %s",
			error_text(&err));
	else
		actor->forwarding = true;
}

void actor_forward_stop(struct actor *actor)
{
	CLEANUP(error_release) struct error err = {0};

	if (actor->forwarding && forward_stop(&err) < 0)
		log_write(LOG_WARNING, "clearing forward rules: %s", error_text(&err));
	actor->forwarding = false;
}

void actor_silence(struct actor *actor, bool silent)
{
	CLEANUP(error_release) struct error err = {0};
	int result = 0;

	if (silent)
		result = silence_start(actor->ips, actor->groups->address_count, &err);
	else if (actor->silent)
		result = silence_stop(&err);
	actor->silent = silent && result == 0;
	if (result < 0)
		log_write(LOG_WARNING, "%s", error_text(&err));
}

static void addresses_remove(struct actor *actor)
{
	CLEANUP(error_release) struct error err = {0};
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		const struct floating_address *address = &actor->groups->addresses[i];

		/* A device that is gone has taken its addresses along. */
		if (if_nametoindex(address->device) && address_remove(address, &err) < 0)
			log_write(LOG_ERR, "%s", error_text(&err));
	}
}

int actor_acquire(struct actor *actor, const struct in_addr *holders, unsigned int holder_count,
	uint64_t now_ms, struct error *err)
{
	unsigned int i;
	int result;

	actor_silence(actor, false);
	if (holder_count)
		forward_begin(actor, holders, holder_count);
	for (i = 0; i < actor->groups->address_count; i++) {
		result = address_add(&actor->groups->addresses[i], err);
		if (result < 0) {
			addresses_remove(actor);
			actor_forward_stop(actor);
			return result;
		}
	}
	actor->holding = true;
	actor_announce(actor, now_ms);
	return 0;
}

void actor_release(struct actor *actor)
{
	actor->holding = false;
	actor->repeat = REPEATS;
	addresses_remove(actor);
	actor_forward_stop(actor);
}

void actor_announce(struct actor *actor, uint64_t now_ms)
{
	actor->announced_at = now_ms;
	actor->repeat = 0;
	actor_tick(actor, now_ms);
}

void actor_announce_stop(struct actor *actor)
{
	actor->repeat = REPEATS;
}

/* The open socket of the device of address index, or NULL. */
static struct announce *announce_of(struct actor *actor, unsigned int index, struct error *err)
{
	const struct floating_address *addresses = actor->groups->addresses;
	unsigned int first = 0;

	while (strcmp(addresses[first].device, addresses[index].device) != 0)
		first++;
	if (!actor->announces[first] &&
		announce_open(addresses[first].device, &actor->announces[first], err) < 0)
		return NULL;
	return actor->announces[first];
}

static void announce_close(struct actor *actor, const struct announce *announce)
{
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		if (actor->announces[i] == announce) {
			announce_free(actor->announces[i]);
			actor->announces[i] = NULL;
		}
	}
}

static void announce_all(struct actor *actor)
{
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		CLEANUP(error_release) struct error err = {0};
		struct announce *announce = announce_of(actor, i, &err);
		int result = announce ? announce_send(announce, actor->ips[i], &err) : -1;

		/* Once per round is enough in the log. */
		if (result < 0 && actor->repeat == 0)
			log_write(LOG_WARNING, "%s", error_text(&err));
		if (result == -ENODEV || result == -ENXIO)
			announce_close(actor, announce);
	}
}

void actor_tick(struct actor *actor, uint64_t now_ms)
{
	if (now_ms < actor_next(actor))
		return;
	if (actor->holding)
		announce_all(actor);
	/* After a pause the ones that were missed are not sent in a burst. */
	while (actor->repeat < REPEATS && now_ms >= actor->announced_at + repeat_ms[actor->repeat])
		actor->repeat++;
}

uint64_t actor_next(const struct actor *actor)
{
	return actor->repeat < REPEATS ? actor->announced_at + repeat_ms[actor->repeat]
				       : UINT64_MAX;
}

int actor_connections(const struct actor *actor, unsigned int *count, struct error *err)
{
	return connections_count(actor->ips, actor->groups->address_count, count, err);
}

bool actor_is_fit(const struct actor *actor, char *text, size_t size)
{
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		const char *device = actor->groups->addresses[i].device;
		struct ifreq request = {0};
		short wanted = IFF_UP | IFF_RUNNING;

		memcpy(request.ifr_name, device, sizeof(request.ifr_name));
		if (ioctl(actor->control, SIOCGIFFLAGS, &request) < 0) {
			snprintf(text, size, "device %s: %s", device, strerror(errno));
			return false;
		}
		if ((request.ifr_flags & wanted) != wanted) {
			snprintf(text, size, "device %s is %s", device,
				request.ifr_flags & IFF_UP ? "not connected" : "down");
			return false;
		}
	}
	return true;
}

void actor_fixed(const struct actor *actor, struct in_addr *fixed)
{
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		fixed[i].s_addr = 0;
		(void)address_fixed(&actor->groups->addresses[i], actor->groups->addresses,
			actor->groups->address_count, &fixed[i], NULL);
	}
}
