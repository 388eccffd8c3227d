/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a cluster file and all that is checked while it is read. */
#include "orchestrator/cluster/cluster_options.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/text.h"
#include "orchestrator/cluster/deadlines.h"
#include "orchestrator/cluster/host.h"
#include "orchestrator/cluster/value.h"

static void check_floating(const struct block_place *place, const char *value, void *field)
{
	const struct word_list *earlier = field;

	if (!host_is_floating(value))
		block_problem(place, "floating_ips: \"%s\" is no unicast IPv4 address", value);
	for (size_t i = 0; i < earlier->count; i++)
		if (text_equal(earlier->items[i], value))
			block_problem(place, "floating_ips: \"%s\" is given twice", value);
}

static void check_address(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	if (!host_is_address(value))
		block_problem(
			place, "address: \"%s\" is neither an IP address nor a host name", value);
}

static void check_profile_name(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	if (!value_is_name(value))
		block_problem(place,
			"profile: \"%s\" is no name of a profile (letters, digits, \".\", \"_\" and \"-\", at most 63)",
			value);
}

static void check_user(const struct block_place *place, const char *value, void *field)
{
	(void)field;
	if (!value_is_account(value))
		block_problem(place, "user: \"%s\" is no name of a user", value);
}

static void check_url(const struct block_place *place, const char *value, void *field)
{
	const char *host = strstr(value, "://");

	(void)field;
	if ((strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0) || !host ||
		!strcspn(host + 3, "/:?#") || strchr(value, ' '))
		block_problem(place,
			"url: \"%s\" is no address of the form http://HOST[:PORT]/PATH or https://...",
			value);
}

static void take_tcp(const struct block_place *place, const char *value, void *section)
{
	struct cluster_probe *probe = section;

	if (!host_split(value, &probe->host, &probe->port))
		block_problem(place,
			"tcp: \"%s\" is not of the form HOST:PORT (IPv6: [ADDRESS]:PORT)", value);
}

static void refuse_verify(const struct block_place *place, const char *value, void *field)
{
	(void)value;
	(void)field;
	block_problem(place,
		"probe: verify: certificates are always checked; give ca = \"FILE\" for your own authority, or insecure = yes for none at all");
}

/* A path, or "none". */
static void take_config(const struct block_place *place, const char *value, void *section)
{
	struct cluster_ssh *ssh = section;

	ssh->no_config = text_equal(value, "none");
	if (!ssh->no_config && block_check_path(place, value))
		ssh->config = block_path(place, value);
}

static void finish_node(const struct block_place *place, void *section)
{
	struct cluster_node *node = section;

	if (!host_is_name(node->name))
		block_problem(place,
			"node \"%s\": the name must be a host name (RFC 1123): letters, digits and \"-\"",
			node->name);
	if (!node->address)
		node->address = text_copy(node->name);
}

/* What has a meaning for some kinds of probe only. */
static void check_probe_fit(const struct block_place *place, const struct cluster_probe *probe)
{
	static const char *const of_https[] = {"ca", "insecure"};
	static const char *const of_http[] = {"status", "expect"};
	const char *url = probe->url;

	for (size_t i = 0; i < 2; i++) {
		if (block_given(place, of_https[i]) && (!url || !text_starts_with(url, "https://")))
			block_problem(place, "probe: %s is for https only", of_https[i]);
		if (block_given(place, of_http[i]) && !url)
			block_problem(
				place, "probe: %s goes with url only, not with tcp", of_http[i]);
	}
	if (probe->ca && probe->insecure)
		block_problem(place,
			"probe: ca and insecure = yes: either certificates are checked or not");
}

static void finish_probe(const struct block_place *place, void *section)
{
	struct cluster_probe *probe = section;

	probe->kind = probe->url ? CLUSTER_PROBE_HTTP : CLUSTER_PROBE_TCP;
	if (block_given(place, "url") == block_given(place, "tcp"))
		block_problem(place, "probe: give either url or tcp");
	else
		check_probe_fit(place, probe);
}

