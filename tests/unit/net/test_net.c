/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeatd's acts on the network, for real, in namespaces of the test's own. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/net/address.h"
#include "lib/net/connections.h"
#include "lib/net/gratuitous_arp.h"
#include "tests/unit/net/conversation.h"
#include "tests/unit/net/namespace.h"

static struct floating_address floating(const char *ip, uint8_t prefix, const char *label)
{
	struct floating_address address = {
		.ip = conversation_ip(ip), .prefix = prefix, .device = "eth0"};

	snprintf(address.label, sizeof(address.label), "%s", label);
	return address;
}

/* Two namespaces joined by one wire; the test works in the first. */
struct pair {
	int here, there;
};

static int pair_setup(void **state)
{
	static struct pair pair;

	pair = (struct pair){namespace_new(), namespace_new()};
	namespace_link(pair.here, "eth0", pair.there, "eth0");
	namespace_run(pair.there, "ip addr add 10.9.0.1/24 dev eth0");
	namespace_enter(pair.here);
	*state = &pair;
	return 0;
}

static int pair_teardown(void **state)
{
	const struct pair *pair = *state;

	namespace_enter(namespace_new());
	close(pair->here);
	close(pair->there);
	return 0;
}

/* The source the kernel would choose towards that address. */
static void assert_source(const char *towards, const char *expected)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = conversation_ip(towards)};
	socklen_t length = sizeof(address);
	CLEANUP(cleanup_close) int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char ip[INET_ADDRSTRLEN];

	assert_int_equal(connect(sock, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(sock, (struct sockaddr *)&address, &length), 0);
	assert_string_equal(inet_ntop(AF_INET, &address.sin_addr, ip, sizeof(ip)), expected);
}

static void test_address_beside_a_fixed_one(void **state)
{
	const struct pair *pair = *state;
	struct floating_address address = floating("10.9.0.100", 24, "eth0:cs0");
	CLEANUP(cleanup_free) char *shown = NULL, *later = NULL;
	bool present = true;
	CLEANUP(error_release) struct error err = {0};

	namespace_run(pair->here, "ip addr add 10.9.0.2/24 dev eth0");
	assert_ok(address_present(namespace_netlink(), &address, &present, &err));
	assert_false(present);
	assert_ok(address_add(namespace_netlink(), &address, &err));
	assert_ok(address_add(namespace_netlink(), &address, &err)); /* once more is no mistake */
	assert_ok(address_present(namespace_netlink(), &address, &present, &err));
	assert_true(present);
	shown = namespace_output(pair->here, "ip -o -4 addr show dev eth0; ip route");
	assert_contains(shown, "inet 10.9.0.100/32 ");
	assert_contains(shown, "scope global eth0:cs0");
	assert_lacks(shown, "src 10.9.0.100");
	assert_source("10.9.0.1", "10.9.0.2");

	/* Another mask than the fixed address has would be the trap: a connected route of its
	 * own, with the floating address as preferred source. */
	assert_ok(address_remove(namespace_netlink(), &address, &err));
	address.prefix = 28;
	assert_ok(address_add(namespace_netlink(), &address, &err));
	assert_source("10.9.0.97", "10.9.0.2");

	/* It stays when the fixed address goes and comes back. */
	namespace_run(
		pair->here, "ip addr del 10.9.0.2/24 dev eth0; ip addr add 10.9.0.2/24 dev eth0");
	assert_ok(address_present(namespace_netlink(), &address, &present, &err));
	assert_true(present);
	assert_source("10.9.0.1", "10.9.0.2");

	assert_ok(address_remove(namespace_netlink(), &address, &err));
	assert_ok(address_remove(namespace_netlink(), &address, &err));
	assert_ok(address_present(namespace_netlink(), &address, &present, &err));
	assert_false(present);
	later = namespace_output(pair->here, "ip -o -4 addr show dev eth0");
	assert_contains(later, "10.9.0.2/24");
	assert_lacks(later, "cs0");
}

static void test_address_alone(void **state)
{
	const struct pair *pair = *state;
	struct floating_address first = floating("10.9.0.100", 24, "eth0:cs0");
	struct floating_address second = floating("10.9.0.101", 24, "eth0:cs1");
	CLEANUP(cleanup_free) char *shown = NULL;
	bool present = false;
	CLEANUP(error_release) struct error err = {0};

	assert_ok(address_add(namespace_netlink(), &first, &err));
	assert_ok(address_add(namespace_netlink(), &second, &err));
	shown = namespace_output(pair->here, "ip -o -4 addr show dev eth0; ip route");
	assert_contains(shown, "inet 10.9.0.100/24 brd 10.9.0.255 scope global eth0:cs0");
	assert_contains(shown, "inet 10.9.0.101/32 ");
	assert_contains(shown, "10.9.0.0/24 dev eth0");
	/* The first one's subnet does not take the second with it. */
	assert_ok(address_remove(namespace_netlink(), &first, &err));
	assert_ok(address_present(namespace_netlink(), &second, &present, &err));
	assert_true(present);
}

