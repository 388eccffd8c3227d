/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The routes that are made of what a cluster file says and what this machine's ssh answers. */
#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/remote/agent.h"
#include "orchestrator/remote/route.h"
#include "orchestrator/remote/sudo.h"

#define GLOBAL " known=/etc/ssh/ssh_known_hosts known=/etc/ssh/ssh_known_hosts2"

static char folder[] = "/tmp/haupgrade-route.XXXXXX";
static char *config; /* the ssh configuration, in there */
static const char *home;

static int setup(void **state)
{
	(void)state;
	home = getpwuid(getuid())->pw_dir;
	config = mkdtemp(folder) ? text_format("%s/config", folder) : NULL;
	return config && setenv("SSH_AUTH_SOCK", "/agent", 1) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	CLEANUP(cleanup_free) char *remove = text_format("rm -rf %s", folder);

	(void)state;
	free(config);
	return system(remove);
}

static void put(const char *path, const char *bytes)
{
	assert_int_equal(file_write(path, bytes, strlen(bytes), 0600, NULL), 0);
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

static void expect_route(
	const char *bytes, const struct route_wish *wish, const char *expected, uint64_t timeout_ms)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new(config);
	CLEANUP(cleanup_free) char *words = NULL;
	struct route route = {0};
	CLEANUP(error_release) struct error err = {0};

	put(config, bytes);
	if (route_make(wish, ssh_config, NULL, &route, &err) < 0)
		fail_msg("%s", error_text(&err));
	words = route_words(&route);
	assert_string_equal(words, expected);
	assert_int_equal(route.connect_timeout_ms, timeout_ms);
	route_clear(&route);
}

/* The error holds these words. */
static void expect_no_route(const char *bytes, const char *name, const char *expected)
{
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new(config);
	const struct route_wish wish = {.address = name};
	struct route route = {0};
	CLEANUP(error_release) struct error err = {0};

	put(config, bytes);
	assert_int_equal(route_make(&wish, ssh_config, NULL, &route, &err), -EINVAL);
	if (!strstr(error_text(&err), expected))
		fail_msg("\"%s\" is not in \"%s\"", expected, error_text(&err));
	assert_null(route.hops);
}

/* Nothing is said: the keys that are there, in the order in which ssh lists them. */
static void test_nothing_said_means_the_defaults(void **state)
{
	const struct route_wish wish = {.address = "web1", .user = "root"};
	CLEANUP(cleanup_ssh_config) struct ssh_config *ssh_config = ssh_config_new("none");
	static const char *const names[] = {"rsa", "ecdsa", "ecdsa_sk", "ed25519", "ed25519_sk"};
	CLEANUP(cleanup_free) char *words = NULL;
	CLEANUP(cleanup_free) char *expected = NULL;
	struct text keys = {0};
	struct route route = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(cleanup_free) char *path = text_format("%s/.ssh/id_%s", home, names[i]);

		if (access(path, R_OK) == 0)
			text_appendf(&keys, " key=%s", path);
	}
	expected = text_format(
		"root@web1:22%s known=%s/.ssh/known_hosts known=%s/.ssh/known_hosts2" GLOBAL
		" agent=/agent",
		text_string(&keys), home, home);
	text_clear(&keys);
	assert_int_equal(route_make(&wish, ssh_config, NULL, &route, NULL), 0);
	words = route_words(&route);
	assert_string_equal(words, expected);
	assert_int_equal(route.connect_timeout_ms, 0);
	route_clear(&route);
}

static void test_the_cluster_file_has_the_last_word(void **state)
{
	const struct route_wish all = {.address = "192.0.2.1",
		.port = 2200,
		.user = "root",
		.identity = "/d/key",
		.known_hosts = "/d/known",
		.connect_timeout_ms = 5};

	(void)state;
	expect_route("Host *\nUser u\nPort 1\nIdentityFile k\nUserKnownHostsFile f\n"
		     "ConnectTimeout 9\nIdentityAgent none\n",
		&all, "root@192.0.2.1:2200 key=/d/key known=/d/known keys-first", 5);
	/* And Match sees what it says. */
	expect_route("Match user root host 192.0.2.1\nConnectTimeout 9\n"
		     "Match exec \"test %p = 2200\"\nHostName %h.x\nHostKeyAlias a\n",
		&(struct route_wish){.address = "192.0.2.1",
			.port = 2200,
			.user = "root",
			.identity = "/d/key",
			.known_hosts = "/d/known"},
		"root@192.0.2.1.x:2200 key=/d/key known=/d/known alias=a agent=/agent keys-first",
		9000);
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
				    "  IdentityFile \"/keys/with blank%%20\" # behind\n"
				    "  IdentityFile ${SSH_AUTH_SOCK}/%%\n"
				    "  IdentityFile ~root/x\n"
				    "  IdentitiesOnly yes\n"
				    "  UserKnownHostsFile \"/k/1 one\" %d/2\n"
				    "  GlobalKnownHostsFile none\n"
				    "  HostKeyAlias same\n"
				    "  IdentityAgent ~/a%%gent\n"
				    "  ConnectTimeout 3\n"
				    "  ServerAliveInterval 5\n";
	static const char format[] =
		"%s key=%s/.ssh/%s key=/keys/with blank%%20 key=/agent/%% key=/root/x known=/k/1 one known=%s/2 alias=same agent=%s/a%%gent keys-first only";
	CLEANUP(cleanup_free)
	char *of_web1 = text_format(
		format, "admin@web1.example:2022", home, "admin@web1.example", home, home);
	CLEANUP(cleanup_free)
	char *of_db = text_format(format, "other@db:2022", home, "other@db", home, home);

	(void)state;
	expect_route(bytes, &web1, of_web1, 3000);
	expect_route(bytes, &db, of_db, 3000);
}

