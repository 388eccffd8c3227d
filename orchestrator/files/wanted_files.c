/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a cluster as each node shall have them. */
#include "orchestrator/files/wanted_files.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/files/node_lines.h"
#include "orchestrator/files/template.h"

char *wanted_files_source(const struct cluster *cluster, const struct file_entry *entry)
{
	const char *slash = strrchr(cluster->file, '/');

	if (*entry->source == '/' || !slash)
		return text_copy(entry->source);
	return text_format("%.*s/%s", (int)(slash - cluster->file), cluster->file, entry->source);
}

/* Whose values a template is rendered with. */
struct whose {
	const struct cluster *cluster;
	const struct cluster_node *node;
};

static const char *look_up(const char *name, size_t length, void *context)
{
	const struct whose *whose = context;
	const struct {
		const char *name, *value;
	} own[] = {
		{"node", whose->node->name},
		{"address", whose->node->address},
		{"cluster", whose->cluster->name},
		{"floating_ip", whose->cluster->floating_ips.items[0]},
	};

	for (size_t i = 0; i < whose->node->values.count; i++) {
		const char *value = whose->node->values.items[i];

		if (strncmp(value, name, length) == 0 && value[length] == '=')
			return value + length + 1;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strlen(own[i].name) == length && memcmp(own[i].name, name, length) == 0)
			return own[i].value;
	return NULL;
}

static int fill_content(
	struct wanted_content *content, char *bytes, size_t length, struct error *err)
{
	unsigned char digest[32];
	unsigned int size = 0;

	content->bytes = bytes;
	content->length = length;
	if (EVP_Digest(bytes, length, digest, &size, EVP_sha256(), NULL) != 1 ||
		size != sizeof(digest))
		return error_set(err, EIO, "the crypto library cannot compute SHA-256");
	for (size_t i = 0; i < size; i++)
		snprintf(content->sha256 + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

static char *copy_bytes(const char *bytes, size_t length)
{
	char *copy = vector_resize(NULL, length + 1, 1);

	memcpy(copy, bytes, length);
	copy[length] = '\0';
	return copy;
}

/* What one node gets of a file. */
static int render(const struct wanted_files *set, struct wanted_file *file, size_t node,
	const char *bytes, size_t length, struct problems *problems, struct error *err)
{
	struct whose whose = {set->cluster, &set->cluster->nodes[node]};
	CLEANUP(cleanup_free) char *words = text_format("node \"%s\"", whose.node->name);
	const struct template_values values = {look_up, &whose, words};
	struct text text = {0};

	if (file->entry->is_template != FILE_YES)
		return fill_content(&file->contents[node], copy_bytes(bytes, length), length, err);
	template_render(file->source, bytes, length, &values, &text, problems);
	length = text.length;
	return fill_content(&file->contents[node], text_take(&text), length, err);
}

static void check_private(int descriptor, const char *path, struct problems *problems)
{
	struct stat status;

	if (fstat(descriptor, &status) == 0 && status.st_mode & (S_IRWXG | S_IRWXO))
		problems_add(problems, path, 0,
			"mode %04o lets others than its owner at a secret; do: chmod 600 %s",
			(unsigned int)status.st_mode & 07777, path);
}

static int read_file(const struct wanted_files *set, struct wanted_file *file,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_close)
	int descriptor = open(file->source, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t before = problems->count, length = 0;
	CLEANUP(error_release) struct error trouble = {0};
	char *bytes = NULL;
	int result = 0;

	if (descriptor < 0) {
		problems_add(problems, file->source, 0, "cannot open the source of %s: %s%s",
			file->entry->target, strerror(errno),
			text_ends_with(file->entry->target, "/authkeys")
				? "; `haupgrade propagate --generate-authkeys` makes one"
				: "");
		return 0;
	}
	if (file_read_descriptor(
		    descriptor, file->source, WANTED_FILE_MAX, &bytes, &length, &trouble) < 0) {
		problems_add_file(problems, file->source, &trouble);
		return 0;
	}
	if (file->entry->secret == FILE_YES)
		check_private(descriptor, file->source, problems);
	for (size_t i = 0; i < set->cluster->node_count && result == 0; i++) {
		/* One message for all nodes, unless they differ. */
		if (problems->count == before || file->entry->is_template == FILE_YES)
			result = render(set, file, i, bytes, length, problems, err);
		if (result == 0 && file->entry->node_lines == FILE_YES && i == 0 &&
			problems->count == before)
			node_lines_check(file->source, file->contents[0].bytes,
				file->contents[0].length, set->cluster, problems);
	}
	OPENSSL_cleanse(bytes, length);
	free(bytes);
	return result;
}

int wanted_files_load(const struct cluster *cluster, struct wanted_files **result,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_problems) struct problems own = {0};
	CLEANUP(cleanup_wanted_files)
	struct wanted_files *set = vector_resize(NULL, 1, sizeof(*set));
	int outcome = 0;

	*set = (struct wanted_files){.cluster = cluster};
	if (!cluster->files.count)
		return error_set(err, EINVAL,
			"cluster %s has no files to propagate: neither its file %s nor profile %s has a file section",
			cluster->name, cluster->file, cluster->profile->name);
	for (size_t i = 0; i < cluster->files.count && outcome == 0; i++) {
		struct wanted_file *file = VECTOR_APPEND(set->files, set->count);

		file->entry = &cluster->files.items[i];
		file->source = wanted_files_source(cluster, file->entry);
		file->contents = vector_resize(NULL, cluster->node_count, sizeof(*file->contents));
		memset(file->contents, 0, cluster->node_count * sizeof(*file->contents));
		outcome = read_file(set, file, &own, err);
	}
	problems_append(problems, &own);
	if (own.count)
		return problems_error(&own, err);
	if (outcome == 0)
		*result = TAKE(set);
	return outcome;
}

void wanted_files_free(struct wanted_files *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++) {
		struct wanted_file *file = &set->files[i];

		for (size_t j = 0; j < set->cluster->node_count; j++) {
			if (file->contents[j].bytes)
				OPENSSL_cleanse(file->contents[j].bytes, file->contents[j].length);
			free(file->contents[j].bytes);
		}
		free(file->contents);
		free(file->source);
	}
	free(set->files);
	free(set);
}

static bool is_account(const char *wanted, const char *number, const char *name)
{
	return strcmp(wanted, number) == 0 || strcmp(wanted, name) == 0;
}

unsigned int wanted_files_compare(
	const struct wanted_files *set, size_t file, size_t node, const struct survey_file *found)
{
	const struct file_entry *entry = set->files[file].entry;
	unsigned int drift = WANTED_SAME;

	switch (found->kind) {
	case SURVEY_ABSENT:
	case SURVEY_FOLDERLESS:
		return WANTED_MISSING;
	case SURVEY_SYMLINK:
	case SURVEY_OTHER:
		return WANTED_KIND;
	case SURVEY_FILE:
		break;
	}
	if (strcmp(found->sha256, set->files[file].contents[node].sha256) != 0)
		drift |= WANTED_CONTENT;
	if (!is_account(entry->owner, found->user, found->user_name))
		drift |= WANTED_OWNER;
	if (!is_account(entry->group, found->group, found->group_name))
		drift |= WANTED_GROUP;
	if (strtoul(found->mode, NULL, 8) != strtoul(entry->mode, NULL, 8))
		drift |= WANTED_MODE;
	return drift;
}