static void test_address_fixed(void **state)
{
	const struct pair *pair = *state;
	const struct floating_address list[] = {
		floating("10.9.0.100", 24, "eth0:cs0"), floating("10.9.0.101", 24, "eth0:cs1")};
	struct in_addr fixed = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_ok(address_add(namespace_netlink(), &list[0], &err));
	assert_int_equal(
		address_fixed(namespace_netlink(), &list[1], list, 2, &fixed, &err), -ENOENT);
	assert_string_equal(error_text(&err),
		"device 'eth0' has no address of its own in the subnet of floating address 10.9.0.101, so connections cannot be passed on to this node; give it one");
	namespace_run(
		pair->here, "ip addr add 10.8.0.2/24 dev eth0; ip addr add 10.9.0.2/24 dev eth0");
	assert_ok(address_fixed(namespace_netlink(), &list[1], list, 2, &fixed, &err));
	assert_int_equal(fixed.s_addr, conversation_ip("10.9.0.2").s_addr);
}

static void test_address_refusals(void **state)
{
	struct floating_address address = floating("10.9.0.100", 24, "eth0:cs0");
	bool present = true;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	snprintf(address.device, sizeof(address.device), "eth7");
	assert_int_equal(address_add(namespace_netlink(), &address, &err), -ENODEV);
	assert_string_equal(error_text(&err),
		"device 'eth7' does not exist on this node; see 'ip link' and correct the name in the configuration");
	assert_int_equal(address_present(namespace_netlink(), &address, &present, NULL), -ENODEV);
	assert_true(present);
	assert_int_equal(address_remove(namespace_netlink(), &address, &err), 0);
	assert_int_equal(address_quiet(namespace_netlink(), "eth7", &err), -ENODEV);
	address.prefix = 33;
	assert_int_equal(address_add(namespace_netlink(), &address, &err), -EINVAL);
	assert_string_equal(
		error_text(&err), "floating address 10.9.0.100: prefix length 33 is not in 1..32");
	address = floating("224.0.0.1", 24, "eth0:cs0");
	assert_int_equal(address_add(namespace_netlink(), &address, &err), -EINVAL);
	assert_string_equal(
		error_text(&err), "floating address 224.0.0.1 is not a unicast address");
}

static void test_address_quiet(void **state)
{
	const struct pair *pair = *state;
	CLEANUP(cleanup_free) char *shown = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_ok(address_quiet(namespace_netlink(), "eth0", &err));
	shown = namespace_output(pair->here, "cat /proc/sys/net/ipv4/conf/eth0/arp_announce");
	assert_string_equal(shown, "2\n");
}

