/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts floating IPv4 addresses on network devices and takes them off, by netlink, without a fork.
 */
#include "lib/net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/vector.h"
#include "lib/net/device.h"

/* One IPv4 address that the kernel has on the device. */
struct entry {
	struct in_addr local;
	struct in_addr subnet; /* the peer on a point-to-point device, else the same as local */
	uint8_t prefix;
};

struct entries {
	unsigned device;
	struct entry *items;
	size_t count;
};

static void cleanup_entries(struct entries *entries)
{
	free(entries->items);
}

static void read_address(const struct nlattr *attribute, struct in_addr *address)
{
	if (mnl_attr_validate2(attribute, MNL_TYPE_BINARY, sizeof(*address)) == 0)
		address->s_addr = mnl_attr_get_u32(attribute);
}

static int collect(const struct nlmsghdr *message, void *context)
{
	struct entries *entries = context;
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;
	struct entry found = {0};
	struct entry *entry;

	if (message->nlmsg_type != RTM_NEWADDR ||
		mnl_nlmsg_get_payload_len(message) < sizeof(*head) ||
		head->ifa_index != entries->device || head->ifa_family != AF_INET ||
		head->ifa_prefixlen > 32)
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, message, sizeof(*head))
	{
		if (mnl_attr_get_type(attribute) == IFA_LOCAL)
			read_address(attribute, &found.local);
		if (mnl_attr_get_type(attribute) == IFA_ADDRESS)
			read_address(attribute, &found.subnet);
	}
	if (found.local.s_addr == 0)
		found.local = found.subnet;
	found.prefix = head->ifa_prefixlen;
	entry = VECTOR_APPEND(entries->items, entries->count);
	*entry = found;
	return MNL_CB_OK;
}

static int list(
	struct netlink *netlink, const char *device, struct entries *entries, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request;
	struct ifaddrmsg *head;
	struct device found;
	int result;

	result = device_find(netlink, device, &found, err);
	if (result < 0)
		return result;
	entries->device = found.index;
	/* A dump that something changed under may lack addresses: ask again, but not for ever. */
	for (int attempt = 0; attempt < 5; attempt++) {
		entries->count = 0;
		request = mnl_nlmsg_put_header(buffer);
		request->nlmsg_type = RTM_GETADDR;
		request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
		head->ifa_family = AF_INET;
		result = netlink_ask(netlink, NETLINK_ROUTE, request, collect, entries, err);
		if (result != -EINTR)
			break;
	}
	if (result < 0)
		error_prefix(err, "addresses of device '%s' cannot be listed", device);
	return result;
}

static bool covers(const struct entry *entry, struct in_addr ip)
{
	/* Shifting 32 bits by 32 is undefined, hence the question. */
	uint32_t mask = entry->prefix == 0 ? 0 : htonl(UINT32_MAX << (32 - entry->prefix));

	return entry->local.s_addr != ip.s_addr &&
	       (entry->subnet.s_addr & mask) == (ip.s_addr & mask);
}

static const struct entry *find(const struct entries *entries, struct in_addr ip)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entries->items[i].local.s_addr == ip.s_addr)
			return &entries->items[i];
	return NULL;
}

static int check(const struct floating_address *address, struct error *err)
{
	char ip[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &address->ip, ip, sizeof(ip));
	if (address->prefix < 1 || address->prefix > 32)
		return error_set(err, EINVAL,
			"floating address %s: prefix length %u is not in 1..32", ip,
			address->prefix);
	if (address->label[0] == '\0')
		return error_set(err, EINVAL, "floating address %s: its label is empty", ip);
	if (address->ip.s_addr == INADDR_ANY || address->ip.s_addr == INADDR_BROADCAST ||
		IN_MULTICAST(ntohl(address->ip.s_addr)))
		return error_set(err, EINVAL, "floating address %s is not a unicast address", ip);
	return 0;
}

static int change(struct netlink *netlink, const struct floating_address *address, unsigned device,
	uint8_t prefix, uint16_t type, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	uint32_t ip = address->ip.s_addr;
	struct ifaddrmsg *head;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (type == RTM_NEWADDR)
		request->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->ifa_family = AF_INET;
	head->ifa_prefixlen = prefix;
	head->ifa_scope = RT_SCOPE_UNIVERSE;
	head->ifa_index = device;
	mnl_attr_put_u32(request, IFA_LOCAL, ip);
	mnl_attr_put_u32(request, IFA_ADDRESS, ip);
	if (type == RTM_NEWADDR) {
		mnl_attr_put_strz(request, IFA_LABEL, address->label);
		if (prefix < 31) /* RFC 3021: a /31 has no broadcast address */
			mnl_attr_put_u32(request, IFA_BROADCAST, ip | htonl(UINT32_MAX >> prefix));
	}
	return netlink_ask(netlink, NETLINK_ROUTE, request, NULL, NULL, err);
}

