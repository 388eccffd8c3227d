/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeatd's three files: what they give, and every message about what is wrong in them. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemons/heartbeat/groups_conf.h"
#include "lib/base/text.h"
#include "lib/cluster/authkeys.h"
#include "lib/cluster/ha_cf.h"

#define GOOD "node n1 n2\nnode n3\nucast eth0 192.0.2.1\n"

static struct ha_cf *config_good(const char *text)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct ha_cf *config = ha_cf_read_bytes("ha.cf", text, strlen(text), "n2", &problems);
	CLEANUP(cleanup_free) char *told = problems_text(&problems);

	assert_string_equal(told, "");
	assert_non_null(config);
	return config;
}

static void assert_config_problems(const char *text, const char *expected)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *told = NULL;

	assert_null(ha_cf_read_bytes("ha.cf", text, strlen(text), "n2", &problems));
	told = problems_text(&problems);
	assert_string_equal(told, expected);
}

static void test_config_defaults(void **state)
{
	CLEANUP(cleanup_ha_cf) struct ha_cf *config = config_good(GOOD);

	(void)state;
	assert_int_equal(config->node_count, 3);
	assert_string_equal(config->nodes[2], "n3");
	assert_int_equal(config->self, 1);
	assert_int_equal(ha_cf_node(config, "N3"), 2);
	assert_int_equal(ha_cf_node(config, "n4"), -1);
	assert_int_equal(config->link_count, 1);
	assert_string_equal(config->links[0].device, "eth0");
	assert_int_equal(config->udpport, 694);
	assert_int_equal(config->keepalive_ms, 2000);
	assert_int_equal(config->warntime_ms, 10000);
	assert_int_equal(config->deadtime_ms, 30000);
	assert_int_equal(config->initdead_ms, 120000);
	assert_false(config->auto_failback);
	assert_string_equal(config->logfile, "/var/log/hacluster/heartbeatd.log");
	assert_int_equal(config->logfacility, -1);
}

static void test_config_values(void **state)
{
	CLEANUP(cleanup_ha_cf)
	struct ha_cf *config = config_good(GOOD
		"udpport 6940\nkeepalive 100ms\ndeadtime 400ms\ninitdead 2\nauto_failback legacy\n"
		"logfile none\nlogfacility local3\nuse_logd yes\nhopfudge 1\ndebug 1\n");

	(void)state;
	assert_int_equal(config->udpport, 6940);
	assert_int_equal(config->keepalive_ms, 100);
	/* Not given, and its default would contradict deadtime. */
	assert_int_equal(config->warntime_ms, 200);
	assert_int_equal(config->initdead_ms, 2000);
	assert_true(config->auto_failback);
	assert_null(config->logfile);
	assert_int_equal(config->logfacility, LOG_LOCAL3);
	assert_int_equal(config->warning_count, 2);
	assert_string_equal(config->warnings[0],
		"ha.cf:11: 'use_logd' has no effect here: the log never blocks and needs no logging daemon");
}

static void test_config_problems(void **state)
{
	(void)state;
	assert_config_problems(
		"node n1 n1 n2 b@d\nucast eth0\nucast eth0 224.0.0.1\nucast eth0 1.2.3\n"
		"ucast averylongdevicename 1.2.3.4\nudpport 0\nkeepalive soon\nbcast eth0\n"
		"frobnicate\nkeepalive 1\nkeepalive 2\nauto_failback maybe\nlogfile x\n"
		"logfacility nope\nucast eth0 1.2.3.4\nucast eth0 1.2.3.4\n",
		"ha.cf:1: node 'n1' is named twice; each node is named once\n"
		"ha.cf:1: node 'b@d' is not a host name of 1 to 64 letters, digits and .-_; write it as uname -n prints it\n"
		"ha.cf:2: write: ucast DEVICE ADDRESS\n"
		"ha.cf:3: '224.0.0.1' is not the IPv4 address of a node, such as 192.0.2.1\n"
		"ha.cf:4: '1.2.3' is not the IPv4 address of a node, such as 192.0.2.1\n"
		"ha.cf:5: 'averylongdevicename' is not the name of a network device (1 to 15 characters, as ip link shows it)\n"
		"ha.cf:6: udpport: '0' is not a whole number from 1 to 65535\n"
		"ha.cf:7: keepalive: 'soon' is not a time from 10ms to 86400000ms (write it as 2, 1.5, 500ms, 5m)\n"
		"ha.cf:8: 'bcast' is not supported yet: use one 'ucast DEVICE ADDRESS' per peer\n"
		"ha.cf:9: unknown directive 'frobnicate'; known are node, ucast, udpport, keepalive, warntime, deadtime, initdead, auto_failback, logfile, logfacility, debug\n"
		"ha.cf:10: 'keepalive' was given in line 7 already; keep one of them\n"
		"ha.cf:11: 'keepalive' was given in line 7 already; keep one of them\n"
		"ha.cf:12: auto_failback 'maybe' is not on, off or legacy\n"
		"ha.cf:13: logfile 'x' is not a whole path from / on, nor 'none'\n"
		"ha.cf:14: logfacility: 'nope' is not a syslog facility; use none, daemon, user, auth, authpriv, local0 to local7 or another of syslog(3)\n"
		"ha.cf:16: ucast eth0 1.2.3.4 is there twice");
}

