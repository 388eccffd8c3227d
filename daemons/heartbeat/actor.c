/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the group decides. */
#include "daemons/heartbeat/actor.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "daemons/heartbeat/arp_silence.h"
#include "daemons/heartbeat/forward.h"
#include "lib/base/vector.h"
#include "lib/net/connections.h"
#include "lib/net/device.h"
#include "lib/net/gratuitous_arp.h"
#include "lib/program/log.h"

/* When, after the first, gratuitous ARP is repeated; see gratuitous_arp.h. */
static const uint64_t repeat_ms[] = {0, 50, 200, 500, 1000, 2000};
#define REPEATS (sizeof(repeat_ms) / sizeof(repeat_ms[0]))
/* When what did not work is tried again. */
#define RETRY_MS 200
#define ANNOUNCE_RETRY_MS 1000

struct actor {
	const struct groups_conf *groups;
	struct netlink *netlink;
	struct nftables *nftables;
	struct in_addr ips[GROUPS_CONF_ADDRESSES_MAX];
	/* Of the device of the address of that index; NULL: shared with an earlier one or closed.
	 */
	struct gratuitous_arp *announces[GROUPS_CONF_ADDRESSES_MAX];
	bool cannot_forward; /* the kernel said so */
	bool holding;
	/* What is to be undone, until it was seen to be. */
	bool releasing;	     /* addresses may be there that ought not to */
	bool forwarding;     /* forward rules may be there ... */
	bool forward_ending; /* ... and ought not to */
	bool silent, silence_ending;
	bool complained; /* that undoing does not work; once until it does */
	uint64_t retry_at;
	/* Gratuitous ARP. */
	uint64_t announced_at;
	size_t repeat;		    /* index of the next one; REPEATS: none */
	bool unannounced;	    /* the last round did not get out on every device */
	uint64_t announce_again_at; /* then */
	/* The last answers of the kernel, for when it does not say. */
	bool fit;
	char unfit_reason[ACTOR_REASON_MAX];
};

int actor_new(const struct groups_conf *groups, struct actor **actor, struct error *err)
{
	CLEANUP(cleanup_actor) struct actor *fresh = vector_resize(NULL, 1, sizeof(*fresh));
	unsigned int i;
	int result;

	*fresh = (struct actor){.groups = groups,
		.repeat = REPEATS,
		.retry_at = UINT64_MAX,
		.announce_again_at = UINT64_MAX,
		.unfit_reason = "not looked yet"};
	for (i = 0; i < groups->address_count; i++)
		fresh->ips[i] = groups->addresses[i].ip;
	result = netlink_open(&fresh->netlink, err);
	if (result < 0)
		return result;
	fresh->nftables = nftables_new(fresh->netlink);
	*actor = TAKE(fresh);
	return 0;
}

void actor_free(struct actor *actor)
{
	unsigned int i;

	if (!actor)
		return;
	for (i = 0; i < actor->groups->address_count; i++)
		gratuitous_arp_free(actor->announces[i]);
	nftables_free(actor->nftables);
	netlink_close(actor->netlink);
	free(actor);
}

/* The open socket of the device of address index, or NULL. */
static struct gratuitous_arp *announce_of(
	struct actor *actor, unsigned int index, struct error *err)
{
	const struct floating_address *addresses = actor->groups->addresses;
	unsigned int first = 0;

	while (strcmp(addresses[first].device, addresses[index].device) != 0)
		first++;
	if (!actor->announces[first] && gratuitous_arp_open(actor->netlink, addresses[first].device,
						&actor->announces[first], err) < 0)
		return NULL;
	return actor->announces[first];
}

/* Once, until it works again: what is tried every 200 ms must not fill the log. */
static void complain(struct actor *actor, bool *trouble, const struct error *err)
{
	*trouble = true;
	if (!actor->complained)
		log_write(LOG_ERR, "%s; trying again until it is done", error_text(err));
}

static bool addresses_remove(struct actor *actor, bool *trouble)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		CLEANUP(error_release) struct error err = {0};

		if (address_remove(actor->netlink, &actor->groups->addresses[i], &err) == 0)
			continue;
		all = false;
		complain(actor, trouble, &err);
	}
	return all;
}

/* An address that cannot be taken off must not answer meanwhile: somebody else has it by now. */
static void release_try(struct actor *actor, bool *trouble)
{
	if (addresses_remove(actor, trouble)) {
		actor->releasing = false;
		actor->silence_ending = actor->silence_ending || actor->silent;
		return;
	}
	if (!actor->silent)
		actor->silent = arp_silence_start(actor->nftables, actor->ips,
					actor->groups->address_count, NULL) == 0;
}

