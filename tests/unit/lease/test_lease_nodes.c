/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking, renewing and letting go the lease of two nodes, which are folders here. */
#include "orchestrator/lease/lease.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/text.h"
#include "orchestrator/remote/quote.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static char first_name[] = "node1", second_name[] = "node2", cluster_name[] = "demo";

struct world {
	char folder[64];
	struct cluster_node nodes[2];
	struct cluster cluster;
	struct node states[2];
	volatile sig_atomic_t cancel;
	const char *cancel_at; /* ^C comes when that node is asked for the lease; or NULL */
	const char *away;      /* that node does not answer; or NULL */
	struct nodes all;
};

/* The doubles below are not told which world it is. */
static struct world *world;

void session_result_clear(struct session_result *result)
{
	free(result->output);
	*result = (struct session_result){0};
}

void link_init(struct link *link, const struct cluster *cluster, size_t node,
	const struct access *access, const volatile sig_atomic_t *cancel)
{
	*link = (struct link){
		.cluster = cluster,
		.node = &cluster->nodes[node],
		.access = access,
		.cancel = cancel,
	};
}

void link_clear(struct link *link)
{
	(void)link;
}

int link_dial(struct link *link, uint64_t timeout_ms, struct error *err)
{
	(void)timeout_ms;
	return world->away && strcmp(world->away, link->node->name) == 0
		       ? error_set(err, EHOSTUNREACH, "%s: away", link->node->name)
		       : 0;
}

int nodes_each(
	struct nodes *nodes, nodes_act *act, void *data, struct error *errors, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		CLEANUP(error_release) struct error trouble = {0};
		int status = act(nodes, i, data, &trouble);

		if (errors)
			error_copy(&errors[i], &trouble);
		if (status < 0 && result == 0) {
			result = status;
			error_move(err, &trouble);
		}
	}
	return result;
}

/* As link.c's: a cancelled link does nothing any more. */
int link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err)
{
	const char *name = link->node->name, *argv[16];
	CLEANUP(cleanup_free) char *folder = text_format("%s/%s", world->folder, name);
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_text) struct text output = {0};
	char buffer[4096];
	size_t count = 0;
	FILE *pipe;

	assert_true(deadline_ms > 0);
	if (world->cancel_at && strcmp(world->cancel_at, name) == 0 &&
		strcmp(what, "take the lease") == 0)
		world->cancel = 1;
	if (*link->cancel)
		return error_set(err, ECANCELED, "%s: cancelled", name);
	if (link_dial(link, 1, err) < 0)
		return -EHOSTUNREACH;
	for (; arguments[count]; count++)
		argv[count] = count ? arguments[count] : folder;
	assert_int_equal(quote_script(script, argv, count, &line, err), 0);
	pipe = popen(line, "re");
	assert_non_null(pipe);
	while ((count = fread(buffer, 1, sizeof(buffer), pipe)) > 0)
		text_append_bytes(&output, buffer, count);
	if (pclose(pipe) != 0)
		return error_set(err, EREMOTEIO, "%s: %s failed", name, what);
	if (result) {
		result->output_length = output.length;
		result->output = text_take(&output);
	}
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static int world_begin(void **state)
{
	(void)state;
	world = calloc(1, sizeof(*world));
	if (!world)
		return -1;
	strcpy(world->folder, "/tmp/haupgrade-leases.XXXXXX");
	world->nodes[0].name = first_name;
	world->nodes[1].name = second_name;
	world->cluster =
		(struct cluster){.name = cluster_name, .nodes = world->nodes, .node_count = 2};
	world->all = (struct nodes){.cluster = &world->cluster,
		.items = world->states,
		.count = 2,
		.cancel = &world->cancel};
	for (size_t i = 0; i < 2; i++)
		link_init(&world->states[i].link, &world->cluster, i, NULL, &world->cancel);
	return mkdtemp(world->folder) ? 0 : -1;
}

static int world_end(void **state)
{
	int result = nftw(world->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);

	(void)state;
	free(world);
	world = NULL;
	return result;
}

static void put(const char *node, const char *words)
{
	CLEANUP(cleanup_free)
	char *line = text_format("mkdir -p %s/%s && cd %s/%s && rm -f lease && printf '%s' >lease",
		world->folder, node, world->folder, node, words);

	assert_int_equal(system(line), 0);
}

static void drop(const char *node)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s/lease", world->folder, node);

	assert_int_equal(unlink(path), 0);
}

static bool is_there(const char *node)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s/lease", world->folder, node);

	return access(path, F_OK) == 0;
}

static void expect_token(const char *node, const char *token)
{
	CLEANUP(cleanup_free)
	char *line = text_format("grep -q '^token %s$' %s/%s/lease", token, world->folder, node);

	assert_int_equal(system(line), 0);
}

static int take(bool partly, struct lease **lease, struct error *err)
{
	const struct lease_wish wish = {
		.claim = {.token = A, .identity = C},
		.owner = "root@adm",
		.purpose = "upgrade",
		.partly = partly,
	};

	return lease_take(&world->all, &wish, lease, err);
}

