/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords for sudo from many threads at once: no unknown one is tried on two nodes at a time. */
#include "orchestrator/remote/credentials.h"

#include <errno.h>
#include <pthread.h>
#include <pty.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/text.h"

#define NODES 8

/* What the threads share: one for each node. */
struct world {
	struct credentials *credentials;
	atomic_uint entered; /* threads that want a password, or have had one */
	atomic_uint trying;  /* passwords with a node whose verdict is not there yet */
	atomic_uint most;    /* the most of them at a time */
	atomic_uint tries;   /* of the round */
	pthread_barrier_t together;
};

struct node {
	struct world *world;
	char name[16];
	const char *password;
	bool wait_for_all; /* with the password in hand, for all threads to have one */
	bool lost;	   /* the connection is lost before the verdict */
	int result;
	struct error err;
};

static void count_try(struct world *world)
{
	unsigned now = ++world->trying, most = world->most;

	world->tries++;
	while (now > most && !atomic_compare_exchange_weak(&world->most, &most, now))
		;
	/* Whoever could try beside this one has got the time to. */
	while (world->entered < NODES)
		sched_yield();
	for (unsigned i = 0; i < 1000; i++)
		sched_yield();
	world->trying--;
}

/* One run of sudo on that node, as session.c has it. */
static void *run_sudo(void *argument)
{
	struct node *node = argument;
	struct world *world = node->world;
	struct credentials_turn turn = {
		.credentials = world->credentials, .node = node->name, .user = "admin"};
	const struct secret *password = NULL;
	bool right = false;

	world->entered++;
	do {
		node->result = credentials_password(&turn, &password, &node->err);
		if (node->result < 0)
			break;
		if (node->wait_for_all)
			pthread_barrier_wait(&world->together);
		count_try(world);
		right = strcmp(secret_words(password), node->password) == 0;
	} while (!right && !node->lost);
	credentials_end_turn(&turn, node->result == -EACCES ? CREDENTIALS_REFUSED
				    : right && !node->lost  ? CREDENTIALS_ACCEPTED
							    : CREDENTIALS_UNKNOWN);
	return NULL;
}

static void run_all(struct world *world, struct node *nodes)
{
	pthread_t threads[NODES];

	world->entered = world->most = world->tries = 0;
	for (size_t i = 0; i < NODES; i++)
		if (pthread_create(&threads[i], NULL, run_sudo, &nodes[i]) != 0)
			abort();
	for (size_t i = 0; i < NODES; i++)
		pthread_join(threads[i], NULL);
}

/* The password comes from the descriptor, -1: is asked for on the terminal. */
static void begin(struct world *world, struct node *nodes, int descriptor)
{
	const struct credentials_source source = {
		.password_file = descriptor, .passphrase_file = -1};

	*world = (struct world){.credentials = credentials_new(&source)};
	pthread_barrier_init(&world->together, NULL, NODES);
	for (size_t i = 0; i < NODES; i++) {
		nodes[i] = (struct node){.world = world, .password = "geheim"};
		snprintf(nodes[i].name, sizeof(nodes[i].name), "web%zu", i + 1);
	}
}

static void end(struct world *world, struct node *nodes)
{
	for (size_t i = 0; i < NODES; i++)
		error_release(&nodes[i].err);
	credentials_free(world->credentials);
	pthread_barrier_destroy(&world->together);
}

static int holding(const char *bytes)
{
	int descriptor = memfd_create("test", MFD_CLOEXEC);

	assert_int_equal(write(descriptor, bytes, strlen(bytes)), (ssize_t)strlen(bytes));
	assert_int_equal(lseek(descriptor, 0, SEEK_SET), 0);
	return descriptor;
}

static void test_right_for_all(void **state)
{
	CLEANUP(cleanup_close) int file = holding("geheim\n");
	struct node nodes[NODES];
	struct world world;

	(void)state;
	begin(&world, nodes, file);
	run_all(&world, nodes);
	for (size_t i = 0; i < NODES; i++)
		assert_int_equal(nodes[i].result, 0);
	assert_int_equal(world.tries, NODES);
	assert_int_equal(world.most, 1);
	/* Now it is known on each, and nobody waits for anybody: this would not end otherwise. */
	for (size_t i = 0; i < NODES; i++)
		nodes[i].wait_for_all = true;
	run_all(&world, nodes);
	assert_int_equal(world.tries, NODES);
	end(&world, nodes);
}

