/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a bundle whole and unaltered? Says all there is to say, from what was read; pure. The
 * contract is in bundle.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/completeness.h"
#include "orchestrator/bundle/content.h"

void bundle_find(struct bundle_findings *findings, enum bundle_severity severity, const char *file,
	const char *format, ...)
{
	struct bundle_finding *finding = VECTOR_APPEND(findings->items, findings->count);
	CLEANUP(cleanup_free) char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = text_format_list(format, arguments);
	va_end(arguments);
	finding->severity = severity;
	finding->message = text_printable_copy(message);
	if (file)
		finding->file = text_printable_copy(file);
}

/* What the lines of all manifests come to, together. */
struct tally {
	const struct bundle *bundle;
	struct bundle_findings *findings;
	size_t proper, strong;
	bool *listed; /* one per file of the bundle */
};

static void verify_failed(const struct tally *tally, const struct bundle_line *line)
{
	if (line->actual)
		bundle_find(tally->findings, BUNDLE_PROBLEM, line->name,
			"its %s digest is not the one in %s:%u (expected %s, actual %s): it was altered or damaged, copy or download it again",
			digest_name(line->kind), line->manifest, line->line, line->expected,
			line->actual);
	else
		bundle_find(tally->findings, BUNDLE_PROBLEM, line->name,
			"its %s digest in %s:%u could not be computed", digest_name(line->kind),
			line->manifest, line->line);
}

static void verify_missing(const struct tally *tally, const struct bundle_line *line)
{
	const struct bundle_file *file = content_find(tally->bundle->content, line->name);

	if (!file)
		bundle_find(tally->findings, BUNDLE_PROBLEM, line->name,
			"%s:%u names it, but it is not in the bundle: copy or download it again",
			line->manifest, line->line);
	else if (!content_is_package(line->name))
		bundle_find(tally->findings, BUNDLE_PROBLEM, line->name,
			"%s:%u names it, but it could not be read: %s", line->manifest, line->line,
			file->reading.failure);
}

static void verify_line(void *data, const struct bundle_line *line)
{
	struct tally *tally = data;
	const struct bundle_content *content = tally->bundle->content;
	const struct bundle_file *file = line->name ? content_find(content, line->name) : NULL;

	if (file && line->verdict != BUNDLE_LINE_OUTSIDE)
		tally->listed[file - content->files] = true;
	if (line->verdict != BUNDLE_LINE_IMPROPER) {
		tally->proper++;
		tally->strong += line->kind != DIGEST_MD5;
	}
	switch (line->verdict) {
	case BUNDLE_LINE_OK:
		break;
	case BUNDLE_LINE_FAILED:
		verify_failed(tally, line);
		break;
	case BUNDLE_LINE_MISSING:
		verify_missing(tally, line);
		break;
	case BUNDLE_LINE_IMPROPER:
		bundle_find(tally->findings, BUNDLE_NOTE, line->manifest,
			"line %u is improperly formatted and was left out (\"digest  name\" or \"SHA256 (name) = digest\" is expected)",
			line->line);
		break;
	case BUNDLE_LINE_OUTSIDE:
		bundle_find(tally->findings, BUNDLE_PROBLEM, line->manifest,
			"line %u names \"%s\", which is no file of the bundle: only paths below the manifest's folder, without \"..\", are read",
			line->line, line->name);
		break;
	}
}

static void verify_manifests(
	const struct bundle *bundle, struct bundle_findings *findings, bool *listed)
{
	const struct bundle_content *content = bundle->content;
	struct tally tally = {.bundle = bundle, .findings = findings, .listed = listed};

	if (!content->manifest_count)
		bundle_find(findings, BUNDLE_PROBLEM, NULL,
			"there is no manifest (MD5SUM, SHA256SUMS, ...) in it, so nothing tells whether the packages are those that were shipped");
	bundle_lines(bundle, verify_line, &tally);
	for (size_t i = 0; i < content->manifest_count; i++) {
		const struct manifest *manifest = content->manifests[i];

		if (!manifest->proper)
			bundle_find(findings, BUNDLE_PROBLEM, manifest->file,
				"no properly formatted checksum line in it");
		if (manifest->improper > MANIFEST_IMPROPER_KEPT)
			bundle_find(findings, BUNDLE_NOTE, manifest->file,
				"%zu lines are improperly formatted in all", manifest->improper);
	}
	if (tally.proper && !tally.strong)
		bundle_find(findings, BUNDLE_NOTE, NULL,
			"its manifest holds MD5 digests only: these show integrity, not authenticity (files with the same MD5 can be made on purpose)");
}

