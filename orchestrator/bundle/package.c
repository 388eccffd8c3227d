/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a package file is and whether it is whole. */
#include "orchestrator/bundle/package.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/deb.h"
#include "orchestrator/bundle/deb_version.h"
#include "orchestrator/bundle/rpm.h"
#include "orchestrator/bundle/stream.h"

int package_read_descriptor(int descriptor, const char *path, const struct keyring *keyring,
	struct package *package, struct error *err)
{
	/* file(1): what the lead of an RPM package begins with */
	static const char rpm_magic[] = "\xed\xab\xee\xdb";
	CLEANUP(cleanup_text) struct text head = {0};
	struct package found = {0};
	char magic[STREAM_MAGIC_SIZE] = "";
	ssize_t count = stream_fill(descriptor, magic, sizeof(magic));
	int result;

	if (count < 0)
		return error_system(err, (int)-count, "%s: cannot read", path);
	text_append_bytes(&head, magic, (size_t)count);
	if (count == sizeof(magic) && memcmp(magic, STREAM_MAGIC_DEB, sizeof(magic)) == 0)
		result = deb_read(descriptor, path, &found, err);
	else if (count == sizeof(magic) && memcmp(magic, rpm_magic, 4) == 0)
		result = rpm_read(descriptor, path, &head, keyring, &found, err);
	else if (text_ends_with(path, ".deb"))
		result = error_set(err, EBADMSG, "%s: not a Debian package", path);
	else
		result = error_set(err, EBADMSG, "%s: not an RPM package", path);
	if (result < 0) {
		package_clear(&found);
		return result;
	}
	*package = found;
	return 0;
}

int package_read(
	const char *path, const struct keyring *keyring, struct package *package, struct error *err)
{
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (descriptor < 0)
		return error_system(err, errno, "%s: cannot open", path);
	if (fstat(descriptor, &status) < 0)
		return error_system(err, errno, "%s: cannot stat", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, EINVAL, "%s: not a regular file", path);
	return package_read_descriptor(descriptor, path, keyring, package, err);
}

static void clear_relations(struct package_relations *relations)
{
	for (size_t i = 0; i < relations->count; i++) {
		free(relations->items[i].name);
		free(relations->items[i].version);
	}
	free(relations->items);
}

void package_clear(struct package *package)
{
	free(package->name);
	free(package->version);
	free(package->release);
	free(package->arch);
	free(package->evr);
	free(package->nevra);
	free(package->source);
	free(package->source_version);
	free(package->key);
	clear_relations(&package->requires);
	clear_relations(&package->provides);
	for (size_t i = 0; i < package->note_count; i++)
		free(package->notes[i]);
	free(package->notes);
	*package = (struct package){0};
}

void package_note(struct package *package, const char *format, ...)
{
	/* A package's maker may be anybody, and its notes may be many: each is cut. */
	char words[1024];
	va_list arguments;

	if (package->note_count >= PACKAGE_NOTES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(words, sizeof(words), format, arguments);
	va_end(arguments);
	*VECTOR_APPEND(package->notes, package->note_count) = text_copy(words);
}

int package_relate(struct package_relations *relations, const char *name, size_t length,
	enum package_comparison comparison, const char *version, unsigned int group)
{
	struct package_relation *relation;

	if (relations->count >= PACKAGE_RELATIONS_MAX)
		return -E2BIG;
	relation = VECTOR_APPEND(relations->items, relations->count);
	*relation = (struct package_relation){
		.name = text_format("%.*s", (int)length, name),
		.comparison = comparison,
		.version = text_copy(comparison == PACKAGE_ANY ? "" : version),
		.group = group,
	};
	return 0;
}

const char *package_format_name(enum package_format format)
{
	switch (format) {
	case PACKAGE_RPM:
		return "rpm";
	case PACKAGE_DEB:
		return "deb";
	}
	return "";
}

const char *package_comparison_name(enum package_comparison comparison)
{
	switch (comparison) {
	case PACKAGE_ANY:
		return "";
	case PACKAGE_LESS:
		return "<";
	case PACKAGE_AT_MOST:
		return "<=";
	case PACKAGE_EQUAL:
		return "=";
	case PACKAGE_AT_LEAST:
		return ">=";
	case PACKAGE_GREATER:
		return ">";
	}
	return "";
}

int package_compare_evr(enum package_format format, const char *left, const char *right)
{
	switch (format) {
	case PACKAGE_RPM:
		return rpm_compare_evr(left, right);
	case PACKAGE_DEB:
		return deb_version_compare(left, right);
	}
	return 0;
}
