/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads all that an archive holds, in one pass. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "lib/base/vector.h"
#include "orchestrator/bundle/container.h"
#include "orchestrator/bundle/gather.h"

enum { SOCKET_BUFFER = 1024 * 1024, REFUSALS_KEPT = 100 };

/* While no manifest has come by: what they usually hold. Others cost a second pass. */
static const struct digest_wanted usual = {
	.kinds = DIGEST_BIT(DIGEST_MD5) | DIGEST_BIT(DIGEST_SHA1) | DIGEST_BIT(DIGEST_SHA256) |
		 DIGEST_BIT(DIGEST_SHA512),
	.blake2b = UINT64_C(1) << 63,
};

/* One pass through an archive. */
struct pass {
	struct gather *gather;
	struct container *container;
	struct digest_wanted wanted;
	bool manifest_seen;
	size_t refusals;
	bool only_missing; /* of files already known, those whose digests do not suffice */
};

/* The name without its folders. */
static const char *base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static void refuse(struct pass *pass, const struct container_entry *entry)
{
	struct bundle_findings *findings = &pass->gather->content->findings;

	/* One is as telling as a thousand. */
	if (pass->only_missing || ++pass->refusals > REFUSALS_KEPT)
		return;
	if (entry->harmless)
		bundle_find(findings, BUNDLE_NOTE, entry->name, "%s", entry->refusal);
	else
		bundle_find(findings, BUNDLE_PROBLEM, entry->name,
			"%s: such an entry is not read and must not be unpacked", entry->refusal);
}

/* A manifest, or the signature of one: wherever the top may be found to be. */
static bool is_kept(const char *name)
{
	const char *slash = strchr(name, '/');

	return (!slash || !strchr(slash + 1, '/')) && content_is_attachment(base_name(name));
}

/* Kept with its whole name: where the top is, is known at the end. */
static void keep(struct pass *pass, const char *name, struct text *bytes)
{
	enum digest_kind kind;

	if (bytes->length > CONTENT_ATTACHMENT_MAX) {
		bundle_find(&pass->gather->content->findings, BUNDLE_PROBLEM, name,
			"larger than 1 MiB, which no manifest or signature is");
		return;
	}
	if (!gather_has_room(pass->gather, name, bytes->length))
		return;
	if (manifest_is_name(base_name(name), &kind)) {
		CLEANUP(cleanup_manifest)
		struct manifest *manifest =
			manifest_parse(name, text_string(bytes), bytes->length, kind);

		/* From now on only what is asked for; if more is, there is a second pass. */
		if (!pass->manifest_seen)
			pass->wanted = (struct digest_wanted){.kinds = DIGEST_BIT(DIGEST_SHA256)};
		pass->manifest_seen = true;
		manifest_wants(manifest, &pass->wanted);
	}
	content_attach(pass->gather->content, name, bytes);
}

/* Passes the entry's bytes on to the process that reads them, and keeps them if wanted. */
static int pump(struct pass *pass, int output, struct text *kept, struct error *err)
{
	bool fed = true;

	for (;;) {
		const void *bytes;
		size_t length;
		int result = container_read(pass->container, &bytes, &length, err);

		if (result < 0 || !length)
			return result;
		pass->gather->done = container_position(pass->container);
		if (kept && kept->length <= CONTENT_ATTACHMENT_MAX)
			text_append_bytes(kept, bytes, length);
		if (fed) {
			result = pool_feed(pass->gather->pool, output, bytes, length, err);
			if (result < 0)
				return result;
			fed = result;
		}
		if (!gather_tick(pass->gather))
			return error_set(err, ECANCELED, "interrupted");
	}
}

