/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gratuitous ARP: tells a network's listeners that an IPv4 address is now at this node. */
#include "lib/net/gratuitous_arp.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/net/device.h"

struct gratuitous_arp {
	int descriptor;
	char device[IFNAMSIZ];
};

/* RFC 826's packet for Ethernet and IPv4: 28 bytes behind the Ethernet header. */
enum {
	ARP_BYTES = 28,
	ETHERNET_TYPE = 1,
};

int gratuitous_arp_open(struct netlink *netlink, const char *device,
	struct gratuitous_arp **announce, struct error *err)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET};
	socklen_t length = sizeof(address);
	struct device found;
	int result = device_find(netlink, device, &found, err);
	/* Protocol 0: nothing is ever queued for reading. */
	CLEANUP(cleanup_close)
	int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (result == -ENODEV)
		return error_set(err, ENODEV, "device '%s' to announce on does not exist", device);
	if (result < 0)
		return result;
	if (descriptor < 0)
		return error_system(err, errno,
			"packet socket for announcing on device '%s' cannot be opened (needs CAP_NET_RAW)",
			device);
	address.sll_ifindex = (int)found.index;
	if (bind(descriptor, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		getsockname(descriptor, (struct sockaddr *)&address, &length) < 0)
		return error_system(
			err, errno, "packet socket cannot be bound to device '%s'", device);
	if (address.sll_halen != ETHER_ADDR_LEN)
		return error_set(err, EOPNOTSUPP,
			"device '%s' has hardware addresses of %u bytes; gratuitous ARP needs an Ethernet device (6 bytes)",
			device, address.sll_halen);
	*announce = calloc(1, sizeof(**announce));
	if (!*announce)
		return error_system(err, ENOMEM, "announcing on device '%s'", device);
	(*announce)->descriptor = descriptor;
	descriptor = -1;
	strncpy((*announce)->device, device, IFNAMSIZ - 1);
	return 0;
}

void gratuitous_arp_free(struct gratuitous_arp *announce)
{
	if (!announce)
		return;
	close(announce->descriptor);
	free(announce);
}

/* Fields as RFC 826 names them; numbers in network byte order. */
static void write_frame(unsigned char frame[ARP_BYTES], unsigned operation,
	const unsigned char hardware[ETHER_ADDR_LEN], struct in_addr ip)
{
	const unsigned char head[] = {
		0, ETHERNET_TYPE,	     /* ar$hrd */
		ETHERTYPE_IP >> 8, 0,	     /* ar$pro */
		ETHER_ADDR_LEN, sizeof(ip),  /* ar$hln, ar$pln */
		0, (unsigned char)operation, /* ar$op */
	};

	memset(frame, 0, ARP_BYTES);
	memcpy(frame, head, sizeof(head));
	memcpy(frame + 8, hardware, ETHER_ADDR_LEN); /* ar$sha */
	memcpy(frame + 14, &ip, sizeof(ip));	     /* ar$spa */
	/* RFC 5227, 2.1.1: the target hardware address of a request is zero. In a gratuitous
	 * reply it repeats the sender's, as RFC 5944 (4.6) asks. */
	if (operation == ARPOP_REPLY)
		memcpy(frame + 18, hardware, ETHER_ADDR_LEN); /* ar$tha */
	memcpy(frame + 24, &ip, sizeof(ip));		      /* ar$tpa */
}

int gratuitous_arp_send(struct gratuitous_arp *announce, struct in_addr ip, struct error *err)
{
	static const unsigned operations[] = {ARPOP_REQUEST, ARPOP_REPLY};
	struct sockaddr_ll address = {0};
	socklen_t length = sizeof(address);
	unsigned char hardware[ETHER_ADDR_LEN];
	unsigned char frame[ARP_BYTES];

	/* Asked each time: a bonding device changes its hardware address when a link fails. */
	if (getsockname(announce->descriptor, (struct sockaddr *)&address, &length) < 0)
		return error_system(
			err, errno, "hardware address of device '%s'", announce->device);
	if (address.sll_halen != ETHER_ADDR_LEN)
		return error_set(err, ENODEV, "device '%s' is gone; announcing needs it back",
			announce->device);
	memcpy(hardware, address.sll_addr, sizeof(hardware));
	address.sll_protocol = htons(ETHERTYPE_ARP);
	memset(address.sll_addr, 0xff, ETHER_ADDR_LEN);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		write_frame(frame, operations[i], hardware, ip);
		if (sendto(announce->descriptor, frame, sizeof(frame), 0,
			    (struct sockaddr *)&address, sizeof(address)) < 0)
			return error_system(err, errno,
				"gratuitous ARP on device '%s' cannot be sent", announce->device);
	}
	return 0;
}
