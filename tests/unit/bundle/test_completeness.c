/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packages do not belong together, and which are missing: lists of packages, findings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/completeness.h"
#include "orchestrator/bundle/relations.h"

struct relation {
	const char *name;
	enum package_comparison comparison;
	const char *version;
	unsigned int group;
};

/* What a case says of a package; NULL: usual. */
struct sample {
	const char *name, *evr, *arch, *source, *source_version;
	enum package_format format;
	struct relation requires[3], provides[2];
};

static void add(struct bundle *bundle, const struct sample *sample)
{
	struct bundle_package *package = VECTOR_APPEND(bundle->packages, bundle->package_count);
	struct package *inner = &package->package;
	bool is_rpm = sample->format == PACKAGE_RPM;

	inner->format = sample->format;
	inner->name = text_copy(sample->name);
	inner->evr = text_copy(sample->evr);
	inner->arch = text_copy(sample->arch ? sample->arch : is_rpm ? "noarch" : "all");
	inner->nevra = text_format("%s-%s", sample->name, sample->evr);
	inner->source = text_copy(sample->source ? sample->source : "");
	inner->source_version = text_copy(sample->source_version ? sample->source_version : "");
	for (size_t i = 0; i < 3 && sample->requires[i].name; i++)
		package_relate(&inner->requires, sample->requires[i].name,
			strlen(sample->requires[i].name), sample->requires[i].comparison,
			sample->requires[i].version, sample->requires[i].group);
	for (size_t i = 0; i < 2 && sample->provides[i].name; i++)
		package_relate(&inner->provides, sample->provides[i].name,
			strlen(sample->provides[i].name), sample->provides[i].comparison,
			sample->provides[i].version, sample->provides[i].group);
	package->entry = text_format("%s.%s", inner->nevra, is_rpm ? "rpm" : "deb");
	package->file = text_copy(package->entry);
}

static void assert_findings(const struct sample *samples, size_t count, const char *expected)
{
	CLEANUP(cleanup_bundle_findings) struct bundle_findings findings = {0};
	CLEANUP(cleanup_text) struct text said = {0};
	struct bundle bundle = {0};

	for (size_t i = 0; i < count; i++)
		add(&bundle, &samples[i]);
	completeness_check(&bundle, &findings);
	for (size_t i = 0; i < findings.count; i++)
		text_appendf(&said, "%s %s: %s\n",
			findings.items[i].severity == BUNDLE_PROBLEM ? "problem" : "note",
			findings.items[i].file ? findings.items[i].file : "bundle",
			findings.items[i].message);
	assert_string_equal(text_string(&said), expected);
	for (size_t i = 0; i < bundle.package_count; i++) {
		package_clear(&bundle.packages[i].package);
		free(bundle.packages[i].entry);
		free(bundle.packages[i].file);
	}
	free(bundle.packages);
}

#define ASSERT_FINDINGS(expected, ...)                        \
	assert_findings((const struct sample[]){__VA_ARGS__}, \
		sizeof((const struct sample[]){__VA_ARGS__}) / sizeof(struct sample), expected)

static void test_twice(void **state)
{
	(void)state;
	ASSERT_FINDINGS("", {.name = "a", .evr = "1-1"}, {.name = "b", .evr = "2-1"});
	ASSERT_FINDINGS(
		"problem a-2-1.rpm: it holds a-2-1, and a-1-1.rpm holds a-1-1: a bundle has each package once, remove one\n",
		{.name = "a", .evr = "1-1", .source = "s", .source_version = "1-1"},
		{.name = "a", .evr = "2-1", .source = "s", .source_version = "2-1"});
}

static void test_families(void **state)
{
	(void)state;
	ASSERT_FINDINGS(
		"problem bundle: packages of one source (s) are in it in several versions: a 1-1, b 2-1; they belong together, take all of one version\n",
		{.name = "a", .evr = "1-1", .source = "s", .source_version = "1-1"},
		{.name = "b", .evr = "2-1", .source = "s", .source_version = "2-1"});
	/* As a kernel's tools: of one source, but with a version of their own. */
	ASSERT_FINDINGS("", {.name = "s-a", .evr = "1-1", .source = "s", .source_version = "1-1"},
		{.name = "s-b", .evr = "7-1", .source = "s", .source_version = "1-1"});
	ASSERT_FINDINGS("note bundle: its packages ha* differ in version: ha-a 1-1, ha-b 2-1\n",
		{.name = "ha-a", .evr = "1-1", .source = "ha-a", .source_version = "1-1"},
		{.name = "ha-b", .evr = "2-1", .source = "ha-b", .source_version = "2-1"});
}

