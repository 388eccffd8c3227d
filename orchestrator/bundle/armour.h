/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ASCII armour of OpenPGP signatures (RFC 4880, 6.2), which librpm reads of keys only. Pure. */
#ifndef ORCHESTRATOR_BUNDLE_ARMOUR_H
#define ORCHESTRATOR_BUNDLE_ARMOUR_H

#include "lib/base/text.h"

/*
 * Appends the bytes in the first armoured signature to binary. 0, or -EBADMSG when there is none,
 * it is malformed or its checksum (which need not be there) is wrong; binary is untouched then.
 */
int armour_decode(const struct text *words, struct text *binary);

#endif
