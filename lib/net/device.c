/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of a network device. */
#include "lib/net/device.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

static int collect(const struct nlmsghdr *message, void *context)
{
	const struct ifinfomsg *head = mnl_nlmsg_get_payload(message);
	struct device *device = context;

	if (message->nlmsg_type == RTM_NEWLINK &&
		mnl_nlmsg_get_payload_len(message) >= sizeof(*head)) {
		device->index = (unsigned int)head->ifi_index;
		device->flags = head->ifi_flags;
	}
	return MNL_CB_OK;
}

int device_find(struct netlink *netlink, const char *name, struct device *device, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct device found = {0};
	struct ifinfomsg *head;
	int result;

	request->nlmsg_type = RTM_GETLINK;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(request, IFLA_IFNAME, name);
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	result = netlink_ask(netlink, NETLINK_ROUTE, request, collect, &found, err);
	if (result == -ENODEV)
		return error_set(err, ENODEV,
			"device '%s' does not exist on this node; see 'ip link' and correct the name in the configuration",
			name);
	if (result < 0)
		return error_prefix(err, "whether there is a device '%s' cannot be seen", name);
	if (!found.index)
		return error_set(
			err, EIO, "whether there is a device '%s': the kernel did not say", name);
	*device = found;
	return 0;
}