/* Undoes what is to be undone; what does not work is tried again by actor_tick. */
static void undo(struct actor *actor, uint64_t now_ms)
{
	CLEANUP(error_release) struct error err = {0};
	bool trouble = false;

	if (actor->releasing)
		release_try(actor, &trouble);
	if (actor->forward_ending) {
		if (forward_stop(actor->netlink, &err) < 0)
			complain(actor, &trouble, &err);
		else
			actor->forwarding = actor->forward_ending = false;
	}
	if (actor->silence_ending && !actor->releasing) {
		if (arp_silence_stop(actor->netlink, &err) < 0)
			complain(actor, &trouble, &err);
		else
			actor->silent = actor->silence_ending = false;
	}
	if (actor->complained && !trouble)
		log_write(LOG_NOTICE, "what could not be undone before is done");
	actor->complained = trouble;
	actor->retry_at = trouble ? now_ms + RETRY_MS : UINT64_MAX;
}

void actor_prepare(struct actor *actor)
{
	CLEANUP(error_release) struct error err = {0};
	unsigned int i;
	int result;

	/* What an earlier daemon may have left. */
	actor->forward_ending = actor->silence_ending = true;
	undo(actor, 0);
	result = forward_check(actor->nftables, &err);
	actor->cannot_forward = result < 0 && netlink_is_answer(result);
	if (result < 0)
		log_write(LOG_WARNING, "established connections will be cut at a switch-over: %s",
			error_text(&err));
	for (i = 0; i < actor->groups->address_count; i++) {
		if (address_quiet(actor->netlink, actor->groups->addresses[i].device, &err) < 0)
			log_write(LOG_WARNING, "%s", error_text(&err));
		/* Opened now, so that taking the group needs no descriptor. A device that is not
		 * there yet is looked for again then. */
		(void)announce_of(actor, i, NULL);
	}
}

static void forward_begin(
	struct actor *actor, const struct in_addr *holders, unsigned int holder_count)
{
	struct forward_path paths[GROUPS_CONF_ADDRESSES_MAX];
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
	if (actor->cannot_forward || !count)
		return;
	actor->forwarding = true;
	actor->forward_ending = false;
	if (forward_start(actor->netlink, actor->nftables, paths, count, &err) < 0)
		log_write(LOG_WARNING,
			"cannot pass established connections on to the old holder, they will be cut: %s",
			error_text(&err));
}

void actor_forward_stop(struct actor *actor, uint64_t now_ms)
{
	actor->forward_ending = actor->forwarding;
	undo(actor, now_ms);
}

void actor_silence(struct actor *actor, bool silent, uint64_t now_ms)
{
	CLEANUP(error_release) struct error err = {0};

	actor->silence_ending = !silent && actor->silent;
	if (silent) {
		/* Also when it fails: the rule may be there. */
		actor->silent = true;
		if (arp_silence_start(
			    actor->nftables, actor->ips, actor->groups->address_count, &err) < 0)
			log_write(LOG_WARNING, "%s", error_text(&err));
	}
	undo(actor, now_ms);
}

static void announce_close(struct actor *actor, const struct gratuitous_arp *announce)
{
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		if (actor->announces[i] == announce) {
			gratuitous_arp_free(actor->announces[i]);
			actor->announces[i] = NULL;
		}
	}
}

/* Returns whether it got out on every device. */
static bool announce_all(struct actor *actor)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		CLEANUP(error_release) struct error err = {0};
		struct gratuitous_arp *announce = announce_of(actor, i, &err);
		int result = announce ? gratuitous_arp_send(announce, actor->ips[i], &err) : -1;

		/* Once per round is enough in the log. */
		if (result < 0 && actor->repeat == 0)
			log_write(LOG_WARNING, "%s", error_text(&err));
		if (result == -ENODEV || result == -ENXIO)
			announce_close(actor, announce);
		all = all && result == 0;
	}
	return all;
}

/* A round that ends without having got out goes on, once a second. */
static void announce_round(struct actor *actor, uint64_t now_ms)
{
	actor->unannounced = actor->holding && !announce_all(actor);
	/* After a pause the ones that were missed are not sent in a burst. */
	while (actor->repeat < REPEATS && now_ms >= actor->announced_at + repeat_ms[actor->repeat])
		actor->repeat++;
	actor->announce_again_at = actor->unannounced && actor->repeat == REPEATS
					   ? now_ms + ANNOUNCE_RETRY_MS
					   : UINT64_MAX;
}

