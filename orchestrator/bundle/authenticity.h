/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who made the packages of a bundle? Says what the signatures of its manifests and packages prove.
 */
#ifndef ORCHESTRATOR_BUNDLE_AUTHENTICITY_H
#define ORCHESTRATOR_BUNDLE_AUTHENTICITY_H

#include "orchestrator/bundle/bundle.h"

/*
 * Adds what there is to say. A bad signature is a problem; one by a key that is not in the keyring
 * is one when the caller chose the keyring, else a note; packages that no signature vouches for,
 * neither their own nor that of a manifest with digests better than MD5 and SHA1, are problems when
 * signatures are required, else there is a note. Uses librpm: from one thread of a process.
 * How many packages something good vouches for.
 */
size_t authenticity_check(const struct bundle *bundle, const struct keyring *keyring,
	bool is_required, struct bundle_findings *findings);

#endif
