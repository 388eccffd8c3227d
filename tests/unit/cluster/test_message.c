/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages between nodes: Heartbeat's text form, the code over it, and our statement in it. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemons/heartbeat/announcement.h"
#include "lib/base/text.h"
#include "lib/cluster/message.h"

static struct authkeys *keys_make(const char *text)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct authkeys *keys = authkeys_read_bytes("authkeys", text, strlen(text), &problems);

	assert_non_null(keys);
	return keys;
}

static struct ha_cf *config_make(const char *self)
{
	static const char text[] = "node n1 n2 n3\nucast e 1.2.3.4\ndeadtime 30\n";
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct ha_cf *config = ha_cf_read_bytes("ha.cf", text, sizeof(text) - 1, self, &problems);

	assert_non_null(config);
	return config;
}

static void assert_refused(const char *bytes, size_t length, int number, const char *reason)
{
	struct message *message = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(message_parse(bytes, length, &message, &err), -number);
	assert_string_equal(error_text(&err), reason);
	assert_null(message);
}

#define REFUSED(text, number, reason) assert_refused(text, sizeof(text) - 1, number, reason)

static void test_parse(void **state)
{
	static const char text[] = ">>>\nt=status\nempty=\n(1)srcuuid=a=b c\nseq=1F\n<<<\n";
	CLEANUP(cleanup_message) struct message *message = NULL;
	CLEANUP(error_release) struct error err = {0};
	uint64_t number;

	(void)state;
	/* With the zero byte that Heartbeat sends along. */
	assert_int_equal(message_parse(text, sizeof(text), &message, &err), 0);
	assert_string_equal(message_get(message, "t"), "status");
	assert_string_equal(message_get(message, "empty"), "");
	assert_string_equal(message_get(message, "(1)srcuuid"), "a=b c");
	assert_null(message_get(message, "x"));
	assert_int_equal(message_get_hex(message, "seq", &number, &err), 0);
	assert_int_equal(number, 0x1f);
	assert_int_equal(message_get_hex(message, "x", &number, &err), -ENOENT);
	assert_string_equal(error_text(&err), "field 'x' is missing");
	assert_int_equal(message_get_hex(message, "t", &number, &err), -EBADMSG);
	assert_string_equal(error_text(&err), "field 't' is not a number of 1 to 16 hex digits");
}

static void test_refuse(void **state)
{
	char large[MESSAGE_SIZE_MAX + 1];
	CLEANUP(cleanup_text) struct text many = {0};
	int i;

	(void)state;
	REFUSED("", EBADMSG, "does not begin with '>>>'");
	REFUSED(">>\n", EBADMSG, "does not begin with '>>>'");
	REFUSED(">>>\n", EBADMSG, "does not end with '<<<'");
	REFUSED(">>>\na=b\n<<<", EBADMSG, "does not end with '<<<'");
	REFUSED(">>>\n<<<\nx", EBADMSG, "more bytes behind '<<<'");
	REFUSED(">>>\nab\n<<<\n", EBADMSG, "a line without '='");
	REFUSED(">>>\n=b\n<<<\n", EBADMSG,
		"a field name that is empty, longer than 64 or not printable");
	REFUSED(">>>\na=b\r\n<<<\n", EBADMSG, "field 'a' holds control characters");
	REFUSED(">>>\na=b\0c\n<<<\n", EBADMSG, "field 'a' holds control characters");
	REFUSED(">>>\na=1\nb=2\na=1\n<<<\n", EBADMSG, "field 'a' is there twice");
	REFUSED("###\n1:2,\n%%%\n", EPROTONOSUPPORT,
		"in netstring form, the only one that Heartbeat 3 sends; this version does not read it");
	memset(large, 'x', sizeof(large));
	assert_refused(large, sizeof(large), EMSGSIZE, "60001 bytes, the limit is 60000");
	text_append(&many, ">>>\n");
	for (i = 0; i < 65; i++)
		text_appendf(&many, "f%d=\n", i);
	text_append(&many, "<<<\n");
	assert_refused(many.data, many.length, EMSGSIZE, "more than 64 fields");
}

