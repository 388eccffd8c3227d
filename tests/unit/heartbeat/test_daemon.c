/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the running daemon by a clock of their own; network, kernel and control socket are
 * doubles. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include <cmocka.h>

#include "daemons/heartbeat/daemon_state.h"

#define ACTS_MAX 16
#define LAST_MS 120000

/* What a test has done to the daemon at that time. */
struct act {
	uint64_t at;
	enum { ACT_SIGNAL, ACT_PEER } kind;
	int number;		       /* of the signal */
	struct announcement statement; /* of the peer */
	bool forged;
};

/* The world, and all that the daemon did to it. */
static struct {
	struct ha_cf *config, *peer;
	struct authkeys *keys, *other_keys;
	struct groups_conf *groups;
	struct daemon *daemon;
	uint64_t now;
	struct act acts[ACTS_MAX];
	size_t act_count, act_next;

	int wire; /* an eventfd: readable when a datagram waits */
	char datagram[MESSAGE_SIZE_MAX];
	size_t datagram_length;

	int acquire_result;
	unsigned int release_ticks; /* a release is seen to have worked only after so many */
	unsigned int acquired, released, goodbyes, sent;
	uint64_t acquired_at[ACTS_MAX], released_at;
	bool holding, releasing;
	bool lied; /* said to be backup, and had the address */
	char sent_role[32];
} world;

/* --- doubles: the floating addresses --- */

struct floating_addresses {
	int nothing;
};

int floating_addresses_new(
	const struct groups_conf *groups, struct floating_addresses **floating, struct error *err)
{
	(void)groups;
	(void)err;
	*floating = calloc(1, sizeof(**floating));
	return 0;
}

void floating_addresses_free(struct floating_addresses *floating)
{
	free(floating);
}

void floating_addresses_prepare(struct floating_addresses *floating)
{
	(void)floating;
}

int floating_addresses_acquire(struct floating_addresses *floating, const struct in_addr *holders,
	unsigned int holder_count, uint64_t now_ms, struct error *err)
{
	(void)floating;
	(void)holders;
	(void)holder_count;
	assert_true(world.acquired < ACTS_MAX);
	world.acquired_at[world.acquired++] = now_ms;
	world.holding = world.acquire_result == 0;
	return world.acquire_result ? error_set(err, -world.acquire_result, "as the test wants it")
				    : 0;
}

void floating_addresses_release(struct floating_addresses *floating, uint64_t now_ms)
{
	(void)floating;
	(void)now_ms;
	world.released++;
	world.releasing = true;
	floating_addresses_tick(floating, now_ms);
}

bool floating_addresses_is_releasing(const struct floating_addresses *floating)
{
	(void)floating;
	return world.releasing;
}

bool floating_addresses_is_released(const struct floating_addresses *floating)
{
	(void)floating;
	return !world.releasing;
}

void floating_addresses_tick(struct floating_addresses *floating, uint64_t now_ms)
{
	(void)floating;
	if (!world.releasing)
		return;
	if (world.release_ticks) {
		world.release_ticks--;
		return;
	}
	world.releasing = world.holding = false;
	world.released_at = now_ms;
}

uint64_t floating_addresses_next(const struct floating_addresses *floating)
{
	(void)floating;
	return world.releasing ? world.now + 200 : UINT64_MAX;
}

void floating_addresses_announce(struct floating_addresses *floating, uint64_t now_ms)
{
	(void)floating;
	(void)now_ms;
}

void floating_addresses_announce_stop(struct floating_addresses *floating)
{
	(void)floating;
}

void floating_addresses_forward_stop(struct floating_addresses *floating, uint64_t now_ms)
{
	(void)floating;
	(void)now_ms;
}

void floating_addresses_silence(struct floating_addresses *floating, bool silent, uint64_t now_ms)
{
	(void)floating;
	(void)silent;
	(void)now_ms;
}

int floating_addresses_connections(
	const struct floating_addresses *floating, unsigned int *count, struct error *err)
{
	(void)floating;
	(void)err;
	*count = 0;
	return 0;
}

int floating_addresses_present(const struct floating_addresses *floating, unsigned int index,
	bool *present, struct error *err)
{
	(void)floating;
	(void)index;
	(void)err;
	*present = world.holding;
	return 0;
}

bool floating_addresses_is_fit(struct floating_addresses *floating, char *text, size_t size)
{
	(void)floating;
	(void)text;
	(void)size;
	return true;
}

void floating_addresses_fixed(const struct floating_addresses *floating, struct in_addr *fixed)
{
	(void)floating;
	(void)fixed;
}

/* --- doubles: the links --- */

struct link_set {
	int nothing;
};

int link_set_open(const struct ha_cf *config, link_trouble_function *function, void *context,
	struct link_set **set, struct error *err)
{
	(void)config;
	(void)function;
	(void)context;
	(void)err;
	*set = calloc(1, sizeof(**set));
	return 0;
}

void link_set_free(struct link_set *set)
{
	free(set);
}

unsigned int link_set_count(const struct link_set *set)
{
	(void)set;
	return 1;
}

