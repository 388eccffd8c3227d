/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node's status as text for people. */
#include "daemons/hactl/report.h"

#include "lib/base/text.h"

/* What comes over the wire from another machine may end up here: printable only. */
static const char *text_of(const json_t *object, const char *name, char *buffer, size_t size)
{
	const char *value = json_string_value(json_object_get(object, name));

	return text_printable(buffer, size, value ? value : "-");
}

#define TEXT(object, name) text_of(object, name, (char[128]){0}, 128)

static long long number_of(const json_t *object, const char *name)
{
	return (long long)json_integer_value(json_object_get(object, name));
}

static void floating_print(FILE *stream, const json_t *addresses)
{
	const json_t *address;
	size_t i;

	json_array_foreach (addresses, i, address) {
		const json_t *present = json_object_get(address, "present");

		fprintf(stream, "  %-18s %-15s %s\n", TEXT(address, "address"),
			TEXT(address, "label"),
			json_is_true(present)	 ? "here"
			: json_is_false(present) ? "not here"
						 : TEXT(address, "error"));
	}
}

static void peer_print(FILE *stream, const json_t *peer)
{
	const json_t *links = json_object_get(peer, "links"), *link;
	const json_t *age = json_object_get(peer, "age_ms");
	size_t i;

	fprintf(stream, "  %-18s %-8s %-8s %-8s %s", TEXT(peer, "node"), TEXT(peer, "state"),
		TEXT(peer, "role"), json_is_true(json_object_get(peer, "fit")) ? "fit" : "not fit",
		TEXT(peer, "version"));
	if (json_is_integer(age))
		fprintf(stream, "  heard %lld ms ago", (long long)json_integer_value(age));
	else
		fprintf(stream, "  never heard");
	json_array_foreach (links, i, link)
		fprintf(stream, "%s%s %s", i ? ", " : "; ", TEXT(link, "device"),
			json_is_true(json_object_get(link, "up")) ? "up" : "dead");
	fprintf(stream, "\n");
}

void report_print(FILE *stream, const json_t *status)
{
	json_t *counters = json_object_get(status, "counters");
	const json_t *drain = json_object_get(status, "drain");
	const json_t *peers = json_object_get(status, "peers"), *peer;
	const char *name;
	json_t *value;
	size_t i;

	fprintf(stream, "node    %s: %s, %s%s, version %s\n", TEXT(status, "node"),
		TEXT(status, "role"),
		json_is_true(json_object_get(status, "fit")) ? "fit to serve" : "not fit to serve",
		json_is_true(json_object_get(status, "leaving")) ? ", leaving" : "",
		TEXT(status, "software"));
	fprintf(stream, "group   %s: held by %s\n", TEXT(status, "group"), TEXT(status, "holder"));
	floating_print(stream, json_object_get(status, "floating_ips"));
	if (json_is_true(json_object_get(drain, "active")))
		fprintf(stream, "drain   %lld connections established\n",
			number_of(drain, "connections"));
	fprintf(stream, "peers\n");
	json_array_foreach (peers, i, peer)
		peer_print(stream, peer);
	fprintf(stream, "counts ");
	json_object_foreach (counters, name, value)
		fprintf(stream, " %s %lld", name, (long long)json_integer_value(value));
	fprintf(stream, "\n");
}
