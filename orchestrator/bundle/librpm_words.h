/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What librpm (4.16 to 4.20) logs of a check, read. Its functions only tell good from bad. Pure. */
#ifndef ORCHESTRATOR_BUNDLE_LIBRPM_WORDS_H
#define ORCHESTRATOR_BUNDLE_LIBRPM_WORDS_H

#include <stddef.h>

#include "orchestrator/bundle/package.h"

enum librpm_words {
	LIBRPM_WORDS_OTHER,
	LIBRPM_WORDS_FAILED,	 /* a digest or signature is wrong, or is missing */
	LIBRPM_WORDS_FAILED_ALT, /* the other of two digests is */
};

/* One message, without the file's name in front and a newline at the end. */
enum librpm_words librpm_words_read(const char *line);

/* The result of a signature's check: PACKAGE_SIGNATURE_NONE when the message tells of none, or of a
 * wrong one. *key and *length: the key's id, borrowed from the line. */
enum package_signature librpm_words_signature(const char *line, const char **key, size_t *length);

#endif