int link_set_descriptor(const struct link_set *set, unsigned int socket)
{
	(void)set;
	(void)socket;
	return world.wire;
}

void link_set_retry(struct link_set *set)
{
	(void)set;
}

void link_set_send(struct link_set *set, const void *bytes, size_t length)
{
	CLEANUP(cleanup_message) struct message *message = NULL;
	const char *role;

	(void)set;
	assert_int_equal(message_parse(bytes, length, &message, NULL), 0);
	assert_int_equal(message_authenticate(message, world.keys, NULL), 0);
	world.sent++;
	world.goodbyes += strcmp(message_get(message, "st"), "dead") == 0;
	role = message_get(message, "ha_role");
	world.lied = world.lied || (role && strcmp(role, "backup") == 0 && world.holding);
	if (role)
		snprintf(world.sent_role, sizeof(world.sent_role), "%s", role);
}

int link_set_receive(struct link_set *set, unsigned int socket, void *buffer, size_t size,
	size_t *length, unsigned int *link)
{
	uint64_t count;

	(void)set;
	(void)socket;
	if (!world.datagram_length)
		return -EAGAIN;
	assert_true(world.datagram_length <= size);
	assert_int_equal(read(world.wire, &count, sizeof(count)), sizeof(count));
	memcpy(buffer, world.datagram, world.datagram_length);
	*length = world.datagram_length;
	*link = 0;
	world.datagram_length = 0;
	return 0;
}

/* --- doubles: the control socket --- */

int control_open(struct event_loop *loop, const char *name, control_function *function,
	void *context, struct control **control, struct error *err)
{
	(void)loop;
	(void)name;
	(void)function;
	(void)context;
	(void)err;
	*control = NULL;
	return 0;
}

void control_free(struct control *control)
{
	(void)control;
}

void control_tell(const struct control *control)
{
	(void)control;
}

const char *control_trouble(const struct control *control)
{
	(void)control;
	return NULL;
}

json_t *control_json(const struct control *control)
{
	(void)control;
	return json_null();
}

/* --- the clock, which is also what happens --- */

static void peer_say(const struct act *act)
{
	CLEANUP(cleanup_message)
	struct message *message = announcement_encode(&act->statement, world.peer, 1, "0 0 0");
	uint64_t one = 1;

	assert_int_equal(
		message_write(message, act->forged ? world.other_keys : world.keys, world.datagram,
			sizeof(world.datagram), &world.datagram_length, NULL),
		0);
	assert_int_equal(write(world.wire, &one, sizeof(one)), sizeof(one));
}

static uint64_t world_now(void *context)
{
	(void)context;
	return world.now;
}

static int world_wait(
	int epoll, struct epoll_event *events, int room, uint64_t deadline_ms, void *context)
{
	const struct act *act =
		world.act_next < world.act_count ? &world.acts[world.act_next] : NULL;
	int ready = epoll_wait(epoll, events, room, 0);

	(void)context;
	if (ready)
		return ready;
	if (act && act->at <= deadline_ms) {
		world.now = act->at > world.now ? act->at : world.now;
		world.act_next++;
		if (act->kind == ACT_SIGNAL)
			assert_int_equal(kill(getpid(), act->number), 0);
		else
			peer_say(act);
		return epoll_wait(epoll, events, room, 0);
	}
	assert_true(deadline_ms <= LAST_MS);
	world.now = deadline_ms > world.now ? deadline_ms : world.now;
	return 0;
}

static const struct event_clock clock_of_world = {world_now, world_wait, NULL};

#define HA_CF \
	"node n1 n2\nkeepalive 100ms\nwarntime 200ms\ndeadtime 400ms\ninitdead 2\nucast eth1 10.9.0.2\n"

static struct ha_cf *config_of(const char *name)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};

	return ha_cf_read_bytes("ha.cf", HA_CF, strlen(HA_CF), name, &problems);
}

static struct authkeys *keys_of(const char *text)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};

	return authkeys_read_bytes("authkeys", text, strlen(text), &problems);
}

static int world_setup(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct daemon_setup setup;

	(void)state;
	memset(&world, 0, sizeof(world));
	world.now = 1000;
	world.wire = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	world.config = config_of("n1");
	world.peer = config_of("n2");
	world.keys = keys_of("auth 1\n1 sha256 ours\n");
	world.other_keys = keys_of("auth 1\n1 sha256 not-ours\n");
	world.groups = groups_conf_read_bytes("groups.conf",
		"group \"web\" {\n drain = 1s\n floating_ip \"10.9.0.100/24\" { device = \"eth0\" }\n}\n",
		world.config, &problems);
	assert_non_null(world.groups);
	setup = (struct daemon_setup){.config = world.config,
		.keys = world.keys,
		.groups = world.groups,
		.ipc_name = "x",
		.generation = 7,
		.clock = &clock_of_world};
	assert_int_equal(daemon_open(&setup, &world.daemon, NULL), 0);
	return 0;
}

