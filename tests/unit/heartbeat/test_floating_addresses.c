/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the floating addresses on a node, in a namespace; the kernel's answers are bent on
 * their way (netlink_ask is wrapped). */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "daemons/heartbeat/floating_addresses.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "tests/unit/net/conversation.h"
#include "tests/unit/net/namespace.h"

#define FIRST "10.9.0.100"
#define SECOND "10.9.0.101"

/* Questions of that type get this answer instead of the kernel's, so many times. */
static struct {
	uint16_t type;
	int answer;
	int times;
} bend;

int __real_netlink_ask(struct netlink *netlink, int bus, struct nlmsghdr *request, mnl_cb_t each,
	void *context, struct error *err);
int __wrap_netlink_ask(struct netlink *netlink, int bus, struct nlmsghdr *request, mnl_cb_t each,
	void *context, struct error *err);

int __wrap_netlink_ask(struct netlink *netlink, int bus, struct nlmsghdr *request, mnl_cb_t each,
	void *context, struct error *err)
{
	if (bus == NETLINK_ROUTE && request->nlmsg_type == bend.type && bend.times > 0) {
		bend.times--;
		return bend.answer ? error_system(err, -bend.answer, "bent") : 0;
	}
	return __real_netlink_ask(netlink, bus, request, each, context, err);
}

struct world {
	int here, there;
	struct groups_conf groups;
	struct floating_addresses *floating;
};

static void floating_set(struct floating_address *address, const char *ip, const char *device)
{
	*address = (struct floating_address){.ip = conversation_ip(ip), .prefix = 24};
	snprintf(address->device, sizeof(address->device), "%s", device);
	snprintf(address->label, sizeof(address->label), "%s:cs0", device);
}

static int world_setup(void **state)
{
	static struct world world;

	world = (struct world){.here = namespace_new(), .there = namespace_new()};
	namespace_link(world.here, "eth0", world.there, "eth0");
	namespace_run(world.here, "ip addr add 10.9.0.1/24 dev eth0");
	namespace_enter(world.here);
	world.groups.address_count = 2;
	floating_set(&world.groups.addresses[0], FIRST, "eth0");
	floating_set(&world.groups.addresses[1], SECOND, "eth0");
	bend.times = 0;
	assert_int_equal(floating_addresses_new(&world.groups, &world.floating, NULL), 0);
	floating_addresses_prepare(world.floating);
	*state = &world;
	return 0;
}

static int world_teardown(void **state)
{
	struct world *world = *state;

	floating_addresses_free(world->floating);
	namespace_enter(namespace_new());
	close(world->here);
	close(world->there);
	return 0;
}

/* As ip(8) sees it, who is not asked through our own netlink. */
static bool is_on(const struct world *world, const char *ip)
{
	CLEANUP(cleanup_free) char *list = namespace_output(world->here, "ip -4 -o addr show");
	CLEANUP(cleanup_free) char *wanted = text_format(" %s/", ip);

	return strstr(list, wanted) != NULL;
}

static bool is_silent(const struct world *world)
{
	CLEANUP(cleanup_free) char *rules = namespace_output(world->here, "nft list ruleset");

	return strstr(rules, "heartbeatd_silence") != NULL;
}

static bool is_forwarding(const struct world *world)
{
	CLEANUP(cleanup_free) char *rules = namespace_output(world->here, "nft list ruleset");

	return strstr(rules, "heartbeatd_forward") != NULL;
}

static void take(struct world *world)
{
	assert_int_equal(floating_addresses_acquire(world->floating, NULL, 0, 0, NULL), 0);
	assert_true(is_on(world, FIRST));
	assert_true(is_on(world, SECOND));
}

static void test_taking_and_releasing(void **state)
{
	struct world *world = *state;
	const struct in_addr holders[2] = {conversation_ip("10.9.0.2")};

	assert_int_equal(floating_addresses_acquire(world->floating, holders, 2, 0, NULL), 0);
	assert_true(is_forwarding(world));
	floating_addresses_forward_stop(world->floating, 1);
	assert_false(is_forwarding(world));
	floating_addresses_silence(world->floating, true, 2);
	assert_true(is_silent(world));
	floating_addresses_release(world->floating, 3);
	floating_addresses_silence(world->floating, false, 3);
	assert_true(floating_addresses_is_released(world->floating));
	assert_false(is_on(world, FIRST));
	assert_false(is_on(world, SECOND));
	assert_false(is_silent(world));
	assert_int_equal(floating_addresses_next(world->floating), UINT64_MAX);
}

