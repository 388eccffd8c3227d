/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of an ar archive (ar(5)), as Debian packages use it (deb(5)). Pure. */
#ifndef ORCHESTRATOR_BUNDLE_AR_H
#define ORCHESTRATOR_BUNDLE_AR_H

#include <stdint.h>

/* Bytes of the header before each member. A member of odd size is followed by one more byte. */
#define AR_HEADER_SIZE 60

struct ar_member {
	char name[17]; /* without the "/" that some write behind it, and without blanks */
	uint64_t size; /* bytes; at most 9999999999 */
};

/* 0, or -EBADMSG when these AR_HEADER_SIZE bytes are no header. */
int ar_parse(const char *header, struct ar_member *member);

#endif