static void clear_probe(void *section)
{
	struct cluster_probe *probe = section;

	free(probe->host);
}

static void clear_ssh(void *section)
{
	struct cluster_ssh *ssh = section;

	free(ssh->config);
}

/* The port of a node as far as comparing is concerned. */
static unsigned int port_of(const struct cluster *cluster, const struct cluster_node *node)
{
	return node->port ?: cluster->ssh.port ?: 22;
}

/* Two nodes must not be one machine given twice. */
static void check_pair(const struct block_place *place, const struct cluster *cluster,
	const struct cluster_node *left, const struct cluster_node *right)
{
	/* Names that are the same in every letter have been refused as given again. */
	if (strcasecmp(left->name, right->name) == 0)
		block_problem(place,
			"node \"%s\" and node \"%s\": host names do not differ by case alone",
			left->name, right->name);
	if (strcasecmp(left->address, right->address) == 0 &&
		port_of(cluster, left) == port_of(cluster, right))
		block_problem(place, "node \"%s\" and node \"%s\" have the same address %s port %u",
			left->name, right->name, right->address, port_of(cluster, right));
}

static void check_nodes(const struct block_place *place, const struct cluster *cluster)
{
	const size_t count = cluster->node_count;

	if (count < CLUSTER_NODES_MIN || count > CLUSTER_NODES_MAX) {
		block_problem(place,
			"cluster \"%s\" has %zu node%s: it must have %d to %d, each as node \"NAME\" { address = \"...\" }",
			cluster->name, count, count == 1 ? "" : "s", CLUSTER_NODES_MIN,
			CLUSTER_NODES_MAX);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct cluster_node *node = &cluster->nodes[i];

		for (size_t j = 0; j < i; j++)
			check_pair(place, cluster, &cluster->nodes[j], node);
		for (size_t j = 0; j < cluster->floating_ips.count; j++)
			if (text_equal(node->address, cluster->floating_ips.items[j]))
				block_problem(place,
					"node \"%s\": its address %s is a floating IP, which moves; give the node's own",
					node->name, node->address);
	}
}

static void finish_cluster(const struct block_place *place, void *section)
{
	const struct cluster *cluster = section;

	if (!value_is_name(cluster->name))
		block_problem(place,
			"cluster \"%s\": a name has letters, digits, \".\", \"_\" and \"-\" only, at most 63",
			cluster->name);
	check_nodes(place, cluster);
}

static void clear_cluster(void *section)
{
	struct cluster *cluster = section;

	free(cluster->gates.windows.items);
	free(cluster->file);
	profile_free(cluster->profile);
}

#define AT(field) BLOCK_FIELD(struct cluster_ssh, field)
static const struct block_option ssh_options[] = {
	{"user", BLOCK_TEXT, AT(user), .check = check_user, .check_alone = true},
	{"port", BLOCK_NUMBER, AT(port), .low = 1, .high = 65535},
	{"identity", BLOCK_PATH, AT(identity)},
	{"known_hosts", BLOCK_PATH, AT(known_hosts)},
	{"connect_timeout", BLOCK_DURATION, AT(connect_timeout_ms), VALUE_DURATION},
	{"config", BLOCK_OWN, .check = take_config},
	{"sudo", BLOCK_YES_NO, AT(sudo), .low = CLUSTER_SUDO_NO},
};
#undef AT
static const struct block_section ssh_section = {BLOCK_OPTIONS(ssh_options), .clear = clear_ssh};

#define AT(field) BLOCK_FIELD(struct cluster_node, field)
static const struct block_option node_options[] = {
	{"address", BLOCK_TEXT, AT(address), .check = check_address, .check_alone = true},
	{"port", BLOCK_NUMBER, AT(port), .low = 1, .high = 65535},
	{"values", BLOCK_LIST, BLOCK_ITEMS(struct cluster_node, values.items, values.count),
		.check = file_settings_check_value},
};
#undef AT
static const struct block_section node_section = {
	BLOCK_OPTIONS(node_options),
	.size = sizeof(struct cluster_node),
	.title = offsetof(struct cluster_node, name),
	.finish = finish_node,
};

