/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts floating IPv6 addresses on network devices and takes them off. */
#include "lib/net/address6.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "lib/net/device.h"

/* What is looked for in a dump, and what was found of it. */
struct search {
	unsigned int device;
	struct in6_addr ip;
	bool found;
	uint8_t prefix;
	uint32_t flags;
};

static int collect(const struct nlmsghdr *message, void *context)
{
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;
	struct search *search = context;
	uint32_t flags;
	bool same = false;

	if (message->nlmsg_type != RTM_NEWADDR ||
		mnl_nlmsg_get_payload_len(message) < sizeof(*head) ||
		head->ifa_index != search->device || head->ifa_family != AF_INET6)
		return MNL_CB_OK;
	flags = head->ifa_flags;
	mnl_attr_for_each(attribute, message, sizeof(*head))
	{
		if (mnl_attr_get_type(attribute) == IFA_ADDRESS &&
			mnl_attr_get_payload_len(attribute) == sizeof(search->ip))
			same = memcmp(mnl_attr_get_payload(attribute), &search->ip,
				       sizeof(search->ip)) == 0;
		if (mnl_attr_get_type(attribute) == IFA_FLAGS &&
			mnl_attr_get_payload_len(attribute) == sizeof(flags))
			flags = mnl_attr_get_u32(attribute);
	}
	if (same) {
		search->found = true;
		search->prefix = head->ifa_prefixlen;
		search->flags = flags;
	}
	return MNL_CB_OK;
}

static int look(struct netlink *netlink, const struct address6 *address, struct search *search,
	struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request;
	struct ifaddrmsg *head;
	struct device device;
	int result = device_find(netlink, address->device, &device, err);

	if (result < 0)
		return result;
	/* A dump that something changed under may lack addresses: ask again, but not for ever. */
	for (int attempt = 0; attempt < 5; attempt++) {
		*search = (struct search){.device = device.index, .ip = address->ip};
		request = mnl_nlmsg_put_header(buffer);
		request->nlmsg_type = RTM_GETADDR;
		request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
		head->ifa_family = AF_INET6;
		result = netlink_ask(netlink, NETLINK_ROUTE, request, collect, search, err);
		if (result != -EINTR)
			break;
	}
	if (result < 0)
		error_prefix(
			err, "IPv6 addresses of device '%s' cannot be listed", address->device);
	return result;
}

static int change(struct netlink *netlink, const struct address6 *address, unsigned int device,
	uint16_t type, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	const struct ifa_cacheinfo life = {.ifa_prefered = 0, .ifa_valid = UINT32_MAX};
	struct ifaddrmsg *head;

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (type == RTM_NEWADDR)
		request->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->ifa_family = AF_INET6;
	head->ifa_prefixlen = address->prefix;
	head->ifa_scope = RT_SCOPE_UNIVERSE;
	head->ifa_index = device;
	mnl_attr_put(request, IFA_LOCAL, sizeof(address->ip), &address->ip);
	mnl_attr_put(request, IFA_ADDRESS, sizeof(address->ip), &address->ip);
	if (type == RTM_NEWADDR) {
		mnl_attr_put_u32(request, IFA_FLAGS, IFA_F_NODAD);
		mnl_attr_put(request, IFA_CACHEINFO, sizeof(life), &life);
	}
	return netlink_ask(netlink, NETLINK_ROUTE, request, NULL, NULL, err);
}

static enum address6_state state_of(const struct search *search)
{
	if (!search->found)
		return ADDRESS6_ABSENT;
	if (search->flags & IFA_F_DADFAILED)
		return ADDRESS6_FAILED;
	return search->flags & IFA_F_TENTATIVE ? ADDRESS6_TENTATIVE : ADDRESS6_USABLE;
}

static int check(const struct address6 *address, const char *ip, struct error *err)
{
	if (address->prefix < 1 || address->prefix > 128)
		return error_set(err, EINVAL,
			"floating address %s: prefix length %u is not in 1..128", ip,
			address->prefix);
	if (IN6_IS_ADDR_UNSPECIFIED(&address->ip) || IN6_IS_ADDR_MULTICAST(&address->ip) ||
		IN6_IS_ADDR_LOOPBACK(&address->ip) || IN6_IS_ADDR_V4MAPPED(&address->ip))
		return error_set(err, EINVAL, "floating address %s is not a unicast address", ip);
	return 0;
}

int address6_add(struct netlink *netlink, const struct address6 *address, struct error *err)
{
	char ip[INET6_ADDRSTRLEN] = "";
	struct search search;
	int result;

	inet_ntop(AF_INET6, &address->ip, ip, sizeof(ip));
	result = check(address, ip, err);
	if (result == 0)
		result = look(netlink, address, &search, err);
	if (result < 0)
		return result;
	if (state_of(&search) == ADDRESS6_USABLE)
		return 0;
	if (search.found)
		result = address6_remove(netlink, address, err);
	if (result == 0)
		result = change(netlink, address, search.device, RTM_NEWADDR, err);
	if (result == -EEXIST) /* somebody else was faster: it is there, and that was asked for */
		return 0;
	if (result < 0)
		error_prefix(err, "floating address %s/%u cannot be put on device '%s'", ip,
			address->prefix, address->device);
	return result;
}

int address6_remove(struct netlink *netlink, const struct address6 *address, struct error *err)
{
	struct address6 there = *address;
	char ip[INET6_ADDRSTRLEN] = "";
	struct search search = {.found = true};
	int result = 0;

	/* Removed, and then seen to be: the second look finds nothing, if nobody puts it back. */
	for (int tries = 0; tries < 3 && result == 0 && search.found; tries++) {
		result = look(netlink, address, &search, err);
		if (result == -ENODEV) /* a device that is gone has no address */
			return 0;
		if (result < 0 || !search.found)
			break;
		there.prefix = search.prefix;
		result = change(netlink, &there, search.device, RTM_DELADDR, err);
		if (result == -EADDRNOTAVAIL || result == -ENODEV)
			result = 0;
	}
	if (result == 0 && search.found)
		result = error_set(err, EBUSY, "it is there again after each removal");
	if (result < 0) {
		inet_ntop(AF_INET6, &address->ip, ip, sizeof(ip));
		error_prefix(err, "floating address %s cannot be taken off device '%s'", ip,
			address->device);
	}
	return result;
}

int address6_look(struct netlink *netlink, const struct address6 *address,
	enum address6_state *state, struct error *err)
{
	struct search search;
	int result = look(netlink, address, &search, err);

	if (result < 0)
		return result;
	*state = state_of(&search);
	return 0;
}