void actor_announce_stop(struct actor *actor)
{
	actor->repeat = REPEATS;
	actor->announce_again_at = UINT64_MAX;
}

int actor_acquire(struct actor *actor, const struct in_addr *holders, unsigned int holder_count,
	uint64_t now_ms, struct error *err)
{
	unsigned int i;
	int result;

	actor->releasing = false;
	actor_silence(actor, false, now_ms);
	if (holder_count)
		forward_begin(actor, holders, holder_count);
	for (i = 0; i < actor->groups->address_count; i++) {
		result = address_add(actor->netlink, &actor->groups->addresses[i], err);
		if (result < 0) {
			actor_release(actor, now_ms);
			return result;
		}
	}
	actor->holding = true;
	actor_announce(actor, now_ms);
	return 0;
}

void actor_release(struct actor *actor, uint64_t now_ms)
{
	actor->holding = false;
	actor_announce_stop(actor);
	actor->releasing = true;
	actor->forward_ending = actor->forwarding;
	undo(actor, now_ms);
}

bool actor_is_releasing(const struct actor *actor)
{
	return actor->releasing;
}

bool actor_is_released(const struct actor *actor)
{
	return !actor->releasing && !actor->forward_ending && !actor->silence_ending;
}

void actor_announce(struct actor *actor, uint64_t now_ms)
{
	actor->announced_at = now_ms;
	actor->repeat = 0;
	announce_round(actor, now_ms);
}

static uint64_t announce_next(const struct actor *actor)
{
	return actor->repeat < REPEATS ? actor->announced_at + repeat_ms[actor->repeat]
				       : actor->announce_again_at;
}

void actor_tick(struct actor *actor, uint64_t now_ms)
{
	if (now_ms >= actor->retry_at)
		undo(actor, now_ms);
	if (now_ms >= announce_next(actor))
		announce_round(actor, now_ms);
}

uint64_t actor_next(const struct actor *actor)
{
	uint64_t next = announce_next(actor);

	return actor->retry_at < next ? actor->retry_at : next;
}

int actor_connections(const struct actor *actor, unsigned int *count, struct error *err)
{
	return connections_count(
		actor->netlink, actor->ips, actor->groups->address_count, count, err);
}

int actor_present(const struct actor *actor, unsigned int index, bool *present, struct error *err)
{
	return address_present(actor->netlink, &actor->groups->addresses[index], present, err);
}

/* The device's part in it: 0 with *fit, or no answer. */
static int device_look(struct actor *actor, const char *name, bool *fit, char *text, size_t size)
{
	const unsigned int wanted = IFF_UP | IFF_RUNNING;
	struct device device = {0};
	int result = device_find(actor->netlink, name, &device, NULL);

	if (result < 0 && !netlink_is_answer(result))
		return result;
	*fit = result == 0 && (device.flags & wanted) == wanted;
	if (result < 0)
		snprintf(text, size, "device %s: %s", name, strerror(-result));
	else if (!*fit)
		snprintf(text, size, "device %s is %s", name,
			device.flags & IFF_UP ? "not connected" : "down");
	return 0;
}

bool actor_is_fit(struct actor *actor, char *text, size_t size)
{
	char why[ACTOR_REASON_MAX] = "";
	bool fit = true;
	unsigned int i;

	for (i = 0; fit && i < actor->groups->address_count; i++)
		if (device_look(actor, actor->groups->addresses[i].device, &fit, why, sizeof(why)) <
			0)
			break;
	/* Asked in vain: what was true a second ago is believed a second more. */
	if (!fit || i == actor->groups->address_count) {
		actor->fit = fit;
		memcpy(actor->unfit_reason, why, sizeof(why));
	}
	if (!actor->fit)
		snprintf(text, size, "%s", actor->unfit_reason);
	return actor->fit;
}

void actor_fixed(const struct actor *actor, struct in_addr *fixed)
{
	unsigned int i;

	for (i = 0; i < actor->groups->address_count; i++) {
		int result = address_fixed(actor->netlink, &actor->groups->addresses[i],
			actor->groups->addresses, actor->groups->address_count, &fixed[i], NULL);

		if (result < 0 && netlink_is_answer(result))
			fixed[i].s_addr = 0;
	}
}
