/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of Debian's versions. */
#include "orchestrator/bundle/deb_version.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

static bool is_letter(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

/* A part of a version, borrowed. */
struct part {
	const char *next;
	const char *end;
};

/* "~" sorts before the end of a part, letters before everything else. */
static int weight(const struct part *part)
{
	char character;

	if (part->next == part->end || is_digit(*part->next))
		return 0;
	character = *part->next;
	if (character == '~')
		return -1;
	return is_letter(character) ? character : (unsigned char)character + 256;
}

static bool at_digit(const struct part *part)
{
	return part->next < part->end && is_digit(*part->next);
}

static bool at_word(const struct part *part)
{
	return part->next < part->end && !is_digit(*part->next);
}

/* Both stand at the first character that is no digit; so they do at the first digit afterwards. */
static int compare_words(struct part *left, struct part *right)
{
	while (at_word(left) || at_word(right)) {
		int difference = weight(left) - weight(right);

		if (difference)
			return difference;
		left->next++;
		right->next++;
	}
	return 0;
}

static void skip_zeros(struct part *part)
{
	while (part->next < part->end && *part->next == '0')
		part->next++;
}

/* Numbers of any length: the longer one is the greater, then the first difference decides. */
static int compare_numbers(struct part *left, struct part *right)
{
	int difference = 0;

	skip_zeros(left);
	skip_zeros(right);
	while (at_digit(left) && at_digit(right)) {
		if (!difference)
			difference = *left->next - *right->next;
		left->next++;
		right->next++;
	}
	if (at_digit(left))
		return 1;
	return at_digit(right) ? -1 : difference;
}

static int compare_parts(struct part left, struct part right)
{
	int difference = 0;

	while (!difference && (left.next < left.end || right.next < right.end)) {
		difference = compare_words(&left, &right);
		if (!difference)
			difference = compare_numbers(&left, &right);
	}
	return difference;
}

struct deb_version {
	struct part epoch, upstream, revision;
};

static struct deb_version split(const char *words)
{
	const char *end = words + strlen(words);
	const char *start = words + strspn(words, "0123456789");
	const char *dash = strrchr(words, '-');
	struct deb_version version = {.epoch = {words, words}};

	if (start > words && *start == ':') {
		version.epoch.end = start;
		words = start + 1;
	}
	dash = dash && dash >= words ? dash : end;
	version.upstream = (struct part){words, dash};
	version.revision = (struct part){dash + (dash < end), end};
	return version;
}

int deb_version_compare(const char *left, const char *right)
{
	struct deb_version one = split(left), other = split(right);
	int difference = compare_parts(one.epoch, other.epoch);

	if (!difference)
		difference = compare_parts(one.upstream, other.upstream);
	return difference ? difference : compare_parts(one.revision, other.revision);
}
