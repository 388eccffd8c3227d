/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The datagrams to the service manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/program/notify.h"

static void assert_arrives(const char *name, const struct sockaddr_un *address, socklen_t size)
{
	int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char text[100] = "";

	assert_int_equal(bind(descriptor, (const struct sockaddr *)address, size), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	assert_true(notify_send("READY=%d\nSTATUS=%s", 1, "good"));
	assert_int_equal(recv(descriptor, text, sizeof(text) - 1, 0), 19);
	assert_string_equal(text, "READY=1\nSTATUS=good");
	close(descriptor);
}

static void test_path_and_abstract(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char folder[] = "/tmp/test_notify.XXXXXX", name[64];
	int length;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
	assert_arrives(address.sun_path, &address, sizeof(address));
	unlink(address.sun_path);
	rmdir(folder);
	length = snprintf(name, sizeof(name), "@test_notify.%d", (int)getpid());
	memset(address.sun_path, 0, sizeof(address.sun_path));
	memcpy(address.sun_path + 1, name + 1, (size_t)length - 1);
	assert_arrives(name, &address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length));
}

/* Nobody to tell is no failure; one who does not listen now may later. */
static void test_nobody_there(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_true(notify_send("READY=1"));
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	assert_false(notify_send("READY=1"));
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_true(notify_send("READY=1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path_and_abstract),
		cmocka_unit_test(test_nobody_there),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
