/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does a node serve already? Whoever is served must not lose it to a first installation. Pure. */
#ifndef ORCHESTRATOR_BOOTSTRAP_SERVING_H
#define ORCHESTRATOR_BOOTSTRAP_SERVING_H

#include "lib/base/text.h"
#include "orchestrator/node/facts.h"

/*
 * True when the node holds a floating IP, or the cluster software runs there with a role of this
 * boot; evidence, when not NULL, gets the words for it.
 */
bool serving_is(
	const struct facts *facts, const struct profile_list *floating_ips, struct text *evidence);

#endif
