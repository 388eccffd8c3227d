/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions with a real sshd for tests. */
#include "tests/unit/remote/session_fixture.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "orchestrator/remote/quote.h"

int session_fixture_begin(void **state)
{
	static struct sshd sshd;

	/* A private /tmp, too: gone with this process, however it ends. */
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777") < 0) {
		perror("no namespaces");
		return -1;
	}
	session_fixture_loopback(true);
	sshd_prepare(&sshd);
	sshd_start(&sshd);
	*state = &sshd;
	return 0;
}

int session_fixture_end(void **state)
{
	sshd_clear(*state);
	return 0;
}

struct session_target session_fixture_target(const struct sshd *sshd)
{
	return (struct session_target){
		.node = "web1",
		.hop = {.address = "127.0.0.1",
			.port = SSHD_PORT,
			.user = "root",
			.identities = {sshd->identity},
			.known_hosts = {sshd->known_hosts}},
	};
}

struct session *session_fixture_open(const struct sshd *sshd)
{
	struct session_target target = session_fixture_target(sshd);
	struct session *session = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (session_open(&target, &session, &err) < 0)
		fail_msg("%s", error_text(&err));
	return session;
}

void session_fixture_refused(const struct session_target *target, int number, const char *text)
{
	struct session *session = NULL;
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(session_open(target, &session, &err), -number);
	assert_null(session);
	if (!strstr(error_text(&err), text))
		fail_msg("no \"%s\" in: %s", text, error_text(&err));
}

char *session_fixture_script(const char *words, const char *argument)
{
	CLEANUP(error_release) struct error err = {0};
	char *line = NULL;

	assert_int_equal(quote_script(words, &argument, argument ? 1 : 0, &line, &err), 0);
	return line;
}

int session_fixture_run(struct session *session, const char *words, uint64_t deadline_ms,
	struct session_result *result, struct error *err)
{
	CLEANUP(cleanup_free) char *line = session_fixture_script(words, NULL);
	struct session_command command = {.line = line, .deadline_ms = deadline_ms};

	return session_run(session, &command, result, err);
}

void session_fixture_await(const char *path)
{
	uint64_t deadline = clock_monotonic_ms() + 30000;

	while (access(path, F_OK) < 0) {
		assert_true(clock_monotonic_ms() < deadline);
		sched_yield();
	}
}

void session_fixture_loopback(bool up)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = (short)(up ? IFF_UP : 0)};
	CLEANUP(cleanup_close) int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(descriptor >= 0);
	assert_int_equal(ioctl(descriptor, SIOCSIFFLAGS, &request), 0);
}
