/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does another run hold the cluster? */
#include "orchestrator/lease/lease.h"

#include <errno.h>

#include "orchestrator/check/named_checks.h"

void check_lease(struct check_context *context)
{
	CLEANUP(error_release) struct error err = {0};
	int result = lease_look(
		context->nodes, context->wishes->lease, context->wishes->lease_identity, &err);

	if (result == 0)
		checks_add(context->checks, CHECK_LEASE, PLAN_NO_NODE, CHECK_PASS,
			context->wishes->lease ? "this run holds the cluster"
					       : "nobody else holds the cluster");
	else if (result == -EBUSY)
		check_fix(checks_add(context->checks, CHECK_LEASE, PLAN_NO_NODE, CHECK_FAIL, "%s",
				  error_text(&err)),
			"two at once would undo each other's work: let that one end first");
	else if (result == -EREMOTEIO)
		check_fix(checks_add(context->checks, CHECK_LEASE, PLAN_NO_NODE, CHECK_FAIL, "%s",
				  error_text(&err)),
			"mend what is said of that node");
	else
		check_fix(checks_add(context->checks, CHECK_LEASE, PLAN_NO_NODE, CHECK_UNLOOKED,
				  "%s", error_text(&err)),
			"make the nodes reachable first");
}
