/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure: which message of a peer is new, by its generation (of the daemon) and sequence number. */
#ifndef LIB_CLUSTER_SEQUENCE_H
#define LIB_CLUSTER_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

/* What is known of one peer. Plain data, start as {0}. */
struct sequence {
	bool known;
	uint64_t generation;
	uint64_t number;
};

enum sequence_verdict {
	SEQUENCE_NEW,		 /* newer than all before; remembered */
	SEQUENCE_NEW_GENERATION, /* the first of a restarted peer; remembered */
	SEQUENCE_COPY,		 /* the newest once more: came over another link too, or replayed */
	SEQUENCE_OLD,		 /* older than the newest: late or replayed */
	SEQUENCE_OLD_GENERATION, /* from before the peer's restart, or its generation went back */
};

/* Only to be asked for authentic messages. */
enum sequence_verdict sequence_check(
	struct sequence *sequence, uint64_t generation, uint64_t number);

#endif