/* A failure that is no answer is tried again; meanwhile nobody is to believe the address here. */
static void test_a_release_is_tried_until_it_works(void **state)
{
	struct world *world = *state;
	uint64_t now = 1000;
	int tries = 0;

	take(world);
	bend = (typeof(bend)){RTM_DELADDR, -ENOBUFS, 4};
	floating_addresses_release(world->floating, now);
	assert_false(floating_addresses_is_released(world->floating));
	assert_true(is_on(world, FIRST));
	assert_true(is_silent(world));
	while (!floating_addresses_is_released(world->floating) && tries++ < 10) {
		now = floating_addresses_next(world->floating);
		floating_addresses_tick(world->floating, now);
	}
	/* Two addresses a try: the third works. The pauses are not a burst. */
	assert_int_equal(tries, 2);
	assert_int_equal(now, 1000 + 2 * 200);
	assert_false(is_on(world, FIRST));
	assert_false(is_on(world, SECOND));
	assert_false(is_silent(world));
	assert_int_equal(floating_addresses_next(world->floating), UINT64_MAX);
}

static void test_a_release_counts_when_it_was_seen(void **state)
{
	struct world *world = *state;

	take(world);
	/* The kernel says yes, and the addresses stay. */
	bend = (typeof(bend)){RTM_DELADDR, 0, 100};
	floating_addresses_release(world->floating, 0);
	assert_false(floating_addresses_is_released(world->floating));
	bend.times = 0;
	floating_addresses_tick(world->floating, 200);
	assert_true(floating_addresses_is_released(world->floating));
	assert_false(is_on(world, FIRST));
}

static void test_a_device_that_cannot_be_asked_for_is_not_gone(void **state)
{
	static const int no_answers[] = {-EMFILE, -ENFILE, -ENOMEM, -ENOBUFS, -EINTR, -ETIMEDOUT};
	struct world *world = *state;
	char why[FLOATING_ADDRESSES_REASON_MAX] = "";
	size_t i;

	assert_true(floating_addresses_is_fit(world->floating, why, sizeof(why)));
	for (i = 0; i < sizeof(no_answers) / sizeof(no_answers[0]); i++) {
		take(world);
		bend = (typeof(bend)){RTM_GETLINK, no_answers[i], 1000};
		assert_true(floating_addresses_is_fit(world->floating, why, sizeof(why)));
		floating_addresses_release(world->floating, 0);
		assert_false(floating_addresses_is_released(world->floating));
		bend.times = 0;
		floating_addresses_tick(world->floating, 200);
		assert_true(floating_addresses_is_released(world->floating));
		assert_false(is_on(world, FIRST));
	}
	/* The kernel's own word is another thing. */
	namespace_run(world->here, "ip link set eth0 down");
	assert_false(floating_addresses_is_fit(world->floating, why, sizeof(why)));
	assert_string_equal(why, "device eth0 is down");
	bend = (typeof(bend)){RTM_GETLINK, -EMFILE, 1000};
	namespace_run(world->here, "ip link set eth0 up");
	assert_false(floating_addresses_is_fit(world->floating, why, sizeof(why)));
	bend.times = 0;
	assert_true(floating_addresses_is_fit(world->floating, why, sizeof(why)));
	namespace_run(world->here, "ip link del eth0");
	assert_false(floating_addresses_is_fit(world->floating, why, sizeof(why)));
	assert_string_equal(why, "device eth0: No such device");
}

static void test_a_device_that_is_gone_has_taken_its_addresses_along(void **state)
{
	struct world *world = *state;

	take(world);
	namespace_run(world->here, "ip link del eth0");
	floating_addresses_release(world->floating, 0);
	assert_true(floating_addresses_is_released(world->floating));
}

