/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packages that a run replaced: which they are, and how they come back from the nodes. */
#include "orchestrator/keep/previous.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/vector.h"
#include "orchestrator/keep/kept.h"
#include "orchestrator/remote/quote.h"

/* One command brings so much; a file is fetched by many. */
enum { PIECE_BYTES = 4 << 20, PIECE_DEADLINE_MS = 120000 };

/* $1 file, $2 number of its first byte wanted, from 1, $3 how many. */
static const char piece_script[] = "tail -c \"+$2\" -- \"$1\" | head -c \"$3\"\n";

void previous_clear(struct previous *previous)
{
	for (size_t i = 0; i < previous->count; i++)
		free(previous->labels[i]);
	free(previous->labels);
	*previous = (struct previous){0};
}

/* Is the first word of one list anywhere in the other? */
static bool has_word(const char *words, const char *word, size_t length)
{
	for (; *words; words += strcspn(words, " "), words += strspn(words, " ")) {
		if (strcspn(words, " ") == length && strncmp(words, word, length) == 0)
			return true;
	}
	return false;
}

/* The name in a label is what packager_label_has finds there. */
static bool same_name(const struct run *run, const char *left, const char *right)
{
	const struct packager *packager = packager_of(run->cluster->profile);
	size_t length = strlen(left);

	for (size_t end = length; end; end--) {
		CLEANUP(cleanup_free) char *name = strndup(left, end);

		if (packager_label_has(packager, left, length, name))
			return packager_label_has(packager, right, strlen(right), name);
	}
	return false;
}

static bool same_arch(const struct run *run, const char *left, const char *right)
{
	const int mark = packager_of(run->cluster->profile)->format == PACKAGE_DEB ? '_' : '.';

	return text_equal(strrchr(left, mark), strrchr(right, mark));
}

/*
 * What the words list of that package in another version; owned, NULL when nothing. Who lists the
 * very version, too, has two of them at once.
 */
static char *find_other(const struct run *run, const char *words, const char *label)
{
	if (has_word(words, label, strlen(label)))
		return NULL;
	for (; *words; words += strcspn(words, " "), words += strspn(words, " ")) {
		CLEANUP(cleanup_free) char *word = strndup(words, strcspn(words, " "));

		if (same_name(run, label, word) && same_arch(run, label, word))
			return TAKE(word);
	}
	return NULL;
}

static int take_label(const struct run *run, struct previous *previous, const char *word,
	size_t length, struct error *err)
{
	CLEANUP(cleanup_free) char *label = strndup(word, length);

	for (size_t i = 0; i < previous->count; i++)
		if (strcmp(previous->labels[i], label) == 0)
			return 0;
	for (size_t i = 0; i < run->cluster->node_count; i++) {
		CLEANUP(cleanup_free)
		char *other = find_other(run, run->nodes[i].goal ?: "", label);

		if (other)
			return error_set(err, EINVAL,
				"before the run the nodes had different versions: %s and %s; say "
				"with --previous BUNDLE what all of them shall have",
				label, other);
	}
	if (previous->count >= PREVIOUS_PACKAGES_MAX)
		return error_set(
			err, EINVAL, "more than %d previous packages", PREVIOUS_PACKAGES_MAX);
	*VECTOR_APPEND(previous->labels, previous->count) = TAKE(label);
	return 0;
}

int previous_missing(const struct run *run, struct previous *previous, struct error *err)
{
	CLEANUP(cleanup_previous) struct previous draft = {0};
	int result = 0;

	for (size_t i = 0; i < run->cluster->node_count; i++) {
		CLEANUP(cleanup_free) char *now = run_versions(run, i);
		const char *word = run->nodes[i].goal ?: "";

		while (*word && result == 0) {
			size_t length = strcspn(word, " ");

			if (!has_word(now, word, length))
				result = take_label(run, &draft, word, length, err);
			word += length;
			word += strspn(word, " ");
		}
	}
	if (result < 0)
		return result;
	*previous = draft;
	draft = (struct previous){0};
	return 0;
}

/* The label of a list's word: without the state that stands behind it, if any. */
static size_t label_length(const char *word)
{
	return strcspn(word, " (");
}

static bool was_anywhere(const struct run *run, const char *label)
{
	for (size_t i = 0; i < run->cluster->node_count; i++) {
		const char *word = run->nodes[i].goal ?: "";

		for (; *word; word += strcspn(word, " "), word += strspn(word, " "))
			if (label_length(word) == strlen(label) &&
				strncmp(word, label, strlen(label)) == 0)
				return true;
	}
	return false;
}

