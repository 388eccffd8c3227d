/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the packages of a bundle belong together, and is one of them missing? */
#include "orchestrator/bundle/completeness.h"

#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/relations.h"

static bool is_readable(const struct bundle *bundle, size_t i)
{
	return bundle->packages[i].package.name != NULL;
}

static const struct package *package_at(const struct bundle *bundle, size_t i)
{
	return &bundle->packages[i].package;
}

static void check_names(const struct bundle *bundle, struct bundle_findings *findings)
{
	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];
		size_t first = 0;

		if (!is_readable(bundle, i))
			continue;
		while (!text_equal(package_at(bundle, first)->name, package->package.name))
			first++;
		if (first != i)
			bundle_find(findings, BUNDLE_PROBLEM, package->entry,
				"it holds %s, and %s holds %s: a bundle has each package once, remove one",
				package->package.nevra, bundle->packages[first].entry,
				package_at(bundle, first)->nevra);
		for (size_t j = 0; j < package->package.note_count; j++)
			bundle_find(findings, BUNDLE_NOTE, package->entry, "%s",
				package->package.notes[j]);
	}
}

static void check_formats(const struct bundle *bundle, struct bundle_findings *findings)
{
	const struct bundle_package *first = NULL;
	bool is_told = false;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];
		const char *format;

		if (!is_readable(bundle, i))
			continue;
		first = first ? first : package;
		format = package_format_name(package->package.format);
		if (package->package.format != first->package.format && !is_told) {
			bundle_find(findings, BUNDLE_PROBLEM, package->entry,
				"it is a %s package, and %s a %s package: no node installs both, make a bundle of each",
				format, first->entry, package_format_name(first->package.format));
			is_told = true;
		}
		/* apt-get and dpkg go by the name. */
		if (text_ends_with(package->file, ".rpm") !=
			(package->package.format == PACKAGE_RPM))
			bundle_find(findings, BUNDLE_PROBLEM, package->entry,
				"its name says otherwise, but it is a %s package: rename it, in the manifest too",
				format);
	}
}

/* Names of the same machines; rpm's (rpmrc(5)), Debian's and the kernel's. */
static const char *const machines[][12] = {
	{"x86_64", "amd64", "x86_64_v2", "x86_64_v3", "x86_64_v4", "ia32e", NULL},
	{"i386", "i486", "i586", "i686", "athlon", "geode", "pentium3", "pentium4", NULL},
	{"aarch64", "arm64", NULL},
	{"armv7hl", "armv7hnl", "armv7l", "armhf", "armv6hl", "armv6l", NULL},
	{"ppc64le", "ppc64el", NULL},
	{"s390x", NULL},
	{"riscv64", NULL},
	{"loongarch64", "loong64", NULL},
};

enum { MACHINE_COUNT = sizeof(machines) / sizeof(machines[0]), X86_64 = 0, X86_32 = 1 };

/* An index into machines; MACHINE_COUNT: none of them. */
static size_t machine_of(const char *arch)
{
	size_t i, j;

	for (i = 0; i < MACHINE_COUNT; i++)
		for (j = 0; machines[i][j]; j++)
			if (strcmp(machines[i][j], arch) == 0)
				return i;
	return MACHINE_COUNT;
}

static bool is_everywhere(const char *arch)
{
	return strcmp(arch, "noarch") == 0 || strcmp(arch, "all") == 0 || strcmp(arch, "any") == 0;
}

bool completeness_fits(const char *machine, const char *arch)
{
	size_t here = machine_of(machine), there = machine_of(arch);

	if (is_everywhere(arch) || strcmp(machine, arch) == 0)
		return true;
	return (here == there && here < MACHINE_COUNT) || (here == X86_64 && there == X86_32);
}

static void check_architectures(const struct bundle *bundle, struct bundle_findings *findings)
{
	const struct bundle_package *first = NULL;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];
		const char *arch = package->package.arch;

		if (!is_readable(bundle, i) || is_everywhere(arch))
			continue;
		first = first ? first : package;
		if (completeness_fits(first->package.arch, arch) ||
			completeness_fits(arch, first->package.arch))
			continue;
		bundle_find(findings, BUNDLE_PROBLEM, package->entry,
			"it is for %s, and %s for %s: no node installs both, make a bundle of each",
			arch, first->entry, first->package.arch);
		return;
	}
}

/* Whether two packages come from one source; the versions of that should be the same. */
static bool is_same_source(const struct package *one, const struct package *other)
{
	return *one->source && one->format == other->format &&
	       strcmp(one->source, other->source) == 0;
}

/* "hacluster" of "hacluster-common"; the whole name when there is no "-". */
static size_t stem_length(const char *name)
{
	return strcspn(name, "-");
}

static bool is_same_stem(const struct package *one, const struct package *other)
{
	size_t length = stem_length(one->name);

	return length == stem_length(other->name) && strncmp(one->name, other->name, length) == 0;
}

static bool is_family(const struct package *one, const struct package *other, bool by_source)
{
	return by_source ? is_same_source(one, other) : is_same_stem(one, other);
}

/* Tells a family whose first member is packages[first], when its members differ in version. */
static void check_family(
	const struct bundle *bundle, size_t first, bool by_source, struct bundle_findings *findings)
{
	const struct package *head = package_at(bundle, first);
	CLEANUP(cleanup_text) struct text list = {0};
	bool differ = false, is_other_source = false;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct package *package = package_at(bundle, i);

		if (!is_readable(bundle, i) || !is_family(head, package, by_source))
			continue;
		if (i < first)
			return;
		is_other_source |= !is_same_source(head, package);
		differ |= strcmp(by_source ? head->source_version : head->evr,
				  by_source ? package->source_version : package->evr) != 0 &&
			  /* Twice the same is told already. */
			  (!by_source || strcmp(head->name, package->name) != 0);
		text_appendf(
			&list, "%s%s %s", list.length ? ", " : "", package->name, package->evr);
	}
	if (differ && by_source)
		bundle_find(findings, BUNDLE_PROBLEM, NULL,
			"packages of one source (%s) are in it in several versions: %s; they belong together, take all of one version",
			head->source, list.data);
	/* Of one source, with one version of it, but versions of their own: that is meant so. */
	else if (differ && is_other_source)
		bundle_find(findings, BUNDLE_NOTE, NULL, "its packages %.*s* differ in version: %s",
			(int)stem_length(head->name), head->name, list.data);
}

void completeness_check(const struct bundle *bundle, struct bundle_findings *findings)
{
	check_names(bundle, findings);
	check_formats(bundle, findings);
	check_architectures(bundle, findings);
	for (size_t i = 0; i < bundle->package_count; i++) {
		if (is_readable(bundle, i) && *package_at(bundle, i)->source)
			check_family(bundle, i, true, findings);
		if (is_readable(bundle, i))
			check_family(bundle, i, false, findings);
	}
	relations_check(bundle, findings);
}
