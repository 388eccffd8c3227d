/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces for tests: without a name, gone with the process, whatever happens to it. */
#include "tests/unit/net/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static int current(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

bool namespace_usable(void)
{
	CLEANUP(cleanup_close) int before = current();

	if (before < 0 || unshare(CLONE_NEWNET) < 0) {
		fprintf(stderr, "skipped: no network namespace can be made (%s); run as root\n",
			strerror(errno));
		return false;
	}
	if (system("ip link set lo up && nft list ruleset") != 0) {
		fprintf(stderr,
			"skipped: the commands ip (iproute2) and nft (nftables) are needed\n");
		return false;
	}
	return setns(before, CLONE_NEWNET) == 0;
}

int namespace_new(void)
{
	CLEANUP(cleanup_close) int before = current();
	int made;

	assert_true(before >= 0);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	made = current();
	assert_true(made >= 0);
	assert_int_equal(setns(before, CLONE_NEWNET), 0);
	namespace_run(made, "ip link set lo up");
	return made;
}

void namespace_enter(int space)
{
	assert_int_equal(setns(space, CLONE_NEWNET), 0);
}

static char *run(int space, const char *command)
{
	CLEANUP(cleanup_close) int before = current();
	CLEANUP(cleanup_text) struct text output = {0};
	char part[4096];
	size_t length;
	FILE *stream;

	namespace_enter(space);
	stream = popen(command, "re");
	assert_non_null(stream);
	while ((length = fread(part, 1, sizeof(part), stream)) > 0)
		text_append_bytes(&output, part, length);
	if (pclose(stream) != 0)
		fail_msg("'%s' failed", command);
	namespace_enter(before);
	return text_take(&output);
}

void namespace_run(int space, const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	free(run(space, command));
}

char *namespace_output(int space, const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	return run(space, command);
}

void namespace_link(int left, const char *left_device, int right, const char *right_device)
{
	namespace_run(left, "ip link add %s type veth peer name %s netns /proc/%d/fd/%d",
		left_device, right_device, (int)getpid(), right);
	namespace_run(left, "ip link set %s up", left_device);
	namespace_run(right, "ip link set %s up", right_device);
}

struct netlink *namespace_netlink(void)
{
	static struct netlink *netlink;

	netlink_close(netlink);
	assert_int_equal(netlink_open(&netlink, NULL), 0);
	return netlink;
}

struct nftables *namespace_nftables(void)
{
	static struct nftables *nftables;
	static struct netlink *netlink;

	nftables_free(nftables);
	netlink_close(netlink);
	assert_int_equal(netlink_open(&netlink, NULL), 0);
	nftables = nftables_new(netlink);
	return nftables;
}
