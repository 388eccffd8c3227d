/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP conversations for the network tests; whatever fails or takes too long fails the test. */
#ifndef TESTS_UNIT_CONVERSATION_H
#define TESTS_UNIT_CONVERSATION_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Longer than any of it takes on a busy machine; only a failure waits that long. */
enum { CONVERSATION_DEADLINE_S = 20 };

/*
 * Each returns an owned descriptor whose reads end at the deadline; the port is 80. Listening is
 * on all addresses of the namespace, as a service behind a floating address does.
 */
int conversation_listen(int family);
int conversation_connect(const char *ip);
/* The same from a given port of the client. */
int conversation_connect_from(uint16_t port, const char *ip);
/* Ends it by a reset: the port is free again at once. */
void conversation_abort(int sock);
int conversation_accept(int listener);

/* The words sent at one end arrive at the other. */
void conversation_say(int from, int to, const char *words);

/* Waits until connections_count says that many: closing takes a packet or two. */
void conversation_count(const struct in_addr *addresses, size_t count, unsigned expected);

struct in_addr conversation_ip(const char *words);

/* For calls that fill a `struct error err`. */
#define assert_ok(call)                                              \
	do {                                                         \
		if ((call) != 0)                                     \
			fail_msg("%s: %s", #call, error_text(&err)); \
	} while (0)
#define assert_contains(text, part)                                             \
	do {                                                                    \
		if (!strstr((text), (part)))                                    \
			fail_msg("'%s' does not contain '%s'", (text), (part)); \
	} while (0)
#define assert_lacks(text, part)                                        \
	do {                                                            \
		if (strstr((text), (part)))                             \
			fail_msg("'%s' contains '%s'", (text), (part)); \
	} while (0)

#endif
