/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksum lists, read as the --check of GNU coreutils 9.1 reads them. */
#include "orchestrator/bundle/manifest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"

bool manifest_is_name(const char *name, enum digest_kind *kind)
{
	/* "CHECKSUM" says nothing: each of its lines does. */
	static const struct {
		const char *word;
		enum digest_kind kind;
	} words[] = {{"md5", DIGEST_MD5}, {"sha1", DIGEST_SHA1}, {"sha224", DIGEST_SHA224},
		{"sha256", DIGEST_SHA256}, {"sha384", DIGEST_SHA384}, {"sha512", DIGEST_SHA512},
		{"b2", DIGEST_BLAKE2B}, {"blake2b", DIGEST_BLAKE2B}, {"check", DIGEST_COUNT}};
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

/* A line being read: what is left of it and how many bytes that are (it may hold zero bytes). */
struct line {
	char *at;
	size_t left;
};

static void skip(struct line *line, size_t count)
{
	line->at += count;
	line->left -= count;
}

static bool is_white(char letter)
{
	return letter == ' ' || letter == '\t';
}

/* Resolves \\, \n and \r in place; false at any other escape, or a zero byte. */
static bool name_unescape(char *name, size_t length)
{
	char *to = name;

	for (size_t i = 0; i < length; i++) {
		if (!name[i])
			return false;
		if (name[i] != '\\') {
			*to++ = name[i];
			continue;
		}
		i++;
		if (i == length || (name[i] != '\\' && name[i] != 'n' && name[i] != 'r'))
			return false;
		*to++ = name[i] == 'n' ? '\n' : name[i] == 'r' ? '\r' : '\\';
	}
	*to = '\0';
	return true;
}

/* Whether it is that many hexadecimal digits and no more; makes them lower case. */
static bool take_hex(char *digest, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!isxdigit((unsigned char)digest[i]))
			return false;
		digest[i] = (char)tolower((unsigned char)digest[i]);
	}
	return !digest[length];
}

/*
 * The length behind "BLAKE2b-", in bits. coreutils reads it with strtoumax, so that "0x100" and
 * " 256" pass there as well; suffixes do not.
 */
static bool take_blake2b_length(struct line *line, size_t *hex_length)
{
	unsigned long bits;
	char *end;

	if (!isdigit((unsigned char)line->at[strspn(line->at, " \t\n\v\f\r+")]))
		return false;
	bits = strtoul(line->at, &end, 0);
	if (!bits || bits > 512 || bits % 8)
		return false;
	skip(line, (size_t)(end - line->at));
	*hex_length = bits / 4;
	return true;
}

/* The kind whose name the line begins with, when a tag can stand there. */
static bool take_tag(struct line *line, enum digest_kind wanted, enum digest_kind *kind)
{
	enum digest_kind first = wanted == DIGEST_COUNT ? DIGEST_MD5 : wanted;
	enum digest_kind last = wanted == DIGEST_COUNT ? DIGEST_BLAKE2B : wanted;

	for (enum digest_kind i = first; i <= last; i++) {
		size_t length = strlen(digest_name(i));

		if (strncmp(line->at, digest_name(i), length) != 0)
			continue;
		/* cksum wants the whole word; md5sum and its kin look no further. */
		if (wanted == DIGEST_COUNT && !strchr(" (-", line->at[length]))
			continue;
		skip(line, length);
		*kind = i;
		return true;
	}
	return false;
}

/* "name) = digest" behind "SHA256 (". */
static bool split_tagged(
	struct line *line, bool escaped, size_t hex_length, struct manifest_entry *entry)
{
	char *name = line->at, *digest;
	size_t end = line->left;

	while (end && name[end - 1] != ')')
		end--;
	if (!end)
		return false;
	end--;
	if (escaped && !name_unescape(name, end))
		return false;
	name[end] = '\0';
	for (digest = name + end + 1; is_white(*digest); digest++)
		;
	if (*digest != '=')
		return false;
	for (digest++; is_white(*digest); digest++)
		;
	entry->name = name;
	entry->digest = digest;
	return take_hex(digest, hex_length);
}

static bool read_tagged(
	struct line *line, bool escaped, enum digest_kind wanted, struct manifest_entry *entry)
{
	size_t hex_length = digest_length(entry->kind);
	bool swallows = wanted == DIGEST_BLAKE2B || wanted == DIGEST_COUNT;

	if (*line->at == '-') {
		skip(line, 1);
		/* cksum would compare the beginning of other kinds; md5sum knows no "MD5-128". */
		if (entry->kind != DIGEST_BLAKE2B || !take_blake2b_length(line, &hex_length))
			return false;
	} else if (swallows && *line->at && *line->at != '(') {
		/* b2sum and cksum look for '-' there and take any letter for the blank. */
		skip(line, 1);
	}
	if (*line->at == ' ')
		skip(line, 1);
	if (*line->at != '(')
		return false;
	skip(line, 1);
	return split_tagged(line, escaped, hex_length, entry);
}

