/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of libssh that are read, provoked from the installed libssh by a peer of bytes. Those
 * that need a whole sshd, test_session_way and test_vantage provoke: the refused and the forbidden
 * connection, too many keys.
 */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <libssh/libssh.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "orchestrator/remote/libssh_words.h"

static void append_number(struct text *text, uint32_t number)
{
	const unsigned char bytes[] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
		(unsigned char)(number >> 8), (unsigned char)number};

	text_append_bytes(text, bytes, sizeof(bytes));
}

/* An unencrypted packet (RFC 4253 section 6). */
static void append_packet(struct text *text, const struct text *payload)
{
	size_t padding = 8 - (5 + payload->length) % 8 + 8;
	const unsigned char length = (unsigned char)padding;

	append_number(text, (uint32_t)(1 + payload->length + padding));
	text_append_bytes(text, &length, 1);
	text_append_bytes(text, payload->data, payload->length);
	text_append_bytes(text, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", padding);
}

/* A server's SSH_MSG_KEXINIT (RFC 4253 section 7.1), with that algorithm everywhere. */
static void append_greeting(struct text *text, const char *algorithm)
{
	CLEANUP(cleanup_text) struct text payload = {0};

	text_append_bytes(&payload,
		"\x14"
		"0123456789abcdef",
		17);
	for (int i = 0; i < 8; i++) {
		append_number(&payload, (uint32_t)strlen(algorithm));
		text_append(&payload, algorithm);
	}
	text_append_bytes(&payload, "\0\0\0\0\0\0\0\0\0\0\0\0", 13);
	append_packet(text, &payload);
}

/* SSH_MSG_DISCONNECT (RFC 4253 section 11.1). */
static void append_farewell(struct text *text, const char *words)
{
	CLEANUP(cleanup_text) struct text payload = {0};

	text_append_bytes(&payload, "\x01\0\0\0\x02", 5);
	append_number(&payload, (uint32_t)strlen(words));
	text_append(&payload, words);
	append_number(&payload, 0);
	append_packet(text, &payload);
}

/* Until libssh has an answer, or has sent that much to the other end. */
static int drive(ssh_session ssh, int other, size_t enough)
{
	uint64_t deadline_ms = clock_monotonic_ms() + 60000;
	char buffer[4096];
	size_t sent = 0;
	int result;

	while ((result = ssh_connect(ssh)) == SSH_AGAIN && sent < enough) {
		struct pollfd wanted = {.fd = ssh_get_fd(ssh), .events = POLLIN};
		ssize_t count = recv(other, buffer, sizeof(buffer), MSG_DONTWAIT);

		assert_true(clock_monotonic_ms() < deadline_ms);
		if (count > 0)
			sent += (size_t)count;
		else
			poll(&wanted, 1, 10);
	}
	return result;
}

/*
 * What libssh says when it connects to a peer that says these bytes behind its banner, or hangs up.
 * They come when libssh has sent all it has to send: what it says of an error that it meets with
 * more to send is lost (0.10 writes to the socket that it has closed, and tells of that). Owned.
 */
static char *reason_of(const struct text *bytes, bool hangs_up)
{
	static const char banner[] = "SSH-2.0-OpenSSH_9.2\r\n";
	ssh_session ssh = ssh_new();
	int ends[2];
	bool config = false;
	char *reason;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[1], banner, strlen(banner)), (ssize_t)strlen(banner));
	ssh_set_blocking(ssh, 0);
	ssh_options_set(ssh, SSH_OPTIONS_HOST, "peer");
	ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &config);
	ssh_options_set(ssh, SSH_OPTIONS_FD, &ends[0]);
	assert_int_equal(drive(ssh, ends[1], 500), SSH_AGAIN);
	if (bytes->length)
		assert_int_equal(
			write(ends[1], bytes->data, bytes->length), (ssize_t)bytes->length);
	if (hangs_up)
		shutdown(ends[1], SHUT_WR);
	assert_int_equal(drive(ssh, ends[1], SIZE_MAX), SSH_ERROR);
	reason = text_copy(ssh_get_error(ssh));
	ssh_free(ssh);
	close(ends[1]);
	return reason;
}

static void expect(const struct text *bytes, bool hangs_up, enum libssh_words expected)
{
	CLEANUP(cleanup_free) char *reason = reason_of(bytes, hangs_up);

	if (libssh_words_read(reason) != expected)
		fail_msg("libssh said: %s", reason);
}

static void test_no_common_algorithm(void **state)
{
	CLEANUP(cleanup_text) struct text bytes = {0};

	(void)state;
	append_greeting(&bytes, "odd@example");
	expect(&bytes, false, LIBSSH_WORDS_NO_COMMON_ALGORITHM);
}

static void test_too_many_keys(void **state)
{
	CLEANUP(cleanup_text) struct text bytes = {0};

	(void)state;
	append_farewell(&bytes, "Too many authentication failures");
	expect(&bytes, false, LIBSSH_WORDS_TOO_MANY_KEYS);
}

/* A server that goes down: nothing of it may be taken for a refusal. */
static void test_a_peer_that_hangs_up(void **state)
{
	CLEANUP(cleanup_text) struct text bytes = {0};

	(void)state;
	expect(&bytes, true, LIBSSH_WORDS_OTHER);
	append_farewell(&bytes, "oh");
	expect(&bytes, false, LIBSSH_WORDS_OTHER);
}

/* What sshd says of a connection that it was to make, in the form that libssh gives it. */
static void test_connections_of_the_peer(void **state)
{
	static const struct {
		const char *said;
		enum libssh_words meaning;
	} cases[] = {
		{"error (2) Connection refused", LIBSSH_WORDS_REFUSED},
		{"error (2) Connection timed out", LIBSSH_WORDS_TIMED_OUT},
		{"error (2) Network is unreachable", LIBSSH_WORDS_NO_NETWORK},
		{"error (2) No route to host", LIBSSH_WORDS_OTHER},
		{"error (2) Name or service not known", LIBSSH_WORDS_NO_NAME},
		{"error (2) Temporary failure in name resolution", LIBSSH_WORDS_NO_NAME},
		{"error (1) open failed", LIBSSH_WORDS_NOT_ALLOWED},
		{"error (1) ", LIBSSH_WORDS_NOT_ALLOWED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_free)
		char *words = text_format("Channel opening failure: channel 43 %s", cases[i].said);

		assert_int_equal(libssh_words_read(words), cases[i].meaning);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_common_algorithm),
		cmocka_unit_test(test_too_many_keys),
		cmocka_unit_test(test_a_peer_that_hangs_up),
		cmocka_unit_test(test_connections_of_the_peer),
	};

	return cmocka_run_group_tests_name("libssh_words", tests, NULL, NULL);
}
