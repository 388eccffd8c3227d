/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By what a node serves already: whoever is served must not lose it to a first installation. Pure.
 */
#ifndef ORCHESTRATOR_RUN_SERVING_EVIDENCE_H
#define ORCHESTRATOR_RUN_SERVING_EVIDENCE_H

#include "lib/base/text.h"
#include "orchestrator/node/facts.h"

/* The words for a node that takes part in serving (view_takes_part). */
void serving_evidence_say(
	const struct facts *facts, const struct word_list *floating_ips, struct text *evidence);

#endif
