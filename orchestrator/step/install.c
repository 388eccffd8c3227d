/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backup's services are stopped and its packages become the bundle's. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/journal/note.h"
#include "orchestrator/node/config_files.h"
#include "orchestrator/node/installation.h"
#include "orchestrator/node/packager.h"
#include "orchestrator/node/start.h"
#include "orchestrator/step/script.h"
#include "orchestrator/step/step.h"

static const char *first_active(const struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->service_count; i++) {
		if (facts->services[i].kind == FACTS_OWN && facts->services[i].active)
			return facts->services[i].name;
	}
	return "nothing";
}

enum step_result step_stop(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	const char *name = run->nodes.cluster->nodes[node].name;
	const struct facts *facts = &run->nodes.items[node].facts;
	CLEANUP(error_release) struct error trouble = {0};
	size_t i;

	if (nodes_look(&run->nodes, node, err) < 0)
		return STEP_RETRY;
	if (!facts_own_stopped(facts) && may_act) {
		/* Whatever goes wrong here, the cluster is looked at again before the next try. */
		nodes_commands(&run->nodes, node, "stop the services",
			&run->nodes.cluster->profile->stop, run->nodes.cluster->deadlines.stop,
			&trouble);
		if (nodes_ask(&run->nodes, node, false, err) < 0)
			return STEP_RETRY;
	}
	if (!facts_own_stopped(facts)) {
		error_set(err, EAGAIN, "%s: %s is still active%s%s", name, first_active(facts),
			error_is_set(&trouble) ? "; " : "", error_text(&trouble));
		return may_act ? STEP_RETRY : STEP_WAIT;
	}
	for (i = 0; i < facts->service_count; i++) {
		if (facts->services[i].kind == FACTS_OWN)
			text_appendf(evidence, "%s%s", i ? ", " : "", facts->services[i].name);
	}
	text_append(evidence, " no longer active");
	return STEP_DONE;
}

/* The command that installs what the node still wants; owned. */
static int install_line(const struct run_context *run, int node, char **line, struct error *err)
{
	CLEANUP(cleanup_free) char *folder = target_folder(run->target.bundle_digest);
	char **paths = NULL;
	size_t path_count = 0, i;
	int result;

	for (i = 0; i < run->target.bundle->package_count; i++) {
		const struct bundle_package *package = &run->target.bundle->packages[i];

		if (target_wants(&run->target, (size_t)node, package))
			*VECTOR_APPEND(paths, path_count) =
				text_format("%s/%s", folder, package->file);
	}
	if (!path_count)
		return error_set(err, EINVAL,
			"%s: installed are other versions than the bundle's, but none is older: was a newer bundle applied in between?",
			run->nodes.cluster->nodes[node].name);
	result = packager_install_line(run->nodes.cluster->profile,
		run->target.kind == PLAN_ROLLBACK, (const char *const *)paths, path_count, line,
		err);
	for (i = 0; i < path_count; i++)
		free(paths[i]);
	free(paths);
	return result;
}

static void note_config_files(
	const struct run_context *run, const char *node, const struct config_changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		char path[1024];
		json_t *note = json_pack("{s:s, s:s, s:s}", "node", node, "path",
			text_printable(path, sizeof(path), changes->items[i].path), "kind",
			config_change_kind_name(changes->items[i].kind));
		char *text = json_dumps(note, JSON_COMPACT);

		run_context_note(run, NOTE_CONFIG_FILE, text ?: "");
		free(text);
		json_decref(note);
	}
}

/* Names of the bundle's packages that are installed there, ending with NULL; the list is owned. */
static const char **installed_names(const struct run_context *run, int node)
{
	const char **names = NULL;
	size_t count = 0;

	for (size_t i = 0; i < run->target.bundle->package_count; i++) {
		const char *name = run->target.bundle->packages[i].package.name;

		if (nodes_installed(&run->nodes, (size_t)node, name))
			*VECTOR_APPEND(names, count) = name;
	}
	*VECTOR_APPEND(names, count) = NULL;
	return names;
}

