/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of checks, and the order in which they are made. */
#include "orchestrator/check/preflight.h"

#include <errno.h>
#include <string.h>

#include "orchestrator/check/look.h"

/* When a check can be made. */
enum stage {
	STAGE_BEFORE,	/* nothing needs to be known of the nodes */
	STAGE_ASKED,	/* of every node that answered, or of what is known of all */
	STAGE_COMPLETE, /* only when every node answered */
	/* Only when nothing failed: it would say nothing useful where plain facts are wrong. */
	STAGE_GOOD,
};

static const struct {
	enum check_kind kind;
	enum stage stage;
	bool fresh; /* also before a first installation */
	look_node *node;
	look_cluster *cluster;
} table[] = {
	{CHECK_PACKAGES, STAGE_BEFORE, true, NULL, look_packages},
	{CHECK_REACHABLE, STAGE_ASKED, true, NULL, look_reachable},
	{CHECK_PRIVILEGE, STAGE_ASKED, true, look_privilege, NULL},
	{CHECK_SERVICES, STAGE_ASKED, false, look_services, NULL},
	{CHECK_ROLE, STAGE_ASKED, false, look_role, NULL},
	{CHECK_VERSIONS, STAGE_ASKED, true, look_versions, NULL},
	{CHECK_ONE_PRIMARY, STAGE_COMPLETE, false, NULL, look_one_primary},
	{CHECK_FLOATING_IP, STAGE_COMPLETE, false, NULL, look_floating_ip},
	{CHECK_SERVICE, STAGE_ASKED, false, NULL, look_service},
	{CHECK_TRANSACTION, STAGE_GOOD, true, NULL, look_transaction},
};

static bool is_due(const struct look *look, enum stage stage)
{
	switch (stage) {
	case STAGE_BEFORE:
	case STAGE_ASKED:
		return true;
	case STAGE_COMPLETE:
		for (size_t i = 0; i < look->run->cluster->node_count; i++)
			if (!look->run->nodes[i].facts.boot)
				return false;
		return true;
	case STAGE_GOOD:
		checks_waive(look->checks, look->wishes->waivers);
		return checks_passed(look->checks);
	}
	return false;
}

static void make(struct look *look, size_t entry)
{
	if (table[entry].cluster)
		table[entry].cluster(look);
	for (size_t i = 0; table[entry].node && i < look->run->cluster->node_count; i++)
		if (look->run->nodes[i].facts.boot)
			table[entry].node(look, i);
}

static int verdict(const struct run *run, struct checks *checks, const struct waivers *waivers,
	struct error *err)
{
	const struct check *failed;

	checks_waive(checks, waivers);
	failed = checks_first_failure(checks);
	if (!failed)
		return 0;
	return error_set(err, EPERM, "%s: %s: %.800s",
		failed->node == PLAN_NO_NODE ? run->cluster->name
					     : run->cluster->nodes[failed->node].name,
		check_name(failed->kind), failed->text);
}

int preflight(struct run *run, const struct preflight_wishes *wishes, struct checks *checks,
	struct error *err)
{
	static const struct preflight_wishes none;
	struct look look = {.run = run, .wishes = wishes ? wishes : &none, .checks = checks};

	run_ask_all(run, PLAN_NO_NODE, look.errors);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if ((table[i].fresh || !run->fresh) && is_due(&look, table[i].stage))
			make(&look, i);
	return verdict(run, checks, look.wishes->waivers, err);
}

static int look_again(struct run *run, const void *data, struct text *evidence, struct error *err)
{
	CLEANUP(cleanup_checks) struct checks checks = {0};
	int result = preflight(run, data, &checks, err);

	if (result == 0)
		text_appendf(evidence, "%zu checks passed", checks_count(&checks, CHECK_PASS));
	return result;
}

void preflight_arm(struct run *run, const struct preflight_wishes *wishes)
{
	run->preflight = look_again;
	run->preflight_data = wishes;
}