#define AT(field) BLOCK_FIELD(struct cluster_probe, field)
static const struct block_option probe_options[] = {
	{"url", BLOCK_TEXT, AT(url), .check = check_url},
	{"tcp", BLOCK_OWN, .check = take_tcp},
	{"rate", BLOCK_NUMBER, AT(rate), .low = 1, .high = CLUSTER_PROBE_RATE_MAX, .initial = 100},
	{"budget", BLOCK_NUMBER, AT(budget), .high = CLUSTER_BUDGET_MAX},
	{"timeout", BLOCK_DURATION, AT(timeout_ms), .low = 1, .high = CLUSTER_PROBE_TIMEOUT_MAX_MS,
		.initial = 2000},
	{"gap_budget", BLOCK_DURATION, AT(gap_budget_ms), VALUE_DURATION},
	{"ca", BLOCK_PATH, AT(ca)},
	{"insecure", BLOCK_YES_NO, AT(insecure)},
	{"verify", BLOCK_OWN, .check = refuse_verify},
	{"status", BLOCK_NUMBER, AT(status), .low = 100, .high = 599},
	{"expect", BLOCK_TEXT, AT(expect)},
	{"vantage_rate", BLOCK_NUMBER, AT(vantage_rate), .high = CLUSTER_VANTAGE_RATE_MAX,
		.initial = 5},
	{"held", BLOCK_NUMBER, AT(held), .high = CLUSTER_HELD_MAX},
	{"held_budget", BLOCK_NUMBER, AT(held_budget), .high = CLUSTER_BUDGET_MAX,
		.initial = UINT64_MAX},
};
#undef AT
static const struct block_section probe_section = {
	BLOCK_OPTIONS(probe_options),
	.finish = finish_probe,
	.clear = clear_probe,
};

#define AT(field) BLOCK_FIELD(struct cluster, field)
#define LIST(field) BLOCK_ITEMS(struct cluster, field.items, field.count)
static const struct block_option cluster_options[] = {
	{"profile", BLOCK_TEXT, AT(profile_name), .check = check_profile_name, .check_alone = true,
		.required = ""},
	{"floating_ips", BLOCK_LIST, LIST(floating_ips), .check = check_floating,
		.check_alone = true, .required = ""},
	{"services", BLOCK_LIST, LIST(services), .check = value_check_unit},
	{"ssh", BLOCK_SECTION, AT(ssh), .section = &ssh_section},
	{"node", BLOCK_NAMED, BLOCK_ITEMS(struct cluster, nodes, node_count),
		.section = &node_section},
	{"probe", BLOCK_SECTION, AT(probe), .section = &probe_section},
	{"deadlines", BLOCK_SECTION, AT(deadlines), .section = &deadlines_section},
	{"file", BLOCK_NAMED, LIST(files), .high = FILE_SETTINGS_MAX,
		.section = &file_settings_section},
	{"window", BLOCK_OWN_LIST, AT(gates.windows), .check = gate_settings_take_window},
	{"pause_after", BLOCK_LIST, LIST(gates.pause_after)},
	{"hooks", BLOCK_SECTION, AT(gates), .section = &gate_settings_hooks_section},
	{"notify", BLOCK_SECTION, AT(gates.notify), .section = &gate_settings_notify_section},
};
#undef AT
#undef LIST
const struct block_section cluster_options_section = {
	BLOCK_OPTIONS(cluster_options),
	.size = sizeof(struct cluster),
	.title = offsetof(struct cluster, name),
	.finish = finish_cluster,
	.clear = clear_cluster,
};

static const struct block_option file_options[] = {
	{"cluster", BLOCK_NAMED, BLOCK_ITEMS(struct cluster_file, items, count), .high = 1,
		.section = &cluster_options_section},
};
const struct block_section cluster_options_file = {BLOCK_OPTIONS(file_options)};
