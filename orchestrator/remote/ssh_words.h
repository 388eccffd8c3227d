/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and patterns as ssh_config(5) has them. Pure. */
#ifndef ORCHESTRATOR_REMOTE_SSH_WORDS_H
#define ORCHESTRATOR_REMOTE_SSH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define SSH_WORDS_MAX 64

/* One line taken apart; words are owned, [0] is the keyword. Release with ssh_words_clear. */
struct ssh_words {
	char *words[SSH_WORDS_MAX];
	size_t count; /* 0: an empty line, or a comment */
};

/*
 * Splits a line (without its newline): words separated by blanks, one "=" may follow the keyword,
 * quotes of both kinds keep blanks together (\" \' \\ inside and outside), # at the start of a word
 * begins a comment. Returns NULL, or what is wrong, and then words is empty.
 */
const char *ssh_words_split(const char *line, struct ssh_words *words);
void ssh_words_clear(struct ssh_words *words);

/* Does the word match one of the patterns ("*" any bytes, "?" one) and none with "!" before it?
 * Without regard to case, as for host names. */
bool ssh_words_match(const char *const *patterns, size_t count, const char *word);

#endif
