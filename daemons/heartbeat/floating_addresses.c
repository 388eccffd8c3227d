/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the floating addresses on this node and takes them off, as the group decides. */
#include "daemons/heartbeat/floating_addresses.h"

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

struct floating_addresses {
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
	char unfit_reason[FLOATING_ADDRESSES_REASON_MAX];
};

int floating_addresses_new(
	const struct groups_conf *groups, struct floating_addresses **floating, struct error *err)
{
	CLEANUP(cleanup_floating_addresses)
	struct floating_addresses *fresh = vector_resize(NULL, 1, sizeof(*fresh));
	unsigned int i;
	int result;

	*fresh = (struct floating_addresses){.groups = groups,
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
	*floating = TAKE(fresh);
	return 0;
}

void floating_addresses_free(struct floating_addresses *floating)
{
	unsigned int i;

	if (!floating)
		return;
	for (i = 0; i < floating->groups->address_count; i++)
		gratuitous_arp_free(floating->announces[i]);
	nftables_free(floating->nftables);
	netlink_close(floating->netlink);
	free(floating);
}

/* The open socket of the device of address index, or NULL. */
static struct gratuitous_arp *announce_of(
	struct floating_addresses *floating, unsigned int index, struct error *err)
{
	const struct floating_address *addresses = floating->groups->addresses;
	unsigned int first = 0;

	while (strcmp(addresses[first].device, addresses[index].device) != 0)
		first++;
	if (!floating->announces[first] &&
		gratuitous_arp_open(floating->netlink, addresses[first].device,
			&floating->announces[first], err) < 0)
		return NULL;
	return floating->announces[first];
}

/* Once, until it works again: what is tried every 200 ms must not fill the log. */
static void complain(struct floating_addresses *floating, bool *trouble, const struct error *err)
{
	*trouble = true;
	if (!floating->complained)
		log_write(LOG_ERR, "%s; trying again until it is done", error_text(err));
}

static bool addresses_remove(struct floating_addresses *floating, bool *trouble)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < floating->groups->address_count; i++) {
		CLEANUP(error_release) struct error err = {0};

		if (address_remove(floating->netlink, &floating->groups->addresses[i], &err) == 0)
			continue;
		all = false;
		complain(floating, trouble, &err);
	}
	return all;
}

/* An address that cannot be taken off must not answer meanwhile: somebody else has it by now. */
static void release_try(struct floating_addresses *floating, bool *trouble)
{
	if (addresses_remove(floating, trouble)) {
		floating->releasing = false;
		floating->silence_ending = floating->silence_ending || floating->silent;
		return;
	}
	if (!floating->silent)
		floating->silent = arp_silence_start(floating->nftables, floating->ips,
					   floating->groups->address_count, NULL) == 0;
}

/* Undoes what is to be undone; what does not work is tried again by floating_addresses_tick. */
static void undo(struct floating_addresses *floating, uint64_t now_ms)
{
	CLEANUP(error_release) struct error err = {0};
	bool trouble = false;

	if (floating->releasing)
		release_try(floating, &trouble);
	if (floating->forward_ending) {
		if (forward_stop(floating->netlink, &err) < 0)
			complain(floating, &trouble, &err);
		else
			floating->forwarding = floating->forward_ending = false;
	}
	if (floating->silence_ending && !floating->releasing) {
		if (arp_silence_stop(floating->netlink, &err) < 0)
			complain(floating, &trouble, &err);
		else
			floating->silent = floating->silence_ending = false;
	}
	if (floating->complained && !trouble)
		log_write(LOG_NOTICE, "what could not be undone before is done");
	floating->complained = trouble;
	floating->retry_at = trouble ? now_ms + RETRY_MS : UINT64_MAX;
}

