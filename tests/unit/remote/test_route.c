/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's ssh configuration, and the routes that are made of it; what ssh -G would say. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/remote/agent.h"
#include "orchestrator/remote/route.h"
#include "orchestrator/remote/ssh_words.h"
#include "orchestrator/remote/sudo.h"

static struct ssh_config *parse(const char *bytes)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct ssh_config *config = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (ssh_config_parse("/h/.ssh/config", bytes, strlen(bytes), &config, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	return config;
}

/* "user@address:port key=... known=... | user@address:port ..." */
static char *route_words(const struct route *route)
{
	struct text text = {0};

	for (size_t i = 0; i < route->count; i++) {
		const struct hop *hop = &route->hops[i];

		text_appendf(
			&text, "%s%s@%s:%u", i ? " | " : "", hop->user, hop->address, hop->port);
		for (size_t j = 0; hop->identities[j]; j++)
			text_appendf(&text, " key=%s", hop->identities[j]);
		for (size_t j = 0; hop->known_hosts[j]; j++)
			text_appendf(&text, " known=%s", hop->known_hosts[j]);
		text_appendf(&text, "%s%s%s%s%s%s", hop->key_name ? " alias=" : "",
			hop->key_name ?: "", hop->agent ? " agent=" : "", hop->agent ?: "",
			hop->identities_first ? " keys-first" : "",
			hop->identities_only ? " only" : "");
	}
	return text_take(&text);
}

static const struct route_home home = {.user = "me", .folder = "/h", .agent = "/agent"};

static void expect_route(
	const char *bytes, const struct route_wish *wish, const char *expected, uint64_t timeout_ms)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *config = parse(bytes);
	CLEANUP(cleanup_free) char *words = NULL;
	struct route route = {0};
	CLEANUP(error_release) struct error err = {0};

	{
		/* Ends before the route does. */
		CLEANUP(cleanup_free) char *user = text_copy(home.user);
		CLEANUP(cleanup_free) char *agent = text_copy(home.agent);
		const struct route_home passing = {
			.user = user, .folder = home.folder, .agent = agent};

		if (route_make(wish, config, &passing, &route, &err) < 0)
			fail_msg("%s", error_text(&err));
	}
	words = route_words(&route);
	assert_string_equal(words, expected);
	assert_int_equal(route.connect_timeout_ms, timeout_ms);
	route_clear(&route);
}

static void expect_no_route(const char *bytes, const char *name, const char *expected)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *config = parse(bytes);
	const struct route_wish wish = {.address = name};
	struct route route = {0};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(route_make(&wish, config, &home, &route, &err), -EINVAL);
	assert_string_equal(error_text(&err), expected);
	assert_null(route.hops);
}

static void test_defaults(void **state)
{
	const struct route_wish name = {.address = "web1"};
	const struct route_wish all = {.address = "192.0.2.1",
		.port = 2200,
		.user = "root",
		.identity = "/d/key",
		.known_hosts = "/d/known",
		.connect_timeout_ms = 5};

	(void)state;
	expect_route("", &name, "root@web1:0 known=/h/.ssh/known_hosts agent=/agent", 0);
	/* The cluster file has the last word. */
	expect_route("Host *\nUser u\nPort 1\nIdentityFile k\nUserKnownHostsFile f\n"
		     "ConnectTimeout 9\nIdentityAgent none\n",
		&all, "root@192.0.2.1:2200 key=/d/key known=/d/known keys-first", 5);
}

static void test_first_value_wins(void **state)
{
	const struct route_wish web1 = {.address = "web1"}, db = {.address = "db"};
	static const char bytes[] = "# comment\n"
				    "IdentityFile ~/.ssh/%r@%h\n"
				    "Host web* !web2\n"
				    "  HostName = %h.example\n"
				    "\tuser=admin\n"
				    "Host *\n"
				    "  User other\n"
				    "  Port 2022\n"
				    "  IdentityFile \"/keys/with blank\" # behind\n"
				    "  IdentitiesOnly yes\n"
				    "  UserKnownHostsFile /k/1 %d/2\n"
				    "  HostKeyAlias same\n"
				    "  ConnectTimeout 3\n"
				    "  ServerAliveInterval 5\n";

	(void)state;
	expect_route(bytes, &web1,
		"admin@web1.example:2022 key=/h/.ssh/admin@web1.example key=/keys/with blank known=/k/1 known=/h/2 alias=same agent=/agent keys-first only",
		3000);
	expect_route(bytes, &db,
		"other@db:2022 key=/h/.ssh/other@db key=/keys/with blank known=/k/1 known=/h/2 alias=same agent=/agent keys-first only",
		3000);
}