static void test_config_cross_checks(void **state)
{
	(void)state;
	assert_config_problems("", "ha.cf: no node is named; add a line 'node n2 OTHER'");
	assert_config_problems("node n1 n3\nucast e 1.2.3.4\n",
		"ha.cf: this node, 'n2' (uname -n), is not among the nodes; add it with 'node' or give --node NAME");
	assert_config_problems("node n1 n2\n",
		"ha.cf: no way to speak to the other nodes; add 'ucast DEVICE ADDRESS' per peer");
	assert_config_problems(GOOD "keepalive 5\nwarntime 5\ndeadtime 5\ninitdead 4\n",
		"ha.cf:5: warntime (5000ms) must be longer than keepalive (5000ms), or each heartbeat would be late\n"
		"ha.cf:6: deadtime (5000ms) must be longer than warntime (5000ms)\n"
		"ha.cf:7: initdead (4000ms) must not be shorter than deadtime (5000ms); twice as long is usual");
}

static void assert_key_problems(const char *text, const char *expected)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *told = NULL;

	assert_null(authkeys_read_bytes("authkeys", text, strlen(text), &problems));
	told = problems_text(&problems);
	assert_string_equal(told, expected);
	/* Whatever the file says, no message may show a secret. */
	assert_null(strstr(told, "Secret"));
}

static void test_authkeys_problems(void **state)
{
	(void)state;
	assert_key_problems("", "authkeys: no 'auth NUMBER' line; it says which key to sign with");
	assert_key_problems("auth 1\n2 sha1 Secret\n",
		"authkeys:1: 'auth 1' names a key that is not in the file; add '1 sha256 SECRET'");
	assert_key_problems(
		"auth 1\n1 rot13 Secret\n1 crc\n16 md5 Secret\nSecret\nSecret Secret\n"
		"2 md5\n3 md5 Secret Secret\n4 md5 Secret\n4 md5 Secret\nauth\nauth 4\n",
		"authkeys:2: unknown method; use md5, sha1 or sha256\n"
		"authkeys:3: method crc is no protection and not supported; use sha256\n"
		"authkeys:4: key number: '16' is not a whole number from 0 to 15\n"
		"authkeys:5: a key is 'NUMBER METHOD SECRET', such as '1 sha256 ...'\n"
		"authkeys:6: the first word is not a key number from 0 to 15, nor 'auth'\n"
		"authkeys:7: key 2 needs one secret of 1 to 256 bytes behind the method\n"
		"authkeys:8: key 3 needs one secret of 1 to 256 bytes behind the method\n"
		"authkeys:10: key 4 was given already; each number may be used once\n"
		"authkeys:11: 'auth' takes one number, that of the key to sign with\n"
		"authkeys:12: 'auth' was given in line 1 already; keep one of them");
}

