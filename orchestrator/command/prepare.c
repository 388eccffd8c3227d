/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all that look at a cluster with a bundle in hand have in common. */
#include "orchestrator/command/prepare.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "orchestrator/bundle/authenticity.h"
#include "orchestrator/bundle/identity.h"
#include "orchestrator/command/output_checks.h"
#include "orchestrator/command/progress.h"
#include "orchestrator/step/watch.h"

static int open_keyring(
	const struct settings *settings, struct keyring **keyring, struct error *err)
{
	int result = keyring_open(settings->keyring, keyring, err);

	if (result == 0 && settings->ed25519_key)
		result = keyring_add_ed25519(*keyring, settings->ed25519_key, err);
	return result;
}

int prepare_bundle(const struct settings *settings, const char *path, struct bundle **bundle)
{
	CLEANUP(cleanup_bundle_findings) struct bundle_findings findings = {0};
	CLEANUP(cleanup_keyring) struct keyring *keyring = NULL;
	struct progress progress;
	struct bundle_options options = {
		.cancel = settings->interrupted, .progress = progress_tell, .data = &progress};
	CLEANUP(error_release) struct error err = {0};
	int result = open_keyring(settings, &keyring, &err);

	options.keyring = keyring;
	if (result == 0) {
		progress_begin(&progress, settings);
		result = bundle_open(path, &options, bundle, &err);
		progress_end(&progress);
	}
	if (result < 0) {
		command_complain(settings, error_text(&err));
		return EXIT_USAGE;
	}
	bundle_verify(*bundle, &findings, &err);
	(*bundle)->proven =
		authenticity_check(*bundle, keyring, settings->require_signatures, &findings);
	output_findings(settings, &findings);
	return bundle_problem_count(&findings) ? EXIT_NO : EXIT_DONE;
}

int prepare_cluster(const struct settings *settings, const char *cluster_name,
	struct cluster **cluster, struct run_context *run)
{
	int status = command_load_cluster(settings, cluster_name, cluster);

	if (status == EXIT_DONE)
		run_context_init(run, *cluster, NULL, settings->interrupted);
	return status;
}

int prepare_target(
	const struct settings *settings, const char *bundle_path, struct run_context *run)
{
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	char identity[BUNDLE_IDENTITY_SIZE];
	CLEANUP(error_release) struct error err = {0};
	int status = prepare_bundle(settings, bundle_path, &bundle);

	if (status == EXIT_DONE && bundle_identity(bundle, identity, &err) < 0) {
		command_complain(settings, error_text(&err));
		status = EXIT_USAGE;
	}
	if (status == EXIT_NO)
		command_complain(settings, "the bundle is not whole; no node was touched");
	if (status != EXIT_DONE)
		return status;
	bundle_free(run->target.bundle);
	run->target.bundle = TAKE(bundle);
	memcpy(run->target.bundle_digest, identity, sizeof(identity));
	return EXIT_DONE;
}

int prepare_run(const struct settings *settings, const char *cluster_name, const char *bundle_path,
	struct cluster **cluster, struct run_context *run)
{
	int status = prepare_cluster(settings, cluster_name, cluster, run);

	return status == EXIT_DONE ? prepare_target(settings, bundle_path, run) : status;
}

int prepare_previous(const struct settings *settings, const char *path, struct run_context *run)
{
	CLEANUP(error_release) struct error err = {0};
	int status = path ? prepare_bundle(settings, path, &run->target.previous) : EXIT_DONE;

	if (!path)
		return EXIT_DONE;
	if (status == EXIT_DONE &&
		bundle_identity(run->target.previous, run->target.previous_digest, &err) < 0) {
		command_complain(settings, error_text(&err));
		status = EXIT_USAGE;
	}
	if (status == EXIT_NO)
		command_complain(settings, "the previous bundle is not whole; no node was touched");
	return status;
}

/* Whether there is a way back is told before the question whether to go forward. */
static void tell_way_back(const struct output *output, const struct checks *checks)
{
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];
		CLEANUP(cleanup_free) char *text = text_printable_copy(check->text);

		if (check->kind == CHECK_WAY_BACK)
			output_say(output->settings, "Way back: %s%s%s\n", text,
				check->fix[0] ? "; " : "", check->fix);
	}
}

static bool needs_work(const struct run_context *run, size_t node)
{
	const struct node_view view = target_node_view(&run->target, node);

	return view_needs_work(&view, run->target.kind == PLAN_ROLLBACK);
}

/* Of a first installation: who takes part in serving was started by an earlier run. */
static bool has_begun(const struct run_context *run)
{
	for (size_t i = 0; i < run->nodes.count && run->target.kind == PLAN_BOOTSTRAP; i++) {
		const struct node_view view = target_node_view(&run->target, i);

		if (view_takes_part(&view))
			return true;
	}
	return false;
}

static enum role role_of(const struct run_context *run, size_t node)
{
	const struct node_view view = target_node_view(&run->target, node);

	if (run->target.kind != PLAN_BOOTSTRAP)
		return target_role(&run->target, node);
	return view_takes_part(&view) ? ROLE_PRIMARY : ROLE_UNKNOWN;
}

int prepare_plan(struct output *output, struct run_context *run,
	const struct preflight_wishes *wishes, struct checks *checks, bool tell_all)
{
	struct plan_node nodes[CLUSTER_NODES_MAX] = {0};
	CLEANUP(error_release) struct error err = {0};
	size_t i;
	int result = has_begun(run) ? 0 : preflight(&run->target, wishes, checks, &err);

	output_checks(output, checks, tell_all);
	tell_way_back(output, checks);
	for (i = 0; i < run->nodes.cluster->node_count && result == 0; i++) {
		nodes[i].role = role_of(run, i);
		nodes[i].needs_upgrade = needs_work(run, i);
		run->target.before[i] = nodes_versions(&run->nodes, i);
	}
	run->unserved = run->target.kind == PLAN_ROLLBACK && !target_is_served(&run->target);
	if (result == 0)
		result = plan_make(
			run->target.kind, nodes, run->nodes.cluster->node_count, &run->plan, &err);
	for (i = 0; i < run->nodes.cluster->node_count && result == 0 && output->settings->rehearse;
		i++)
		if (nodes[i].role == ROLE_PRIMARY)
			plan_rehearse(&run->plan, (int)i);
	if (result < 0) {
		if (error_is_set(&err))
			command_complain(output->settings, error_text(&err));
		command_complain(output->settings, "preflight failed; no node was touched");
		return EXIT_NO;
	}
	return EXIT_DONE;
}

int prepare_probe(
	const struct settings *settings, const struct cluster *cluster, struct probe **probe)
{
	const struct cluster_probe *given = &cluster->probe;
	CLEANUP(cleanup_free) char *tcp = NULL;
	struct probe_config config;
	CLEANUP(error_release) struct error err = {0};

	if (given->kind == CLUSTER_PROBE_NONE) {
		output_say(settings,
			"note: the cluster file has no probe; nobody asks the floating IP from outside\n");
		return EXIT_DONE;
	}
	watch_config(given, &config, &tcp);
	if (probe_start(&config, probe, &err) == 0)
		return EXIT_DONE;
	command_complain(settings, error_text(&err));
	return EXIT_USAGE;
}
