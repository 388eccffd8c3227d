/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where an OpenPGP packet ends (RFC 4880, 4.2). Pure. */
#ifndef ORCHESTRATOR_BUNDLE_PACKET_H
#define ORCHESTRATOR_BUNDLE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet {
	unsigned int tag;
	const uint8_t *bytes; /* with its header; borrowed */
	size_t size;
};

/* The packet at the beginning of these bytes; false when there is none that is whole. */
bool packet_first(const uint8_t *bytes, size_t length, struct packet *packet);

#endif
