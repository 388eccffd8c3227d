/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a cluster file and all that is checked while it is read. */
#include "orchestrator/cluster/check.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/cluster/deadlines.h"
#include "orchestrator/cluster/field.h"
#include "orchestrator/cluster/files.h"
#include "orchestrator/cluster/gates.h"
#include "orchestrator/cluster/host.h"

static void check_number(
	cfg_t *section, const cfg_opt_t *option, const char *value, uint64_t low, uint64_t high)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t number;

	if (number_parse(value, option->name, low, high, &number, &err) < 0)
		block_problem(section, "%s", error_text(&err));
}

static int check_port(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	check_number(section, option, value, 1, 65535);
	return 0;
}

static int check_rate(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	check_number(section, option, value, 1, CLUSTER_PROBE_RATE_MAX);
	return 0;
}

static int check_timeout(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t ms;

	*(const char **)result = value;
	if (number_parse_duration(value, option->name, 1, CLUSTER_PROBE_TIMEOUT_MAX_MS, &ms, &err) <
		0)
		block_problem(section, "%s", error_text(&err));
	return 0;
}

static int check_budget(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	check_number(section, option, value, 0, 1000000000);
	return 0;
}

static int check_vantage_rate(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	check_number(section, option, value, 0, CLUSTER_VANTAGE_RATE_MAX);
	return 0;
}

static int check_held(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	check_number(section, option, value, 0, CLUSTER_HELD_MAX);
	return 0;
}

static int check_status(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	check_number(section, option, value, 100, 599);
	return 0;
}

static int check_floating(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	if (!host_is_floating(value))
		block_problem(section, "floating_ips: \"%s\" is no unicast IPv4 address", value);
	for (unsigned int i = 0; i + 1 < cfg_opt_size(option); i++)
		if (text_equal(cfg_opt_getnstr(option, i), value))
			block_problem(section, "floating_ips: \"%s\" is given twice", value);
	return 0;
}

static int check_address(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	(void)option;
	*(const char **)result = value;
	if (!host_is_address(value))
		block_problem(
			section, "address: \"%s\" is neither an IP address nor a host name", value);
	return 0;
}

static int check_profile_name(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	(void)option;
	*(const char **)result = value;
	if (!field_is_name(value))
		block_problem(section,
			"profile: \"%s\" is no name of a profile (letters, digits, \".\", \"_\" and \"-\", at most 63)",
			value);
	return 0;
}

