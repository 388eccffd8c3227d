/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a rollback would find what it needs, and would be let. */
#include "orchestrator/keep/way_back.h"

#include "lib/base/text.h"
#include "orchestrator/check/named_checks.h"

void check_way_back(struct check_context *context)
{
	CLEANUP(cleanup_way_back) struct way_back way = {0};
	struct check *check;

	/* A rollback goes forward again by an upgrade. */
	if (context->target->kind == PLAN_ROLLBACK)
		return;
	way_back_test(context->target, &way);
	/* A rollback keeps to it, and what the nodes keep has lost the manifest that was signed. */
	if (way.possible && context->wishes->require_signatures && !context->target->previous) {
		way_back_clear(&way);
		way.text = text_copy(
			"--require-signatures holds for a rollback too, and nobody vouches for what the nodes keep");
	}
	context->checks->way_back_known = true;
	context->checks->way_back = way.possible;
	if (way.possible) {
		check = checks_add(context->checks, CHECK_WAY_BACK, PLAN_NO_NODE, CHECK_PASS,
			"possible (%s)", way.text);
	} else {
		check = checks_add(context->checks, CHECK_WAY_BACK, PLAN_NO_NODE,
			context->wishes->way_back ? CHECK_FAIL : CHECK_WARN,
			"not possible because %s", way.text);
		check_fix(check,
			context->target->previous
				? "give the packages that are installed now with --previous BUNDLE, or mend what is in the way"
				: "give --previous BUNDLE, the packages that are installed now");
	}
	check_evidence(check,
		"test of the inverse transaction in a private copy of the package database", NULL);
}