/* That they could not be compared is no reason to stop; it is told. */
static void tell_config_files(struct run_context *run, int node, struct text *evidence)
{
	CLEANUP(cleanup_config_changes) struct config_changes changes = {0};
	CLEANUP(cleanup_free) const char **names = installed_names(run, node);
	const struct job job = installation_job(run->job);
	const struct config_files files = {&job, names};
	CLEANUP(error_release) struct error err = {0};

	if (config_files_after(&run->nodes.items[node].link, &files, &changes, &err) < 0) {
		text_appendf(evidence, "; configuration files: %s", error_text(&err));
		return;
	}
	if (!changes.count)
		return;
	text_append(evidence, "; configuration files: ");
	config_changes_tell(&changes, evidence);
	note_config_files(run, run->nodes.cluster->nodes[node].name, &changes);
}

/* The package database has the last word, whatever the exit status was. */
static enum step_result confirm_versions(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	const char *name = run->nodes.cluster->nodes[node].name;
	CLEANUP(cleanup_free) char *versions = NULL;

	if (nodes_ask(&run->nodes, node, true, err) < 0)
		return STEP_RETRY;
	versions = nodes_versions(&run->nodes, (size_t)node);
	if (target_needs_upgrade(&run->target, (size_t)node) && !may_act) {
		error_set(err, EAGAIN, "%s: installed are %s, not the bundle's versions", name,
			versions);
		return STEP_WAIT;
	}
	if (target_needs_upgrade(&run->target, (size_t)node)) {
		/* It died with its node, or said "done" without effect: once more, guarded. */
		run->state.nodes[node].job_started = false;
		error_set(err, EAGAIN,
			"%s: the installation ended without effect: installed are %s", name,
			versions);
		return STEP_RETRY;
	}
	text_appendf(evidence, "installed: %s", versions);
	if (run->state.nodes[node].sent_again)
		text_appendf(evidence,
			"; %zu packages on the node were not those uploaded, and were sent again",
			run->state.nodes[node].sent_again);
	tell_config_files(run, node, evidence);
	return STEP_DONE;
}

enum { MARK_DEADLINE_MS = 60000 };

/* In a first installation nobody served yet: what runs then was started from the new packages. */
static int mark(struct run_context *run, int node, const char *script, struct error *err)
{
	const char *arguments[] = {run->job, NULL};

	if (run->target.kind == PLAN_BOOTSTRAP)
		return 0;
	return link_script(&run->nodes.items[node].link, "note what was installed", script,
		arguments, MARK_DEADLINE_MS, NULL, err);
}

int step_unmark(struct run_context *run, int node, struct error *err)
{
	return mark(run, node, script_step_unmark, err);
}

/* Begins the installation if one is needed; STEP_DONE when that is so or was not needed. */
static enum step_result begin_job(
	struct run_context *run, int node, const struct job *job, struct error *err)
{
	struct step_node *state = &run->state.nodes[node];
	CLEANUP(cleanup_free) const char **names = NULL;
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_free) char *said = NULL;
	int result;

	/* In this order: one that ended after the look would be taken for one without effect. */
	switch (job_wait(&run->nodes.items[node].link, job, &said, err)) {
	case JOB_UNKNOWN:
		return STEP_RETRY;
	case JOB_RUNNING:
		state->job_ran = state->job_started = true;
		return STEP_DONE;
	case JOB_NONE:
	case JOB_DONE:
	case JOB_FAILED:
		break;
	}
	if (nodes_ask(&run->nodes, node, true, err) < 0)
		return STEP_RETRY;
	state->job_ran = target_needs_upgrade(&run->target, (size_t)node);
	if (state->job_ran) {
		if (install_line(run, node, &line, err) < 0)
			return STEP_REFUSED;
		/* Since the upload hours may have passed, or a disk may have gone bad. */
		result = step_upload_mend(run, node, err);
		if (result < 0)
			return link_may_recover(result) ? STEP_RETRY : STEP_REFUSED;
		names = installed_names(run, node);
		if (config_files_before(&run->nodes.items[node].link,
			    &(struct config_files){job, names}, err) < 0)
			return STEP_RETRY;
		if (mark(run, node, script_step_mark, err) < 0 ||
			job_start(&run->nodes.items[node].link, job, line, err) < 0)
			return STEP_RETRY;
	}
	state->job_started = true;
	return STEP_DONE;
}