/* What was told to the peers stays true as long as nobody says otherwise. */
static void test_the_own_address_is_not_forgotten_for_want_of_an_answer(void **state)
{
	struct world *world = *state;
	struct in_addr fixed[GROUPS_CONF_ADDRESSES_MAX] = {0};

	floating_addresses_fixed(world->floating, fixed);
	assert_int_equal(fixed[0].s_addr, conversation_ip("10.9.0.1").s_addr);
	bend = (typeof(bend)){RTM_GETADDR, -ENOMEM, 1000};
	floating_addresses_fixed(world->floating, fixed);
	assert_int_equal(fixed[0].s_addr, conversation_ip("10.9.0.1").s_addr);
	bend.times = 0;
	namespace_run(world->here, "ip addr del 10.9.0.1/24 dev eth0");
	floating_addresses_fixed(world->floating, fixed);
	assert_int_equal(fixed[0].s_addr, 0);
}

static void test_taking_half_is_put_back(void **state)
{
	struct world *world = *state;
	CLEANUP(error_release) struct error err = {0};

	floating_set(&world->groups.addresses[1], SECOND, "eth7");
	assert_int_equal(floating_addresses_acquire(world->floating, NULL, 0, 0, &err), -ENODEV);
	assert_non_null(strstr(error_text(&err), "device 'eth7' does not exist"));
	assert_false(is_on(world, FIRST));
	assert_true(floating_addresses_is_released(world->floating));
}

/* Taking again ends what an earlier release could not. */
static void test_taking_while_a_release_is_tried(void **state)
{
	struct world *world = *state;

	take(world);
	bend = (typeof(bend)){RTM_DELADDR, -ENOBUFS, 1000};
	floating_addresses_release(world->floating, 0);
	assert_true(is_silent(world));
	assert_int_equal(floating_addresses_acquire(world->floating, NULL, 0, 100, NULL), 0);
	bend.times = 0;
	floating_addresses_tick(world->floating, 300);
	assert_true(is_on(world, FIRST));
	assert_false(is_silent(world));
}

static void test_without_descriptors_all_of_it_works(void **state)
{
	struct world *world = *state;
	struct rlimit before, none;
	unsigned int count = 77;
	char why[FLOATING_ADDRESSES_REASON_MAX];
	bool present = true;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(floating_addresses_acquire(world->floating, NULL, 0, 0, NULL), 0);
	assert_true(floating_addresses_is_fit(world->floating, why, sizeof(why)));
	assert_int_equal(floating_addresses_connections(world->floating, &count, NULL), 0);
	assert_int_equal(count, 0);
	floating_addresses_release(world->floating, 0);
	assert_true(floating_addresses_is_released(world->floating));
	assert_int_equal(floating_addresses_present(world->floating, 0, &present, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(present);
	assert_false(is_on(world, FIRST));
}

/* The successor's first words may get lost: it is tried until they got out. */
static void test_announcements_go_on_until_they_got_out(void **state)
{
	struct world *world = *state;
	uint64_t now = 0;
	int i;

	namespace_run(world->here, "ip link set eth0 down");
	assert_int_equal(floating_addresses_acquire(world->floating, NULL, 0, now, NULL), 0);
	for (i = 0; i < 20; i++) {
		now = floating_addresses_next(world->floating);
		floating_addresses_tick(world->floating, now);
	}
	/* Six in the first two seconds, then one a second, for ever. */
	assert_true(now > 10000);
	assert_int_not_equal(floating_addresses_next(world->floating), UINT64_MAX);
	namespace_run(world->here, "ip link set eth0 up");
	floating_addresses_tick(world->floating, floating_addresses_next(world->floating));
	assert_int_equal(floating_addresses_next(world->floating), UINT64_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_taking_and_releasing),
		TEST(test_a_release_is_tried_until_it_works),
		TEST(test_a_release_counts_when_it_was_seen),
		TEST(test_a_device_that_cannot_be_asked_for_is_not_gone),
		TEST(test_a_device_that_is_gone_has_taken_its_addresses_along),
		TEST(test_the_own_address_is_not_forgotten_for_want_of_an_answer),
		TEST(test_taking_half_is_put_back),
		TEST(test_taking_while_a_release_is_tried),
		TEST(test_without_descriptors_all_of_it_works),
		TEST(test_announcements_go_on_until_they_got_out),
	};

	if (!namespace_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
