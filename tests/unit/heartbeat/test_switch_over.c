/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The switch-over's packets for real: forwarding, ARP silence, established connections. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemons/heartbeat/arp_silence.h"
#include "daemons/heartbeat/forward.h"
#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/net/address.h"
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

/* One namespace whose eth0 leads nowhere. */
static int alone_setup(void **state)
{
	static int space;

	space = namespace_new();
	namespace_run(space, "ip link add eth0 type veth peer name eth1");
	namespace_enter(space);
	*state = &space;
	return 0;
}

static int alone_teardown(void **state)
{
	const int *space = *state;

	namespace_enter(namespace_new());
	close(*space);
	return 0;
}

static void test_forward_rules(void **state)
{
	const int *space = *state;
	struct forward_path paths[2] = {{.ip = conversation_ip("10.9.0.100"),
						.holder = conversation_ip("10.9.0.3"),
						.device = "eth0"},
		{.ip = conversation_ip("10.9.0.101"),
			.holder = conversation_ip("10.9.0.3"),
			.device = "eth0"}};
	CLEANUP(cleanup_free) char *both = NULL, *one = NULL, *none = NULL, *silent = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_ok(forward_check(namespace_nftables(), &err));
	assert_ok(forward_stop(namespace_netlink(), &err)); /* nothing there is no mistake */
	assert_ok(forward_start(namespace_netlink(), namespace_nftables(), paths, 2, &err));
	both = namespace_output(*space, "nft list ruleset");
	assert_contains(both, "table ip heartbeatd_forward");
	assert_contains(both, "10.9.0.100");
	assert_contains(both, "dup to 10.9.0.3 device \"eth0\" drop");
	assert_contains(both, "10.9.0.101");
	assert_ok(forward_start(
		namespace_netlink(), namespace_nftables(), paths, 1, &err)); /* replaces */
	one = namespace_output(*space, "nft list ruleset");
	assert_lacks(one, "10.9.0.101");
	assert_ok(arp_silence_start(namespace_nftables(), &paths[0].ip, 1, &err));
	assert_ok(arp_silence_start(namespace_nftables(), &paths[0].ip, 1, &err));
	silent = namespace_output(*space, "nft list table arp heartbeatd_silence");
	assert_contains(silent, "arp saddr ip 10.9.0.100 drop");
	assert_ok(arp_silence_stop(namespace_netlink(), &err));
	assert_ok(arp_silence_stop(namespace_netlink(), &err));
	assert_ok(forward_stop(namespace_netlink(), &err));
	assert_ok(forward_stop(namespace_netlink(), &err));
	none = namespace_output(*space, "nft list ruleset");
	assert_string_equal(none, "");
}

