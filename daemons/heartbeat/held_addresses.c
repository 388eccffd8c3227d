/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that a daemon on this node may have put on, in a file of the state folder. */
#include "daemons/heartbeat/held_addresses.h"

#include <arpa/inet.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/text.h"

int held_addresses_write(const char *folder, const struct groups_conf *groups, struct error *err)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/held.conf", folder);
	CLEANUP(cleanup_text) struct text text = {0};
	char ip[INET_ADDRSTRLEN];
	unsigned int i;

	text_append(&text, "# Kept by heartbeatd for heartbeatd --release.\ngroup \"held\" {\n");
	for (i = 0; i < groups->address_count; i++) {
		const struct floating_address *address = &groups->addresses[i];

		inet_ntop(AF_INET, &address->ip, ip, sizeof(ip));
		text_appendf(&text, "\tfloating_ip \"%s/%u\" { device = \"%s\"  label = \"%s\" }\n",
			ip, address->prefix, address->device, strchr(address->label, ':') + 1);
	}
	text_append(&text, "}\n");
	return file_write(path, text.data, text.length, 0644, err);
}

struct groups_conf *held_addresses_read(const char *folder)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/held.conf", folder);
	CLEANUP(cleanup_problems) struct problems problems = {0};

	return groups_conf_read(path, NULL, &problems);
}
