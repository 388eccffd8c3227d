/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the groups.conf file. */
#include "daemons/heartbeat/groups.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/conf/block.h"

#define DRAIN_DEFAULT "5s"
#define DRAIN_MAX_MS 600000

/* libconfuse hands its callbacks nothing of ours; set only while groups_read_bytes parses. */
static _Thread_local const struct config *config_now;

/* "192.0.2.100/24" */
static bool address_parse(const char *words, struct in_addr *ip, uint8_t *prefix)
{
	const char *slash = strchr(words, '/');
	char text[INET_ADDRSTRLEN];
	uint64_t bits = 0;

	if (!slash || (size_t)(slash - words) >= sizeof(text) ||
		number_parse(slash + 1, "prefix", 1, 32, &bits, NULL) < 0)
		return false;
	memcpy(text, words, (size_t)(slash - words));
	text[slash - words] = '\0';
	if (inet_pton(AF_INET, text, ip) != 1 || ip->s_addr == 0 || IN_MULTICAST(ntohl(ip->s_addr)))
		return false;
	*prefix = (uint8_t)bits;
	return true;
}

static const char *last_value(cfg_opt_t *option)
{
	unsigned int count = cfg_opt_size(option);
	const char *value = count ? cfg_opt_getnstr(option, count - 1) : NULL;

	return value ? value : "";
}

static int preferred_check(cfg_t *section, cfg_opt_t *option)
{
	const char *name = last_value(option);

	if (config_now && config_node(config_now, name) < 0)
		return block_problem(
			section, "preferred node '%.64s' is not a node of ha.cf", name);
	return 0;
}

static int drain_check(cfg_t *section, cfg_opt_t *option)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t ms;

	if (number_parse_duration(last_value(option), "drain", 0, DRAIN_MAX_MS, &ms, &err) < 0)
		return block_problem(section, "%s", error_text(&err));
	return 0;
}

static int device_check(cfg_t *section, cfg_opt_t *option)
{
	const char *device = last_value(option);

	if (!device[0] || strlen(device) >= IFNAMSIZ || strpbrk(device, ":/ \t"))
		return block_problem(section,
			"'%.40s' is not the name of a network device (1 to %d characters, as ip link shows it)",
			device, IFNAMSIZ - 1);
	return 0;
}

static int label_check(cfg_t *section, cfg_opt_t *option)
{
	const char *label = last_value(option);

	if (!label[0] || strpbrk(label, ":/ \t"))
		return block_problem(
			section, "label '%.40s' must not be empty nor hold blanks, : or /", label);
	return 0;
}

static int floating_check(cfg_t *section, cfg_opt_t *option)
{
	cfg_t *floating = cfg_opt_getnsec(option, cfg_opt_size(option) - 1);
	const char *title = cfg_title(floating);
	struct in_addr ip;
	uint8_t prefix;

	if (!address_parse(title, &ip, &prefix))
		block_problem(section,
			"floating_ip \"%.64s\" is not an IPv4 address with its prefix, such as 192.0.2.100/24",
			title);
	if (!cfg_getstr(floating, "device"))
		block_problem(section,
			"floating_ip \"%.64s\" needs device = \"NAME\", the network device it goes on",
			title);
	return 0;
}

/* The interface label is what ifconfig and the runbooks show: "eth0:cs0". */
static void label_make(const char *path, cfg_t *section, struct groups *groups,
	struct floating_address *address, struct problems *problems)
{
	const char *given = cfg_getstr(section, "label");
	char fallback[16], label[128];
	unsigned int i;

	snprintf(fallback, sizeof(fallback), "cs%u", groups->address_count);
	snprintf(label, sizeof(label), "%s:%.64s", address->device, given ? given : fallback);
	if (strlen(label) >= sizeof(address->label)) {
		problems_add(problems, path, (unsigned int)section->line,
			"the interface label '%s' has %zu characters, the limit is %zu; give a shorter label",
			label, strlen(label), sizeof(address->label) - 1);
		return;
	}
	memcpy(address->label, label, strlen(label) + 1);
	for (i = 0; i < groups->address_count; i++)
		if (strcmp(groups->addresses[i].label, label) == 0)
			problems_add(problems, path, (unsigned int)section->line,
				"label '%s' is used twice; give each floating_ip its own", label);
}

