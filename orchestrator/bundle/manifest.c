/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksum lists as md5sum, sha256sum and their kin write them. */
#include "orchestrator/bundle/manifest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

#define NAME_LIMIT 255 /* Linux: NAME_MAX */

bool manifest_is_name(const char *name, enum digest_kind *kind)
{
	/* "CHECKSUM" says nothing: its lines are tagged, or tell by their length. */
	static const struct {
		const char *word;
		enum digest_kind kind;
	} words[] = {{"md5", DIGEST_MD5}, {"sha1", DIGEST_SHA1}, {"sha256", DIGEST_SHA256},
		{"sha512", DIGEST_SHA512}, {"check", DIGEST_COUNT}};
	static const char *const ends[] = {"sum", "sums", "sum.txt", "sums.txt"};
	const char *extension = strrchr(name, '.');

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t length = strlen(words[i].word);

		*kind = words[i].kind;
		if (words[i].kind != DIGEST_COUNT && extension && extension != name &&
			strcasecmp(extension + 1, words[i].word) == 0)
			return true;
		for (size_t j = 0; j < sizeof(ends) / sizeof(ends[0]); j++)
			if (strncasecmp(name, words[i].word, length) == 0 &&
				strcasecmp(name + length, ends[j]) == 0)
				return true;
	}
	return false;
}

static size_t hex_length(const char *words)
{
	size_t length = 0;

	while (isxdigit((unsigned char)words[length]))
		length++;
	return length;
}

/* The kind whose digests have this many digits; DIGEST_COUNT when there is none. */
static enum digest_kind kind_of_length(size_t length)
{
	enum digest_kind kind = DIGEST_MD5;

	while (kind < DIGEST_COUNT && digest_length(kind) != length)
		kind++;
	return kind;
}

/* Resolves \\, \n and \r in place; false at any other escape. */
static bool name_unescape(char *name)
{
	char *to = name;

	for (const char *from = name; *from; from++) {
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		from++;
		if (*from != '\\' && *from != 'n' && *from != 'r')
			return false;
		*to++ = *from == 'n' ? '\n' : *from == 'r' ? '\r' : '\\';
	}
	*to = '\0';
	return true;
}

/* What is wrong with a name as that of a file in the manifest's own folder; NULL: nothing. */
static const char *name_fault(const char *name)
{
	if (!*name)
		return "the file name is missing";
	if (strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return "only files in the manifest's own folder can be listed, without any folder "
		       "in the name";
	if (strlen(name) > NAME_LIMIT)
		return "the file name is longer than 255 bytes";
	return NULL;
}

/* "SHA256 (name) = digest", or OpenSSL's "SHA256(name)= digest"; cuts line into its parts. */
static bool split_tagged(char *line, enum digest_kind *kind, char **name, char **digest)
{
	char *open = strchr(line, '('), *close = strrchr(line, ')');

	if (!open || !close || close < open)
		return false;
	*digest = close + 1 + strspn(close + 1, " ");
	if (**digest != '=')
		return false;
	*digest += 1 + strspn(*digest + 1, " ");
	*name = open + 1;
	*close = '\0';
	*open = '\0';
	text_trim(line);
	for (*kind = DIGEST_MD5; *kind < DIGEST_COUNT; ++*kind)
		if (strcasecmp(line, digest_name(*kind)) == 0)
			break;
	return true;
}

/* "digest  name", "digest *name", and "digest name" as BSD's md5 -r has it. */
static bool split_plain(char *line, char **name, char **digest)
{
	size_t length = hex_length(line);

	if (!length || (line[length] != ' ' && line[length] != '\t'))
		return false;
	*name = line + length + 1;
	if (**name == ' ' || **name == '*')
		++*name;
	line[length] = '\0';
	*digest = line;
	return true;
}

static const char *parse_line(char *line, enum digest_kind wanted, struct manifest_entry *entry)
{
	char *name = NULL, *digest = NULL;
	bool escaped = *line == '\\', tagged;
	const char *fault;

	line += escaped;
	entry->kind = wanted;
	tagged = split_tagged(line, &entry->kind, &name, &digest);
	if (!tagged && !split_plain(line, &name, &digest))
		return "not a line of a checksum list (\"digest  name\" or \"SHA256 (name) = "
		       "digest\")";
	if (!tagged && wanted == DIGEST_COUNT)
		entry->kind = kind_of_length(strlen(digest));
	if (entry->kind == DIGEST_COUNT)
		return "the kind of digest is not known: MD5, SHA1, SHA256 and SHA512 are";
	if (hex_length(digest) != digest_length(entry->kind) || digest[digest_length(entry->kind)])
		return "the digest has not the number of hexadecimal digits of its kind";
	if (escaped && !name_unescape(name))
		return "unknown escape in the file name: \\\\, \\n and \\r are known";
	/* As md5sum writes them when it is called with "./" before the names. */
	if (text_starts_with(name, "./"))
		name += 2;
	fault = name_fault(name);
	if (fault)
		return fault;
	for (size_t i = 0; digest[i]; i++)
		entry->digest[i] = (char)tolower((unsigned char)digest[i]);
	entry->name = text_copy(name);
	return NULL;
}

/* One line without its end; owned by the caller and cut up here. */
static void read_line(struct manifest *manifest, char *line, size_t length, unsigned int number,
	enum digest_kind kind, struct problems *problems)
{
	struct manifest_entry entry = {.line = number};
	const char *fault;

	if (strlen(line) != length) {
		problems_add(
			problems, manifest->file, number, "a zero byte: this is not a text file");
		return;
	}
	if (length && line[length - 1] == '\r')
		line[--length] = '\0';
	if (!line[strspn(line, " \t")] || *line == '#')
		return;
	fault = parse_line(line, kind, &entry);
	if (fault) {
		problems_add(problems, manifest->file, number, "%s", fault);
		return;
	}
	*VECTOR_APPEND(manifest->entries, manifest->count) = entry;
}

struct manifest *manifest_parse(const char *file, const char *bytes, size_t length,
	enum digest_kind kind, struct problems *problems)
{
	struct manifest *manifest = vector_resize(NULL, 1, sizeof(*manifest));
	size_t before = problems->count, at = 0;

	*manifest = (struct manifest){.file = text_copy(file)};
	for (unsigned int number = 1; at < length; number++) {
		const char *end = memchr(bytes + at, '\n', length - at);
		size_t count = end ? (size_t)(end - bytes) - at : length - at;
		CLEANUP(cleanup_text) struct text line = {0};

		text_append_bytes(&line, bytes + at, count);
		read_line(manifest, line.data, count, number, kind, problems);
		at += count + 1;
	}
	if (!manifest->count && problems->count == before)
		problems_add(problems, file, 0, "no digest in it");
	return manifest;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	for (size_t i = 0; i < manifest->count; i++)
		free(manifest->entries[i].name);
	free(manifest->entries);
	free(manifest->file);
	free(manifest);
}