/* One node has seen it, whichever that was; it and all others say so. */
static void test_wrong_is_tried_once(void **state)
{
	CLEANUP(cleanup_close) int file = holding("falsch\n");
	struct node nodes[NODES];
	unsigned refused = 0;
	struct world world;

	(void)state;
	begin(&world, nodes, file);
	run_all(&world, nodes);
	assert_int_equal(world.tries, 1);
	for (size_t i = 0; i < NODES; i++) {
		assert_int_equal(nodes[i].result, -EACCES);
		if (strcmp(error_text(&nodes[i].err),
			    "sudo does not accept the password of admin") == 0)
			refused++;
		else if (!text_starts_with(error_text(&nodes[i].err),
				 "the password of admin for sudo was refused on web") ||
			 !text_ends_with(error_text(&nodes[i].err),
				 " and is not tried elsewhere, so that no account is locked"))
			fail_msg("%s", error_text(&nodes[i].err));
	}
	assert_int_equal(refused, 1);
	end(&world, nodes);
}

/* A descriptor has one password; the nodes that it is right on are served all the same. */
static void test_right_on_some(void **state)
{
	CLEANUP(cleanup_close) int file = holding("geheim\n");
	struct node nodes[NODES];
	struct world world;

	(void)state;
	begin(&world, nodes, file);
	/* The first one alone, so that it is known when the others come. */
	world.entered = NODES;
	run_sudo(&nodes[0]);
	assert_int_equal(nodes[0].result, 0);
	nodes[5].password = "anders";
	run_all(&world, nodes);
	for (size_t i = 0; i < NODES; i++)
		assert_int_equal(nodes[i].result, i == 5 ? -EACCES : 0);
	assert_string_equal(
		error_text(&nodes[5].err), "sudo does not accept the password of admin");
	assert_int_equal(world.tries, NODES);
	end(&world, nodes);
}

/* Without a verdict a password is neither right nor wrong: the next node gets its try. */
static void test_lost_before_the_verdict(void **state)
{
	CLEANUP(cleanup_close) int file = holding("geheim\n");
	struct node nodes[NODES];
	struct world world;

	(void)state;
	begin(&world, nodes, file);
	for (size_t i = 0; i < NODES; i++)
		nodes[i].lost = i % 2;
	run_all(&world, nodes);
	assert_int_equal(world.most, 1);
	for (size_t i = 0; i < NODES; i++)
		assert_int_equal(nodes[i].result, 0);
	end(&world, nodes);
}

static void test_cancelled_while_others_are_asked(void **state)
{
	CLEANUP(cleanup_close) int file = holding("geheim\n");
	const volatile sig_atomic_t cancel = 1;
	struct node nodes[NODES];
	const struct secret *password = NULL;
	CLEANUP(error_release) struct error err = {0};
	struct world world;

	(void)state;
	begin(&world, nodes, file);
	struct credentials_turn first = {
		.credentials = world.credentials, .node = "web1", .user = "admin"};
	struct credentials_turn second = {.credentials = world.credentials,
		.node = "web2",
		.user = "admin",
		.cancel = &cancel};

	assert_int_equal(credentials_password(&first, &password, &err), 0);
	assert_int_equal(credentials_password(&second, &password, &err), -ECANCELED);
	assert_string_equal(error_text(&err), "cancelled while others were asked");
	/* Its end does not end the other's turn. */
	credentials_end_turn(&second, CREDENTIALS_UNKNOWN);
	assert_int_equal(credentials_password(&second, &password, &err), -ECANCELED);
	credentials_end_turn(&second, CREDENTIALS_UNKNOWN);
	credentials_end_turn(&first, CREDENTIALS_ACCEPTED);
	second.cancel = NULL;
	assert_int_equal(credentials_password(&second, &password, &err), 0);
	credentials_end_turn(&second, CREDENTIALS_ACCEPTED);
	end(&world, nodes);
}