static void floating_read(
	const char *path, cfg_t *section, struct groups *groups, struct problems *problems)
{
	struct floating_address address = {0};
	const char *device = cfg_getstr(section, "device");
	unsigned int i;

	/* Told already where it stands. */
	if (!address_parse(cfg_title(section), &address.ip, &address.prefix) || !device ||
		strlen(device) >= sizeof(address.device))
		return;
	memcpy(address.device, device, strlen(device) + 1);
	for (i = 0; i < groups->address_count; i++)
		if (groups->addresses[i].ip.s_addr == address.ip.s_addr)
			problems_add(problems, path, (unsigned int)section->line,
				"floating_ip \"%s\" is there twice", cfg_title(section));
	if (groups->address_count == GROUPS_ADDRESSES_MAX) {
		problems_add(problems, path, (unsigned int)section->line,
			"more than %d floating addresses in a group", GROUPS_ADDRESSES_MAX);
		return;
	}
	label_make(path, section, groups, &address, problems);
	groups->addresses[groups->address_count++] = address;
}

static void group_read(const char *path, cfg_t *section, const struct config *config,
	struct groups *groups, struct problems *problems)
{
	const char *preferred = cfg_getstr(section, "preferred");
	unsigned int i;

	groups->name = text_copy(cfg_title(section));
	groups->preferred = config && preferred ? config_node(config, preferred) : -1;
	number_parse_duration(
		cfg_getstr(section, "drain"), "drain", 0, DRAIN_MAX_MS, &groups->drain_ms, NULL);
	for (i = 0; i < cfg_size(section, "floating_ip"); i++)
		floating_read(path, cfg_getnsec(section, "floating_ip", i), groups, problems);
	if (cfg_size(section, "floating_ip") == 0)
		problems_add(problems, path, (unsigned int)section->line,
			"group \"%s\" has no floating_ip; add floating_ip \"ADDRESS/PREFIX\" { device = \"NAME\" }",
			groups->name);
}

struct groups *groups_read_bytes(
	const char *path, const char *text, const struct config *config, struct problems *problems)
{
	cfg_opt_t floating_options[] = {
		CFG_STR("device", NULL, CFGF_NONE),
		CFG_STR("label", NULL, CFGF_NONE),
		CFG_END(),
	};
	cfg_opt_t group_options[] = {
		CFG_STR("preferred", NULL, CFGF_NONE),
		CFG_STR("drain", DRAIN_DEFAULT, CFGF_NONE),
		CFG_SEC("floating_ip", floating_options, CFGF_MULTI | CFGF_TITLE),
		CFG_END(),
	};
	cfg_opt_t options[] = {
		CFG_SEC("group", group_options, CFGF_MULTI | CFGF_TITLE),
		CFG_END(),
	};
	CLEANUP(cleanup_groups) struct groups *groups = vector_resize(NULL, 1, sizeof(*groups));
	CLEANUP(cleanup_cfg) cfg_t *cfg = NULL;
	size_t before = problems->count;

	*groups = (struct groups){.preferred = -1};
	group_options[0].validcb = preferred_check;
	group_options[1].validcb = drain_check;
	group_options[2].validcb = floating_check;
	floating_options[0].validcb = device_check;
	floating_options[1].validcb = label_check;
	config_now = config;
	cfg = block_parse_bytes(path, text, options, problems);
	config_now = NULL;
	if (!cfg)
		return NULL;
	if (cfg_size(cfg, "group") > 0)
		group_read(path, cfg_getnsec(cfg, "group", 0), config, groups, problems);
	if (problems->count == before && cfg_size(cfg, "group") != 1)
		problems_add(problems, path, 0,
			"%u groups; this version serves exactly one, write one group \"NAME\" { ... }",
			cfg_size(cfg, "group"));
	return problems->count == before ? TAKE(groups) : NULL;
}

struct groups *groups_read(const char *path, const struct config *config, struct problems *problems)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	if (file_read(path, 1 << 20, &text, &length, &err) < 0) {
		problems_add(problems, path, 0, "%s", error_text(&err));
		return NULL;
	}
	if (strlen(text) != length) {
		problems_add(problems, path, 0, "holds a zero byte; this is not a text file");
		return NULL;
	}
	return groups_read_bytes(path, text, config, problems);
}

void groups_free(struct groups *groups)
{
	if (!groups)
		return;
	free(groups->name);
	free(groups);
}