static void test_add_refuses(void **state)
{
	CLEANUP(cleanup_message) struct message *message = message_new();
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(message_add(message, "a", "1", &err), 0);
	assert_int_equal(message_add(message, "a", "1", &err), -EEXIST);
	assert_int_equal(message_add(message, "b", "1\n2", &err), -EINVAL);
	assert_int_equal(message_add(message, "b=", "1", &err), -EINVAL);
	assert_string_equal(error_text(&err), "field 'b=' cannot be sent");
}

/*
 * What Heartbeat 3 would compute: HMAC over "t=status\nsrc=n1\n". The expected code was made with
 * printf 't=status\nsrc=n1\n' | openssl dgst -md5 -hmac key
 */
static void test_code_is_heartbeats(void **state)
{
	CLEANUP(cleanup_authkeys) struct authkeys *keys = keys_make("auth 7\n7 md5 key\n");
	CLEANUP(cleanup_message) struct message *message = message_new();
	char bytes[256];
	CLEANUP(error_release) struct error err = {0};
	size_t length = 0;

	(void)state;
	message_add(message, "t", "status", NULL);
	message_add(message, "src", "n1", NULL);
	assert_int_equal(message_write(message, keys, bytes, sizeof(bytes) - 1, &length, &err), 0);
	bytes[length] = '\0';
	assert_string_equal(
		bytes, ">>>\nt=status\nsrc=n1\nauth=7 ea1df7920e7195179864b68f380139f0\n<<<\n");
	assert_int_equal(message_write(message, keys, bytes, 40, &length, &err), -EMSGSIZE);
}

static int authenticate(const char *text, const struct authkeys *keys, struct error *err)
{
	CLEANUP(cleanup_message) struct message *message = NULL;

	assert_int_equal(message_parse(text, strlen(text), &message, err), 0);
	return message_authenticate(message, keys, err);
}

/*
 * Messages of a real heartbeat 3.0.6 (Debian's 1:3.0.6-13 with cluster-glue 1.0.12), captured on
 * UDP port 694: their fields, and the codes that it had computed over them, in classic form. On the
 * wire they stood in netstring form with another code behind them. Both had key number 1.
 */
static void test_captured_message(void **state)
{
	static const char sha1[] = ">>>\nt=status\nst=init\ndt=1b58\nprotocol=1\nsrc=node1\n"
				   "(1)srcuuid=bTwJLbC0S2eS04SBHVY53w==\nseq=1\nhg=6b031780\n"
				   "ts=6b03177f\nld=3.24 2.57 2.61 6/217 130\nttl=3\n"
				   "auth=1 d307e55ab79c21da829f1bd30132a001624ed4f8\n<<<\n";
	static const char md5[] = ">>>\nt=NS_ackmsg\ndest=node1\nackseq=1\n"
				  "(1)destuuid=43AmpguQTL+PGcEYLVPzCQ==\nsrc=node1\n"
				  "(1)srcuuid=43AmpguQTL+PGcEYLVPzCQ==\nhg=6b031790\n"
				  "ts=6b03178f\nttl=3\n"
				  "auth=2 785a3813e367d7a639c3a643d5115d62\n<<<\n";
	CLEANUP(cleanup_authkeys)
	struct authkeys *keys = keys_make("auth 1\n1 sha1 throw-away\n2 md5 throw-away\n");
	CLEANUP(cleanup_message) struct message *message = NULL;
	char written[sizeof(sha1)] = "";
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	(void)state;
	assert_int_equal(authenticate(sha1, keys, &err), 0);
	assert_int_equal(authenticate(md5, keys, &err), 0);
	/* Ours is the same, byte for byte. */
	assert_int_equal(message_parse(sha1, sizeof(sha1), &message, &err), 0);
	assert_int_equal(message_write(message, keys, written, sizeof(written), &length, &err), 0);
	assert_string_equal(written, sha1);
}