static void test_take_and_let_go(void **state)
{
	struct lease *lease = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(take(false, &lease, &err), 0);
	assert_true(is_there("node1") && is_there("node2"));
	assert_int_equal(lease_check(lease, &err), 0);
	assert_int_equal(lease_look(&world->all, lease, NULL, &err), 0);
	lease_free(lease);
	assert_false(is_there("node1") || is_there("node2"));
}

/* ^C comes when the first node has been taken: nobody may be locked out by what is left there. */
static void test_cancelled(void **state)
{
	struct lease *lease = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	world->cancel_at = "node2";
	assert_int_equal(take(false, &lease, &err), -ECANCELED);
	assert_null(lease);
	assert_false(is_there("node1") || is_there("node2"));
}

static void test_renewed(void **state)
{
	struct lease *lease = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(take(false, &lease, &err), 0);
	assert_int_equal(lease_say(lease, "upgrade, run 1", false, &err), 0);
	assert_int_equal(lease_check(lease, &err), 0);
	/* Somebody removed it: he may have been at work, and have ended, since. */
	drop("node2");
	lease_say(lease, "upgrade, run 1", false, &err);
	assert_false(is_there("node2"));
	assert_int_equal(lease_check(lease, &err), -EPERM);
	assert_string_equal(error_text(&err),
		"the lease on the cluster was lost: node2: /var/lib/haupgrade/lease is gone there; it was removed, or its disk put back, and another haupgrade may have been at work meanwhile: make sure that none is, then resume");
	lease_free(lease);
	assert_false(is_there("node1"));
}

/* A node that was away when the lease was taken gets it later. */
static void test_taken_later(void **state)
{
	struct lease *lease = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	world->away = "node2";
	assert_int_equal(take(false, &lease, &err), -EHOSTUNREACH);
	assert_false(is_there("node1"));
	assert_int_equal(take(true, &lease, &err), 0);
	assert_true(is_there("node1") && !is_there("node2"));
	lease_say(lease, "upgrade, run 1", false, &err);
	world->away = NULL;
	assert_int_equal(lease_say(lease, "upgrade, run 1", false, &err), 0);
	assert_true(is_there("node2"));
	assert_int_equal(lease_check(lease, &err), 0);
	lease_free(lease);
	assert_false(is_there("node1") || is_there("node2"));
}

/* A rollback of this very process has taken over there: it is not taken from it again. */
static void test_left_to_the_heir(void **state)
{
	CLEANUP(cleanup_text) struct text words = {0};
	struct lease *lease = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	world->away = "node2";
	assert_int_equal(take(true, &lease, &err), 0);
	text_appendf(&words,
		"token " B "\nidentity " C "\nheir any\nowner root@adm\nrenewed %lld\n",
		(long long)time(NULL));
	put("node2", text_string(&words));
	world->away = NULL;
	lease_say(lease, "upgrade, run 1", false, &err);
	expect_token("node2", B);
	lease_free(lease);
	expect_token("node2", B);
}

/* Whoever only looks hears of it, as does whoever would go on although a node is away. */
static void test_unreadable(void **state)
{
	static const char words[] =
		"node2: /var/lib/haupgrade/lease cannot be read: there is no token in it; it may be another run's: if no haupgrade works on the cluster, remove it there (rm -r /var/lib/haupgrade/lease)";
	struct lease *lease = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	put("node2", "hello");
	assert_int_equal(lease_look(&world->all, NULL, NULL, &err), -EBUSY);
	assert_string_equal(error_text(&err), words);
	assert_int_equal(take(false, &lease, &err), -EBUSY);
	assert_string_equal(error_text(&err), words);
	assert_int_equal(take(true, &lease, &err), -EBUSY);
	assert_string_equal(error_text(&err), words);
	assert_false(is_there("node1"));
	assert_true(is_there("node2"));
	/* What a power cut may leave: it was somebody's. */
	put("node2", "\\000\\000\\n");
	assert_int_equal(take(false, &lease, &err), -EBUSY);
	assert_true(is_there("node2"));
}

static void test_held(void **state)
{
	CLEANUP(cleanup_text) struct text words = {0};
	struct lease *lease = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	text_appendf(
		&words, "token " C "\\nowner root@other\\nrenewed %lld\\n", (long long)time(NULL));
	put("node1", text_string(&words));
	assert_int_equal(take(true, &lease, &err), -EBUSY);
	assert_non_null(strstr(error_text(&err), "root@other holds cluster"));
	assert_false(is_there("node2"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_take_and_let_go),
		TEST(test_cancelled),
		TEST(test_renewed),
		TEST(test_taken_later),
		TEST(test_left_to_the_heir),
		TEST(test_unreadable),
		TEST(test_held),
	};

	return cmocka_run_group_tests_name("leases", tests, NULL, NULL);
}
