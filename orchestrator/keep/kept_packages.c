/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages that earlier runs left on a node. */
#include "orchestrator/keep/kept_packages.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/keep/script.h"
#include "orchestrator/node/answer.h"

enum { ASK_DEADLINE_MS = 120000 };

static bool is_digest(const char *word)
{
	return strlen(word) == 64 && strspn(word, "0123456789abcdef") == 64;
}

/* A name that is put behind a folder must stay in it. */
static bool is_plain(const char *name)
{
	return *name && *name != '.' && *name != '-' && !strchr(name, '/') && strlen(name) <= 255;
}

/* No other file is fetched: it may lie beside a SHA256SUMS of ours. */
static bool is_package(const char *file)
{
	return is_plain(file) && (text_ends_with(file, ".rpm") || text_ends_with(file, ".deb"));
}

/* "SHA256 SIZE NAME EVR ARCH FILE" */
static int parse_package(const struct packager *packager, const char *folder, struct answer *answer,
	struct kept_packages *kept, struct error *err)
{
	char *words = answer->value;
	char *digest = answer_word(&words), *size = digest ? answer_word(&words) : NULL;
	char *name = size ? answer_word(&words) : NULL, *evr = name ? answer_word(&words) : NULL;
	char *arch = evr ? answer_word(&words) : NULL;
	struct kept_package *package;
	uint64_t bytes = 0;

	if (!arch || !words || !folder || !is_digest(digest) || !is_package(words))
		return error_set(err, EPROTO,
			"a kept package without digest, size, name, version, architecture or file");
	if (number_parse(size, "size of a kept package", 0, INT64_MAX, &bytes, NULL) < 0)
		return error_set(err, EPROTO, "the size of a kept package is no number");
	if (answer_count(answer, KEPT_PACKAGES_MAX, "kept packages", err) < 0)
		return -EPROTO;
	package = VECTOR_APPEND(kept->packages, kept->count);
	package->folder = text_copy(folder);
	package->file = text_copy(words);
	memcpy(package->sha256, digest, sizeof(package->sha256));
	package->size = bytes;
	package->label = packager_label(packager, name, evr, arch);
	return 0;
}

int kept_packages_parse(const struct packager *packager, const char *output, size_t length,
	struct kept_packages *kept, struct error *err)
{
	CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
	CLEANUP(cleanup_kept_packages) struct kept_packages draft = {0};
	const char *folder = NULL;
	int result = 0;

	while (result == 0 && answer_next(&answer)) {
		if (strcmp(answer.key, "bundle") == 0) {
			folder = answer.value;
			if (!is_plain(folder))
				result = error_set(err, EPROTO, "a kept bundle without a name");
		} else if (strcmp(answer.key, "package") == 0) {
			result = parse_package(packager, folder, &answer, &draft, err);
		}
	}
	result = answer_finish(&answer, result, err);
	if (result < 0)
		return result;
	*kept = draft;
	draft = (struct kept_packages){0};
	return 0;
}

int kept_packages_ask(struct link *link, struct kept_packages *kept, struct error *err)
{
	const struct profile *profile = link->cluster->profile;
	const char *arguments[] = {
		KEPT_PACKAGES_ROOT, profile_packager_name(profile->packager), NULL};
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	int status = link_script(link, "ask for the bundles it keeps", script_keep_kept, arguments,
		ASK_DEADLINE_MS, &result, err);

	if (status < 0)
		return status;
	status = kept_packages_parse(
		packager_of(profile), result.output, result.output_length, kept, err);
	return status < 0 ? error_prefix(err, "%s: its kept bundles", link->node->name) : 0;
}

const struct kept_package *kept_packages_find(
	const struct kept_packages *kept, const char *label, size_t length)
{
	for (size_t i = 0; i < kept->count; i++) {
		const struct kept_package *package = &kept->packages[i];

		if (strlen(package->label) == length && strncmp(package->label, label, length) == 0)
			return package;
	}
	return NULL;
}

char *kept_packages_path(const struct kept_package *package)
{
	return text_format("%s/%s/%s", KEPT_PACKAGES_ROOT, package->folder, package->file);
}

void kept_packages_clear(struct kept_packages *kept)
{
	for (size_t i = 0; i < kept->count; i++) {
		free(kept->packages[i].folder);
		free(kept->packages[i].file);
		free(kept->packages[i].label);
	}
	free(kept->packages);
	*kept = (struct kept_packages){0};
}