static void test_formats(void **state)
{
	(void)state;
	ASSERT_FINDINGS(
		"problem b-1-1.deb: it is a deb package, and a-1-1.rpm a rpm package: no node installs both, make a bundle of each\n",
		{.name = "a", .evr = "1-1"}, {.name = "b", .evr = "1-1", .format = PACKAGE_DEB},
		{.name = "c", .evr = "1-1", .format = PACKAGE_DEB});
}

static void test_architectures(void **state)
{
	(void)state;
	ASSERT_FINDINGS("", {.name = "a", .evr = "1-1", .arch = "x86_64"},
		{.name = "b", .evr = "1-1"}, {.name = "c", .evr = "1-1", .arch = "i686"});
	ASSERT_FINDINGS(
		"problem b-1-1.rpm: it is for aarch64, and a-1-1.rpm for x86_64: no node installs both, make a bundle of each\n",
		{.name = "a", .evr = "1-1", .arch = "x86_64"},
		{.name = "b", .evr = "1-1", .arch = "aarch64"});
	assert_true(completeness_fits("x86_64", "amd64"));
	assert_true(completeness_fits("x86_64", "i586"));
	assert_true(completeness_fits("sparc", "all"));
	assert_true(completeness_fits("sparc", "sparc"));
	assert_false(completeness_fits("i686", "x86_64"));
	assert_false(completeness_fits("x86_64", "aarch64"));
}

static void test_requirements(void **state)
{
	const struct relation b2 = {"b", PACKAGE_EQUAL, "2-1", 0};
	const struct relation b_newer = {"b", PACKAGE_AT_LEAST, "1.0", 0};
	const struct relation or_c = {"c", PACKAGE_ANY, "", 0};
	const struct relation libc = {"libc.so.6()(64bit)", PACKAGE_ANY, "", 1};
	const struct relation common = {"ha-common", PACKAGE_AT_LEAST, "2", 2};
	const struct relation virtual = {"v", PACKAGE_EQUAL, "3", 0};
	const struct relation bare = {"v", PACKAGE_ANY, "", 0};
	const struct relation wants_v = {"v", PACKAGE_EQUAL, "2", 0};

	(void)state;
	ASSERT_FINDINGS("", {.name = "a", .evr = "1-1", .requires = {b_newer, libc}},
		{.name = "b", .evr = "1.0-7"});
	ASSERT_FINDINGS(
		"problem a-1-1.rpm: it requires b = 2-1, but b-1-1.rpm holds b-1-1: take packages that belong together\n",
		{.name = "a", .evr = "1-1", .requires = {b2, libc}}, {.name = "b", .evr = "1-1"});
	/* The other alternative may be on the nodes. */
	ASSERT_FINDINGS("",
		{.name = "a", .evr = "1-1", .format = PACKAGE_DEB, .requires = {b2, or_c}},
		{.name = "b", .evr = "1-1", .format = PACKAGE_DEB});
	ASSERT_FINDINGS(
		"note ha-x-1-1.rpm: it requires ha-common >= 2, which is not in the bundle: the nodes must have it already\n",
		{.name = "ha-x", .evr = "1-1", .requires = {common}});
	ASSERT_FINDINGS("", {.name = "a", .evr = "1-1", .requires = {wants_v}},
		{.name = "b", .evr = "1-1", .provides = {virtual}});
	ASSERT_FINDINGS("", {.name = "a", .evr = "1-1", .requires = {virtual}},
		{.name = "v", .evr = "2-1", .provides = {virtual}});
	/* rpm takes what is provided without a version for any version; dpkg for none. */
	ASSERT_FINDINGS("", {.name = "a", .evr = "1-1", .requires = {wants_v}},
		{.name = "v", .evr = "1-1", .provides = {bare}});
	ASSERT_FINDINGS(
		"problem a-1-1.deb: it requires v = 2, but v-1-1.deb holds v-1-1: take packages that belong together\n",
		{.name = "a", .evr = "1-1", .format = PACKAGE_DEB, .requires = {wants_v}},
		{.name = "v", .evr = "1-1", .format = PACKAGE_DEB, .provides = {bare}});
}

static void test_comparisons(void **state)
{
	(void)state;
	assert_true(relations_met(PACKAGE_DEB, "1.0~rc1", PACKAGE_LESS, "1.0"));
	assert_true(relations_met(PACKAGE_DEB, "1.0", PACKAGE_AT_MOST, "1.0-0"));
	assert_false(relations_met(PACKAGE_DEB, "1.0-1", PACKAGE_EQUAL, "1.0"));
	assert_true(relations_met(PACKAGE_RPM, "1.0-1", PACKAGE_EQUAL, "1.0"));
	assert_false(relations_met(PACKAGE_RPM, "1.0-1", PACKAGE_GREATER, "1.0"));
	assert_true(relations_met(PACKAGE_RPM, "1:0.1-1", PACKAGE_AT_LEAST, "9"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_architectures),
		cmocka_unit_test(test_requirements),
		cmocka_unit_test(test_comparisons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