int address_add(struct netlink *netlink, const struct floating_address *address, struct error *err)
{
	CLEANUP(cleanup_entries) struct entries entries = {0};
	char ip[INET_ADDRSTRLEN] = "";
	uint8_t prefix = address->prefix;
	int result;

	result = check(address, err);
	if (result < 0)
		return result;
	result = list(netlink, address->device, &entries, err);
	if (result < 0)
		return result;
	if (find(&entries, address->ip))
		return 0;
	for (size_t i = 0; i < entries.count; i++)
		if (covers(&entries.items[i], address->ip))
			prefix = 32;
	result = change(netlink, address, entries.device, prefix, RTM_NEWADDR, err);
	if (result == -EEXIST) /* somebody else was faster: it is there, and that was asked for */
		return 0;
	if (result < 0) {
		inet_ntop(AF_INET, &address->ip, ip, sizeof(ip));
		return error_prefix(err, "floating address %s/%u cannot be put on device '%s'", ip,
			prefix, address->device);
	}
	return 0;
}

/* One question, and the deletions that follow from it. */
static int remove_once(struct netlink *netlink, const struct floating_address *address, bool *gone,
	struct error *err)
{
	CLEANUP(cleanup_entries) struct entries entries = {0};
	int result = list(netlink, address->device, &entries, err);

	*gone = true;
	if (result == -ENODEV) /* a device that is gone has no address */
		return 0;
	for (size_t i = 0; result >= 0 && i < entries.count; i++) {
		if (entries.items[i].local.s_addr != address->ip.s_addr)
			continue;
		*gone = false;
		result = change(netlink, address, entries.device, entries.items[i].prefix,
			RTM_DELADDR, err);
		if (result == -EADDRNOTAVAIL || result == -ENODEV)
			result = 0;
	}
	return result;
}

int address_remove(
	struct netlink *netlink, const struct floating_address *address, struct error *err)
{
	char ip[INET_ADDRSTRLEN] = "";
	bool gone = false;
	int result = 0;

	/* Removed, and then seen to be: the second look finds nothing, if nobody puts it back. */
	for (int look = 0; look < 3 && result >= 0 && !gone; look++)
		result = remove_once(netlink, address, &gone, err);
	if (result >= 0 && gone)
		return 0;
	if (result >= 0)
		result = error_set(err, EBUSY, "it is there again after each removal");
	inet_ntop(AF_INET, &address->ip, ip, sizeof(ip));
	error_prefix(
		err, "floating address %s cannot be taken off device '%s'", ip, address->device);
	return result;
}

int address_present(struct netlink *netlink, const struct floating_address *address, bool *present,
	struct error *err)
{
	CLEANUP(cleanup_entries) struct entries entries = {0};
	int result = list(netlink, address->device, &entries, err);

	if (result < 0)
		return result;
	*present = find(&entries, address->ip) != NULL;
	return 0;
}

static bool is_floating(const struct floating_address *floating, size_t count, struct in_addr ip)
{
	for (size_t i = 0; i < count; i++)
		if (floating[i].ip.s_addr == ip.s_addr)
			return true;
	return false;
}

int address_fixed(struct netlink *netlink, const struct floating_address *near,
	const struct floating_address *floating, size_t count, struct in_addr *fixed,
	struct error *err)
{
	CLEANUP(cleanup_entries) struct entries entries = {0};
	char ip[INET_ADDRSTRLEN] = "";
	int result = list(netlink, near->device, &entries, err);

	if (result < 0)
		return result;
	for (size_t i = 0; i < entries.count; i++) {
		const struct entry *entry = &entries.items[i];

		if (covers(entry, near->ip) && !is_floating(floating, count, entry->local)) {
			*fixed = entry->local;
			return 0;
		}
	}
	inet_ntop(AF_INET, &near->ip, ip, sizeof(ip));
	return error_set(err, ENOENT,
		"device '%s' has no address of its own in the subnet of floating address %s, so connections cannot be passed on to this node; give it one",
		near->device, ip);
}

int address_quiet(struct netlink *netlink, const char *device, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nlattr *families, *family, *settings;
	struct ifinfomsg *head;
	struct device found;
	int result;

	result = device_find(netlink, device, &found, err);
	if (result < 0)
		return result;
	request->nlmsg_type = RTM_SETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->ifi_family = AF_UNSPEC;
	head->ifi_index = (int)found.index;
	families = mnl_attr_nest_start(request, IFLA_AF_SPEC);
	family = mnl_attr_nest_start(request, AF_INET);
	settings = mnl_attr_nest_start(request, IFLA_INET_CONF);
	mnl_attr_put_u32(request, IPV4_DEVCONF_ARP_ANNOUNCE, 2);
	mnl_attr_nest_end(request, settings);
	mnl_attr_nest_end(request, family);
	mnl_attr_nest_end(request, families);
	result = netlink_ask(netlink, NETLINK_ROUTE, request, NULL, NULL, err);
	if (result < 0)
		return error_prefix(err, "arp_announce of device '%s' cannot be set", device);
	return 0;
}
