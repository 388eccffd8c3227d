/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of floating IPv6 addresses and their advertisements, between two network namespaces. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
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
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/net/address6.h"
#include "lib/net/neighbour_advertisement.h"
#include "tests/unit/net/namespace.h"

#define WAIT_MS 10000

/* Two namespaces joined by one wire; the test works in the first. */
struct pair {
	int here, there;
};

static int pair_setup(void **state)
{
	static struct pair pair;

	pair = (struct pair){namespace_new(), namespace_new()};
	namespace_link(pair.here, "eth0", pair.there, "eth0");
	namespace_run(pair.here, "ip -6 addr add 2001:db8::1/64 dev eth0 nodad");
	namespace_run(pair.there, "ip -6 addr add 2001:db8::2/64 dev eth0 nodad");
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

static struct address6 address_of(const char *ip, const char *device)
{
	struct address6 address = {.prefix = 64};

	assert_int_equal(inet_pton(AF_INET6, ip, &address.ip), 1);
	snprintf(address.device, sizeof(address.device), "%s", device);
	return address;
}

static enum address6_state state_of(const struct address6 *address)
{
	enum address6_state state = ADDRESS6_FAILED;

	assert_int_equal(address6_look(namespace_netlink(), address, &state, NULL), 0);
	return state;
}

/* The source the kernel would choose towards the other node. */
static void assert_source(const char *expected)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	CLEANUP(cleanup_close) int sock = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(address);
	char ip[INET6_ADDRSTRLEN];

	assert_int_equal(inet_pton(AF_INET6, "2001:db8::2", &address.sin6_addr), 1);
	assert_int_equal(connect(sock, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(sock, (struct sockaddr *)&address, &length), 0);
	assert_string_equal(inet_ntop(AF_INET6, &address.sin6_addr, ip, sizeof(ip)), expected);
}

static void test_a_floating_address_answers_at_once_and_is_no_source(void **state)
{
	const struct pair *pair = *state;
	const struct address6 address = address_of("2001:db8::100", "eth0");

	assert_int_equal(state_of(&address), ADDRESS6_ABSENT);
	assert_int_equal(address6_add(namespace_netlink(), &address, NULL), 0);
	assert_int_equal(state_of(&address), ADDRESS6_USABLE);
	assert_int_equal(address6_add(namespace_netlink(), &address, NULL), 0);
	namespace_run(pair->there, "ping -6 -c 1 -W 5 2001:db8::100 >/dev/null");
	assert_source("2001:db8::1");
	assert_int_equal(address6_remove(namespace_netlink(), &address, NULL), 0);
	assert_int_equal(state_of(&address), ADDRESS6_ABSENT);
	assert_int_equal(address6_remove(namespace_netlink(), &address, NULL), 0);
	assert_source("2001:db8::1");
}

/* Somebody put it on with another prefix; both are the same address to the network. */
static void test_whatever_its_prefix_it_is_removed(void **state)
{
	const struct pair *pair = *state;
	const struct address6 address = address_of("2001:db8::100", "eth0");

	namespace_run(pair->here, "ip -6 addr add 2001:db8::100/128 dev eth0 nodad");
	assert_int_equal(address6_remove(namespace_netlink(), &address, NULL), 0);
	assert_int_equal(state_of(&address), ADDRESS6_ABSENT);
}

/* Present is not usable: the other node has the address, so that duplicate detection fails here. */
static void test_an_address_that_failed_is_not_called_usable_and_is_repaired(void **state)
{
	const struct pair *pair = *state;
	const struct address6 address = address_of("2001:db8::100", "eth0");
	uint64_t deadline = clock_monotonic_ms() + WAIT_MS;

	namespace_run(pair->there, "ip -6 addr add 2001:db8::100/64 dev eth0 nodad");
	namespace_run(pair->here, "ip -6 addr add 2001:db8::100/64 dev eth0");
	while (state_of(&address) != ADDRESS6_FAILED) {
		assert_int_not_equal(state_of(&address), ADDRESS6_USABLE);
		assert_true(clock_monotonic_ms() < deadline);
		clock_sleep_ms(10);
	}
	assert_int_equal(address6_add(namespace_netlink(), &address, NULL), 0);
	assert_int_equal(state_of(&address), ADDRESS6_USABLE);
}

static void test_what_cannot_be(void **state)
{
	CLEANUP(error_release) struct error err = {0};
	struct address6 address = address_of("2001:db8::100", "eth7");
	struct neighbour_advertisement *advertise = NULL;
	enum address6_state look;

	(void)state;
	assert_int_equal(address6_add(namespace_netlink(), &address, &err), -ENODEV);
	assert_int_equal(address6_look(namespace_netlink(), &address, &look, &err), -ENODEV);
	assert_int_equal(address6_remove(namespace_netlink(), &address, &err), 0);
	assert_int_equal(
		neighbour_advertisement_open(namespace_netlink(), "eth7", &advertise, &err),
		-ENODEV);
	address = address_of("ff02::1", "eth0");
	assert_int_equal(address6_add(namespace_netlink(), &address, &err), -EINVAL);
	assert_string_equal(error_text(&err), "floating address ff02::1 is not a unicast address");
	address = address_of("2001:db8::100", "eth0");
	address.prefix = 129;
	assert_int_equal(address6_add(namespace_netlink(), &address, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"floating address 2001:db8::100: prefix length 129 is not in 1..128");
}

static bool neighbour_is(int space, const char *words)
{
	CLEANUP(cleanup_free)
	char *list = namespace_output(space, "ip -6 neigh show 2001:db8::100 dev eth0");

	return strstr(list, words) != NULL;
}

static void neighbour_await(int space, struct neighbour_advertisement *advertise,
	const struct in6_addr *ip, const char *words, bool wanted)
{
	uint64_t deadline = clock_monotonic_ms() + WAIT_MS;

	do {
		assert_true(clock_monotonic_ms() < deadline);
		assert_int_equal(neighbour_advertisement_send(advertise, ip, NULL), 0);
		clock_sleep_ms(10);
	} while (neighbour_is(space, words) != wanted);
}

/* A client whose default router it is keeps that, and learns where it is now. */
static void test_an_advertisement_moves_the_neighbours_entry(void **state)
{
	const struct pair *pair = *state;
	const struct address6 address = address_of("2001:db8::100", "eth0");
	CLEANUP(cleanup_netlink) struct netlink *netlink = NULL;
	CLEANUP(cleanup_neighbour_advertisement) struct neighbour_advertisement *advertise = NULL;

	assert_int_equal(netlink_open(&netlink, NULL), 0);
	assert_int_equal(address6_add(netlink, &address, NULL), 0);
	assert_int_equal(neighbour_advertisement_open(netlink, "eth0", &advertise, NULL), 0);
	namespace_run(pair->here, "ip link set eth0 address 02:00:00:00:00:42");
	namespace_run(pair->there,
		"ip -6 neigh replace 2001:db8::100 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
	neighbour_await(pair->there, advertise, &address.ip, "02:00:00:00:00:42", true);
	assert_false(neighbour_is(pair->there, "router"));
	namespace_run(pair->here, "sysctl -qw net.ipv6.conf.eth0.forwarding=1");
	neighbour_await(pair->there, advertise, &address.ip, "router", true);
	namespace_run(pair->here, "sysctl -qw net.ipv6.conf.eth0.forwarding=0");
	neighbour_await(pair->there, advertise, &address.ip, "router", false);
}

int main(void)
{
#define ON_PAIR(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)
	const struct CMUnitTest tests[] = {
		ON_PAIR(test_a_floating_address_answers_at_once_and_is_no_source),
		ON_PAIR(test_whatever_its_prefix_it_is_removed),
		ON_PAIR(test_an_address_that_failed_is_not_called_usable_and_is_repaired),
		ON_PAIR(test_what_cannot_be),
		ON_PAIR(test_an_advertisement_moves_the_neighbours_entry),
	};

	if (!namespace_usable())
		return 77; /* automake: skipped */
	if (access("/proc/sys/net/ipv6", F_OK) != 0) {
		fprintf(stderr, "skipped: this kernel has no IPv6\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