static void test_a_file_may_include_others(void **state)
{
	const struct route_wish a = {.address = "a"}, b = {.address = "b"};
	CLEANUP(cleanup_free) char *one = text_format("%s/part-1", folder);
	CLEANUP(cleanup_free) char *two = text_format("%s/part-2", folder);
	CLEANUP(cleanup_free)
	char *bytes = text_format(
		"Host a\nInclude %s/part-* %s/nothing-*\nPort 5\n"
		"Host *\nUser last\nUserKnownHostsFile /k\nGlobalKnownHostsFile none\nIdentityFile /i\n",
		folder, folder);

	(void)state;
	put(one, "User one\nHost b\nUser b\n");
	put(two, "Host *\nHostName x\n");
	expect_route(bytes, &a, "one@x:5 key=/i known=/k agent=/agent keys-first", 0);
	expect_route(bytes, &b, "last@b:22 key=/i known=/k agent=/agent keys-first", 0);
	assert_int_equal(chmod(two, 0622), 0);
	expect_no_route(bytes, "a", "Bad owner or permissions on ");
}

static void test_jumps(void **state)
{
	const struct route_wish web1 = {.address = "web1", .user = "root"};
	const struct route_wish far = {.address = "far", .user = "root"};
	static const char bytes[] =
		"Host web1\n ProxyJump ssh://gate,u@[2001:db8::1]:23\n"
		"Host gate\n HostName 192.0.2.9\n User keeper\n ProxyJump outer\n"
		"Host far\n ProxyJump none\n"
		"Host outer\n Port 24\n User o\n ProxyJump none\n"
		"Host 2001:db8::1\n ProxyJump ignored\n"
		"Host *\n UserKnownHostsFile /k\n GlobalKnownHostsFile none\n IdentityFile /i\n ProxyJump outer\n";
	static const char tail[] = " key=/i known=/k agent=/agent keys-first";
	CLEANUP(cleanup_free)
	char *expected = text_format(
		"o@outer:24%s | keeper@192.0.2.9:22%s | u@2001:db8::1:23%s | root@web1:22%s", tail,
		tail, tail, tail);
	CLEANUP(cleanup_free) char *direct = text_format("root@far:22%s", tail);

	(void)state;
	expect_route(bytes, &web1, expected, 0);
	expect_route(bytes, &far, direct, 0);
}

static void test_jumps_that_lead_nowhere(void **state)
{
	(void)state;
	/* ssh itself notices the smallest circle. */
	expect_no_route("Host *\n ProxyJump outer\n", "web1", "jumphost loop via outer");
	expect_no_route("Host a\n ProxyJump b\nHost b\n ProxyJump a\n", "a",
		"more than 8 jump hosts lead to it, or they lead in a circle by way of b; correct ProxyJump in the ssh configuration");
	expect_no_route("ProxyJump a:x", "web1", "Invalid ProxyJump");
	expect_no_route("ProxyJump [::1", "web1", "Invalid ProxyJump");
}

static void test_what_is_not_done(void **state)
{
	static const char rest[] =
		"UserKnownHostsFile /k\nGlobalKnownHostsFile none\nIdentityFile /i\n";
	CLEANUP(cleanup_free)
	char *command = text_format("%sHost web1\nProxyCommand nc %%h %%p\n", rest);
	CLEANUP(cleanup_free) char *none = text_format("%sProxyCommand none\n", rest);

	(void)state;
	expect_no_route(command, "web1",
		"the ssh configuration has ProxyCommand nc %h %p for web1, which is not carried out by haupgrade, only ProxyJump is; write it otherwise, or give the cluster file a configuration of its own (ssh { config = \"PATH\" }, or \"none\")");
	expect_route(command, &(struct route_wish){.address = "db", .user = "u"},
		"u@db:22 key=/i known=/k agent=/agent keys-first", 0);
	expect_route(none, &(struct route_wish){.address = "web1", .user = "u"},
		"u@web1:22 key=/i known=/k agent=/agent keys-first", 0);
	expect_no_route("RevokedHostKeys /r\n", "web1",
		"the ssh configuration has RevokedHostKeys /r for web1, which haupgrade cannot look in, so it does not log in there; ");
	expect_no_route("UserKnownHostsFile none\nGlobalKnownHostsFile none\n", "web1",
		"the ssh configuration names no file with the host key of web1");
}

static void test_no_key_and_no_agent(void **state)
{
	(void)state;
	expect_route(
		"IdentityFile none\nIdentityAgent none\nUserKnownHostsFile /k\nGlobalKnownHostsFile none\n",
		&(struct route_wish){.address = "a", .user = "u"}, "u@a:22 known=/k keys-first", 0);
	expect_route(
		"IdentityFile /i\nIdentityAgent $SSH_AUTH_SOCK\nUserKnownHostsFile /k\nGlobalKnownHostsFile none\n",
		&(struct route_wish){.address = "fe80::1%eth0", .user = "u"},
		"u@fe80::1%eth0:22 key=/i known=/k agent=/agent keys-first", 0);
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
		cmocka_unit_test(test_nothing_said_means_the_defaults),
		cmocka_unit_test(test_the_cluster_file_has_the_last_word),
		cmocka_unit_test(test_first_value_wins),
		cmocka_unit_test(test_a_file_may_include_others),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_jumps_that_lead_nowhere),
		cmocka_unit_test(test_what_is_not_done),
		cmocka_unit_test(test_no_key_and_no_agent),
		cmocka_unit_test(test_agent_answers),
		cmocka_unit_test(test_sudo_refusals),
	};

	return cmocka_run_group_tests_name("route", tests, setup, teardown);
}