/* In a child with a terminal of its own, where odd and even nodes have passwords of their own. */
static void ask_in_child(const char *even, const char *odd, int expected)
{
	struct node nodes[NODES];
	struct world world;
	unsigned bad = 0;

	begin(&world, nodes, -1);
	for (size_t i = 0; i < NODES; i++)
		nodes[i].password = i % 2 ? even : odd;
	run_all(&world, nodes);
	for (size_t i = 0; i < NODES; i++) {
		printf("[%s %d %s]\n", nodes[i].name, nodes[i].result, error_text(&nodes[i].err));
		bad += nodes[i].result != expected;
	}
	bad += world.most != 1;
	if (expected == 0) {
		/* Each with its own, at the same time, and nobody is asked. */
		for (size_t i = 0; i < NODES; i++)
			nodes[i].wait_for_all = true;
		run_all(&world, nodes);
		bad += world.tries != NODES;
	}
	end(&world, nodes);
	fflush(stdout);
	_exit(bad != 0);
}

/* The node that is asked for in the question that ends what was shown, or -1. */
static int asked_for(const char *shown)
{
	static const char question[] = "Password of admin for sudo on web";
	const char *last = NULL;
	int number, end = 0;

	if (!text_ends_with(shown, ": "))
		return -1;
	for (const char *p = shown; (p = strstr(p, question)); p++)
		last = p + strlen(question);
	if (!last || sscanf(last, "%d: %n", &number, &end) != 1 || !end || last[end])
		return -1;
	return number;
}

/* The administrator: types what is right on the node, or always the same wrong one. Returns how
 * often that was; *shown is all that was on the terminal. */
static unsigned answer_child(int master, const char *even, const char *odd, struct text *shown)
{
	unsigned answers = 0;
	char byte;

	while (read(master, &byte, 1) == 1) {
		CLEANUP(cleanup_free) char *line = NULL;
		int number;

		text_append_bytes(shown, &byte, 1);
		number = asked_for(text_string(shown));
		if (number < 0)
			continue;
		line = text_format("%s\n", number % 2 ? odd : even);
		assert_int_equal(write(master, line, strlen(line)), (ssize_t)strlen(line));
		answers++;
	}
	return answers;
}

static void test_each_node_its_own(void **state)
{
	CLEANUP(cleanup_text) struct text shown = {0};
	int master, status;
	pid_t child = forkpty(&master, NULL, NULL, NULL);
	unsigned answers;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		ask_in_child("zwei und", "eins", 0);
	answers = answer_child(master, "zwei und", "eins", &shown);
	close(master);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status != 0)
		fail_msg("%s", text_string(&shown));
	/* What the first one took is tried everywhere; half of the nodes ask again. */
	assert_int_equal(answers, 1 + NODES / 2);
	assert_non_null(strstr(text_string(&shown), "Wrong. Password of admin for sudo on web"));
	assert_null(strstr(text_string(&shown), "zwei"));
	assert_null(strstr(text_string(&shown), "eins"));
}

static void test_wrong_on_the_terminal(void **state)
{
	CLEANUP(cleanup_text) struct text shown = {0};
	int master, status;
	pid_t child = forkpty(&master, NULL, NULL, NULL);
	unsigned answers;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		ask_in_child("geheim", "geheim", -EACCES);
	answers = answer_child(master, "falsch", "falsch", &shown);
	close(master);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status != 0)
		fail_msg("%s", text_string(&shown));
	assert_int_equal(answers, 3);
	assert_non_null(strstr(text_string(&shown), "sudo does not accept the password of admin]"));
	assert_non_null(strstr(text_string(&shown), "and is not tried elsewhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_for_all),
		cmocka_unit_test(test_wrong_is_tried_once),
		cmocka_unit_test(test_right_on_some),
		cmocka_unit_test(test_lost_before_the_verdict),
		cmocka_unit_test(test_cancelled_while_others_are_asked),
		cmocka_unit_test(test_each_node_its_own),
		cmocka_unit_test(test_wrong_on_the_terminal),
	};

	return cmocka_run_group_tests_name("credentials", tests, NULL, NULL);
}
