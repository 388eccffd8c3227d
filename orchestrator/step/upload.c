/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packages are put on every node that needs them, and their digests compared there; likewise
 * the previous ones, if they were given. What was uploaded stays there as a bundle folder.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/remote/quote.h"
#include "orchestrator/step/script.h"
#include "orchestrator/step/step.h"

enum { SMALL_DEADLINE_MS = 60000, UPLOAD_DEADLINE_MS = 3600000 };

/* One bundle to upload, and which of its packages each node gets. */
struct upload {
	const struct bundle *bundle;
	char *folder; /* owned */
	/* Decided in one thread, as librpm wants it; owned. */
	bool *wanted[CLUSTER_NODES_MAX];
};

/* 0: it was there; 1: it was sent. */
static int upload_package(struct link *link, const char *folder,
	const struct bundle_package *package, struct error *err)
{
	const char *arguments[] = {folder, package->file, package->sha256, NULL};
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, package->file);
	CLEANUP(cleanup_close) int descriptor = -1;
	int result;

	result = link_script(link, "look for the package", script_step_upload_present, arguments,
		SMALL_DEADLINE_MS, NULL, err);
	if (result != -EREMOTEIO)
		return result;
	result = bundle_open_package(package, &descriptor, err);
	if (result < 0)
		return result;
	result = link_upload(link,
		&(const struct session_file){
			.file = descriptor,
			.name = package->path,
			.remote_path = path,
			.mode = 0600,
			.sha256 = arguments[2],
			.deadline_ms = UPLOAD_DEADLINE_MS,
		},
		err);
	return result < 0 ? result : 1;
}

static int complete_folder(struct link *link, const struct upload *upload, struct error *err)
{
	CLEANUP(cleanup_text) struct text list = {0};
	CLEANUP(cleanup_free) char *line = NULL;
	const char *arguments[] = {upload->folder};
	struct session_command command = {.deadline_ms = SMALL_DEADLINE_MS};
	size_t i;
	int result = quote_script(script_step_upload_list, arguments, 1, &line, err);

	if (result < 0)
		return result;
	for (i = 0; i < upload->bundle->package_count; i++) {
		const struct bundle_package *package = &upload->bundle->packages[i];

		/* Such a name would need escaping; without its line the file is not kept. */
		if (!strpbrk(package->file, "\\\n\r"))
			text_appendf(&list, "%s  %s\n", package->sha256, package->file);
	}
	command.line = line;
	command.input = text_string(&list);
	command.input_length = list.length;
	return link_expect(link, "list the uploaded packages", &command, NULL, err);
}

static int upload_node(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	const struct upload *upload = data;
	const bool *wanted = upload->wanted[node];
	struct link *link = &nodes->items[node].link;
	const char *arguments[] = {upload->folder, NULL};
	int result;
	size_t i;

	result = link_script(link, "make the upload folder", script_step_upload_folder, arguments,
		SMALL_DEADLINE_MS, NULL, err);
	for (i = 0; i < upload->bundle->package_count && result >= 0; i++) {
		if (wanted[i])
			result = upload_package(
				link, upload->folder, &upload->bundle->packages[i], err);
	}
	return result < 0 ? result : complete_folder(link, upload, err);
}

/* Of the previous packages a node gets those whose present version may be replaced. */
static bool wants(
	const struct run_context *run, size_t node, const struct upload *upload, size_t package)
{
	const struct bundle_package *given = &upload->bundle->packages[package];

	if (upload->bundle == run->target.bundle)
		return target_wants(&run->target, node, given);
	return nodes_installed(&run->nodes, node, given->package.name) != NULL;
}

static int upload_bundle(struct run_context *run, const struct bundle *bundle, const char *digest,
	struct text *evidence, struct error *err)
{
	struct upload upload = {.bundle = bundle, .folder = target_folder(digest)};
	size_t i, j, sent = 0;
	uint64_t bytes = 0;
	int result;

	for (i = 0; i < run->nodes.cluster->node_count; i++) {
		upload.wanted[i] = vector_resize(NULL, bundle->package_count, sizeof(bool));
		for (j = 0; j < bundle->package_count; j++) {
			upload.wanted[i][j] = wants(run, i, &upload, j);
			sent += upload.wanted[i][j];
			bytes += upload.wanted[i][j] ? bundle->packages[j].size : 0;
		}
	}
	result = nodes_each(&run->nodes, upload_node, &upload, NULL, err);
	for (i = 0; i < run->nodes.cluster->node_count; i++)
		free(upload.wanted[i]);
	free(upload.folder);
	if (result == 0)
		text_appendf(
			evidence, "%zu files, %llu KiB", sent, (unsigned long long)(bytes / 1024));
	return result;
}

int step_upload_mend(struct run_context *run, int node, struct error *err)
{
	CLEANUP(cleanup_free) char *folder = target_folder(run->target.bundle_digest);
	struct step_node *state = &run->state.nodes[node];
	int result = 0;
	size_t i;

	for (i = 0; i < run->target.bundle->package_count && result >= 0; i++) {
		const struct bundle_package *package = &run->target.bundle->packages[i];

		if (!target_wants(&run->target, (size_t)node, package))
			continue;
		result = upload_package(&run->nodes.items[node].link, folder, package, err);
		state->sent_again += result > 0;
	}
	return result < 0 ? result : 0;
}

enum step_result step_upload(
	struct run_context *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	int result;

	(void)node;
	/* Whether it is there is asked on the way; an earlier upload costs nothing. */
	if (!may_act)
		return STEP_WAIT;
	result = upload_bundle(run, run->target.bundle, run->target.bundle_digest, evidence, err);
	if (result == 0 && run->target.previous) {
		text_append(evidence, "; previous packages: ");
		result = upload_bundle(
			run, run->target.previous, run->target.previous_digest, evidence, err);
	}
	/* A full disk or a changed file stays what it is; a lost connection may come back. */
	if (result < 0)
		return link_may_recover(result) ? STEP_RETRY : STEP_REFUSED;
	text_append(evidence, ", SHA-256 compared on each node");
	return STEP_DONE;
}