/* The bundle has the node's word, in a version that was on some node before, or need not have it.
 */
static int judge_word(const struct run *run, size_t node, const char *word, struct error *err)
{
	const size_t length = label_length(word);
	const struct packager *packager = packager_of(run->cluster->profile);
	CLEANUP(cleanup_free) char *wanted = strndup(word, length);
	CLEANUP(cleanup_free) char *now = run_versions(run, node);
	const struct bundle *bundle = run->bundle;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct package *package = &bundle->packages[i].package;
		CLEANUP(cleanup_free)
		char *label = packager_label(packager, package->name, package->evr, package->arch);

		if (!packager_label_has(packager, wanted, length, package->name))
			continue;
		if (was_anywhere(run, label))
			return 0;
		if (same_arch(run, label, wanted))
			return error_set(err, EINVAL,
				"%s has %s, but %s was on %s before the run: these are not the "
				"previous packages",
				bundle->path, label, wanted, run->cluster->nodes[node].name);
	}
	/* What the run left alone needs no bundle. */
	if (has_word(now, wanted, length))
		return 0;
	return error_set(err, ENOENT,
		"%s does not have %s, which was on %s before the run: these are not all of the "
		"previous packages",
		bundle->path, wanted, run->cluster->nodes[node].name);
}

int previous_judge(const struct run *run, struct error *err)
{
	for (size_t i = 0; i < run->cluster->node_count; i++) {
		const char *word = run->nodes[i].goal ?: "";

		for (; *word; word += strcspn(word, " "), word += strspn(word, " ")) {
			int result = judge_word(run, i, word, err);

			if (result < 0)
				return result;
		}
	}
	return 0;
}

/* Where one package comes from. */
struct source {
	size_t node;
	const struct kept_package *package; /* borrowed */
};

static int ask(struct run *run, size_t node, void *data, struct error *err)
{
	struct kept *kept = data;

	return kept_ask(&run->nodes[node].link, &kept[node], err);
}

static int find_source(const struct run *run, const struct kept *kept, const char *label,
	struct source *source, struct error *err)
{
	for (size_t i = 0; i < run->cluster->node_count; i++) {
		source->node = i;
		source->package = kept_find(&kept[i], label, strlen(label));
		if (source->package)
			return 0;
	}
	return error_set(err, ENOENT,
		"no node keeps %s, which was installed before; give it with --previous BUNDLE",
		label);
}

static int find_sources(const struct run *run, const struct previous *previous,
	const struct kept *kept, struct source *sources, struct error *err)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < previous->count; i++) {
		int result = find_source(run, kept, previous->labels[i], &sources[i], err);

		if (result < 0)
			return result;
		for (size_t j = 0; j < i; j++)
			if (strcmp(sources[j].package->file, sources[i].package->file) == 0)
				return error_set(err, EEXIST,
					"%s and %s are kept under one name, %s; give them with "
					"--previous BUNDLE",
					previous->labels[j], previous->labels[i],
					sources[i].package->file);
		/* No sum of a node's numbers may go round. */
		if (sources[i].package->size > PREVIOUS_BYTES_MAX - bytes)
			return error_set(err, EFBIG,
				"%s: the kept packages are larger than %" PRIu64
				" MiB; give them with --previous BUNDLE",
				run->cluster->nodes[sources[i].node].name,
				PREVIOUS_BYTES_MAX >> 20);
		bytes += sources[i].package->size;
	}
	return 0;
}

static bool is_whole(const char *path, const struct kept_package *package)
{
	const struct digest_wanted wanted = {.kinds = DIGEST_BIT(DIGEST_SHA256)};
	CLEANUP(cleanup_digests) struct digests digests = {0};
	CLEANUP(cleanup_close) int file = -1;
	const char *hex;

	if (file_open_regular(path, &file) < 0 ||
		digest_descriptor(file, path, &wanted, &digests, NULL) < 0)
		return false;
	hex = digests_find(&digests, DIGEST_SHA256, 64);
	return digests.size == package->size && text_equal(hex, package->sha256);
}

