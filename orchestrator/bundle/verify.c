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
#include "orchestrator/bundle/content.h"

__attribute__((format(printf, 4, 5))) static void add(struct bundle_findings *findings,
	enum bundle_severity severity, const char *file, const char *format, ...)
{
	struct bundle_finding *finding = VECTOR_APPEND(findings->items, findings->count);
	CLEANUP(cleanup_free) char *message = NULL;
	char printable[ERROR_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&message, format, arguments) < 0)
		message = text_copy(format);
	va_end(arguments);
	finding->severity = severity;
	finding->message = text_copy(text_printable(printable, sizeof(printable), message));
	if (file)
		finding->file = text_copy(text_printable(printable, sizeof(printable), file));
}

static void verify_entry(const struct bundle *bundle, const struct manifest *manifest,
	const struct manifest_entry *entry, struct bundle_findings *findings)
{
	const struct digests *digests = content_find(bundle, entry->name);

	if (!digests)
		add(findings, BUNDLE_PROBLEM, entry->name,
			"%s:%u names it, but it is not in the bundle: copy or download it again",
			manifest->file, entry->line);
	else if (strcmp(digests->hex[entry->kind], entry->digest) != 0)
		add(findings, BUNDLE_PROBLEM, entry->name,
			"its %s digest is not the one in %s:%u (expected %s, actual %s): it was "
			"altered or damaged, copy or download it again",
			digest_name(entry->kind), manifest->file, entry->line, entry->digest,
			digests->hex[entry->kind]);
}

static void verify_manifests(const struct bundle *bundle, struct bundle_findings *findings)
{
	const struct bundle_manifests *manifests = bundle->manifests;
	size_t entries = 0, strong = 0;

	if (!manifests->count)
		add(findings, BUNDLE_PROBLEM, NULL,
			"there is no manifest (MD5SUM, SHA256SUMS, ...) in it, so nothing tells "
			"whether the packages are those that were shipped");
	for (size_t i = 0; i < manifests->problems.count; i++) {
		const struct problem *problem = &manifests->problems.items[i];

		if (problem->line)
			add(findings, BUNDLE_PROBLEM, problem->file, "line %u: %s", problem->line,
				problem->message);
		else
			add(findings, BUNDLE_PROBLEM, problem->file, "%s", problem->message);
	}
	for (size_t i = 0; i < manifests->count; i++) {
		const struct manifest *manifest = manifests->items[i];

		for (size_t j = 0; j < manifest->count; j++) {
			verify_entry(bundle, manifest, &manifest->entries[j], findings);
			strong += manifest->entries[j].kind != DIGEST_MD5;
			entries++;
		}
	}
	if (entries && !strong)
		add(findings, BUNDLE_NOTE, NULL,
			"its manifest holds MD5 digests only: these show integrity, not "
			"authenticity (files with the same MD5 can be made on purpose)");
}

static bool is_listed(const struct bundle *bundle, const char *name)
{
	const struct bundle_manifests *manifests = bundle->manifests;

	for (size_t i = 0; i < manifests->count; i++)
		for (size_t j = 0; j < manifests->items[i]->count; j++)
			if (strcmp(manifests->items[i]->entries[j].name, name) == 0)
				return true;
	return false;
}

/* The first package of that name; borrowed. */
static const struct bundle_package *first_of_name(const struct bundle *bundle, const char *name)
{
	for (size_t i = 0; i < bundle->package_count; i++)
		if (text_equal(bundle->packages[i].package.name, name))
			return &bundle->packages[i];
	return NULL;
}

/* Files keep their names on the nodes, where these are arguments of commands. */
static bool is_plain_name(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "._+~^:-";

	return !name[strspn(name, plain)] && *name != '-' && *name != '.';
}

static void verify_packages(const struct bundle *bundle, struct bundle_findings *findings)
{
	if (!bundle->package_count)
		add(findings, BUNDLE_PROBLEM, NULL, "there is no package (*.rpm) in it");
	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i], *first;

		if (bundle->manifests->count && !is_listed(bundle, package->file))
			add(findings, BUNDLE_PROBLEM, package->file,
				"no manifest lists it: either it does not belong here or the "
				"manifest is not complete");
		if (!is_plain_name(package->file))
			add(findings, BUNDLE_PROBLEM, package->file,
				"its file name has other characters than letters, digits and "
				"\"._+~^:-\": rename it, in the manifest too");
		if (package->damage) {
			add(findings, BUNDLE_PROBLEM, package->file, "%s", package->damage);
			continue;
		}
		first = first_of_name(bundle, package->package.name);
		if (first != package)
			add(findings, BUNDLE_PROBLEM, package->file,
				"it holds %s, and %s holds %s: a bundle has each package once, "
				"remove one",
				package->package.nevra, first->file, first->package.nevra);
	}
}

/* The packages of the family are upgraded together; mostly they carry one version. */
static void verify_versions(const struct bundle *bundle, struct bundle_findings *findings)
{
	CLEANUP(cleanup_text) struct text list = {0};
	const char *first = NULL;
	bool differ = false;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct package *package = &bundle->packages[i].package;

		if (!package->name)
			continue;
		first = first ? first : package->evr;
		differ |= strcmp(first, package->evr) != 0;
		text_appendf(
			&list, "%s%s %s", list.length ? ", " : "", package->name, package->evr);
	}
	if (differ)
		add(findings, BUNDLE_NOTE, NULL, "its packages differ in version: %s", list.data);
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

	verify_manifests(bundle, &found);
	verify_packages(bundle, &found);
	verify_versions(bundle, &found);
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
