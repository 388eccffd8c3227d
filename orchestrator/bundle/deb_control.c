/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control file of a Debian package (deb-control(5)). */
#include "orchestrator/bundle/deb_control.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "orchestrator/bundle/deb_version.h"

#define ALPHANUMERIC "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

enum field {
	FIELD_PACKAGE,
	FIELD_VERSION,
	FIELD_ARCHITECTURE,
	FIELD_SOURCE,
	FIELD_INSTALLED_SIZE,
	FIELD_DEPENDS,
	FIELD_PRE_DEPENDS,
	FIELD_PROVIDES,
	FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
	[FIELD_PACKAGE] = "Package",
	[FIELD_VERSION] = "Version",
	[FIELD_ARCHITECTURE] = "Architecture",
	[FIELD_SOURCE] = "Source",
	[FIELD_INSTALLED_SIZE] = "Installed-Size",
	[FIELD_DEPENDS] = "Depends",
	[FIELD_PRE_DEPENDS] = "Pre-Depends",
	[FIELD_PROVIDES] = "Provides",
};

struct control {
	const char *path;
	struct text values[FIELD_COUNT];
	bool seen[FIELD_COUNT];
};

static void cleanup_control(struct control *control)
{
	for (int i = 0; i < FIELD_COUNT; i++)
		text_clear(&control->values[i]);
}

/* FIELD_COUNT: one that nobody asks for. */
static int find_field(const char *name, size_t length)
{
	int i;

	for (i = 0; i < FIELD_COUNT; i++)
		if (strlen(field_names[i]) == length &&
			strncasecmp(field_names[i], name, length) == 0)
			break;
	return i;
}

static int bad_line(
	const struct control *control, unsigned int number, const char *why, struct error *err)
{
	return error_set(err, EBADMSG, "%s: damaged: its control file, line %u: %s", control->path,
		number, why);
}

static int take_field(struct control *control, unsigned int number, const char *line, size_t length,
	int *field, struct error *err)
{
	const char *colon = memchr(line, ':', length);

	if (!colon || colon == line)
		return bad_line(control, number, "neither a field nor the next line of one", err);
	*field = find_field(line, (size_t)(colon - line));
	if (*field == FIELD_COUNT)
		return 0;
	if (control->seen[*field])
		return bad_line(control, number, "the field is there twice", err);
	control->seen[*field] = true;
	text_append_bytes(&control->values[*field], colon + 1, length - (size_t)(colon + 1 - line));
	return 0;
}

static int read_fields(struct control *control, const char *words, struct error *err)
{
	int field = FIELD_COUNT, result = 0;
	unsigned int number = 1;
	bool any = false;

	for (const char *line = words; *line && result == 0; number++) {
		size_t length = strcspn(line, "\n");

		/* A stanza ends with an empty line; a package has one. */
		if (line[strspn(line, " \t\r")] == '\n' || !line[strspn(line, " \t\r")]) {
			if (any)
				break;
		} else if (*line != ' ' && *line != '\t') {
			any = true;
			result = take_field(control, number, line, length, &field, err);
		} else if (!any) {
			result = bad_line(control, number, "it begins with a blank", err);
		} else if (field < FIELD_COUNT) {
			text_append_bytes(&control->values[field], line, length);
		}
		line += length;
		line += *line == '\n';
	}
	return result;
}

/* These words become arguments of commands on the nodes: only what Debian's policy allows. */
static int copy_field(struct control *control, enum field field, const char *allowed, char **copy,
	struct error *err)
{
	CLEANUP(cleanup_free) char *words = text_copy(text_string(&control->values[field]));
	const char *value = text_trim(words);
	char printable[200];

	if (!*value)
		return error_set(err, EBADMSG, "%s: damaged: its control file has no field %s",
			control->path, field_names[field]);
	if (value[strspn(value, allowed)] || !strchr(ALPHANUMERIC, *value))
		return error_set(err, EBADMSG, "%s: the package's %s \"%s\" holds odd characters",
			control->path, field_names[field],
			text_printable(printable, sizeof(printable), value));
	*copy = text_copy(value);
	return 0;
}

/* "[epoch:]upstream[-revision]" */
static int split_version(
	const char *words, struct package *package, const char *path, struct error *err)
{
	const char *colon = strchr(words, ':'), *dash;
	const char *upstream = colon ? colon + 1 : words;
	uint64_t epoch = 0;

	if (colon) {
		CLEANUP(cleanup_free)
		char *number = text_format("%.*s", (int)(colon - words), words);

		if (number_parse(number, "epoch", 0, INT32_MAX, &epoch, err) < 0)
			return error_set(err, EBADMSG,
				"%s: the epoch in the package's Version \"%.100s\" is no number",
				path, words);
	}
	dash = strrchr(upstream, '-');
	dash = dash ? dash : upstream + strlen(upstream);
	if (dash == upstream)
		return error_set(err, EBADMSG,
			"%s: the package's Version \"%.100s\" has an empty part", path, words);
	package->epoch = (uint32_t)epoch;
	package->version = text_format("%.*s", (int)(dash - upstream), upstream);
	package->release = text_copy(*dash ? dash + 1 : "");
	package->evr = epoch ? text_format("%u:%s", package->epoch, upstream) : text_copy(upstream);
	return 0;
}