/* A socket in the other namespace that receives every ARP frame arriving at its device. */
static int open_listener(const struct pair *pair)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_ARP)};
	struct timeval patience = {.tv_sec = CONVERSATION_DEADLINE_S};
	int sock;

	namespace_enter(pair->there);
	sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE_ARP));
	assert_true(sock >= 0);
	address.sll_ifindex = (int)if_nametoindex("eth0");
	assert_int_equal(bind(sock, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	namespace_enter(pair->here);
	return sock;
}

static void test_announce(void **state)
{
	const struct pair *pair = *state;
	static const unsigned char request[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0,
		7, 0x08, 0x06,		      /* Ethernet */
		0, 1, 0x08, 0x00, 6, 4, 0, 1, /* who has */
		2, 0, 0, 0, 0, 7, 10, 9, 0, 100, 0, 0, 0, 0, 0, 0, 10, 9, 0, 100};
	static const unsigned char reply[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 7,
		0x08, 0x06,		      /* Ethernet */
		0, 1, 0x08, 0x00, 6, 4, 0, 2, /* is at */
		2, 0, 0, 0, 0, 7, 10, 9, 0, 100, 2, 0, 0, 0, 0, 7, 10, 9, 0, 100};
	CLEANUP(cleanup_gratuitous_arp) struct gratuitous_arp *announce = NULL;
	CLEANUP(cleanup_close) int listener = -1;
	unsigned char frame[128];
	CLEANUP(error_release) struct error err = {0};

	assert_ok(gratuitous_arp_open(namespace_netlink(), "eth0", &announce, &err));
	/* After opening: the address to announce is the one the device has now. */
	namespace_run(pair->here, "ip link set eth0 address 02:00:00:00:00:07");
	listener = open_listener(pair);
	assert_ok(gratuitous_arp_send(announce, conversation_ip("10.9.0.100"), &err));
	assert_int_equal(recv(listener, frame, sizeof(frame), 0), sizeof(request));
	assert_memory_equal(frame, request, sizeof(request));
	assert_int_equal(recv(listener, frame, sizeof(frame), 0), sizeof(reply));
	assert_memory_equal(frame, reply, sizeof(reply));

	namespace_run(pair->here, "ip link del eth0");
	assert_true(gratuitous_arp_send(announce, conversation_ip("10.9.0.100"), &err) < 0);
	assert_contains(error_text(&err), "eth0");
}

static void test_announce_refusals(void **state)
{
	const struct pair *pair = *state;
	struct gratuitous_arp *announce = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(
		gratuitous_arp_open(namespace_netlink(), "eth7", &announce, &err), -ENODEV);
	assert_string_equal(error_text(&err), "device 'eth7' to announce on does not exist");
	namespace_run(pair->here, "ip tuntap add dev tun0 mode tun");
	assert_int_equal(
		gratuitous_arp_open(namespace_netlink(), "tun0", &announce, &err), -EOPNOTSUPP);
	assert_string_equal(error_text(&err),
		"device 'tun0' has hardware addresses of 0 bytes; gratuitous ARP needs an Ethernet device (6 bytes)");
	assert_null(announce);
	gratuitous_arp_free(NULL);
}

static void test_connections(void **state)
{
	const struct pair *pair = *state;
	const struct in_addr addresses[] = {conversation_ip("10.9.0.100"),
		conversation_ip("10.9.0.101"), conversation_ip("10.9.0.102")};
	int listener, client[4], server[4];
	struct in_addr many[65] = {{0}};
	unsigned counted = 77;
	CLEANUP(error_release) struct error err = {0};

	namespace_run(pair->here, "for i in 2 100 101; do ip addr add 10.9.0.$i/24 dev eth0; done");
	listener = conversation_listen(AF_INET6);
	conversation_count(addresses, 3, 0); /* a listener does not count */
	namespace_enter(pair->there);
	client[0] = conversation_connect("10.9.0.100");
	client[1] = conversation_connect("10.9.0.100");
	client[2] = conversation_connect("10.9.0.101");
	client[3] = conversation_connect("10.9.0.2"); /* not floating */
	namespace_enter(pair->here);
	for (int i = 0; i < 4; i++)
		server[i] = conversation_accept(listener);
	conversation_count(addresses, 3, 3);
	conversation_count(addresses, 1, 2);
	conversation_count(addresses + 1, 1, 1);
	conversation_count(addresses + 1, 2, 1);
	conversation_count(addresses + 2, 1, 0);
	conversation_count(addresses, 0, 0);
	close(client[0]); /* CLOSE_WAIT here: this end may still send */
	conversation_count(addresses, 3, 3);
	close(server[0]);
	conversation_count(addresses, 3, 2);
	shutdown(server[1], SHUT_WR); /* FIN_WAIT2, the program still reads */
	conversation_count(addresses, 3, 2);
	close(server[1]); /* FIN_WAIT2 without a program */
	conversation_count(addresses, 3, 1);
	close(server[2]);
	close(client[2]); /* TIME_WAIT here */
	conversation_count(addresses, 3, 0);
	assert_int_equal(connections_count(namespace_netlink(), many, 65, &counted, &err), -EINVAL);
	assert_string_equal(error_text(&err), "65 addresses to count connections of, not 0..64");
	assert_int_equal(counted, 77);
	close(listener);
	close(client[1]);
	close(client[3]);
	close(server[3]);
}

static void test_connections_of_many_addresses(void **state)
{
	struct in_addr many[64];
	CLEANUP(cleanup_close) int listener = conversation_listen(AF_INET);
	CLEANUP(cleanup_close) int client = -1, server = -1;

	(void)state;
	for (uint32_t i = 0; i < 64; i++)
		many[i].s_addr = htonl(0x7f000100 + i); /* 127.0.1.x: all of it is local */
	client = conversation_connect("127.0.1.63");
	server = conversation_accept(listener);
	conversation_say(client, server, "hello");
	conversation_count(many, 64, 1); /* the accepting end; the other has 127.0.0.1 */
	conversation_count(many, 63, 0);
	conversation_count(many + 63, 1, 1);
}

#define ON_PAIR(test) cmocka_unit_test_setup_teardown(test, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_PAIR(test_address_beside_a_fixed_one),
		ON_PAIR(test_address_alone),
		ON_PAIR(test_address_fixed),
		ON_PAIR(test_address_refusals),
		ON_PAIR(test_address_quiet),
		ON_PAIR(test_announce),
		ON_PAIR(test_announce_refusals),
		ON_PAIR(test_connections),
		ON_PAIR(test_connections_of_many_addresses),
	};

	if (!namespace_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
