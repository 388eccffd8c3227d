/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a run that a gate holds. */
#include "orchestrator/gate/held_words.h"

#include <errno.h>
#include <inttypes.h>

void held_words_pause(
	const struct cluster *cluster, const struct step *last, int64_t run_id, struct error *err)
{
	bool of_node = last->node != PLAN_NO_NODE;

	error_set(err, ECANCELED,
		"paused after %s%s%s, as wanted; `haupgrade resume %" PRId64 "` goes on",
		of_node ? cluster->nodes[last->node].name : "", of_node ? ": " : "",
		plan_step_name(last->kind), run_id);
}

void held_words_nobody(const char *question, int64_t run_id, struct error *err)
{
	error_set(err, ECANCELED,
		"%s; nobody can be asked here: approve it by `haupgrade resume --approve %" PRId64
		"`",
		question, run_id);
}

void held_words_not_approved(const char *node, int64_t run_id, struct error *err)
{
	error_set(err, ECANCELED,
		"%s was not approved; `haupgrade resume --approve %" PRId64 "` asks again", node,
		run_id);
}