static void assert_key_warnings(const char *text, const char *expected)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_authkeys)
	struct authkeys *keys = authkeys_read_bytes("authkeys", text, strlen(text), &problems);
	CLEANUP(cleanup_free) char *told = NULL;

	assert_non_null(keys);
	told = problems_text(authkeys_warnings(keys));
	assert_string_equal(told, expected);
	assert_null(strstr(told, "Secret"));
}

static void test_authkeys_warnings(void **state)
{
	(void)state;
	assert_key_warnings("auth 1\n1 sha256 Secret-of-16-byte\n2 sha1 Secret-of-16-byte\n", "");
	assert_key_warnings("auth 1\n1 sha256 Secret-of-15-by\n3 md5 Secret-of-16-byte\n4 md5 S\n",
		"authkeys:2: the secret of key 1 has fewer than 16 bytes and can be guessed from one recorded message; 64 hex digits are advised, as `openssl rand -hex 32` makes them\n"
		"authkeys:3: key 3 signs with md5, which is broken as a digest; use sha256, or sha1 beside a Heartbeat 3\n"
		"authkeys:4: key 4 signs with md5, which is broken as a digest; use sha256, or sha1 beside a Heartbeat 3\n"
		"authkeys:4: the secret of key 4 has fewer than 16 bytes and can be guessed from one recorded message; 64 hex digits are advised, as `openssl rand -hex 32` makes them");
	/* Hex digits: 16 bytes; and 15 and a half, which all the same are more than 16 letters. */
	assert_key_warnings("auth 1\n1 sha256 0123456789abcdefABCDEF0123456789\n", "");
	assert_key_warnings(
		"auth 1\n1 sha256 0123456789abcdef0123456789abcde\n2 sha1 0123456789abcdeg\n",
		"authkeys:2: the secret of key 1 has fewer than 16 bytes (two hex digits are one) and can be guessed from one recorded message; 64 hex digits are advised, as `openssl rand -hex 32` makes them");
}

/* RFC 2202 (test case 2) and RFC 4231 (test case 2). */
static void test_authkeys_codes(void **state)
{
	static const char text[] = "auth 3\n1 md5 Jefe\n2 sha1 Jefe\n3 sha256 Jefe\n";
	static const char data[] = "what do ya want for nothing?";
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_authkeys)
	struct authkeys *keys = authkeys_read_bytes("authkeys", text, sizeof(text) - 1, &problems);
	char code[AUTHKEYS_CODE_MAX + 1];
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_non_null(keys);
	assert_int_equal(authkeys_current(keys), 3);
	assert_int_equal(authkeys_code(keys, 1, data, sizeof(data) - 1, code, &err), 0);
	assert_string_equal(code, "750c783e6ab0b503eaa86e310a5db738");
	assert_int_equal(authkeys_code(keys, 2, data, sizeof(data) - 1, code, &err), 0);
	assert_string_equal(code, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	assert_int_equal(authkeys_code(keys, 3, data, sizeof(data) - 1, code, &err), 0);
	assert_string_equal(
		code, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_true(authkeys_code(keys, 4, data, 1, code, &err) < 0);
	assert_string_equal(error_text(&err), "key 4 is not in our authkeys");
}

static void test_authkeys_file(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_authkeys) struct authkeys *keys = NULL;
	CLEANUP(cleanup_free) char *told = NULL, *expected = NULL;
	char path[] = "/tmp/test_authkeys.XXXXXX";
	int descriptor = mkstemp(path);

	(void)state;
	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, "auth 1\n1 md5 x\n", 15), 15);
	fchmod(descriptor, 0640);
	assert_null(authkeys_read(path, &problems));
	told = problems_text(&problems);
	expected = text_format(
		"%s: mode 0640 lets others than its owner at the keys; do: chmod 600 %s", path,
		path);
	assert_string_equal(told, expected);
	problems_clear(&problems);
	fchmod(descriptor, 0600);
	keys = authkeys_read(path, &problems);
	assert_non_null(keys);
	close(descriptor);
	unlink(path);
}

#define GROUP "group \"web\" {\n  floating_ip \"192.0.2.100/24\" { device = \"eth0\" }\n"

static void assert_group_problems(const char *text, const char *expected)
{
	CLEANUP(cleanup_ha_cf) struct ha_cf *config = config_good(GOOD);
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *told = NULL;

	assert_null(groups_conf_read_bytes("groups.conf", text, config, &problems));
	told = problems_text(&problems);
	assert_string_equal(told, expected);
}

