/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who vouches for the packages, and is that enough? */
#include "orchestrator/check/named_checks.h"

void check_signatures(struct check_context *context)
{
	const struct bundle *bundle = context->target->bundle;
	bool required = context->wishes->require_signatures;

	if (bundle->proven >= bundle->package_count)
		checks_add(context->checks, CHECK_SIGNATURES, PLAN_NO_NODE, CHECK_PASS,
			"a good signature vouches for every package");
	else
		check_fix(
			checks_add(context->checks, CHECK_SIGNATURES, PLAN_NO_NODE,
				required ? CHECK_FAIL : CHECK_WARN,
				"no good signature vouches for %zu of %zu packages: nothing proves who made them",
				bundle->package_count - bundle->proven, bundle->package_count),
			"give the public keys of who made them with --keyring; haupgrade verify %s says more",
			bundle->path);
}