enum step_result step_install(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	const char *name = run->nodes.cluster->nodes[node].name;
	const struct packager *packager = packager_of(run->nodes.cluster->profile);
	struct step_node *state = &run->state.nodes[node];
	CLEANUP(cleanup_free) char *said = NULL;
	struct job job = installation_job(run->job);

	if (may_act && !state->job_started) {
		enum step_result begun = begin_job(run, node, &job, err);

		if (begun != STEP_DONE)
			return begun;
	}
	/* A transaction under way must end before anyone looks or reboots. */
	switch (job_wait(&run->nodes.items[node].link, &job, &said, err)) {
	case JOB_RUNNING:
		error_set(err, EAGAIN,
			"%s: the installation is still running (deadline: install in deadlines)",
			name);
		return STEP_WAIT;
	case JOB_UNKNOWN:
		return STEP_RETRY;
	case JOB_FAILED:
		if (!may_act)
			return STEP_WAIT;
		/* An earlier process's, and somebody has put the packages there since. */
		if (!state->job_ran)
			break;
		if (packager_is_busy(packager, said)) {
			/* Somebody else is installing there; that ends. */
			state->job_started = false;
			error_set(
				err, EAGAIN, "%s: the package database is in use: %s", name, said);
			return STEP_RETRY;
		}
		error_set(err, EREMOTEIO, "%s: the installation failed: %s", name, said);
		state->job_refused = true;
		return STEP_REFUSED;
	case JOB_NONE:
	case JOB_DONE:
		break;
	}
	/* Also when nobody was there to see it: until it was told, it is no success. */
	if (said && packager->half_done && strstr(said, packager->half_done)) {
		state->job_refused = true;
		error_set(err, EREMOTEIO,
			"%s: installed, but a package's script failed: %s; mend it there, then resume",
			name, said);
		return STEP_REFUSED;
	}
	return confirm_versions(run, node, may_act, evidence, err);
}

void step_told(struct run_context *run, const struct step *step)
{
	const struct job job = installation_job(run->job);
	CLEANUP(error_release) struct error ignored = {0};

	if (step->kind != STEP_INSTALL || !run->state.nodes[step->node].job_refused)
		return;
	run->state.nodes[step->node].job_refused = false;
	job_forget(&run->nodes.items[step->node].link, &job, &ignored);
}

static void say_active(const struct facts *facts, struct text *evidence)
{
	size_t i;

	text_append(evidence, "started again:");
	for (i = 0; i < facts->service_count; i++) {
		if (facts->services[i].kind == FACTS_OWN)
			text_appendf(evidence, " %s", facts->services[i].name);
	}
}

/* May the node be started as it is? STEP_DONE, or what the undo says instead. */
static enum step_result is_as_before(struct run_context *run, int node, struct error *err)
{
	const char *name = run->nodes.cluster->nodes[node].name;
	int result = installation_await(&run->nodes.items[node].link, run->job, NULL, err);

	if (result == -EBUSY) {
		error_set(err, EAGAIN, "%s; the services stay stopped until it ends",
			error_text(err));
		return STEP_WAIT;
	}
	if (result < 0)
		return STEP_RETRY;
	/* Asked for after the job: what it changed is in these facts. */
	if (nodes_ask(&run->nodes, node, true, err) < 0)
		return STEP_RETRY;
	if (target_was_changed(&run->target, (size_t)node)) {
		error_set(err, EPERM,
			"%s: its packages are not those of before the run, so its services stay stopped",
			name);
		return STEP_REFUSED;
	}
	return STEP_DONE;
}

enum step_result step_undo(
	struct run_context *run, int node, struct text *evidence, struct error *err)
{
	struct step_node *state = &run->state.nodes[node];
	enum step_result result = is_as_before(run, node, err);

	if (result != STEP_DONE)
		return result;
	if (!facts_own_active(&run->nodes.items[node].facts) && !state->undo_sent) {
		if (step_unmark(run, node, err) < 0)
			return STEP_RETRY;
		state->undo_sent = true;
		if (node_start(&run->nodes.items[node].link, run->nodes.cluster->deadlines.services,
			    err) < 0) {
			state->undo_sent = false;
			return STEP_RETRY;
		}
		if (nodes_ask(&run->nodes, node, true, err) < 0)
			return STEP_RETRY;
	}
	if (!facts_own_active(&run->nodes.items[node].facts)) {
		error_set(err, EAGAIN,
			"%s: its services were told to start again, but do not run yet",
			run->nodes.cluster->nodes[node].name);
		return STEP_WAIT;
	}
	say_active(&run->nodes.items[node].facts, evidence);
	return STEP_DONE;
}
