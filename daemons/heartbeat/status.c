/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that this node knows, as one JSON object. */
#include "daemons/heartbeat/status.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "daemons/heartbeat/daemon_state.h"
#include <config.h>

static json_t *node_or_null(const struct daemon *daemon, int node)
{
	return node < 0 ? json_null() : json_string(daemon->setup.config->nodes[node]);
}

static json_t *age_or_null(uint64_t age_ms)
{
	return age_ms == UINT64_MAX ? json_null() : json_integer((json_int_t)age_ms);
}

/* Asked of the kernel now: what ought to be there and what is are two things. */
static json_t *floating_json(const struct daemon *daemon, unsigned int index)
{
	const struct floating_address *address = &daemon->setup.groups->addresses[index];
	char ip[INET_ADDRSTRLEN], text[INET_ADDRSTRLEN + 8];
	CLEANUP(error_release) struct error err = {0};
	bool present = false;
	json_t *object;

	inet_ntop(AF_INET, &address->ip, ip, sizeof(ip));
	snprintf(text, sizeof(text), "%s/%u", ip, address->prefix);
	object = json_pack("{s:s, s:s, s:s}", "address", text, "device", address->device, "label",
		address->label);
	if (floating_addresses_present(daemon->floating, index, &present, &err) < 0) {
		json_object_set_new(object, "present", json_null());
		json_object_set_new(object, "error", json_string(error_text(&err)));
	} else {
		json_object_set_new(object, "present", json_boolean(present));
	}
	return object;
}

static json_t *links_json(const struct daemon *daemon, unsigned int node, uint64_t now)
{
	const struct ha_cf *config = daemon->setup.config;
	json_t *links = json_array();
	unsigned int i;

	for (i = 0; i < config->link_count; i++) {
		char address[INET_ADDRSTRLEN];
		int up;
		uint64_t age = membership_link_age(daemon->membership, node, i, now, &up);

		/* A link leads to one peer; the others are not heard over it. */
		if (up < 0)
			continue;
		inet_ntop(AF_INET, &config->links[i].address, address, sizeof(address));
		json_array_append_new(
			links, json_pack("{s:s, s:s, s:b, s:o}", "device", config->links[i].device,
				       "address", address, "up", up, "age_ms", age_or_null(age)));
	}
	return links;
}

static json_t *peer_json(const struct daemon *daemon, unsigned int node, uint64_t now)
{
	const struct group_statement *said = group_peer_statement(daemon->group, node);
	const struct daemon_peer *peer = &daemon->peers[node];
	enum membership_state state = membership_state(daemon->membership, node);

	return json_pack("{s:s, s:s, s:o, s:o, s:b, s:o, s:o}", "node",
		daemon->setup.config->nodes[node], "state", membership_state_name(state), "age_ms",
		age_or_null(membership_age(daemon->membership, node, now)), "role",
		said ? json_string(group_role_name(said->role)) : json_null(), "fit",
		said ? said->fit : 0, "version",
		peer->software[0] ? json_string(peer->software) : json_null(), "links",
		links_json(daemon, node, now));
}

static json_t *counters_json(const struct daemon_counters *counters)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "sent", (json_int_t)counters->sent,
		"received", (json_int_t)counters->received, "malformed",
		(json_int_t)counters->malformed, "bad_auth", (json_int_t)counters->bad_auth,
		"replayed", (json_int_t)counters->replayed, "unknown_node",
		(json_int_t)counters->unknown_node, "ignored", (json_int_t)counters->ignored);
}

json_t *status_json(const struct daemon *daemon)
{
	const struct ha_cf *config = daemon->setup.config;
	const struct groups_conf *groups = daemon->setup.groups;
	const struct group_statement *self = group_statement(daemon->group);
	json_t *status, *addresses = json_array(), *peers = json_array();
	bool draining = group_is_draining(daemon->group);
	uint64_t now = event_loop_now(daemon->loop);
	unsigned int i;

	for (i = 0; i < groups->address_count; i++)
		json_array_append_new(addresses, floating_json(daemon, i));
	for (i = 0; i < config->node_count; i++)
		if (i != config->self)
			json_array_append_new(peers, peer_json(daemon, i, now));
	status = json_pack("{s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:s, s:o, s:o, s:o, s:o, s:o}",
		"node", config->nodes[config->self], "role", group_role_name(self->role),
		"software", VERSION, "fit", self->fit, "leaving", self->leaving, "generation",
		(json_int_t)daemon->setup.generation, "tenure", (json_int_t)self->tenure, "group",
		groups->name, "holder", node_or_null(daemon, group_holder(daemon->group)),
		"preferred", node_or_null(daemon, groups->preferred), "floating_ips", addresses,
		"peers", peers, "counters", counters_json(&daemon->counters));
	json_object_set_new(status, "drain",
		json_pack("{s:b, s:o}", "active", draining, "connections",
			draining ? json_integer(daemon->connections) : json_null()));
	json_object_set_new(status, "control", control_json(daemon->control));
	return status;
}