/*
 * "digest  name", "digest *name", and "digest name" as BSD's md5 -r has it: which of the two, the
 * first line of a manifest decides, so that nobody renames a file by a blank. reversed: -1 not
 * known yet, else 0 or 1.
 */
static bool read_plain(struct line *line, bool escaped, int *reversed, struct manifest_entry *entry)
{
	size_t hex_length = digest_length(entry->kind);
	size_t least = entry->kind == DIGEST_BLAKE2B ? 3 : hex_length + 2;
	char *digest = line->at;

	if (line->left < least + (*line->at == '\\'))
		return false;
	if (entry->kind == DIGEST_BLAKE2B) {
		for (hex_length = 0; isxdigit((unsigned char)digest[hex_length]);)
			hex_length++;
		if (hex_length < 2 || hex_length % 2 || hex_length > digest_length(entry->kind))
			return false;
	}
	skip(line, hex_length);
	if (!line->left || !is_white(*line->at))
		return false;
	*line->at = '\0';
	skip(line, 1);
	if (!take_hex(digest, hex_length))
		return false;
	if (line->left == 1 || (*line->at != ' ' && *line->at != '*')) {
		if (*reversed == 0)
			return false;
		*reversed = 1;
	} else if (*reversed != 1) {
		*reversed = 0;
		skip(line, 1);
	}
	entry->digest = digest;
	entry->name = line->at;
	return !escaped || name_unescape(line->at, line->left);
}

static bool read_line(
	struct line line, enum digest_kind wanted, int *reversed, struct manifest_entry *entry)
{
	bool escaped;

	while (is_white(*line.at))
		skip(&line, 1);
	escaped = *line.at == '\\';
	skip(&line, escaped);
	if (take_tag(&line, wanted, &entry->kind))
		return read_tagged(&line, escaped, wanted, entry);
	/* Without a tag cksum does not know what it is. */
	if (wanted == DIGEST_COUNT)
		return false;
	entry->kind = wanted;
	return read_plain(&line, escaped, reversed, entry);
}

const char *manifest_plain_name(char *name)
{
	char *to = name;

	if (!*name)
		return NULL;
	if (*name == '/')
		return "an absolute path";
	if (strcmp(name, "-") == 0)
		return "standard input";
	for (const char *from = name; *from;) {
		size_t length = strcspn(from, "/");

		if (length == 2 && from[0] == '.' && from[1] == '.')
			return "a path with \"..\" in it";
		if (length && !(length == 1 && from[0] == '.' && from[1])) {
			memmove(to, from, length);
			to += length;
			/* A slash at the end stays: it says that a folder is meant. */
			if (from[length])
				*to++ = '/';
		}
		from += length + strspn(from + length, "/");
	}
	*to = '\0';
	return NULL;
}

static void add_line(struct manifest *manifest, struct line line, unsigned int number,
	enum digest_kind kind, int *reversed)
{
	struct manifest_entry entry = {.line = number};
	CLEANUP(cleanup_free) char *name = NULL;

	if (!read_line(line, kind, reversed, &entry)) {
		if (manifest->improper++ < MANIFEST_IMPROPER_KEPT)
			*VECTOR_APPEND(manifest->entries, manifest->count) =
				(struct manifest_entry){.form = MANIFEST_IMPROPER, .line = number};
		return;
	}
	name = text_copy(entry.name);
	if (manifest_plain_name(name))
		entry.form = MANIFEST_OUTSIDE;
	else
		/* Never longer, and the words are the manifest's own. */
		memcpy(manifest->words + (entry.name - manifest->words), name, strlen(name) + 1);
	manifest->proper++;
	*VECTOR_APPEND(manifest->entries, manifest->count) = entry;
}

struct manifest *manifest_parse(
	const char *file, const char *bytes, size_t length, enum digest_kind kind)
{
	struct manifest *manifest = vector_resize(NULL, 1, sizeof(*manifest));
	int reversed = -1;
	size_t at = 0;

	*manifest = (struct manifest){.file = text_copy(file)};
	manifest->words = vector_resize(NULL, length + 1, 1);
	if (length)
		memcpy(manifest->words, bytes, length);
	manifest->words[length] = '\0';
	for (unsigned int number = 1; at < length; number++) {
		const char *end = memchr(bytes + at, '\n', length - at);
		size_t count = end ? (size_t)(end - bytes) - at : length - at;
		struct line line = {manifest->words + at, count};

		at += count + 1;
		if (line.left && line.at[line.left - 1] == '\r')
			line.left--;
		line.at[line.left] = '\0';
		if (line.left && bytes[at - count - 1] != '#')
			add_line(manifest, line, number, kind, &reversed);
	}
	return manifest;
}

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->entries);
	free(manifest->words);
	free(manifest->file);
	free(manifest);
}

void manifest_wants(const struct manifest *manifest, struct digest_wanted *wanted)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (manifest->entries[i].form == MANIFEST_GOOD)
			digest_want(wanted, manifest->entries[i].kind,
				strlen(manifest->entries[i].digest));
}