static void test_groups(void **state)
{
	CLEANUP(cleanup_ha_cf) struct ha_cf *config = config_good(GOOD);
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_groups_conf)
	struct groups_conf *groups = groups_conf_read_bytes("groups.conf",
		GROUP "  preferred = \"n3\"\n  drain = 500ms\n"
		      "  floating_ip \"198.51.100.7/32\" { device = \"eth1\" label = \"x\" }\n}\n",
		config, &problems);

	(void)state;
	assert_non_null(groups);
	assert_string_equal(groups->name, "web");
	assert_int_equal(groups->preferred, 2);
	assert_int_equal(groups->drain_ms, 500);
	assert_int_equal(groups->address_count, 2);
	assert_int_equal(groups->addresses[0].ip.s_addr, inet_addr("192.0.2.100"));
	assert_int_equal(groups->addresses[0].prefix, 24);
	assert_string_equal(groups->addresses[0].device, "eth0");
	assert_string_equal(groups->addresses[0].label, "eth0:cs0");
	assert_string_equal(groups->addresses[1].label, "eth1:x");
}

static void test_groups_problems(void **state)
{
	(void)state;
	assert_group_problems("",
		"groups.conf: 0 groups; this version serves exactly one, write one group \"NAME\" { ... }");
	assert_group_problems(GROUP
		"}\ngroup \"two\" { floating_ip \"1.2.3.4/8\" { device = \"e\" } }\n",
		"groups.conf: 2 groups; this version serves exactly one, write one group \"NAME\" { ... }");
	assert_group_problems(GROUP "  preferred = \"n9\"\n  drain = never\n}\n",
		"groups.conf:3: preferred node 'n9' is not a node of ha.cf\n"
		"groups.conf:4: drain: 'never' is not a time from 0ms to 600000ms (write it as 2, 1.5, 500ms, 5m)");
	assert_group_problems(
		"group \"web\" {\n floating_ip \"192.0.2.1/24\" { device = \"e\" }\n}\n",
		"groups.conf:2: floating_ip \"192.0.2.1/24\" is a node's own address by ucast of ha.cf, which would be taken off that node; give one that no node has for itself");
	assert_group_problems("group \"web\" {\n}\n",
		"groups.conf:2: group \"web\" has no floating_ip; add floating_ip \"ADDRESS/PREFIX\" { device = \"NAME\" }");
	assert_group_problems(
		"group \"web\" {\n floating_ip \"1.2.3/24\" {\n  device = \"e/0\"\n }\n"
		" floating_ip \"1.2.3.4/0\" {\n label = \"\"\n }\n}\n",
		"groups.conf:3: 'e/0' is not the name of a network device (1 to 15 characters, as ip link shows it)\n"
		"groups.conf:4: floating_ip \"1.2.3/24\" is not an IPv4 address with its prefix, such as 192.0.2.100/24\n"
		"groups.conf:6: label '' must not be empty nor hold blanks, : or /\n"
		"groups.conf:7: floating_ip \"1.2.3.4/0\" is not an IPv4 address with its prefix, such as 192.0.2.100/24\n"
		"groups.conf:7: floating_ip \"1.2.3.4/0\" needs device = \"NAME\", the network device it goes on");
	assert_group_problems(
		"group \"web\" {\n floating_ip \"1.2.3.4/24\" { device = \"enp0s31f6\" label = \"longer\" }\n}\n",
		"groups.conf:2: the interface label 'enp0s31f6:longer' has 16 characters, the limit is 15; give a shorter label");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config_defaults),
		cmocka_unit_test(test_config_values),
		cmocka_unit_test(test_config_problems),
		cmocka_unit_test(test_config_cross_checks),
		cmocka_unit_test(test_authkeys_problems),
		cmocka_unit_test(test_authkeys_warnings),
		cmocka_unit_test(test_authkeys_codes),
		cmocka_unit_test(test_authkeys_file),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_groups_problems),
	};

	return cmocka_run_group_tests_name("heartbeat config", tests, NULL, NULL);
}