static void test_jumps(void **state)
{
	const struct route_wish web1 = {.address = "web1"}, far = {.address = "far"};
	static const char bytes[] =
		"Host web1\n ProxyJump gate,u@[2001:db8::1]:23\n"
		"Host gate\n HostName 192.0.2.9\n User keeper\n ProxyJump outer\n"
		"Host far\n ProxyJump none\n"
		"Host outer\n Port 24\n"
		"Host 2001:db8::1\n ProxyJump ignored\n"
		"Host *\n UserKnownHostsFile /k\n IdentityFile /i\n ProxyJump outer\n";
	static const char tail[] = " key=/i known=/k agent=/agent keys-first";

	(void)state;
	{
		CLEANUP(cleanup_free)
		char *expected =
			text_format("keeper@192.0.2.9:0%s | u@2001:db8::1:23%s | root@web1:0%s",
				tail, tail, tail);
		CLEANUP(cleanup_free) char *direct = text_format("root@far:0%s", tail);
		static const char plain[] = "Host web1\n ProxyJump gate,u@[2001:db8::1]:23\n"
					    "Host gate\n HostName 192.0.2.9\n User keeper\n"
					    "Host *\n UserKnownHostsFile /k\n IdentityFile /i\n";

		expect_route(plain, &web1, expected, 0);
		expect_route(bytes, &far, direct, 0);
	}
	/* "outer" jumps over itself by way of Host *. */
	expect_no_route(bytes, "web1",
		"more than 8 jump hosts lead to it, or they lead in a circle by way of outer; correct ProxyJump in the ssh configuration");
	expect_no_route("ProxyJump a:x", "web1",
		"ProxyJump: \"a:x\" is not of the form [USER@]HOST[:PORT] (IPv6: [ADDRESS]:PORT)");
	expect_no_route("ProxyJump [::1", "web1",
		"ProxyJump: \"[::1\" is not of the form [USER@]HOST[:PORT] (IPv6: [ADDRESS]:PORT)");
	expect_no_route("ProxyJump @a", "web1",
		"ProxyJump: \"@a\" is not of the form [USER@]HOST[:PORT] (IPv6: [ADDRESS]:PORT)");
}

static void test_what_is_not_done(void **state)
{
	const struct route_wish web1 = {.address = "web1"}, db = {.address = "db"};
	static const char end[] =
		"; write it otherwise, or give the cluster file a configuration of its own (ssh { config = \"PATH\" }, or \"none\")";
	CLEANUP(cleanup_free)
	char *command = text_format(
		"/h/.ssh/config:2: ProxyCommand is not carried out by haupgrade, only ProxyJump is%s",
		end);
	CLEANUP(cleanup_free)
	char *match = text_format(
		"/h/.ssh/config:1: whether this Match applies is not judged by haupgrade%s", end);

	(void)state;
	expect_no_route("Host web1\nProxyCommand nc %h %p\n", "web1", command);
	expect_route("Host web1\nProxyCommand nc %h %p\n", &db,
		"root@db:0 known=/h/.ssh/known_hosts agent=/agent", 0);
	expect_route("ProxyCommand none\nProxyJump gate\n", &db,
		"root@db:0 known=/h/.ssh/known_hosts agent=/agent", 0);
	expect_no_route("Match exec \"true\" host *\nUser x\n", "web1", match);
	expect_no_route("Match user x\nUser x\n", "web1", match);
	/* One that holds nothing of interest does no harm, and neither does one that cannot apply.
	 */
	expect_route("Match exec true\nForwardX11 yes\nHost *\nUser a\n", &web1,
		"a@web1:0 known=/h/.ssh/known_hosts agent=/agent", 0);
	expect_route("Match exec true host db\nUser x\nMatch all\nUser a\n", &web1,
		"a@web1:0 known=/h/.ssh/known_hosts agent=/agent", 0);
	expect_route("Match originalhost web*,x\nUser a\nHostName b\nMatch host b\nPort 5\n", &web1,
		"a@b:5 known=/h/.ssh/known_hosts agent=/agent", 0);
}

static void test_problems(void **state)
{
	static const char bytes[] =
		"Host\nPort 0\nUser \"a\nConnectTimeout soon\nIdentitiesOnly maybe\nInclude x\nHostName\n";
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *text = NULL;
	struct ssh_config *config = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(
		ssh_config_parse("c", bytes, strlen(bytes), &config, &problems, &err), -EINVAL);
	assert_null(config);
	text = problems_text(&problems);
	assert_string_equal(text,
		"c:1: Host without a value\n"
		"c:2: Port: '0' is not a whole number from 1 to 65535\n"
		"c:3: a quote is not closed\n"
		"c:4: ConnectTimeout: 'soon' is not a time from 0ms to 86400000ms (write it as 2, 1.5, 500ms, 5m)\n"
		"c:5: IdentitiesOnly: \"maybe\" is neither yes nor no\n"
		"c:6: Include is not possible here\n"
		"c:7: HostName without a value");
}

static void put(const char *folder, const char *name, const char *bytes)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, name);

	assert_int_equal(file_write(path, bytes, strlen(bytes), 0600, NULL), 0);
}

