/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the packages of a bundle require one another in versions that are not there? */
#include "orchestrator/bundle/relations.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* Who is, or provides, a name. */
struct offer {
	const char *name;
	const char *version; /* "" with PACKAGE_ANY */
	enum package_comparison comparison;
	const struct bundle_package *package;
	bool is_itself; /* the package's own name */
};

struct offers {
	struct offer *items; /* sorted by name */
	size_t count;
};

static void cleanup_offers(struct offers *offers)
{
	free(offers->items);
}

static int compare_offers(const void *left, const void *right)
{
	const struct offer *one = left, *other = right;

	return strcmp(one->name, other->name);
}

static struct offers list_offers(const struct bundle *bundle)
{
	struct offers offers = {0};

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];
		const struct package_relations *provides = &package->package.provides;

		if (!package->package.name)
			continue;
		*VECTOR_APPEND(offers.items, offers.count) = (struct offer){
			package->package.name, package->package.evr, PACKAGE_EQUAL, package, true};
		for (size_t j = 0; j < provides->count; j++)
			*VECTOR_APPEND(offers.items, offers.count) =
				(struct offer){provides->items[j].name, provides->items[j].version,
					provides->items[j].comparison, package, false};
	}
	if (offers.count)
		qsort(offers.items, offers.count, sizeof(*offers.items), compare_offers);
	return offers;
}

/* The first offer of that name; NULL when there is none. */
static const struct offer *find_offer(const struct offers *offers, const char *name)
{
	const struct offer wanted = {.name = name};
	const struct offer *found = NULL;

	if (offers->count)
		found = bsearch(&wanted, offers->items, offers->count, sizeof(*offers->items),
			compare_offers);
	while (found && found > offers->items && strcmp(found[-1].name, name) == 0)
		found--;
	return found;
}

bool relations_met(enum package_format format, const char *version,
	enum package_comparison comparison, const char *wanted)
{
	int order = package_compare_evr(format, version, wanted);

	switch (comparison) {
	case PACKAGE_ANY:
		return true;
	case PACKAGE_LESS:
		return order < 0;
	case PACKAGE_AT_MOST:
		return order <= 0;
	case PACKAGE_EQUAL:
		return order == 0;
	case PACKAGE_AT_LEAST:
		return order >= 0;
	case PACKAGE_GREATER:
		return order > 0;
	}
	return true;
}

static bool is_met(const struct offer *offer, const struct package_relation *relation)
{
	enum package_format format = offer->package->package.format;

	if (relation->comparison == PACKAGE_ANY)
		return true;
	/* rpm takes a name without version for any version of it; dpkg for none (Policy 7.5). */
	if (offer->comparison == PACKAGE_ANY)
		return format == PACKAGE_RPM;
	/* Only rpm knows others than "="; they overlap or not, which its own test says. */
	if (offer->comparison != PACKAGE_EQUAL)
		return true;
	return relations_met(format, offer->version, relation->comparison, relation->version);
}

enum answer {
	ANSWER_MET,
	ANSWER_ELSEWHERE,     /* nothing of that name is in the bundle */
	ANSWER_OTHER_VERSION, /* the package is, but not in that version */
};

static enum answer ask(const struct offers *offers, const struct package_relation *relation,
	const struct bundle_package **other)
{
	const struct offer *offer = find_offer(offers, relation->name);
	const struct offer *end = offers->items + offers->count;
	enum answer answer = ANSWER_ELSEWHERE;

	for (; offer && offer < end && strcmp(offer->name, relation->name) == 0; offer++) {
		if (is_met(offer, relation))
			return ANSWER_MET;
		/* What others provide another version of may be on the nodes itself. */
		if (!offer->is_itself)
			continue;
		answer = ANSWER_OTHER_VERSION;
		*other = offer->package;
	}
	return answer;
}

/* Is this the name of a package that comes from the same source, most likely? */
static bool is_family(const struct package *package, const char *name)
{
	const char *stem = *package->source ? package->source : package->name;
	size_t length = *package->source ? strlen(stem) : strcspn(stem, "-");

	/* "libdemo.so.1", "/bin/sh", "config(demo)", "(a if b)" are no packages' names. */
	if (strpbrk(name, "(/") || strstr(name, ".so"))
		return false;
	return strncmp(name, stem, length) == 0 && (!name[length] || name[length] == '-');
}

static char *words_of(const struct package_relation *relation)
{
	if (relation->comparison == PACKAGE_ANY)
		return text_copy(relation->name);
	return text_format("%s %s %s", relation->name,
		package_comparison_name(relation->comparison), relation->version);
}

/* One requirement with its alternatives, from first up to end. */
static void check_group(const struct offers *offers, const struct bundle_package *package,
	const struct package_relation *first, const struct package_relation *end,
	struct bundle_findings *findings)
{
	const struct bundle_package *other = NULL;
	CLEANUP(cleanup_free) char *words = NULL;
	bool is_elsewhere = false;

	for (const struct package_relation *relation = first; relation < end; relation++) {
		switch (ask(offers, relation, &other)) {
		case ANSWER_MET:
			return;
		case ANSWER_ELSEWHERE:
			is_elsewhere = true;
			break;
		case ANSWER_OTHER_VERSION:
			break;
		}
	}
	words = words_of(first);
	if (!is_elsewhere)
		bundle_find(findings, BUNDLE_PROBLEM, package->entry,
			"it requires %s, but %s holds %s: take packages that belong together",
			words, other->entry, other->package.nevra);
	else if (end - first == 1 && is_family(&package->package, first->name))
		bundle_find(findings, BUNDLE_NOTE, package->entry,
			"it requires %s, which is not in the bundle: the nodes must have it already",
			words);
}

void relations_check(const struct bundle *bundle, struct bundle_findings *findings)
{
	CLEANUP(cleanup_offers) struct offers offers = list_offers(bundle);

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];
		const struct package_relations *requires = &package->package.requires;
		size_t next;

		for (size_t j = 0; package->package.name && j < requires->count; j = next) {
			for (next = j + 1; next < requires->count &&
					   requires->items[next].group == requires->items[j].group;)
				next++;
			check_group(&offers, package, &requires->items[j], &requires->items[next],
				findings);
		}
	}
}