static void test_authenticate(void **state)
{
	CLEANUP(cleanup_authkeys)
	struct authkeys *keys = keys_make("auth 1\n1 sha1 x\n7 md5 key\n");
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	/* Wherever the auth field stands, and under any key that we have. */
	assert_int_equal(
		authenticate(
			">>>\nt=status\nauth=7 ea1df7920e7195179864b68f380139f0\nsrc=n1\n<<<\n",
			keys, &err),
		0);
	assert_int_equal(
		authenticate(
			">>>\nt=status\nsrc=n2\nauth=7 ea1df7920e7195179864b68f380139f0\n<<<\n",
			keys, &err),
		-EACCES);
	assert_string_equal(
		error_text(&err), "wrong code for key 7; is authkeys the same on all nodes?");
	assert_int_equal(
		authenticate(
			">>>\nsrc=n1\nt=status\nauth=7 ea1df7920e7195179864b68f380139f0\n<<<\n",
			keys, &err),
		-EACCES);
	assert_int_equal(authenticate(">>>\nt=status\n<<<\n", keys, &err), -EACCES);
	assert_string_equal(error_text(&err), "no auth field");
	assert_int_equal(authenticate(">>>\nt=status\nauth=x\n<<<\n", keys, &err), -EACCES);
	assert_string_equal(error_text(&err), "the auth field is not 'NUMBER CODE'");
	assert_int_equal(authenticate(">>>\nt=status\nauth=9 00\n<<<\n", keys, &err), -EACCES);
	assert_string_equal(error_text(&err), "key 9 is not in our authkeys");
}

static void assert_same(const struct announcement *left, const struct announcement *right)
{
	assert_int_equal(left->node, right->node);
	assert_int_equal(left->generation, right->generation);
	assert_int_equal(left->sequence, right->sequence);
	assert_int_equal(left->group.role, right->group.role);
	assert_int_equal(left->group.fit, right->group.fit);
	assert_int_equal(left->group.serving, right->group.serving);
	assert_int_equal(left->group.leaving, right->group.leaving);
	assert_int_equal(left->group.tenure, right->group.tenure);
	assert_int_equal(left->group.to, right->group.to);
	assert_int_equal(left->group.from, right->group.from);
	assert_int_equal(left->group.want, right->group.want);
	assert_int_equal(left->group.refused, right->group.refused);
	assert_string_equal(left->group.reason, right->group.reason);
	assert_string_equal(left->software, right->software);
	assert_int_equal(left->fixed_count, right->fixed_count);
	assert_memory_equal(left->fixed, right->fixed, sizeof(left->fixed));
}

static void test_announcement_both_ways(void **state)
{
	CLEANUP(cleanup_ha_cf) struct ha_cf *sender = config_make("n1");
	CLEANUP(cleanup_ha_cf) struct ha_cf *receiver = config_make("n2");
	struct announcement all = {
		.node = 0,
		.generation = 0x123456789,
		.sequence = 42,
		.has_group = true,
		.group = {.role = GROUP_GIVING,
			.fit = true,
			.serving = true,
			.leaving = true,
			.generation = 0x123456789,
			.tenure = 9,
			.to = 2,
			.from = 1,
			.want = 3,
			.refused = 4,
			.reason = "because"},
		.software = "1.2.3",
		.fixed_count = 2,
	};
	struct announcement read;
	CLEANUP(error_release) struct error err = {0};
	int role;

	(void)state;
	all.fixed[1].s_addr = inet_addr("192.0.2.1");
	for (role = GROUP_JOINING; role <= GROUP_GIVING; role++) {
		CLEANUP(cleanup_message) struct message *message = NULL;

		all.group.role = (enum group_role)role;
		message = announcement_encode(&all, sender, 1, "0.00 0.00 0.00");
		assert_string_equal(message_get(message, "dt"), "7530");
		assert_string_equal(message_get(message, "ttl"), "4");
		assert_int_equal(announcement_decode(message, receiver, &read, &err), 0);
		assert_same(&all, &read);
		assert_int_equal(announcement_decode(message, sender, &read, &err), -EALREADY);
	}
}

