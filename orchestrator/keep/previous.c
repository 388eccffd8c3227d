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
#include "orchestrator/keep/kept_packages.h"
#include "orchestrator/keep/script.h"
#include "orchestrator/remote/quote.h"

/* One command brings so much; a file is fetched by many. */
enum { PIECE_BYTES = 4 << 20, PIECE_DEADLINE_MS = 120000 };

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
static bool same_name(const struct target *target, const char *left, const char *right)
{
	const struct packager *packager = packager_of(target->nodes->cluster->profile);
	size_t length = strlen(left);

	for (size_t end = length; end; end--) {
		CLEANUP(cleanup_free) char *name = strndup(left, end);

		if (packager_label_has(packager, left, length, name))
			return packager_label_has(packager, right, strlen(right), name);
	}
	return false;
}

static bool same_arch(const struct target *target, const char *left, const char *right)
{
	const int mark =
		packager_of(target->nodes->cluster->profile)->format == PACKAGE_DEB ? '_' : '.';

	return text_equal(strrchr(left, mark), strrchr(right, mark));
}

/*
 * What the words list of that package in another version; owned, NULL when nothing. Who lists the
 * very version, too, has two of them at once.
 */
static char *find_other(const struct target *target, const char *words, const char *label)
{
	if (has_word(words, label, strlen(label)))
		return NULL;
	for (; *words; words += strcspn(words, " "), words += strspn(words, " ")) {
		CLEANUP(cleanup_free) char *word = strndup(words, strcspn(words, " "));

		if (same_name(target, label, word) && same_arch(target, label, word))
			return TAKE(word);
	}
	return NULL;
}

static int take_label(const struct target *target, struct previous *previous, const char *word,
	size_t length, struct error *err)
{
	CLEANUP(cleanup_free) char *label = strndup(word, length);

	for (size_t i = 0; i < previous->count; i++)
		if (strcmp(previous->labels[i], label) == 0)
			return 0;
	for (size_t i = 0; i < target->nodes->cluster->node_count; i++) {
		CLEANUP(cleanup_free)
		char *other = find_other(target, target->goal[i] ?: "", label);

		if (other)
			return error_set(err, EINVAL,
				"before the run the nodes had different versions: %s and %s; say with --previous BUNDLE what all of them shall have",
				label, other);
	}
	if (previous->count >= PREVIOUS_PACKAGES_MAX)
		return error_set(
			err, EINVAL, "more than %d previous packages", PREVIOUS_PACKAGES_MAX);
	*VECTOR_APPEND(previous->labels, previous->count) = TAKE(label);
	return 0;
}

