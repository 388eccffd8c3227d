/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of propagates that ended in the middle. */
#include "orchestrator/files/recovery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"

static bool is_ours(const char *transaction, const char *cluster)
{
	const char *dot = strchr(transaction, '.');

	return dot && strcmp(dot + 1, cluster) == 0;
}

/* Has it touched a target? */
static bool has_begun(enum survey_state state)
{
	return state == SURVEY_COMMITTING || state == SURVEY_COMMITTED;
}

static bool is_known(const struct recovery *recovery, const char *transaction)
{
	for (size_t i = 0; i < recovery->count; i++)
		if (strcmp(recovery->items[i].transaction, transaction) == 0)
			return true;
	return false;
}

static bool may_settle(const struct survey *surveys, size_t count, const char *transaction)
{
	size_t committed = 0;

	for (size_t i = 0; i < count; i++) {
		enum survey_state state = survey_state_of(&surveys[i], transaction);

		if (state == SURVEY_SETTLED)
			return true;
		committed += state == SURVEY_COMMITTED;
	}
	return committed == count;
}

static int newest_first(const void *left, const void *right)
{
	return -strcmp(((const struct recovery_item *)left)->transaction,
		((const struct recovery_item *)right)->transaction);
}

int recovery_decide(const struct survey *surveys, const char *const *names, size_t node_count,
	const char *cluster, struct recovery *recovery, struct error *err)
{
	CLEANUP(cleanup_recovery) struct recovery draft = {0};

	for (size_t i = 0; i < node_count; i++) {
		for (size_t j = 0; j < surveys[i].transaction_count; j++) {
			const struct survey_transaction *found = &surveys[i].transactions[j];

			if (found->state == SURVEY_SETTLED || is_known(&draft, found->name))
				continue;
			if (!is_ours(found->name, cluster)) {
				if (!has_begun(found->state))
					continue;
				return error_set(err, EPERM,
					"%s: propagate %s of another cluster was interrupted while it replaced files; run `haupgrade propagate` for that cluster first",
					names[i], found->name);
			}
			*VECTOR_APPEND(draft.items, draft.count) = (struct recovery_item){
				.transaction = text_copy(found->name),
				.settle = may_settle(surveys, node_count, found->name),
			};
		}
	}
	if (draft.count)
		qsort(draft.items, draft.count, sizeof(*draft.items), newest_first);
	*recovery = draft;
	draft = (struct recovery){0};
	return 0;
}

void recovery_clear(struct recovery *recovery)
{
	for (size_t i = 0; i < recovery->count; i++)
		free(recovery->items[i].transaction);
	free(recovery->items);
	*recovery = (struct recovery){0};
}

bool recovery_is_needed(const struct survey *survey)
{
	for (size_t i = 0; i < survey->transaction_count; i++)
		if (has_begun(survey->transactions[i].state))
			return true;
	return false;
}