/* What is included counts as far as the block that includes it, and ends no block of it. */
static void test_include(void **state)
{
	char folder[] = "/tmp/haupgrade-route.XXXXXX";
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_ssh_config) struct ssh_config *config = NULL;
	CLEANUP(cleanup_free) char *ssh = NULL;
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_free) char *remove = NULL;
	struct ssh_config_host host = {0};
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	ssh = text_format("%s/.ssh", folder);
	path = text_format("%s/config", ssh);
	remove = text_format("rm -rf %s", folder);
	assert_int_equal(mkdir(ssh, 0700), 0);
	assert_int_equal(ssh_config_load(path, true, folder, &config, &problems, &err), 0);
	ssh_config_free(config);
	config = NULL;
	assert_int_equal(ssh_config_load(path, false, folder, &config, &problems, &err), -ENOENT);
	put(ssh, "config",
		"Host a\nInclude part-* nothing-*\nPort 5\nHost *\nInclude ~/.ssh/last\n");
	put(ssh, "part-1", "User one\nHost b\nUser b\n");
	put(ssh, "part-2", "Host *\nHostName x\n");
	put(ssh, "last", "User last\n");
	if (ssh_config_load(path, true, folder, &config, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(ssh_config_look_up(config, "a", &host, &err), 0);
	assert_string_equal(host.user, "one");
	assert_string_equal(host.host_name, "x");
	assert_string_equal(host.port, "5");
	assert_int_equal(ssh_config_look_up(config, "b", &host, &err), 0);
	assert_string_equal(host.user, "last");
	assert_null(host.host_name);
	assert_null(host.port);
	ssh_config_free(config);
	config = NULL;
	put(ssh, "last", "Include last\n");
	assert_int_equal(ssh_config_load(path, true, folder, &config, &problems, &err), -EINVAL);
	assert_non_null(strstr(error_text(&err), "files include each other more than 16 deep"));
	assert_int_equal(chmod(path, 0622), 0);
	assert_int_equal(ssh_config_load(path, true, folder, &config, &problems, &err), -EINVAL);
	assert_non_null(strstr(error_text(&err), "others than its user may write it"));
	assert_int_equal(system(remove), 0);
}

static void test_patterns(void **state)
{
	static const char *const patterns[] = {"*.example", "a?c", "!x.example"};

	(void)state;
	assert_true(ssh_words_match(patterns, 3, "web.EXAMPLE"));
	assert_true(ssh_words_match(patterns, 3, "abc"));
	assert_false(ssh_words_match(patterns, 3, "ac"));
	assert_false(ssh_words_match(patterns, 3, "x.example"));
	assert_false(ssh_words_match(patterns, 3, ""));
	assert_false(ssh_words_match(patterns, 0, "web"));
}

/* Byte strings of the agent protocol, by hand. */
static void test_agent_answers(void **state)
{
	static const uint8_t two[] = {12, 0, 0, 0, 2, 0, 0, 0, 1, 'a', 0, 0, 0, 2, 'c', 'c', 0, 0,
		0, 3, 'b', 'b', 'b', 0, 0, 0, 0};
	struct agent_key keys[2];
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(agent_parse(two, sizeof(two), keys, 2, &err), 2);
	assert_int_equal(keys[1].length, 3);
	assert_memory_equal(keys[1].blob, "bbb", 3);
	assert_int_equal(agent_parse(two, sizeof(two), keys, 1, &err), 1);
	for (size_t length = 0; length < sizeof(two); length++)
		assert_int_equal(agent_parse(two, length, keys, 2, &err), -EPROTO);
	assert_string_equal(error_text(&err), "the ssh agent's list of keys is cut off");
}

static void test_sudo_refusals(void **state)
{
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(sudo_refusal("ann", "env: 'sudo': No such file or directory\n", 127, &err),
		-ENOENT);
	assert_string_equal(error_text(&err),
		"there is no sudo for user ann; install it there, or log in as root");
	assert_int_equal(
		sudo_refusal("ann",
			"<ask 1>Sorry, try again.\n<ask 1>\nsudo: 2 incorrect password attempts\n",
			1, &err),
		-EACCES);
	assert_string_equal(error_text(&err), "sudo does not accept the password of ann");
	assert_int_equal(
		sudo_refusal("ann", "Sorry, user ann is not allowed\n    to execute x", 1, &err),
		-EPERM);
	assert_string_equal(error_text(&err),
		"user ann may not run a shell (sh) as root by sudo there: sudoers must allow it all commands");
	assert_int_equal(sudo_refusal("ann", "odd\x1b words\n", 3, &err), -EACCES);
	assert_string_equal(
		error_text(&err), "sudo refused user ann with exit status 3: odd\\x1b words");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_first_value_wins),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_what_is_not_done),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_agent_answers),
		cmocka_unit_test(test_sudo_refusals),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