static void test_goodbye(void **state)
{
	CLEANUP(cleanup_ha_cf) struct ha_cf *sender = config_make("n1");
	CLEANUP(cleanup_ha_cf) struct ha_cf *receiver = config_make("n2");
	struct announcement goodbye = {.leaving = true, .group = {.to = -1, .from = -1}};
	CLEANUP(cleanup_message)
	struct message *message = announcement_encode(&goodbye, sender, 1, "");
	struct announcement read;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_string_equal(message_get(message, "st"), "dead");
	assert_int_equal(announcement_decode(message, receiver, &read, &err), 0);
	assert_true(read.leaving);
	assert_false(read.has_group);
}

static void assert_undecodable(const char *fields, int number, const char *reason)
{
	CLEANUP(cleanup_ha_cf) struct ha_cf *config = config_make("n2");
	CLEANUP(cleanup_free) char *text = text_format(">>>\n%s<<<\n", fields);
	CLEANUP(cleanup_message) struct message *message = NULL;
	struct announcement read;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(message_parse(text, strlen(text), &message, &err), 0);
	assert_int_equal(announcement_decode(message, config, &read, &err), -number);
	assert_string_equal(error_text(&err), reason);
}

#define STATUS "t=status\nsrc=n1\nhg=1\nseq=1\n"

static void test_announcement_refuses(void **state)
{
	(void)state;
	assert_undecodable("t=status\n", ESRCH, "from node '', which is not in our ha.cf");
	assert_undecodable(
		"t=status\nsrc=n9\n", ESRCH, "from node 'n9', which is not in our ha.cf");
	assert_undecodable("t=NS_rexmit\nsrc=n1\n", ENOMSG, "of type 'NS_rexmit'");
	assert_undecodable("t=status\nsrc=n1\nhg=1\n", EBADMSG, "field 'seq' is missing");
	assert_undecodable(STATUS "ha_v=1\nha_role=king\n", EBADMSG,
		"field 'ha_role' is no role that this version knows");
	assert_undecodable(
		STATUS "ha_v=1\nha_role=giving\n", EBADMSG, "it gives the group to nobody");
	assert_undecodable(STATUS "ha_v=1\nha_role=giving\nha_to=n1\n", EBADMSG,
		"it gives the group to nobody");
	assert_undecodable(STATUS "ha_v=1\nha_role=backup\nha_to=n9\n", EBADMSG,
		"field 'ha_to' names a node that is not in our ha.cf");
	assert_undecodable(STATUS "ha_v=1\nha_role=backup\nha_tenure=ffffffffffffffff\n", EBADMSG,
		"field 'ha_tenure' is too great a number");
	assert_undecodable(STATUS "ha_v=1\nha_role=backup\nha_fixed=1.2.3.4 x\n", EBADMSG,
		"field 'ha_fixed' is not a list of addresses");
}

/* A node of Heartbeat itself is heard but has no part in the group; unknown fields do no harm. */
static void test_foreign_node(void **state)
{
	static const char text[] = ">>>\n" STATUS "st=active\nprotocol=1\n(1)srcuuid=x\n<<<\n";
	CLEANUP(cleanup_ha_cf) struct ha_cf *config = config_make("n2");
	CLEANUP(cleanup_message) struct message *message = NULL;
	struct announcement read;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	assert_int_equal(message_parse(text, sizeof(text) - 1, &message, &err), 0);
	assert_int_equal(announcement_decode(message, config, &read, &err), 0);
	assert_false(read.has_group);
	assert_false(read.leaving);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_add_refuses),
		cmocka_unit_test(test_code_is_heartbeats),
		cmocka_unit_test(test_captured_message),
		cmocka_unit_test(test_authenticate),
		cmocka_unit_test(test_announcement_both_ways),
		cmocka_unit_test(test_goodbye),
		cmocka_unit_test(test_announcement_refuses),
		cmocka_unit_test(test_foreign_node),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