static void test_forward_refusals(void **state)
{
	struct forward_path path = {.ip = conversation_ip("10.9.0.100"),
		.holder = conversation_ip("10.9.0.3"),
		.device = "eth0\" drop"};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(
		forward_start(namespace_netlink(), namespace_nftables(), &path, 1, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"forwarding of 10.9.0.100: the device name is not made of 1..15 letters, digits and ._-@");
	memset(path.device, 'a', sizeof(path.device)); /* not terminated */
	assert_int_equal(
		forward_start(namespace_netlink(), namespace_nftables(), &path, 1, &err), -EINVAL);
	snprintf(path.device, sizeof(path.device), "eth0");
	path.holder = path.ip;
	assert_int_equal(
		forward_start(namespace_netlink(), namespace_nftables(), &path, 1, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"forwarding of 10.9.0.100: the old holder's address 10.9.0.100 is a floating address itself; its fixed address on that network is needed");
	path.holder.s_addr = 0;
	assert_int_equal(
		forward_start(namespace_netlink(), namespace_nftables(), &path, 1, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"forwarding of 10.9.0.100: the old holder's address 0.0.0.0 is not a unicast address");
	assert_int_equal(
		forward_start(namespace_netlink(), namespace_nftables(), &path, 0, &err), -EINVAL);
	assert_string_equal(error_text(&err), "0 addresses to forward, not 1..64");
	assert_int_equal(arp_silence_start(namespace_nftables(), NULL, 0, &err), -EINVAL);
	assert_string_equal(error_text(&err), "0 addresses to be silent about, not 1..64");
}

/* Client, old holder and successor at one switch; see docs/decisions/0001-make-before-break.md. */
struct net {
	int hub, client, old, successor;
};

static int net_setup(void **state)
{
	static struct net net;
	int *const nodes[] = {&net.client, &net.old, &net.successor};

	net.hub = namespace_new();
	namespace_run(net.hub, "ip link add bridge type bridge && ip link set bridge up");
	for (int i = 0; i < 3; i++) {
		char port[IFNAMSIZ];

		*nodes[i] = namespace_new();
		snprintf(port, sizeof(port), "port%d", i + 1);
		namespace_link(net.hub, port, *nodes[i], "eth0");
		namespace_run(net.hub, "ip link set %s master bridge", port);
		namespace_run(*nodes[i], "ip link set eth0 address 02:00:00:00:00:0%d", i + 1);
		namespace_run(*nodes[i], "ip addr add 10.9.0.%d/24 dev eth0", i + 1);
	}
	*state = &net;
	return 0;
}

static int net_teardown(void **state)
{
	const struct net *net = *state;

	namespace_enter(namespace_new());
	close(net->hub);
	close(net->client);
	close(net->old);
	close(net->successor);
	return 0;
}

static void successor_takes(const struct net *net, const struct floating_address *address)
{
	struct forward_path path = {
		.ip = address->ip, .holder = conversation_ip("10.9.0.2"), .device = "eth0"};
	CLEANUP(cleanup_gratuitous_arp) struct gratuitous_arp *announce = NULL;
	CLEANUP(error_release) struct error err = {0};

	namespace_enter(net->successor);
	assert_ok(gratuitous_arp_open(namespace_netlink(), "eth0", &announce, &err));
	assert_ok(forward_start(namespace_netlink(), namespace_nftables(), &path, 1, &err));
	assert_ok(address_add(namespace_netlink(), address, &err));
	assert_ok(gratuitous_arp_send(announce, address->ip, &err));
}

/*
 * Linux keeps an entry for a second (locktime) against a change, but an announcement counts: wait
 * for what the listener believes, repeating as the daemon does.
 */
static void wait_for_listener(const struct net *net, int holder, const char *hardware)
{
	uint64_t deadline = clock_monotonic_ms() + CONVERSATION_DEADLINE_S * 1000;
	CLEANUP(cleanup_gratuitous_arp) struct gratuitous_arp *announce = NULL;
	CLEANUP(error_release) struct error err = {0};

	namespace_enter(holder);
	assert_ok(gratuitous_arp_open(namespace_netlink(), "eth0", &announce, &err));
	for (;;) {
		CLEANUP(cleanup_free)
		char *shown = namespace_output(net->client, "ip neigh show 10.9.0.100");

		if (strstr(shown, hardware))
			return;
		if (clock_monotonic_ms() > deadline)
			fail_msg("the client still believes '%s'", shown);
		assert_ok(gratuitous_arp_send(announce, conversation_ip("10.9.0.100"), &err));
	}
}

static void test_switch_over(void **state)
{
	const struct net *net = *state;
	struct floating_address address = floating("10.9.0.100", 24, "eth0:cs0");
	int old_listener, new_listener, idle, idle_end, early, early_end, late, late_end;
	CLEANUP(cleanup_free) char *passed = NULL;
	CLEANUP(error_release) struct error err = {0};

	namespace_enter(net->old);
	assert_ok(address_quiet(namespace_netlink(), "eth0", &err));
	assert_ok(address_add(namespace_netlink(), &address, &err));
	old_listener = conversation_listen(AF_INET);
	namespace_enter(net->client);
	early = conversation_connect("10.9.0.100");
	early_end = conversation_accept(old_listener);
	idle = conversation_connect("10.9.0.100");
	idle_end = conversation_accept(old_listener);
	conversation_say(early, early_end, "before");
	namespace_enter(net->successor);
	new_listener = conversation_listen(AF_INET);
	successor_takes(net, &address);
	namespace_enter(net->old);
	assert_ok(arp_silence_start(namespace_nftables(), &address.ip, 1, &err));
	wait_for_listener(net, net->successor, "02:00:00:00:00:03");

	/* The early connection goes on, through the successor. */
	conversation_say(early, early_end, "during");
	conversation_say(early_end, early, "and back");
	passed = namespace_output(net->successor, "nft list table ip heartbeatd_forward");
	assert_contains(passed, "counter packets");
	assert_lacks(passed, "counter packets 0 ");
	/* A new one is the successor's; so is one of a listener that asks by ARP just now. */
	namespace_run(net->client, "ip neigh flush dev eth0");
	namespace_enter(net->client);
	late = conversation_connect("10.9.0.100");
	late_end = conversation_accept(new_listener);
	conversation_say(late, late_end, "new");
	conversation_say(early, early_end, "still");
	namespace_enter(net->successor);
	conversation_count(&address.ip, 1, 1);
	namespace_enter(net->old);
	conversation_count(&address.ip, 1, 2);

	/* The client ends it; the closing packets pass as well. */
	close(early);
	close(early_end);
	conversation_count(&address.ip, 1, 1);
	assert_ok(address_remove(namespace_netlink(), &address, &err));
	assert_ok(arp_silence_stop(namespace_netlink(), &err));
	namespace_enter(net->successor);
	assert_ok(forward_stop(namespace_netlink(), &err));
	conversation_say(late, late_end, "after");
	conversation_say(late_end, late, "after");
	/* What did not end in time is told at once, not left waiting. */
	assert_int_equal(send(idle, "x", 1, MSG_NOSIGNAL), 1);
	assert_int_equal(recv(idle, &(char){0}, 1, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	for (size_t i = 0; i < 6; i++)
		close((int[]){old_listener, new_listener, idle, idle_end, late, late_end}[i]);
}

/* With strict tracking the packets are "invalid" instead of "new": also passed on. */
static void test_switch_over_with_strict_tracking(void **state)
{
	const struct net *net = *state;
	struct floating_address address = floating("10.9.0.100", 24, "eth0:cs0");
	int listener, early, early_end;
	CLEANUP(error_release) struct error err = {0};

	namespace_enter(net->old);
	assert_ok(address_add(namespace_netlink(), &address, &err));
	listener = conversation_listen(AF_INET);
	namespace_enter(net->client);
	early = conversation_connect("10.9.0.100");
	early_end = conversation_accept(listener);
	successor_takes(net, &address);
	namespace_run(net->successor, "echo 0 > /proc/sys/net/netfilter/nf_conntrack_tcp_loose");
	wait_for_listener(net, net->successor, "02:00:00:00:00:03");
	conversation_say(early, early_end, "during");
	conversation_say(early_end, early, "and back");
	close(listener);
	close(early);
	close(early_end);
	namespace_enter(net->successor);
	assert_ok(forward_stop(namespace_netlink(), &err));
}

/* The successor was the holder before, and tracked a connection from the very same client port. */
static void test_switch_over_back(void **state)
{
	const struct net *net = *state;
	struct floating_address address = floating("10.9.0.100", 24, "eth0:cs0");
	CLEANUP(cleanup_close) int earlier_listener = -1, listener = -1, end = -1, client = -1;
	CLEANUP(error_release) struct error err = {0};
	int earlier, earlier_end;

	successor_takes(net, &address);
	/* Else the entry is passed over because the new connection's numbers do not fit it: most
	 * of the time, not always. */
	namespace_run(
		net->successor, "echo 1 > /proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal");
	earlier_listener = conversation_listen(AF_INET);
	namespace_enter(net->client);
	earlier = conversation_connect_from(40000, "10.9.0.100");
	earlier_end = conversation_accept(earlier_listener);
	conversation_say(earlier, earlier_end, "earlier");
	namespace_enter(net->successor);
	assert_ok(forward_stop(namespace_netlink(), &err)); /* tracking does not see the end */
	conversation_abort(earlier);
	conversation_abort(earlier_end);
	assert_ok(address_remove(namespace_netlink(), &address, &err));

	namespace_enter(net->old);
	assert_ok(address_add(namespace_netlink(), &address, &err));
	wait_for_listener(net, net->old, "02:00:00:00:00:02");
	listener = conversation_listen(AF_INET);
	namespace_enter(net->client);
	client = conversation_connect_from(40000, "10.9.0.100");
	end = conversation_accept(listener);
	successor_takes(net, &address);
	wait_for_listener(net, net->successor, "02:00:00:00:00:03");
	conversation_say(client, end, "later");
	conversation_say(end, client, "and back");
	namespace_enter(net->successor);
	assert_ok(forward_stop(namespace_netlink(), &err));
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, alone_setup, alone_teardown)
#define ON_NET(test) cmocka_unit_test_setup_teardown(test, net_setup, net_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE(test_forward_rules),
		ALONE(test_forward_refusals),
		ON_NET(test_switch_over),
		ON_NET(test_switch_over_back),
		ON_NET(test_switch_over_with_strict_tracking),
	};

	if (!namespace_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
