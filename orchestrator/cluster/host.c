/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and addresses of machines, as a cluster file may hold them. */
#include "orchestrator/cluster/host.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "lib/base/text.h"

#define NAME_LIMIT 253
#define LABEL_LIMIT 63
#define ZONE_LIMIT 15 /* Linux: IFNAMSIZ - 1 */

bool host_is_name(const char *words)
{
	size_t label = 0;

	if (strlen(words) > NAME_LIMIT)
		return false;
	for (const char *p = words;; p++) {
		if (*p == '.' || !*p) {
			if (label == 0 || label > LABEL_LIMIT || p[-1] == '-')
				return false;
			if (!*p)
				return true;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*p) && (*p != '-' || label == 0))
			return false;
		label++;
	}
}

static bool is_ipv6(const char *words)
{
	CLEANUP(cleanup_free) char *copy = text_copy(words);
	char *zone = strchr(copy, '%');
	struct in6_addr address;

	if (zone) {
		*zone++ = '\0';
		if (!*zone || strlen(zone) > ZONE_LIMIT ||
			zone[strspn(zone,
				"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
			return false;
	}
	return inet_pton(AF_INET6, copy, &address) == 1;
}

bool host_is_address(const char *words)
{
	struct in_addr address;

	/* "192.0.2.300" is no host name either: no name is made of digits and dots alone. */
	if (!words[strspn(words, "0123456789.")])
		return inet_pton(AF_INET, words, &address) == 1;
	return host_is_name(words) || is_ipv6(words);
}

bool host_is_floating(const char *words)
{
	struct in_addr address;
	uint32_t value;

	if (inet_pton(AF_INET, words, &address) != 1)
		return false;
	value = ntohl(address.s_addr);
	/* 0/8 is "this network", 224/4 multicast, 240/4 reserved (RFC 1122 section 3.2.1.3). */
	return value >> 24 != 0 && value >> 28 < 0xe;
}

bool host_split(const char *words, char **host, uint16_t *port)
{
	const char *colon = strrchr(words, ':');
	CLEANUP(cleanup_free) char *name = NULL;
	uint64_t number;

	if (!colon || number_parse(colon + 1, "port", 1, 65535, &number, NULL) < 0)
		return false;
	if (*words == '[' && colon > words + 1 && colon[-1] == ']') {
		name = strndup(words + 1, (size_t)(colon - words) - 2);
		if (!name || !is_ipv6(name))
			return false;
	} else {
		name = strndup(words, (size_t)(colon - words));
		if (!name || strchr(name, ':') || !host_is_address(name))
			return false;
	}
	*host = TAKE(name);
	*port = (uint16_t)number;
	return true;
}