/* "name" or "name (version)"; the version is the binary's when it is not told. */
static void copy_source(struct control *control, struct package *package)
{
	CLEANUP(cleanup_free) char *words = text_copy(text_string(&control->values[FIELD_SOURCE]));
	char *value = text_trim(words);
	size_t length = strcspn(value, " \t(");
	const char *start = strchr(value, '(');

	package->source =
		length ? text_format("%.*s", (int)length, value) : text_copy(package->name);
	package->source_version =
		start ? text_format("%.*s", (int)strcspn(start + 1, " )"), start + 1)
		      : text_copy(package->evr);
}

static enum package_comparison comparison_of(const char *words, size_t length)
{
	static const struct {
		const char *words;
		enum package_comparison comparison;
	} known[] = {
		{"<<", PACKAGE_LESS},
		{"<=", PACKAGE_AT_MOST},
		/* Obsolete forms, which mean this to dpkg. */
		{"<", PACKAGE_AT_MOST},
		{">", PACKAGE_AT_LEAST},
		{"=", PACKAGE_EQUAL},
		{">=", PACKAGE_AT_LEAST},
		{">>", PACKAGE_GREATER},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].words) == length && strncmp(known[i].words, words, length) == 0)
			return known[i].comparison;
	return PACKAGE_ANY;
}

/* "name[:arch] [(OP VERSION)]"; false when it is something else. */
static bool take_relation(
	struct package_relations *relations, char *words, unsigned int group, int *result)
{
	const char *value = text_trim(words);
	size_t length = strspn(value, ALPHANUMERIC "+-._");
	const char *rest = value + length;
	enum package_comparison comparison = PACKAGE_ANY;
	char version[256] = "";

	if (*rest == ':')
		rest += 1 + strspn(rest + 1, ALPHANUMERIC "-");
	rest += strspn(rest, " \t");
	if (*rest == '(') {
		size_t operator, size;

		rest += 1 + strspn(rest + 1, " \t");
		operator= strspn(rest, "<>=");
		comparison = comparison_of(rest, operator);
		rest += operator+ strspn(rest + operator, " \t");
		size = strcspn(rest, " \t)");
		if (comparison == PACKAGE_ANY || !size || size >= sizeof(version))
			return false;
		memcpy(version, rest, size);
		rest += size;
		rest += strspn(rest, " \t");
		if (*rest != ')')
			return false;
		rest++;
	}
	if (!length || *rest)
		return false;
	*result = package_relate(relations, value, length, comparison, version, group);
	return true;
}

static int take_relations(struct control *control, enum field field,
	struct package_relations *relations, unsigned int *group, struct error *err)
{
	CLEANUP(cleanup_free) char *words = text_copy(text_string(&control->values[field]));
	char *groups = words, *alternatives, *word;

	if (!*text_trim(words))
		return 0;
	while ((alternatives = strsep(&groups, ","))) {
		/* A comma at the end is common. */
		if (!alternatives[strspn(alternatives, " \t")])
			continue;
		while ((word = strsep(&alternatives, "|"))) {
			char printable[200];
			int result = 0;

			if (!take_relation(relations, word, *group, &result))
				return error_set(err, EBADMSG,
					"%s: damaged: its control file, field %s: \"%s\" is no relation",
					control->path, field_names[field],
					text_printable(printable, sizeof(printable), word));
			if (result < 0)
				return error_set(err, EBADMSG,
					"%s: it requires or provides more than %d things",
					control->path, PACKAGE_RELATIONS_MAX);
		}
		++*group;
	}
	return 0;
}

int deb_control_parse(
	const char *words, const char *path, struct package *package, struct error *err)
{
	CLEANUP(cleanup_control) struct control control = {.path = path};
	CLEANUP(cleanup_free) char *version = NULL, *size = NULL;
	unsigned int group = 0;
	uint64_t kilobytes = 0;

	if (read_fields(&control, words, err) < 0 ||
		copy_field(&control, FIELD_PACKAGE, ALPHANUMERIC "+-._", &package->name, err) < 0 ||
		copy_field(&control, FIELD_VERSION, ALPHANUMERIC ".+-:~", &version, err) < 0 ||
		copy_field(&control, FIELD_ARCHITECTURE, ALPHANUMERIC "-", &package->arch, err) <
			0 ||
		split_version(version, package, path, err) < 0 ||
		take_relations(&control, FIELD_PRE_DEPENDS, &package->requires, &group, err) < 0 ||
		take_relations(&control, FIELD_DEPENDS, &package->requires, &group, err) < 0 ||
		take_relations(&control, FIELD_PROVIDES, &package->provides, &group, err) < 0)
		return -EBADMSG;
	size = text_copy(text_string(&control.values[FIELD_INSTALLED_SIZE]));
	/* An estimate only: nothing hangs on a missing or odd one. */
	if (number_parse(text_trim(size), "Installed-Size", 0, UINT64_MAX >> 10, &kilobytes, NULL) <
		0)
		kilobytes = 0;
	package->format = PACKAGE_DEB;
	package->installed_size = kilobytes * 1024;
	package->nevra = text_format("%s_%s_%s", package->name, package->evr, package->arch);
	copy_source(&control, package);
	return 0;
}
