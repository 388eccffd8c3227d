/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups.conf file. */
#include "daemons/heartbeat/groups_conf.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/conf/block.h"

#define DRAIN_DEFAULT_MS 5000
#define DRAIN_MAX_MS 600000

/* What the file says, as it is read. */
struct floating_words {
	char *address; /* ADDRESS/PREFIX */
	char *device;
	char *label;
};

struct group_words {
	char *name;
	uint64_t drain_ms;
	struct floating_words *floating;
	size_t floating_count;
};

struct group_file {
	struct group_words *items;
	size_t count;
};

/* What the checks have to know, and where the addresses are gathered. */
struct context {
	const struct ha_cf *config;
	struct groups_conf *groups;
	bool told_many;
};

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

static void take_preferred(const struct block_place *place, const char *name, void *field)
{
	struct context *context = place->source->context;

	(void)field;
	if (!context->config)
		return;
	context->groups->preferred = ha_cf_node(context->config, name);
	if (context->groups->preferred < 0)
		block_problem(place, "preferred node '%.64s' is not a node of ha.cf", name);
}

static void take_device(const struct block_place *place, const char *device, void *field)
{
	*(char **)field = text_copy(device);
	if (!device[0] || strlen(device) >= IFNAMSIZ || strpbrk(device, ":/ \t"))
		block_problem(place,
			"'%.40s' is not the name of a network device (1 to %d characters, as ip link shows it)",
			device, IFNAMSIZ - 1);
}

static void take_label(const struct block_place *place, const char *label, void *field)
{
	*(char **)field = text_copy(label);
	if (!label[0] || strpbrk(label, ":/ \t"))
		block_problem(
			place, "label '%.40s' must not be empty nor hold blanks, : or /", label);
}

/* The interface label is what ifconfig and the runbooks show: "eth0:cs0". */
static void make_label(const struct block_place *place, const char *given,
	const struct groups_conf *groups, struct floating_address *address)
{
	char fallback[16], label[128];

	snprintf(fallback, sizeof(fallback), "cs%u", groups->address_count);
	snprintf(label, sizeof(label), "%s:%.64s", address->device, given ? given : fallback);
	if (strlen(label) >= sizeof(address->label)) {
		block_problem(place,
			"the interface label '%s' has %zu characters, the limit is %zu; give a shorter label",
			label, strlen(label), sizeof(address->label) - 1);
		return;
	}
	memcpy(address->label, label, strlen(label) + 1);
	for (unsigned int i = 0; i < groups->address_count; i++)
		if (strcmp(groups->addresses[i].label, label) == 0)
			block_problem(place,
				"label '%s' is used twice; give each floating_ip its own", label);
}

static void finish_floating(const struct block_place *place, void *section)
{
	struct context *context = place->source->context;
	struct groups_conf *groups = context->groups;
	const struct floating_words *floating = section;
	struct floating_address address = {0};
	bool usable = address_parse(floating->address, &address.ip, &address.prefix);

	if (!usable)
		block_problem(place,
			"floating_ip \"%.64s\" is not an IPv4 address with its prefix, such as 192.0.2.100/24",
			floating->address);
	if (!floating->device)
		block_problem(place,
			"floating_ip \"%.64s\" needs device = \"NAME\", the network device it goes on",
			floating->address);
	if (!usable || !floating->device || strlen(floating->device) >= sizeof(address.device))
		return;
	memcpy(address.device, floating->device, strlen(floating->device) + 1);
	for (unsigned int i = 0; i < groups->address_count; i++)
		if (groups->addresses[i].ip.s_addr == address.ip.s_addr)
			block_problem(
				place, "floating_ip \"%s\" is there twice", floating->address);
	for (unsigned int i = 0; context->config && i < context->config->link_count; i++) {
		if (context->config->links[i].address.s_addr != address.ip.s_addr)
			continue;
		block_problem(place,
			"floating_ip \"%s\" is a node's own address by ucast of ha.cf, which would be taken off that node; give one that no node has for itself",
			floating->address);
		return;
	}
	if (groups->address_count == GROUPS_CONF_ADDRESSES_MAX) {
		if (!context->told_many)
			block_problem(place, "more than %d floating addresses in a group",
				GROUPS_CONF_ADDRESSES_MAX);
		context->told_many = true;
		return;
	}
	make_label(place, floating->label, groups, &address);
	groups->addresses[groups->address_count++] = address;
}

static void clear_floating(void *section)
{
	struct floating_words *floating = section;

	free(floating->device);
	free(floating->label);
}

static void finish_group(const struct block_place *place, void *section)
{
	const struct group_words *group = section;

	if (!group->floating_count)
		block_problem(place,
			"group \"%s\" has no floating_ip; add floating_ip \"ADDRESS/PREFIX\" { device = \"NAME\" }",
			group->name);
}

static const struct block_option floating_options[] = {
	{"device", BLOCK_OWN, BLOCK_FIELD(struct floating_words, device), .check = take_device},
	{"label", BLOCK_OWN, BLOCK_FIELD(struct floating_words, label), .check = take_label},
};
static const struct block_section floating_section = {
	BLOCK_OPTIONS(floating_options),
	.size = sizeof(struct floating_words),
	.title = offsetof(struct floating_words, address),
	.finish = finish_floating,
	.clear = clear_floating,
};

static const struct block_option group_options[] = {
	{"preferred", BLOCK_OWN, .check = take_preferred},
	{"drain", BLOCK_DURATION, BLOCK_FIELD(struct group_words, drain_ms), .high = DRAIN_MAX_MS,
		.initial = DRAIN_DEFAULT_MS},
	{"floating_ip", BLOCK_NAMED, BLOCK_ITEMS(struct group_words, floating, floating_count),
		.section = &floating_section},
};
static const struct block_section group_section = {
	BLOCK_OPTIONS(group_options),
	.size = sizeof(struct group_words),
	.title = offsetof(struct group_words, name),
	.finish = finish_group,
};

static const struct block_option file_options[] = {
	{"group", BLOCK_NAMED, BLOCK_ITEMS(struct group_file, items, count),
		.section = &group_section},
};
static const struct block_section file_section = {BLOCK_OPTIONS(file_options)};

struct groups_conf *groups_conf_read_bytes(
	const char *path, const char *text, const struct ha_cf *config, struct problems *problems)
{
	CLEANUP(cleanup_groups_conf)
	struct groups_conf *groups = vector_resize(NULL, 1, sizeof(*groups));
	struct context context = {.config = config, .groups = groups};
	const struct block_source source = {.path = path, .bytes = text, .context = &context};
	struct group_file file = {0};
	size_t before = problems->count;

	*groups = (struct groups_conf){.preferred = -1};
	block_read(&source, &file_section, &file, problems);
	if (problems->count == before && file.count != 1)
		problems_add(problems, path, 0,
			"%zu groups; this version serves exactly one, write one group \"NAME\" { ... }",
			file.count);
	if (file.count) {
		groups->name = TAKE(file.items->name);
		groups->drain_ms = file.items->drain_ms;
	}
	block_clear(&file_section, &file);
	return problems->count == before ? TAKE(groups) : NULL;
}

struct groups_conf *groups_conf_read(
	const char *path, const struct ha_cf *config, struct problems *problems)
{
	CLEANUP(cleanup_free) char *text = block_load(path, problems);

	return text ? groups_conf_read_bytes(path, text, config, problems) : NULL;
}

void groups_conf_free(struct groups_conf *groups)
{
	if (!groups)
		return;
	free(groups->name);
	free(groups);
}
