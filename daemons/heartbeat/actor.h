/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out what the group decides: addresses, gratuitous ARP, forwarding, silence. */
#ifndef DAEMONS_HEARTBEAT_ACTOR_H
#define DAEMONS_HEARTBEAT_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemons/heartbeat/groups_conf.h"
#include "lib/base/cleanup.h"
#include "lib/base/error.h"

/*
 * All functions answer within milliseconds (netlink, no fork). What fails but does not keep the
 * group from being served is logged here.
 */
struct actor;

#define ACTOR_REASON_MAX 96

/*
 * groups is borrowed; *actor is owned. What asking the kernel needs is opened here, in the present
 * network namespace: later a want of descriptors keeps no address from being taken or released.
 * What the kernel did not answer is never taken for a "no".
 */
int actor_new(const struct groups_conf *groups, struct actor **actor, struct error *err);
void actor_free(struct actor *actor);
CLEANUP_DEFINE(actor);

/* At start: clears the rules a crashed daemon left, asks what the kernel can do. */
void actor_prepare(struct actor *actor);

/*
 * Takes the addresses and announces them. holders: the old holder's own address near each floating
 * one (holder_count of them, 0.0.0.0: not known), to pass old connections on to; 0: there is none.
 * On failure those taken are put back.
 */
int actor_acquire(struct actor *actor, const struct in_addr *holders, unsigned int holder_count,
	uint64_t now_ms, struct error *err);
/*
 * Takes addresses and rules off; also right when there is nothing. What does not work, or was not
 * seen to have worked, is tried again by actor_tick until it was; meanwhile the addresses are kept
 * silent in ARP.
 */
void actor_release(struct actor *actor, uint64_t now_ms);
/* Addresses may still be there, although they were to be released. */
bool actor_is_releasing(const struct actor *actor);
/* Nothing is left to be undone: neither addresses nor rules. */
bool actor_is_released(const struct actor *actor);
/* Begins a round of announcements, which actor_tick goes on with. */
void actor_announce(struct actor *actor, uint64_t now_ms);
void actor_announce_stop(struct actor *actor);
void actor_forward_stop(struct actor *actor, uint64_t now_ms);
void actor_silence(struct actor *actor, bool silent, uint64_t now_ms);

/* Announcements that are due, and what did not work before; to be called at actor_next at the
 * latest (UINT64_MAX: never). */
void actor_tick(struct actor *actor, uint64_t now_ms);
uint64_t actor_next(const struct actor *actor);

/* Connections established to the floating addresses. */
int actor_connections(const struct actor *actor, unsigned int *count, struct error *err);
/* Is the address of that index on its device? Asked of the kernel now. */
int actor_present(const struct actor *actor, unsigned int index, bool *present, struct error *err);
/* Are all devices there, up and connected? If not, the reason goes to text. */
bool actor_is_fit(struct actor *actor, char *text, size_t size);
/* This node's own address near each floating one, 0.0.0.0 where there is none; as it was where the
 * kernel did not say. */
void actor_fixed(const struct actor *actor, struct in_addr *fixed);

#endif
