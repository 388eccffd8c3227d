/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packages a node had before a run and which after it, side by side. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/report/build.h"

/*
 * Where the version begins: behind the name in "name-version-release.arch" and in
 * "name_version_arch". Neither a name of Debian's nor an architecture has a "_", but x86_64 has.
 */
static size_t name_length(const char *label)
{
	const char *first = strchr(label, '_');
	const char *second = first ? strchr(first + 1, '_') : NULL;
	size_t length = strlen(label), dashes = 0;

	if (second && !strchr(second + 1, '_') && strspn(second + 1, "0123456789") == 0 &&
		!strchr(second, '.'))
		return (size_t)(first - label);
	while (length && dashes < 2)
		dashes += label[--length] == '-';
	return dashes == 2 && length ? length : strlen(label);
}

/* "0.2.0-1" of "name-0.2.0-1.x86_64" or "name_0.2.0-1_amd64". Owned. */
static char *version_of(const char *label)
{
	size_t name = name_length(label);
	char *version = text_copy(label[name] ? label + name + 1 : "");
	char *end = strrchr(version, label[name] == '_' ? '_' : '.');

	if (end)
		*end = '\0';
	return version;
}

static struct report_version *find(
	struct report *report, size_t node, const char *label, size_t length)
{
	for (size_t i = 0; i < report->version_count; i++) {
		struct report_version *version = &report->versions[i];

		if (version->node == node && strlen(version->package) == length &&
			strncmp(version->package, label, length) == 0)
			return version;
	}
	return NULL;
}

/* Two instances of one package stand side by side. */
static void put(char **place, char *version)
{
	char *both;

	if (*place && version[0]) {
		both = text_format("%s, %s", *place, version);
		free(*place);
		free(version);
		*place = both;
		return;
	}
	free(*place);
	*place = version;
}

static void add(struct report *report, size_t node, const char *labels, bool after)
{
	CLEANUP(cleanup_free) char *copy = text_copy(labels);
	char *rest = NULL;

	for (char *label = strtok_r(copy, " ", &rest); label; label = strtok_r(NULL, " ", &rest)) {
		size_t length = name_length(label);
		struct report_version *version = find(report, node, label, length);

		if (!version) {
			version = VECTOR_APPEND(report->versions, report->version_count);
			version->node = node;
			version->package = strndup(label, length);
			if (!version->package)
				abort();
		}
		put(after ? &version->after : &version->before, version_of(label));
	}
}

void build_versions(struct report *report, size_t node, const char *before, const char *after)
{
	if (before)
		add(report, node, before, false);
	if (after)
		add(report, node, after, true);
}