static int fetch_pieces(struct link *link, const struct kept_package *package, int file,
	const char *path, struct error *err)
{
	CLEANUP(cleanup_free) char *remote = kept_path(package);
	uint64_t done = 0;

	while (done < package->size) {
		CLEANUP(cleanup_session_result) struct session_result result = {0};
		CLEANUP(cleanup_free) char *from = text_format("%" PRIu64, done + 1);
		CLEANUP(cleanup_free) char *count = text_format("%d", PIECE_BYTES);
		CLEANUP(cleanup_free) char *line = NULL;
		const char *arguments[] = {remote, from, count};
		struct session_command command = {
			.deadline_ms = PIECE_DEADLINE_MS, .output_limit = PIECE_BYTES};
		int status = quote_script(piece_script, arguments, 3, &line, err);

		command.line = line;
		if (status == 0)
			status = link_expect(link, "fetch a kept package", &command, &result, err);
		if (status < 0)
			return status;
		if (!result.output_length || result.output_length > package->size - done)
			return error_set(err, EBADMSG, "%s: %s is not as long as it said",
				link->node->name, remote);
		status = file_write_all(file, result.output, result.output_length);
		if (status < 0)
			return error_system(err, -status, "%s: cannot write", path);
		done += result.output_length;
	}
	return 0;
}

static int fetch(
	struct run *run, const struct source *source, const char *folder, struct error *err)
{
	const struct kept_package *package = source->package;
	struct link *link = &run->nodes[source->node].link;
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, package->file);
	CLEANUP(cleanup_free) char *draft = text_format("%s/.new", folder);
	CLEANUP(cleanup_close) int file = -1;
	int result;

	if (is_whole(path, package))
		return 0;
	file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		return error_system(err, errno, "%s: cannot write", draft);
	result = fetch_pieces(link, package, file, draft, err);
	if (result == 0 && fsync(file) < 0)
		result = error_system(err, errno, "%s: cannot write", draft);
	if (result == 0 && !is_whole(draft, package))
		result = error_set(err, EBADMSG,
			"%s: %s/%s is not the package that its SHA256SUMS names; give the previous "
			"packages with --previous BUNDLE",
			link->node->name, package->folder, package->file);
	if (result == 0 && rename(draft, path) < 0)
		result = error_system(err, errno, "%s: cannot rename", draft);
	if (result < 0)
		unlink(draft);
	return result;
}

/* Only what the bundle consists of may be in it. */
static int sweep(const struct previous *previous, const struct source *sources, const char *folder,
	struct error *err)
{
	CLEANUP(cleanup_closedir) DIR *directory = opendir(folder);
	struct dirent *entry;

	if (!directory)
		return error_system(err, errno, "%s: cannot open the folder", folder);
	while ((entry = readdir(directory))) {
		size_t i = 0;

		while (i < previous->count && strcmp(sources[i].package->file, entry->d_name) != 0)
			i++;
		if (i == previous->count && strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0 &&
			unlinkat(dirfd(directory), entry->d_name, 0) < 0 && errno != ENOENT)
			return error_system(
				err, errno, "%s/%s: cannot remove", folder, entry->d_name);
	}
	return 0;
}

static int list(const struct previous *previous, const struct source *sources, const char *folder,
	struct error *err)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/SHA256SUMS", folder);
	CLEANUP(cleanup_text) struct text lines = {0};

	for (size_t i = 0; i < previous->count; i++)
		text_appendf(
			&lines, "%s  %s\n", sources[i].package->sha256, sources[i].package->file);
	return file_write(path, text_string(&lines), lines.length, 0600, err);
}

int previous_fetch(
	struct run *run, const struct previous *previous, const char *folder, struct error *err)
{
	struct kept kept[CLUSTER_NODES_MAX] = {0};
	struct error errors[CLUSTER_NODES_MAX] = {0};
	CLEANUP(cleanup_free)
	struct source *sources = vector_resize(NULL, previous->count + 1, sizeof(*sources));
	int result;

	/* One node that keeps them is enough. */
	run_each_node(run, ask, kept, errors, NULL);
	result = find_sources(run, previous, kept, sources, err);
	if (result == 0)
		result = file_make_folders(folder, 0700, err);
	if (result == 0)
		result = sweep(previous, sources, folder, err);
	for (size_t i = 0; i < previous->count && result == 0; i++)
		result = fetch(run, &sources[i], folder, err);
	if (result == 0)
		result = list(previous, sources, folder, err);
	for (size_t i = 0; i < run->cluster->node_count; i++)
		kept_clear(&kept[i]);
	return result;
}