void floating_addresses_prepare(struct floating_addresses *floating)
{
	CLEANUP(error_release) struct error err = {0};
	unsigned int i;
	int result;

	/* What an earlier daemon may have left. */
	floating->forward_ending = floating->silence_ending = true;
	undo(floating, 0);
	result = forward_check(floating->nftables, &err);
	floating->cannot_forward = result < 0 && netlink_is_answer(result);
	if (result < 0)
		log_write(LOG_WARNING, "established connections will be cut at a switch-over: %s",
			error_text(&err));
	for (i = 0; i < floating->groups->address_count; i++) {
		if (address_quiet(floating->netlink, floating->groups->addresses[i].device, &err) <
			0)
			log_write(LOG_WARNING, "%s", error_text(&err));
		/* Opened now, so that taking the group needs no descriptor. A device that is not
		 * there yet is looked for again then. */
		(void)announce_of(floating, i, NULL);
	}
}

static void forward_begin(struct floating_addresses *floating, const struct in_addr *holders,
	unsigned int holder_count)
{
	struct forward_path paths[GROUPS_CONF_ADDRESSES_MAX];
	CLEANUP(error_release) struct error err = {0};
	size_t count = 0;
	unsigned int i;

	for (i = 0; i < floating->groups->address_count && i < holder_count; i++) {
		if (holders[i].s_addr == 0)
			continue;
		paths[count].ip = floating->ips[i];
		paths[count].holder = holders[i];
		memcpy(paths[count].device, floating->groups->addresses[i].device,
			sizeof(paths[count].device));
		count++;
	}
	if (floating->cannot_forward || !count)
		return;
	floating->forwarding = true;
	floating->forward_ending = false;
	if (forward_start(floating->netlink, floating->nftables, paths, count, &err) < 0)
		log_write(LOG_WARNING,
			"cannot pass established connections on to the old holder, they will be cut: %s",
			error_text(&err));
}

void floating_addresses_forward_stop(struct floating_addresses *floating, uint64_t now_ms)
{
	floating->forward_ending = floating->forwarding;
	undo(floating, now_ms);
}

void floating_addresses_silence(struct floating_addresses *floating, bool silent, uint64_t now_ms)
{
	CLEANUP(error_release) struct error err = {0};

	floating->silence_ending = !silent && floating->silent;
	if (silent) {
		/* Also when it fails: the rule may be there. */
		floating->silent = true;
		if (arp_silence_start(floating->nftables, floating->ips,
			    floating->groups->address_count, &err) < 0)
			log_write(LOG_WARNING, "%s", error_text(&err));
	}
	undo(floating, now_ms);
}

static void announce_close(
	struct floating_addresses *floating, const struct gratuitous_arp *announce)
{
	unsigned int i;

	for (i = 0; i < floating->groups->address_count; i++) {
		if (floating->announces[i] == announce) {
			gratuitous_arp_free(floating->announces[i]);
			floating->announces[i] = NULL;
		}
	}
}

/* Returns whether it got out on every device. */
static bool announce_all(struct floating_addresses *floating)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < floating->groups->address_count; i++) {
		CLEANUP(error_release) struct error err = {0};
		struct gratuitous_arp *announce = announce_of(floating, i, &err);
		int result = announce ? gratuitous_arp_send(announce, floating->ips[i], &err) : -1;

		/* Once per round is enough in the log. */
		if (result < 0 && floating->repeat == 0)
			log_write(LOG_WARNING, "%s", error_text(&err));
		if (result == -ENODEV || result == -ENXIO)
			announce_close(floating, announce);
		all = all && result == 0;
	}
	return all;
}

/* A round that ends without having got out goes on, once a second. */
static void announce_round(struct floating_addresses *floating, uint64_t now_ms)
{
	floating->unannounced = floating->holding && !announce_all(floating);
	/* After a pause the ones that were missed are not sent in a burst. */
	while (floating->repeat < REPEATS &&
		now_ms >= floating->announced_at + repeat_ms[floating->repeat])
		floating->repeat++;
	floating->announce_again_at = floating->unannounced && floating->repeat == REPEATS
					      ? now_ms + ANNOUNCE_RETRY_MS
					      : UINT64_MAX;
}

void floating_addresses_announce_stop(struct floating_addresses *floating)
{
	floating->repeat = REPEATS;
	floating->announce_again_at = UINT64_MAX;
}

