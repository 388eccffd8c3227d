/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages are put on every node that needs them, and their digests compared there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/step/step.h"

enum { SMALL_DEADLINE_MS = 60000, UPLOAD_DEADLINE_MS = 3600000 };

static const char folder_script[] = "umask 077; mkdir -p -- \"$1\"\n";
/* Succeeds when the file is there and whole, so that a second run sends nothing. */
static const char present_script[] =
	"cd -- \"$1\" 2>/dev/null && printf '%s  %s\\n' \"$3\" \"$2\" | sha256sum --status -c -\n";

char *step_upload_folder(const struct run *run)
{
	return text_format("/var/lib/haupgrade/bundles/%.16s", run->bundle_digest);
}

static int upload_package(struct run *run, struct link *link, const char *folder,
	const struct bundle_package *package, struct error *err)
{
	const char *arguments[] = {folder, package->file, package->sha256, NULL};
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, package->file);
	CLEANUP(cleanup_close) int descriptor = -1;
	int result;

	(void)run;
	result = link_script(link, "look for the package", present_script, arguments,
		SMALL_DEADLINE_MS, NULL, err);
	if (result != -EREMOTEIO)
		return result;
	result = bundle_open_package(package, &descriptor, err);
	if (result < 0)
		return result;
	return link_upload(link,
		&(const struct session_file){
			.file = descriptor,
			.name = package->path,
			.remote_path = path,
			.mode = 0600,
			.sha256 = arguments[2],
			.deadline_ms = UPLOAD_DEADLINE_MS,
		},
		err);
}

/* Which packages each node wants; decided in one thread, as librpm wants it. */
struct wanted {
	bool *package[CLUSTER_NODES_MAX];
};

static int upload_node(struct run *run, size_t node, void *data, struct error *err)
{
	const bool *wanted = ((struct wanted *)data)->package[node];
	CLEANUP(cleanup_free) char *folder = step_upload_folder(run);
	struct link *link = &run->nodes[node].link;
	const char *arguments[] = {folder, NULL};
	int result;
	size_t i;

	result = link_script(link, "make the upload folder", folder_script, arguments,
		SMALL_DEADLINE_MS, NULL, err);
	for (i = 0; i < run->bundle->package_count && result == 0; i++) {
		if (wanted[i])
			result = upload_package(run, link, folder, &run->bundle->packages[i], err);
	}
	return result;
}

enum step_result step_upload(
	struct run *run, int node, bool may_act, struct text *evidence, struct error *err)
{
	struct wanted wanted = {0};
	size_t i, j, sent = 0;
	uint64_t bytes = 0;
	int result;

	(void)node;
	/* Whether it is there is asked on the way; an earlier upload costs nothing. */
	if (!may_act)
		return STEP_WAIT;
	for (i = 0; i < run->cluster->node_count; i++) {
		wanted.package[i] = vector_resize(NULL, run->bundle->package_count, sizeof(bool));
		for (j = 0; j < run->bundle->package_count; j++) {
			wanted.package[i][j] = run_wants(run, i, &run->bundle->packages[j]);
			sent += wanted.package[i][j];
			bytes += wanted.package[i][j] ? run->bundle->packages[j].size : 0;
		}
	}
	result = run_each_node(run, upload_node, &wanted, NULL, err);
	for (i = 0; i < run->cluster->node_count; i++)
		free(wanted.package[i]);
	/* A full disk or a changed file stays what it is; a lost connection may come back. */
	if (result < 0)
		return link_may_recover(result) ? STEP_RETRY : STEP_REFUSED;
	text_appendf(evidence, "%zu files, %llu KiB, SHA-256 compared on each node", sent,
		(unsigned long long)(bytes / 1024));
	return STEP_DONE;
}