static int world_teardown(void **state)
{
	(void)state;
	daemon_free(world.daemon);
	ha_cf_free(world.config);
	ha_cf_free(world.peer);
	authkeys_free(world.keys);
	authkeys_free(world.other_keys);
	groups_conf_free(world.groups);
	close(world.wire);
	return 0;
}

static void act_signal(uint64_t at, int number)
{
	world.acts[world.act_count++] =
		(struct act){.at = at, .kind = ACT_SIGNAL, .number = number};
}

static struct act *act_peer(uint64_t at, uint64_t sequence, enum group_role role)
{
	struct act *act = &world.acts[world.act_count++];

	*act = (struct act){.at = at,
		.kind = ACT_PEER,
		.statement = {.node = 1,
			.generation = 3,
			.sequence = sequence,
			.has_group = true,
			.group = {.role = role, .fit = true, .tenure = 5, .to = -1, .from = -1},
			.software = "test"}};
	return act;
}

static void test_alone_it_takes_the_group_and_leaves_when_told(void **state)
{
	(void)state;
	act_signal(10000, SIGTERM);
	daemon_run(world.daemon);
	assert_int_equal(world.acquired, 1);
	/* Not before initdead is over for the silent peer. */
	assert_int_equal(world.acquired_at[0], 3000);
	assert_int_equal(world.now, 10000);
	assert_int_equal(world.released, 1);
	assert_false(world.holding);
	assert_int_equal(world.goodbyes, 3);
	/* A heartbeat each 100 ms, and some for what changed. */
	assert_in_range(world.sent, 90, 100);
}

static void test_it_does_not_end_before_the_address_was_seen_to_be_gone(void **state)
{
	unsigned int sent;

	(void)state;
	world.release_ticks = 20;
	act_signal(10000, SIGTERM);
	daemon_run(world.daemon);
	sent = world.sent;
	assert_true(world.released_at > 10000);
	assert_int_equal(world.now, world.released_at);
	assert_false(world.holding);
	assert_false(world.lied);
	/* Meanwhile the others are told that it lives. */
	assert_true(sent > 90 + (world.released_at - 10000) / 100);
}

static void test_a_second_signal_cuts_that_short(void **state)
{
	(void)state;
	world.release_ticks = 100000;
	act_signal(10000, SIGTERM);
	act_signal(10250, SIGTERM);
	daemon_run(world.daemon);
	assert_int_equal(world.now, 10250);
	assert_true(world.holding);
	assert_int_equal(world.goodbyes, 3);
}

static void test_what_could_not_be_taken_is_tried_again_later(void **state)
{
	(void)state;
	world.acquire_result = -ENOBUFS;
	act_signal(15000, SIGTERM);
	daemon_run(world.daemon);
	assert_true(world.acquired >= 3);
	assert_int_equal(world.acquired_at[0], 3000);
	assert_true(world.acquired_at[1] - world.acquired_at[0] >= 5000);
	/* Each time what may be there was taken off. */
	assert_true(world.released >= world.acquired);
}

static void test_a_holder_that_says_goodbye_is_followed_at_once(void **state)
{
	struct act *goodbye;
	uint64_t at, sequence = 1;

	(void)state;
	for (at = 1050; at < 2050; at += 100)
		act_peer(at, sequence++, GROUP_PRIMARY);
	goodbye = act_peer(at, sequence, GROUP_BACKUP);
	goodbye->statement.leaving = true;
	act_signal(5000, SIGTERM);
	daemon_run(world.daemon);
	assert_int_equal(world.acquired, 1);
	assert_in_range(world.acquired_at[0], at, at + 100);
}

static void test_a_holder_that_falls_silent_is_followed_after_deadtime(void **state)
{
	uint64_t at, sequence = 1;

	(void)state;
	for (at = 1050; at < 2050; at += 100)
		act_peer(at, sequence++, GROUP_PRIMARY);
	act_signal(5000, SIGTERM);
	daemon_run(world.daemon);
	assert_int_equal(world.acquired, 1);
	assert_in_range(world.acquired_at[0], at - 100 + 400, at - 100 + 500);
}

static void test_the_words_of_strangers_change_nothing(void **state)
{
	uint64_t at, sequence = 1;

	(void)state;
	for (at = 1050; at < 2050; at += 100)
		act_peer(at, sequence++, GROUP_PRIMARY)->forged = true;
	act_signal(5000, SIGTERM);
	daemon_run(world.daemon);
	/* As if nobody had said a word. */
	assert_int_equal(world.acquired_at[0], 3000);
	assert_int_equal(world.daemon->counters.bad_auth, 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_alone_it_takes_the_group_and_leaves_when_told),
		TEST(test_it_does_not_end_before_the_address_was_seen_to_be_gone),
		TEST(test_a_second_signal_cuts_that_short),
		TEST(test_what_could_not_be_taken_is_tried_again_later),
		TEST(test_a_holder_that_says_goodbye_is_followed_at_once),
		TEST(test_a_holder_that_falls_silent_is_followed_after_deadtime),
		TEST(test_the_words_of_strangers_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