int floating_addresses_acquire(struct floating_addresses *floating, const struct in_addr *holders,
	unsigned int holder_count, uint64_t now_ms, struct error *err)
{
	unsigned int i;
	int result;

	floating->releasing = false;
	floating_addresses_silence(floating, false, now_ms);
	if (holder_count)
		forward_begin(floating, holders, holder_count);
	for (i = 0; i < floating->groups->address_count; i++) {
		result = address_add(floating->netlink, &floating->groups->addresses[i], err);
		if (result < 0) {
			floating_addresses_release(floating, now_ms);
			return result;
		}
	}
	floating->holding = true;
	floating_addresses_announce(floating, now_ms);
	return 0;
}

void floating_addresses_release(struct floating_addresses *floating, uint64_t now_ms)
{
	floating->holding = false;
	floating_addresses_announce_stop(floating);
	floating->releasing = true;
	floating->forward_ending = floating->forwarding;
	undo(floating, now_ms);
}

bool floating_addresses_is_releasing(const struct floating_addresses *floating)
{
	return floating->releasing;
}

bool floating_addresses_is_released(const struct floating_addresses *floating)
{
	return !floating->releasing && !floating->forward_ending && !floating->silence_ending;
}

void floating_addresses_announce(struct floating_addresses *floating, uint64_t now_ms)
{
	floating->announced_at = now_ms;
	floating->repeat = 0;
	announce_round(floating, now_ms);
}

static uint64_t announce_next(const struct floating_addresses *floating)
{
	return floating->repeat < REPEATS ? floating->announced_at + repeat_ms[floating->repeat]
					  : floating->announce_again_at;
}

void floating_addresses_tick(struct floating_addresses *floating, uint64_t now_ms)
{
	if (now_ms >= floating->retry_at)
		undo(floating, now_ms);
	if (now_ms >= announce_next(floating))
		announce_round(floating, now_ms);
}

uint64_t floating_addresses_next(const struct floating_addresses *floating)
{
	uint64_t next = announce_next(floating);

	return floating->retry_at < next ? floating->retry_at : next;
}

int floating_addresses_connections(
	const struct floating_addresses *floating, unsigned int *count, struct error *err)
{
	return connections_count(
		floating->netlink, floating->ips, floating->groups->address_count, count, err);
}

int floating_addresses_present(const struct floating_addresses *floating, unsigned int index,
	bool *present, struct error *err)
{
	return address_present(
		floating->netlink, &floating->groups->addresses[index], present, err);
}

/* The device's part in it: 0 with *fit, or no answer. */
static int device_look(
	struct floating_addresses *floating, const char *name, bool *fit, char *text, size_t size)
{
	const unsigned int wanted = IFF_UP | IFF_RUNNING;
	struct device device = {0};
	int result = device_find(floating->netlink, name, &device, NULL);

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

bool floating_addresses_is_fit(struct floating_addresses *floating, char *text, size_t size)
{
	char why[FLOATING_ADDRESSES_REASON_MAX] = "";
	bool fit = true;
	unsigned int i;

	for (i = 0; fit && i < floating->groups->address_count; i++)
		if (device_look(floating, floating->groups->addresses[i].device, &fit, why,
			    sizeof(why)) < 0)
			break;
	/* Asked in vain: what was true a second ago is believed a second more. */
	if (!fit || i == floating->groups->address_count) {
		floating->fit = fit;
		memcpy(floating->unfit_reason, why, sizeof(why));
	}
	if (!floating->fit)
		snprintf(text, size, "%s", floating->unfit_reason);
	return floating->fit;
}

void floating_addresses_fixed(const struct floating_addresses *floating, struct in_addr *fixed)
{
	unsigned int i;

	for (i = 0; i < floating->groups->address_count; i++) {
		int result = address_fixed(floating->netlink, &floating->groups->addresses[i],
			floating->groups->addresses, floating->groups->address_count, &fixed[i],
			NULL);

		if (result < 0 && netlink_is_answer(result))
			fixed[i].s_addr = 0;
	}
}
