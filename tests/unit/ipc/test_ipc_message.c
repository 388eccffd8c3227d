/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of local messages as bytes, and of the choice of a version. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ipc/message.h"

static void test_what_is_written_is_read(void **state)
{
	static const struct {
		struct ipc_message message;
		enum ipc_side from;
	} all[] = {
		{{.kind = IPC_HELLO, .oldest = 3, .newest = 4}, IPC_CLIENT},
		{{.kind = IPC_WELCOME, .newest = 4}, IPC_SERVER},
		{{.kind = IPC_REFUSAL, .payload = "no", .length = 2}, IPC_SERVER},
		{{.kind = IPC_REQUEST, .number = 0xfedcba98, .payload = "x", .length = 1},
			IPC_CLIENT},
		{{.kind = IPC_REPLY, .number = 1}, IPC_SERVER},
		{{.kind = IPC_SUBSCRIBE, .number = 2, .topics = 0x80000001}, IPC_CLIENT},
		{{.kind = IPC_EVENT, .number = 31, .payload = "ev", .length = 2}, IPC_SERVER},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct ipc_message *sent = &all[i].message;
		uint8_t bytes[IPC_FRONT_MAX + 8];
		size_t length = ipc_message_write(sent, bytes), cut;
		struct ipc_message heard;

		if (sent->length)
			memcpy(bytes + length, sent->payload, sent->length);
		length += sent->length;
		assert_int_equal(ipc_message_read(bytes, length, all[i].from, &heard, NULL), 0);
		assert_int_equal(heard.kind, sent->kind);
		assert_int_equal(heard.number, sent->number);
		assert_int_equal(heard.oldest, sent->oldest);
		assert_int_equal(heard.newest, sent->newest);
		assert_int_equal(heard.topics, sent->topics);
		assert_int_equal(heard.length, sent->length);
		assert_memory_equal(
			heard.payload, sent->payload ? sent->payload : "", sent->length);
		/* The other side may not send it, and what is cut short of its fields is none. */
		assert_int_equal(
			ipc_message_read(bytes, length,
				all[i].from == IPC_CLIENT ? IPC_SERVER : IPC_CLIENT, &heard, NULL),
			-EBADMSG);
		for (cut = 0; cut < length - sent->length; cut++)
			assert_int_equal(
				ipc_message_read(bytes, cut, all[i].from, &heard, NULL), -EBADMSG);
	}
}

static void assert_refused(const char *bytes, size_t length, const char *why)
{
	struct ipc_message message = {.number = 77};
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(ipc_message_read(bytes, length, IPC_CLIENT, &message, &err), -EBADMSG);
	assert_string_equal(error_text(&err), why);
	assert_int_equal(message.number, 77);
}

static void test_what_is_odd_is_refused_in_words(void **state)
{
	static const char too_long[IPC_MESSAGE_MAX + 1];

	(void)state;
	assert_refused("", 0, "no message of ours");
	assert_refused("ha\4\0\0\0\0\1", 8, "no message of ours");
	assert_refused("Ha\0\0\0\0\0\1", 8, "a message of unknown kind 0");
	assert_refused("Ha\10\0\0\0\0\1", 8, "a message of unknown kind 8");
	assert_refused("Ha\4\0\0\0\0\0", 8, "a request without a number");
	assert_refused("Ha\6\0\0\0\0\0abcd", 12, "a subscribe without a number");
	assert_refused("Ha\1\0\0\0\0\0\2\1", 10, "a hello with versions 2 to 1");
	assert_refused("Ha\1\0\0\0\0\0\0\1", 10, "a hello with versions 0 to 1");
	assert_refused("Ha\1\0\0\0\0\0\1", 9, "a hello that is cut short");
	assert_refused(
		too_long, sizeof(too_long), "a message of 131073 bytes; the limit is 131072");
}

static int choose(uint8_t client_oldest, uint8_t client_newest, uint8_t oldest, uint8_t newest)
{
	const struct ipc_message hello = {
		.kind = IPC_HELLO, .oldest = client_oldest, .newest = client_newest};

	return ipc_version_choose(&hello, oldest, newest, NULL);
}

static void test_a_version_speaks_with_the_one_before_and_the_one_after(void **state)
{
	(void)state;
	assert_int_equal(choose(4, 5, 4, 5), 5);
	assert_int_equal(choose(3, 4, 4, 5), 4);
	assert_int_equal(choose(5, 6, 4, 5), 5);
	assert_int_equal(choose(2, 3, 4, 5), -EPROTONOSUPPORT);
	assert_int_equal(choose(6, 7, 4, 5), -EPROTONOSUPPORT);
	/* Ours, and the hello of a later program that says more than this one knows. */
	assert_int_equal(choose(1, 2, IPC_VERSION_OLDEST, IPC_VERSION_NEWEST), 1);
}

static void test_a_later_hello_may_say_more(void **state)
{
	struct ipc_message message;

	(void)state;
	assert_int_equal(
		ipc_message_read("Ha\1\0\0\0\0\0\1\2more", 14, IPC_CLIENT, &message, NULL), 0);
	assert_int_equal(message.newest, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_what_is_odd_is_refused_in_words),
		cmocka_unit_test(test_a_version_speaks_with_the_one_before_and_the_one_after),
		cmocka_unit_test(test_a_later_hello_may_say_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