int previous_missing(const struct target *target, struct previous *previous, struct error *err)
{
	CLEANUP(cleanup_previous) struct previous draft = {0};
	int result = 0;

	for (size_t i = 0; i < target->nodes->cluster->node_count; i++) {
		CLEANUP(cleanup_free) char *now = nodes_versions(target->nodes, i);
		const char *word = target->goal[i] ?: "";

		while (*word && result == 0) {
			size_t length = strcspn(word, " ");

			/* It has them, but runs others until it has booted. */
			if (!has_word(now, word, length) || target->nodes->items[i].facts.unbooted)
				result = take_label(target, &draft, word, length, err);
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

static bool was_anywhere(const struct target *target, const char *label)
{
	for (size_t i = 0; i < target->nodes->cluster->node_count; i++) {
		const char *word = target->goal[i] ?: "";

		for (; *word; word += strcspn(word, " "), word += strspn(word, " "))
			if (label_length(word) == strlen(label) &&
				strncmp(word, label, strlen(label)) == 0)
				return true;
	}
	return false;
}

/* The bundle has the node's word, in a version that was on some node before, or need not have it.
 */
static int judge_word(const struct target *target, size_t node, const char *word, struct error *err)
{
	const size_t length = label_length(word);
	const struct packager *packager = packager_of(target->nodes->cluster->profile);
	CLEANUP(cleanup_free) char *wanted = strndup(word, length);
	CLEANUP(cleanup_free) char *now = nodes_versions(target->nodes, node);
	const struct bundle *bundle = target->bundle;

	for (size_t i = 0; i < bundle->package_count; i++) {
		const struct package *package = &bundle->packages[i].package;
		CLEANUP(cleanup_free)
		char *label = packager_label(packager, package->name, package->evr, package->arch);

		if (!packager_label_has(packager, wanted, length, package->name))
			continue;
		if (was_anywhere(target, label))
			return 0;
		if (same_arch(target, label, wanted))
			return error_set(err, EINVAL,
				"%s has %s, but %s was on %s before the run: these are not the previous packages",
				bundle->path, label, wanted,
				target->nodes->cluster->nodes[node].name);
	}
	/* What the run left alone needs no bundle. */
	if (has_word(now, wanted, length))
		return 0;
	return error_set(err, ENOENT,
		"%s does not have %s, which was on %s before the run: these are not all of the previous packages",
		bundle->path, wanted, target->nodes->cluster->nodes[node].name);
}

int previous_judge(const struct target *target, struct error *err)
{
	for (size_t i = 0; i < target->nodes->cluster->node_count; i++) {
		const char *word = target->goal[i] ?: "";

		for (; *word; word += strcspn(word, " "), word += strspn(word, " ")) {
			int result = judge_word(target, i, word, err);

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

static int ask(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct kept_packages *kept = data;

	return kept_packages_ask(&nodes->items[node].link, &kept[node], err);
}

/* What the run's nodes keep, and what is fetched from them. */
struct search {
	const struct target *target;
	const struct previous *previous;
	struct kept_packages kept[CLUSTER_NODES_MAX];
	struct error errors[CLUSTER_NODES_MAX]; /* of who could not be asked */
	struct source *sources;			/* one for each label; package NULL: not yet */
	const char *folder;
};

static void search_clear(struct search *search)
{
	for (size_t i = 0; i < search->target->nodes->cluster->node_count; i++)
		kept_packages_clear(&search->kept[i]);
	cluster_release_errors(&search->errors);
	free(search->sources);
}

/* The next place where the label's package is kept, behind *source; false when there is none. */
static bool next_source(const struct search *search, const char *label, struct source *source)
{
	size_t node = source->node;
	size_t next =
		source->package ? (size_t)(source->package - search->kept[node].packages) + 1 : 0;

	for (; node < search->target->nodes->cluster->node_count; node++, next = 0) {
		for (; next < search->kept[node].count; next++) {
			const struct kept_package *package = &search->kept[node].packages[next];

			if (strcmp(package->label, label) != 0)
				continue;
			*source = (struct source){node, package};
			return true;
		}
	}
	return false;
}

static int complain_kept_nowhere(const struct search *search, const char *label, struct error *err)
{
	CLEANUP(cleanup_text) struct text silent = {0};

	for (size_t i = 0; i < search->target->nodes->cluster->node_count; i++)
		if (search->errors[i].number)
			text_appendf(&silent, "%s%s", silent.length ? "; " : "",
				error_text(&search->errors[i]));
	if (!silent.length)
		return error_set(err, ENOENT,
			"no node keeps %s, which was installed before; give it with --previous BUNDLE",
			label);
	return error_set(err, ENOENT,
		"no node that could be asked keeps %s, which was installed before; bring back who could not (%s), or give the package with --previous BUNDLE",
		label, text_string(&silent));
}

/* One folder has to take it beside all others, and no sum of a node's numbers may go round. */
static int judge_source(
	const struct search *search, size_t which, const struct source *source, struct error *err)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < search->previous->count; i++) {
		const struct kept_package *other = search->sources[i].package;

		if (i == which || !other)
			continue;
		if (strcmp(other->file, source->package->file) == 0)
			return error_set(err, EEXIST,
				"%s and %s are kept under one name, %s; give them with --previous BUNDLE",
				search->previous->labels[i], search->previous->labels[which],
				other->file);
		bytes += other->size;
	}
	if (source->package->size > PREVIOUS_BYTES_MAX - bytes)
		return error_set(err, EFBIG,
			"%s: the kept packages are larger than %" PRIu64
			" MiB; give them with --previous BUNDLE",
			search->target->nodes->cluster->nodes[source->node].name,
			PREVIOUS_BYTES_MAX >> 20);
	return 0;
}

/* Before anything is fetched, each has a first source. */
static int find_sources(struct search *search, struct error *err)
{
	for (size_t i = 0; i < search->previous->count; i++) {
		struct source source = {0};
		int result;

		if (!next_source(search, search->previous->labels[i], &source))
			return complain_kept_nowhere(search, search->previous->labels[i], err);
		/* One node that keeps it is enough, whatever the others say of it. */
		do
			result = judge_source(search, i, &source, err);
		while (result < 0 && next_source(search, search->previous->labels[i], &source));
		if (result < 0)
			return result;
		search->sources[i] = source;
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
	CLEANUP(cleanup_free) char *remote = kept_packages_path(package);
	uint64_t done = 0;

	while (done < package->size) {
		CLEANUP(cleanup_session_result) struct session_result result = {0};
		CLEANUP(cleanup_free) char *from = text_format("%" PRIu64, done + 1);
		CLEANUP(cleanup_free) char *count = text_format("%d", PIECE_BYTES);
		CLEANUP(cleanup_free) char *line = NULL;
		const char *arguments[] = {remote, from, count};
		struct session_command command = {
			.deadline_ms = PIECE_DEADLINE_MS, .output_limit = PIECE_BYTES};
		int status = quote_script(script_keep_piece, arguments, 3, &line, err);

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

static int fetch(const struct target *target, const struct source *source, const char *folder,
	struct error *err)
{
	const struct kept_package *package = source->package;
	struct link *link = &target->nodes->items[source->node].link;
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
			"%s: %s/%s is not the package that its SHA256SUMS names; give the previous packages with --previous BUNDLE",
			link->node->name, package->folder, package->file);
	if (result == 0 && rename(draft, path) < 0)
		result = error_system(err, errno, "%s: cannot rename", draft);
	if (result < 0)
		unlink(draft);
	return result;
}

/* From the first who has it whole: one node that keeps it is enough. */
static int fetch_package(struct search *search, size_t which, struct error *err)
{
	const char *label = search->previous->labels[which];
	struct source source = search->sources[which];
	CLEANUP(cleanup_text) struct text troubles = {0};
	int result;

	do {
		CLEANUP(error_release) struct error trouble = {0};

		result = judge_source(search, which, &source, &trouble);
		if (result == 0)
			result = fetch(search->target, &source, search->folder, &trouble);
		if (result == 0)
			search->sources[which] = source;
		else
			text_appendf(&troubles, "%s%s", troubles.length ? "; " : "",
				error_text(&trouble));
	} while (result < 0 && next_source(search, label, &source));
	return result < 0 ? error_set(err, -result, "%s", text_string(&troubles)) : 0;
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

int previous_fetch(const struct target *target, const struct previous *previous, const char *folder,
	struct error *err)
{
	CLEANUP(search_clear)
	struct search search = {.target = target, .previous = previous, .folder = folder};
	int result;

	search.sources = calloc(previous->count + 1, sizeof(*search.sources));
	if (!search.sources)
		return error_set(err, ENOMEM, "out of memory");
	nodes_each(target->nodes, ask, search.kept, search.errors, NULL);
	result = find_sources(&search, err);
	if (result == 0)
		result = file_make_folders(folder, 0700, err);
	/* Room first; and once more, when a file has come under another name than expected. */
	if (result == 0)
		result = sweep(previous, search.sources, folder, err);
	for (size_t i = 0; i < previous->count && result == 0; i++)
		result = fetch_package(&search, i, err);
	if (result == 0)
		result = sweep(previous, search.sources, folder, err);
	if (result == 0)
		result = list(previous, search.sources, folder, err);
	return result;
}
