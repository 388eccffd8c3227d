/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts the floating addresses on this node and takes them off: gratuitous ARP, forwarding, silence.
 */
#ifndef DAEMONS_HEARTBEAT_FLOATING_ADDRESSES_H
#define DAEMONS_HEARTBEAT_FLOATING_ADDRESSES_H

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
struct floating_addresses;

#define FLOATING_ADDRESSES_REASON_MAX 96

/*
 * groups is borrowed; *floating is owned. What asking the kernel needs is opened here, in the
 * present network namespace: later a want of descriptors keeps no address from being taken or
 * released. What the kernel did not answer is never taken for a "no".
 */
int floating_addresses_new(
	const struct groups_conf *groups, struct floating_addresses **floating, struct error *err);
void floating_addresses_free(struct floating_addresses *floating);
CLEANUP_DEFINE(floating_addresses);

/* At start: clears the rules a crashed daemon left, asks what the kernel can do. */
void floating_addresses_prepare(struct floating_addresses *floating);

/*
 * Takes the addresses and announces them. holders: the old holder's own address near each floating
 * one (holder_count of them, 0.0.0.0: not known), to pass old connections on to; 0: there is none.
 * On failure those taken are put back.
 */
int floating_addresses_acquire(struct floating_addresses *floating, const struct in_addr *holders,
	unsigned int holder_count, uint64_t now_ms, struct error *err);
/*
 * Takes addresses and rules off; also right when there is nothing. What does not work, or was not
 * seen to have worked, is tried again by floating_addresses_tick until it was; meanwhile the
 * addresses are kept silent in ARP.
 */
void floating_addresses_release(struct floating_addresses *floating, uint64_t now_ms);
/* Addresses may still be there, although they were to be released. */
bool floating_addresses_is_releasing(const struct floating_addresses *floating);
/* Nothing is left to be undone: neither addresses nor rules. */
bool floating_addresses_is_released(const struct floating_addresses *floating);
/* Begins a round of announcements, which floating_addresses_tick goes on with. */
void floating_addresses_announce(struct floating_addresses *floating, uint64_t now_ms);
void floating_addresses_announce_stop(struct floating_addresses *floating);
void floating_addresses_forward_stop(struct floating_addresses *floating, uint64_t now_ms);
void floating_addresses_silence(struct floating_addresses *floating, bool silent, uint64_t now_ms);

/* Announcements that are due, and what did not work before; to be called at floating_addresses_next
 * at the latest (UINT64_MAX: never). */
void floating_addresses_tick(struct floating_addresses *floating, uint64_t now_ms);
uint64_t floating_addresses_next(const struct floating_addresses *floating);

/* Connections established to the floating addresses. */
int floating_addresses_connections(
	const struct floating_addresses *floating, unsigned int *count, struct error *err);
/* Is the address of that index on its device? Asked of the kernel now. */
int floating_addresses_present(const struct floating_addresses *floating, unsigned int index,
	bool *present, struct error *err);
/* Are all devices there, up and connected? If not, the reason goes to text. */
bool floating_addresses_is_fit(struct floating_addresses *floating, char *text, size_t size);
/* This node's own address near each floating one, 0.0.0.0 where there is none; as it was where the
 * kernel did not say. */
void floating_addresses_fixed(const struct floating_addresses *floating, struct in_addr *fixed);

#endif
