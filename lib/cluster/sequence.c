/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which message of a peer is new. */
#include "lib/cluster/sequence.h"

enum sequence_verdict sequence_check(
	struct sequence *sequence, uint64_t generation, uint64_t number)
{
	if (!sequence->known || generation > sequence->generation) {
		*sequence = (struct sequence){true, generation, number};
		return SEQUENCE_NEW_GENERATION;
	}
	if (generation < sequence->generation)
		return SEQUENCE_OLD_GENERATION;
	if (number == sequence->number)
		return SEQUENCE_COPY;
	if (number < sequence->number)
		return SEQUENCE_OLD;
	sequence->number = number;
	return SEQUENCE_NEW;
}