static int read_entry(struct pass *pass, size_t index, struct error *err)
{
	struct bundle_content *content = pass->gather->content;
	CLEANUP(cleanup_free) char *name = text_copy(content->files[index].name);
	CLEANUP(cleanup_text) struct text kept = {0};
	bool keeps = !pass->only_missing && is_kept(name);
	struct reading_request request = {
		.name = name, .wanted = pass->wanted, .is_package = content_is_package(name)};
	CLEANUP(cleanup_close) int output = -1;
	int pair[2], result, size = SOCKET_BUFFER;

	/* A socket, not a pipe: its writer can do without SIGPIPE. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_system(err, errno, "cannot make a socket");
	output = pair[0];
	(void)setsockopt(output, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	request.is_package &= !pass->only_missing;
	request.descriptor = pair[1];
	content->files[index].computed = pass->wanted;
	result = pool_give(pass->gather->pool, index, &request, err);
	close(pair[1]);
	if (result < 0)
		return result;
	result = pump(pass, output, keeps ? &kept : NULL, err);
	content->files[index].cut = result < 0;
	if (result == 0 && keeps)
		keep(pass, name, &kept);
	return result;
}

/* The index of the file that this entry is, or SIZE_MAX when it is not to be read now. */
static size_t file_of(struct pass *pass, const char *name)
{
	struct bundle_content *content = pass->gather->content;
	struct digest_wanted wanted = pass->wanted;
	struct bundle_file *file;

	if (!pass->only_missing) {
		*VECTOR_APPEND(content->files, content->file_count) =
			(struct bundle_file){.name = text_copy(name)};
		return content->file_count - 1;
	}
	if (!text_starts_with(name, content->top))
		return SIZE_MAX;
	file = content_find(content, name + strlen(content->top));
	return file && !digest_covers(&file->computed, &wanted) ? (size_t)(file - content->files)
								: SIZE_MAX;
}

/* What is wrong with an archive is said of the bundle, and ends the pass; the rest is an error. */
static int end_pass(struct pass *pass, int result, const struct error *why, struct error *err)
{
	const char *path = pass->gather->path;
	int finished = result == -ECANCELED ? result : pool_finish(pass->gather->pool, err);

	if (finished < 0 && result >= 0)
		return finished;
	if (result == -EBADMSG || result == -E2BIG) {
		bundle_find(&pass->gather->content->findings, BUNDLE_PROBLEM, NULL, "%s",
			text_starts_with(error_text(why), path) ? error_text(why) + strlen(path) + 2
								: error_text(why));
		return 0;
	}
	return result < 0 ? error_set(err, -result, "%s", error_text(why)) : 0;
}

static int run_pass(struct pass *pass, int descriptor, struct error *err)
{
	CLEANUP(cleanup_container) struct container *container = NULL;
	struct container_entry entry;
	CLEANUP(error_release) struct error why = {0};
	int result = container_open(descriptor, pass->gather->path, NULL, &container, &why);

	pass->container = container;
	while (result == 0) {
		size_t index;

		result = container_next(container, &entry, &why);
		if (result <= 0)
			break;
		result = 0;
		pass->gather->done = container_position(container);
		if (!gather_tick(pass->gather))
			result = error_set(&why, ECANCELED, "interrupted");
		else if (entry.refusal)
			refuse(pass, &entry);
		else if ((index = file_of(pass, entry.name)) != SIZE_MAX)
			result = read_entry(pass, index, &why);
	}
	return end_pass(pass, result, &why, err);
}

/* The one folder all is in, with its slash; "" when there is none such. Owned. */
static char *find_top(const struct bundle_content *content)
{
	const char *first = content->file_count ? content->files[0].name : "";
	const char *slash = strchr(first, '/');
	size_t length = slash ? (size_t)(slash - first) + 1 : 0;
	char *top;

	for (size_t i = 1; i < content->file_count && length; i++)
		if (strncmp(content->files[i].name, first, length) != 0)
			length = 0;
	top = text_copy(first);
	top[length] = '\0';
	return top;
}

/* Names from the top on; what is kept and lies deeper is no manifest of this bundle. */
static void strip_top(struct bundle_content *content)
{
	size_t length, kept = 0;

	content->top = find_top(content);
	length = strlen(content->top);
	for (size_t i = 0; i < content->file_count; i++) {
		char *name = content->files[i].name;

		memmove(name, name + length, strlen(name + length) + 1);
	}
	for (size_t i = 0; i < content->attachment_count; i++) {
		struct bundle_attachment *attachment = &content->attachments[i];
		char *name = attachment->name;

		memmove(name, name + length, strlen(name + length) + 1);
		if (strchr(name, '/')) {
			free(name);
			text_clear(&attachment->bytes);
		} else {
			content->attachments[kept++] = *attachment;
		}
	}
	content->attachment_count = kept;
}

static bool suffices(const struct bundle_content *content, const struct digest_wanted *wanted)
{
	for (size_t i = 0; i < content->file_count; i++)
		if (!digest_covers(&content->files[i].computed, wanted))
			return false;
	return true;
}

int gather_archive(struct gather *gather, int descriptor, struct error *err)
{
	struct pass pass = {.gather = gather, .wanted = usual};
	struct stat status;
	int result = gather_begin(gather, err);

	if (result == 0 && fstat(descriptor, &status) == 0)
		gather->total = (uint64_t)status.st_size;
	if (result == 0)
		result = run_pass(&pass, descriptor, err);
	if (result < 0)
		return result;
	strip_top(gather->content);
	content_sort(gather->content);
	content_parse(gather->content);
	pass.wanted = content_wanted(gather->content);
	/* A broken archive is not read twice: it is refused anyway. */
	if (suffices(gather->content, &pass.wanted) ||
		bundle_problem_count(&gather->content->findings))
		return 0;
	pass.only_missing = true;
	gather->digests_only = true;
	gather->total *= 2;
	return run_pass(&pass, descriptor, err);
}
