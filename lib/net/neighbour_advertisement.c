/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unsolicited Neighbour Advertisements. */
#include "lib/net/neighbour_advertisement.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/vector.h"
#include "lib/net/device.h"

struct neighbour_advertisement {
	int descriptor;
	struct netlink *netlink;
	char device[IFNAMSIZ];
};

/* The packet, as RFC 4861 draws it; the checksum is the kernel's. */
struct packet {
	struct nd_neighbor_advert head;
	struct nd_opt_hdr option;
	uint8_t hardware[ETHER_ADDR_LEN];
};
_Static_assert(sizeof(struct packet) == 32, "the packet's layout is RFC 4861's");

int neighbour_advertisement_open(struct netlink *netlink, const char *device,
	struct neighbour_advertisement **advertise, struct error *err)
{
	const int hops = 255, off = 0;
	struct icmp6_filter nothing;
	struct device found;
	int result = device_find(netlink, device, &found, err);
	CLEANUP(cleanup_close)
	int descriptor = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);

	if (result < 0)
		return result;
	if (descriptor < 0)
		return error_system(err, errno,
			"raw socket for advertising on device '%s' cannot be opened (needs CAP_NET_RAW)",
			device);
	ICMP6_FILTER_SETBLOCKALL(&nothing);
	if (setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strlen(device)) <
			0 ||
		setsockopt(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) <
			0 ||
		setsockopt(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &off, sizeof(off)) < 0 ||
		setsockopt(descriptor, IPPROTO_ICMPV6, ICMP6_FILTER, &nothing, sizeof(nothing)) < 0)
		return error_system(err, errno,
			"raw socket for advertising on device '%s' cannot be set up", device);
	*advertise = vector_resize(NULL, 1, sizeof(**advertise));
	**advertise =
		(struct neighbour_advertisement){.descriptor = descriptor, .netlink = netlink};
	descriptor = -1;
	strncpy((*advertise)->device, device, IFNAMSIZ - 1);
	return 0;
}

void neighbour_advertisement_free(struct neighbour_advertisement *advertise)
{
	if (!advertise)
		return;
	close(advertise->descriptor);
	free(advertise);
}

/* The hardware address, all zero when there is none of six bytes. */
static int hardware_collect(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, message, sizeof(struct ifinfomsg))
	{
		if (mnl_attr_get_type(attribute) == IFLA_ADDRESS &&
			mnl_attr_get_payload_len(attribute) == ETHER_ADDR_LEN)
			memcpy(context, mnl_attr_get_payload(attribute), ETHER_ADDR_LEN);
	}
	return MNL_CB_OK;
}

static int hardware_read(
	struct netlink *netlink, unsigned int device, uint8_t *hardware, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *head;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->ifi_family = AF_UNSPEC;
	head->ifi_index = (int)device;
	return netlink_ask(netlink, NETLINK_ROUTE, request, hardware_collect, hardware, err);
}

static int forwarding_collect(const struct nlmsghdr *message, void *context)
{
	const struct nlattr *attribute;

	if (message->nlmsg_type != RTM_NEWNETCONF)
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, message, sizeof(struct netconfmsg))
	{
		if (mnl_attr_get_type(attribute) == NETCONFA_FORWARDING &&
			mnl_attr_get_payload_len(attribute) == sizeof(int32_t))
			*(bool *)context = mnl_attr_get_u32(attribute) != 0;
	}
	return MNL_CB_OK;
}

static int forwarding_read(
	struct netlink *netlink, unsigned int device, bool *forwarding, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct netconfmsg *head;

	request->nlmsg_type = RTM_GETNETCONF;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->ncm_family = AF_INET6;
	mnl_attr_put_u32(request, NETCONFA_IFINDEX, device);
	return netlink_ask(netlink, NETLINK_ROUTE, request, forwarding_collect, forwarding, err);
}

int neighbour_advertisement_send(
	struct neighbour_advertisement *advertise, const struct in6_addr *ip, struct error *err)
{
	static const uint8_t none[ETHER_ADDR_LEN];
	struct packet packet = {.head = {.nd_na_type = ND_NEIGHBOR_ADVERT, .nd_na_target = *ip},
		.option = {.nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1}};
	struct sockaddr_in6 to = {.sin6_family = AF_INET6};
	bool forwarding = false;
	struct device device;
	int result = device_find(advertise->netlink, advertise->device, &device, err);

	/* Asked each time: a bond changes its hardware address, an administrator his mind. */
	if (result == 0)
		result = hardware_read(advertise->netlink, device.index, packet.hardware, err);
	if (result == 0)
		result = forwarding_read(advertise->netlink, device.index, &forwarding, err);
	if (result < 0)
		return error_prefix(err, "advertising on device '%s'", advertise->device), result;
	if (memcmp(packet.hardware, none, sizeof(none)) == 0)
		return error_set(err, EOPNOTSUPP,
			"device '%s' has no hardware address of 6 bytes to advertise",
			advertise->device);
	packet.head.nd_na_flags_reserved =
		ND_NA_FLAG_OVERRIDE | (forwarding ? ND_NA_FLAG_ROUTER : 0);
	inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
	to.sin6_scope_id = device.index;
	if (sendto(advertise->descriptor, &packet, sizeof(packet), 0, (struct sockaddr *)&to,
		    sizeof(to)) < 0)
		return error_system(err, errno,
			"neighbour advertisement on device '%s' cannot be sent", advertise->device);
	return 0;
}