static int check_user(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	(void)option;
	*(const char **)result = value;
	/* As useradd(8) allows them. */
	if (!*value || strlen(value) > 32 ||
		value[strspn(value,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] ||
		*value == '-')
		block_problem(section, "user: \"%s\" is no name of a user", value);
	return 0;
}

static int check_yes_no(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	*(const char **)result = value;
	if (!text_equal(value, "yes") && !text_equal(value, "no"))
		block_problem(section, "%s: \"%s\" is neither yes nor no", option->name, value);
	return 0;
}

static int check_path(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	field_check_text(section, option, value, result);
	if (*value == '~')
		block_problem(section, "%s: \"~\" is not expanded here: write the whole path",
			option->name);
	return 0;
}

static int check_url(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	const char *host = strstr(value, "://");

	field_check_text(section, option, value, result);
	if ((strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0) || !host ||
		!strcspn(host + 3, "/:?#") || strchr(value, ' '))
		block_problem(section,
			"url: \"%s\" is no address of the form http://HOST[:PORT]/PATH or https://...",
			value);
	return 0;
}

static int check_tcp(cfg_t *section, cfg_opt_t *option, const char *value, void *result)
{
	char *host = NULL;
	uint16_t port;

	(void)option;
	*(const char **)result = value;
	if (!host_split(value, &host, &port))
		block_problem(section,
			"tcp: \"%s\" is not of the form HOST:PORT (IPv6: [ADDRESS]:PORT)", value);
	free(host);
	return 0;
}

static int check_node(cfg_t *parent, cfg_opt_t *option)
{
	cfg_t *node = field_section(option);
	const char *name = cfg_title(node);

	if (!host_is_name(name))
		block_problem(parent,
			"node \"%s\": the name must be a host name (RFC 1123): letters, digits and \"-\"",
			name);
	return 0;
}

/* What has a meaning for some kinds of probe only. */
static void check_probe_fit(cfg_t *parent, cfg_t *probe)
{
	static const char *const of_https[] = {"ca", "insecure"};
	static const char *const of_http[] = {"status", "expect"};
	const char *url = cfg_getstr(probe, "url");

	for (size_t i = 0; i < 2; i++) {
		if (cfg_getstr(probe, of_https[i]) && (!url || !text_starts_with(url, "https://")))
			block_problem(parent, "probe: %s is for https only", of_https[i]);
		if (cfg_getstr(probe, of_http[i]) && !url)
			block_problem(
				parent, "probe: %s goes with url only, not with tcp", of_http[i]);
	}
	if (cfg_getstr(probe, "ca") && text_equal(cfg_getstr(probe, "insecure"), "yes"))
		block_problem(parent,
			"probe: ca and insecure = yes: either certificates are checked or not");
}

static int check_probe(cfg_t *parent, cfg_opt_t *option)
{
	cfg_t *probe = field_section(option);

	if (!cfg_getstr(probe, "url") == !cfg_getstr(probe, "tcp"))
		block_problem(parent, "probe: give either url or tcp");
	else
		check_probe_fit(parent, probe);
	if (cfg_getstr(probe, "verify"))
		block_problem(parent,
			"probe: verify: certificates are always checked; give ca = \"FILE\" for your own authority, or insecure = yes for none at all");
	return 0;
}

/* The port of a node as far as comparing is concerned. */
static const char *port_of(cfg_t *cluster, cfg_t *node)
{
	const char *port = cfg_getstr(node, "port");

	return port ?: cfg_getstr(cfg_getsec(cluster, "ssh"), "port") ?: "22";
}

static const char *address_of(cfg_t *node)
{
	return cfg_getstr(node, "address") ?: cfg_title(node);
}

/* What two nodes must not share; one must not be given as the other. */
static void check_pair(cfg_t *parent, cfg_t *cluster, cfg_t *left, cfg_t *right)
{
	const char *address = address_of(right);

	/* Names that differ are block_syntax's business only when they differ not even in case. */
	if (strcasecmp(cfg_title(left), cfg_title(right)) == 0)
		block_problem(parent,
			"node \"%s\" and node \"%s\": host names do not differ by case alone",
			cfg_title(left), cfg_title(right));
	if (strcasecmp(address_of(left), address) == 0 &&
		text_equal(port_of(cluster, left), port_of(cluster, right)))
		block_problem(parent,
			"node \"%s\" and node \"%s\" have the same address %s port %s",
			cfg_title(left), cfg_title(right), address, port_of(cluster, right));
}

static void check_nodes(cfg_t *parent, cfg_t *cluster)
{
	unsigned int count = cfg_size(cluster, "node");

	if (count < CLUSTER_NODES_MIN || count > CLUSTER_NODES_MAX) {
		block_problem(parent,
			"cluster \"%s\" has %u node%s: it must have %d to %d, each as node \"NAME\" { address = \"...\" }",
			cfg_title(cluster), count, count == 1 ? "" : "s", CLUSTER_NODES_MIN,
			CLUSTER_NODES_MAX);
		return;
	}
	for (unsigned int i = 0; i < count; i++) {
		cfg_t *node = cfg_getnsec(cluster, "node", i);

		for (unsigned int j = 0; j < i; j++)
			check_pair(parent, cluster, cfg_getnsec(cluster, "node", j), node);
		for (unsigned int j = 0; j < cfg_size(cluster, "floating_ips"); j++)
			if (text_equal(cfg_getstr(node, "address"),
				    cfg_getnstr(cluster, "floating_ips", j)))
				block_problem(parent,
					"node \"%s\": its address %s is a floating IP, which moves; give the node's own",
					cfg_title(node), cfg_getstr(node, "address"));
	}
}

static int check_cluster(cfg_t *parent, cfg_opt_t *option)
{
	cfg_t *cluster = field_section(option);

	if (!field_is_name(cfg_title(cluster)))
		block_problem(parent,
			"cluster \"%s\": a name has letters, digits, \".\", \"_\" and \"-\" only, at most 63",
			cfg_title(cluster));
	field_require(parent, cluster, "profile");
	field_require(parent, cluster, "floating_ips");
	check_nodes(parent, cluster);
	if (cfg_opt_size(option) > 1)
		block_problem(parent, "cluster \"%s\": a file holds one cluster only",
			cfg_title(cluster));
	return 0;
}

cfg_t *check_parse(const char *file, const char *bytes, struct problems *problems)
{
	cfg_opt_t ssh[] = {
		CFG_STR_CB("user", NULL, CFGF_NONE, check_user),
		CFG_STR_CB("port", NULL, CFGF_NONE, check_port),
		CFG_STR_CB("identity", NULL, CFGF_NONE, check_path),
		CFG_STR_CB("known_hosts", NULL, CFGF_NONE, check_path),
		CFG_STR_CB("connect_timeout", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("config", NULL, CFGF_NONE, check_path),
		CFG_STR_CB("sudo", NULL, CFGF_NONE, check_yes_no),
		CFG_END(),
	};
	cfg_opt_t node[] = {
		CFG_STR_CB("address", NULL, CFGF_NONE, check_address),
		CFG_STR_CB("port", NULL, CFGF_NONE, check_port),
		CFG_STR_LIST_CB("values", NULL, CFGF_NONE, files_check_value),
		CFG_END(),
	};
	cfg_opt_t probe[] = {
		CFG_STR_CB("url", NULL, CFGF_NONE, check_url),
		CFG_STR_CB("tcp", NULL, CFGF_NONE, check_tcp),
		CFG_STR_CB("rate", "100", CFGF_NONE, check_rate),
		CFG_STR_CB("budget", "0", CFGF_NONE, check_budget),
		CFG_STR_CB("timeout", NULL, CFGF_NONE, check_timeout),
		CFG_STR_CB("gap_budget", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("ca", NULL, CFGF_NONE, check_path),
		CFG_STR_CB("insecure", NULL, CFGF_NONE, check_yes_no),
		CFG_STR("verify", NULL, CFGF_NONE),
		CFG_STR_CB("status", NULL, CFGF_NONE, check_status),
		CFG_STR_CB("expect", NULL, CFGF_NONE, field_check_text),
		CFG_STR_CB("vantage_rate", "5", CFGF_NONE, check_vantage_rate),
		CFG_STR_CB("held", "0", CFGF_NONE, check_held),
		CFG_STR_CB("held_budget", NULL, CFGF_NONE, check_budget),
		CFG_END(),
	};
	cfg_opt_t cluster[] = {
		CFG_STR_CB("profile", NULL, CFGF_NONE, check_profile_name),
		CFG_STR_LIST_CB("floating_ips", NULL, CFGF_NONE, check_floating),
		CFG_STR_LIST_CB("services", NULL, CFGF_NONE, field_check_unit),
		CFG_SEC("ssh", ssh, CFGF_NONE),
		CFG_SEC("node", node, CFGF_TITLE | CFGF_MULTI),
		CFG_SEC("probe", probe, CFGF_NONE),
		CFG_SEC("deadlines", deadlines_options(), CFGF_NONE),
		CFG_SEC("file", files_options(), CFGF_TITLE | CFGF_MULTI),
		CFG_STR_LIST_CB("window", NULL, CFGF_NONE, gates_check_window),
		CFG_STR_LIST_CB("pause_after", NULL, CFGF_NONE, field_check_text),
		CFG_SEC("hooks", gates_hooks_options(), CFGF_NONE),
		CFG_SEC("notify", gates_notify_options(), CFGF_NONE),
		CFG_END(),
	};
	cfg_opt_t root[] = {
		CFG_SEC("cluster", cluster, CFGF_TITLE | CFGF_MULTI),
		CFG_END(),
	};

	cluster[4].validcb = check_node;
	cluster[5].validcb = check_probe;
	files_watch(cluster);
	gates_watch(cluster);
	root[0].validcb = check_cluster;
	return block_parse_bytes(file, bytes, root, problems);
}