/* What was found on the way, and names that stand for two files. */
static void verify_reading(const struct bundle *bundle, struct bundle_findings *findings)
{
	const struct bundle_content *content = bundle->content;

	for (size_t i = 0; i < content->findings.count; i++) {
		const struct bundle_finding *finding = &content->findings.items[i];

		bundle_find(findings, finding->severity, finding->file, "%s", finding->message);
	}
	for (size_t i = 0; i < content->file_count; i++)
		if (content->files[i].again)
			bundle_find(findings, BUNDLE_PROBLEM, content->files[i].name,
				"it is in the archive more than once, so that nobody knows which one is meant: pack it again");
	for (size_t i = 0; i < bundle->package_count; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(bundle->packages[i].file, bundle->packages[j].file) == 0)
				bundle_find(findings, BUNDLE_PROBLEM, bundle->packages[i].entry,
					"%s has the same file name, and packages of one name cannot be uploaded: remove one",
					bundle->packages[j].entry);
}

/* Files keep their names on the nodes, where these are arguments of commands. */
static bool is_plain_name(const char *name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~^:-";

	return !name[strspn(name, plain)] && *name != '-' && *name != '.';
}

static void verify_packages(
	const struct bundle *bundle, const bool *listed, struct bundle_findings *findings)
{
	if (!bundle->package_count)
		bundle_find(
			findings, BUNDLE_PROBLEM, NULL, "there is no package (*.rpm, *.deb) in it");
	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];
		const struct bundle_file *read = content_find(bundle->content, package->entry);

		if (bundle->content->manifest_count && !listed[read - bundle->content->files])
			bundle_find(findings, BUNDLE_PROBLEM, package->entry,
				"no manifest lists it: either it does not belong here or the manifest is not complete");
		if (!is_plain_name(package->file))
			bundle_find(findings, BUNDLE_PROBLEM, package->entry,
				"its file name has other characters than letters, digits and \"._+~^:-\": rename it, in the manifest too");
		if (package->damage) {
			bundle_find(
				findings, BUNDLE_PROBLEM, package->entry, "%s", package->damage);
			continue;
		}
	}
}

size_t bundle_problem_count(const struct bundle_findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->items[i].severity == BUNDLE_PROBLEM;
	return count;
}

int bundle_verify(const struct bundle *bundle, struct bundle_findings *findings, struct error *err)
{
	struct bundle_findings found = {0};
	const struct bundle_finding *first = NULL;
	size_t before = findings->count, problems;
	CLEANUP(cleanup_free)
	bool *listed = vector_resize(NULL, bundle->content->file_count + 1, sizeof(*listed));

	memset(listed, 0, bundle->content->file_count + 1);

	verify_reading(bundle, &found);
	verify_manifests(bundle, &found, listed);
	verify_packages(bundle, listed, &found);
	completeness_check(bundle, &found);
	problems = bundle_problem_count(&found);
	for (size_t i = 0; i < found.count; i++)
		*VECTOR_APPEND(findings->items, findings->count) = found.items[i];
	free(found.items);
	if (!problems)
		return 0;
	for (first = &findings->items[before]; first->severity != BUNDLE_PROBLEM;)
		first++;
	return error_set(err, EBADMSG, "%s: %zu problem%s, the first: %s%s%s", bundle->path,
		problems, problems > 1 ? "s" : "", first->file ? first->file : "",
		first->file ? ": " : "", first->message);
}

void bundle_findings_clear(struct bundle_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->items[i].file);
		free(findings->items[i].message);
	}
	free(findings->items);
	*findings = (struct bundle_findings){0};
}
