/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the kernel's connection tracking forget old connections to floating addresses. */
#include "lib/net/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/cleanup.h"
#include "lib/base/vector.h"
#include "lib/net/netlink.h"

/* "Compare the destination address": the kernel has no name for it in its public headers (it is
 * CTA_FILTER_F_CTA_IP_DST in net/netfilter/nf_internals.h; libnetfilter_conntrack repeats it). */
#define FILTER_BY_DESTINATION (1 << 1)

enum {
	ENTRIES_MAX = 16384,
	TUPLE_MAX = 128, /* addresses, protocol and ports: about 50 bytes */
};

/* What identifies an entry when it is to be deleted. */
struct entry {
	uint16_t tuple_length;
	unsigned char tuple[TUPLE_MAX]; /* the content of CTA_TUPLE_ORIG as the kernel wrote it */
	uint32_t id;			/* big endian, passed through */
	uint16_t zone;			/* the same */
};

struct search {
	struct in_addr address;
	struct entry *entries;
	size_t count;
};

static void cleanup_search(struct search *search)
{
	free(search->entries);
}

static const struct nlattr *find_nested(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *attribute;

	mnl_attr_for_each_nested(attribute, nest)
	{
		if (mnl_attr_get_type(attribute) == type)
			return attribute;
	}
	return NULL;
}

static bool is_to(const struct nlattr *tuple, struct in_addr address)
{
	const struct nlattr *ip = find_nested(tuple, CTA_TUPLE_IP);
	const struct nlattr *destination = ip ? find_nested(ip, CTA_IP_V4_DST) : NULL;

	return destination && mnl_attr_get_payload_len(destination) == sizeof(address) &&
	       mnl_attr_get_u32(destination) == address.s_addr;
}

static int collect(const struct nlmsghdr *message, void *context)
{
	struct search *search = context;
	const struct nlattr *attribute, *tuple = NULL;
	struct entry found = {0}, *entry;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, message, sizeof(struct nfgenmsg))
	{
		uint16_t length = mnl_attr_get_payload_len(attribute);

		if (mnl_attr_get_type(attribute) == CTA_TUPLE_ORIG)
			tuple = attribute;
		if (mnl_attr_get_type(attribute) == CTA_ID && length == sizeof(found.id))
			found.id = mnl_attr_get_u32(attribute);
		if (mnl_attr_get_type(attribute) == CTA_ZONE && length == sizeof(found.zone))
			found.zone = mnl_attr_get_u16(attribute);
	}
	if (!tuple || mnl_attr_get_payload_len(tuple) > TUPLE_MAX || !is_to(tuple, search->address))
		return MNL_CB_OK;
	if (search->count >= ENTRIES_MAX) {
		errno = E2BIG;
		return MNL_CB_ERROR;
	}
	found.tuple_length = mnl_attr_get_payload_len(tuple);
	memcpy(found.tuple, mnl_attr_get_payload(tuple), found.tuple_length);
	entry = VECTOR_APPEND(search->entries, search->count);
	*entry = found;
	return MNL_CB_OK;
}

static struct nlmsghdr *start_request(char *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *head;

	request->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | type;
	request->nlmsg_flags = NLM_F_REQUEST | flags;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->nfgen_family = AF_INET;
	head->version = NFNETLINK_V0;
	return request;
}

static int find_entries(struct netlink *netlink, struct search *search, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = start_request(buffer, IPCTNL_MSG_CT_GET, NLM_F_DUMP);
	struct nlattr *tuple, *ip, *filter;

	tuple = mnl_attr_nest_start(request, CTA_TUPLE_ORIG);
	ip = mnl_attr_nest_start(request, CTA_TUPLE_IP);
	mnl_attr_put_u32(request, CTA_IP_V4_DST, search->address.s_addr);
	mnl_attr_nest_end(request, ip);
	mnl_attr_nest_end(request, tuple);
	filter = mnl_attr_nest_start(request, CTA_FILTER);
	mnl_attr_put_u32(request, CTA_FILTER_ORIG_FLAGS, FILTER_BY_DESTINATION);
	mnl_attr_put_u32(request, CTA_FILTER_REPLY_FLAGS, 0);
	mnl_attr_nest_end(request, filter);
	return netlink_ask(netlink, NETLINK_NETFILTER, request, collect, search, err);
}

static int delete_entry(struct netlink *netlink, const struct entry *entry, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = start_request(buffer, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
	int result;

	/* Without this attribute the kernel would delete everything. */
	mnl_attr_put(request, CTA_TUPLE_ORIG | NLA_F_NESTED, entry->tuple_length, entry->tuple);
	mnl_attr_put_u32(request, CTA_ID, entry->id);
	if (entry->zone)
		mnl_attr_put_u16(request, CTA_ZONE, entry->zone);
	result = netlink_ask(netlink, NETLINK_NETFILTER, request, NULL, NULL, err);
	return result == -ENOENT ? 0 : result; /* it ended by itself */
}

int conntrack_forget(
	struct netlink *netlink, const struct in_addr *addresses, size_t count, struct error *err)
{
	char ip[INET_ADDRSTRLEN] = "";

	for (size_t i = 0; i < count; i++) {
		CLEANUP(cleanup_search) struct search search = {.address = addresses[i]};
		int result = find_entries(netlink, &search, err);

		for (size_t j = 0; result == 0 && j < search.count; j++)
			result = delete_entry(netlink, &search.entries[j], err);
		if (result < 0) {
			inet_ntop(AF_INET, &addresses[i], ip, sizeof(ip));
			error_prefix(
				err, "old connection tracking entries of %s cannot be deleted", ip);
			return result;
		}
	}
	return 0;
}
