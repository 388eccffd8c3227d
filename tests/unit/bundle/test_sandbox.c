/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process that reads hostile bytes can still do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/bundle/sandbox.h"

/* The number of an act, as the child's exit status. */
enum outcome { FINE, CONFINE, SOCKET, SIGNAL, PROGRAM, TRACE, DESCRIPTOR };

static bool is_refused(int result)
{
	return result == -1 && errno == EPERM;
}

static enum outcome try_all(int descriptor)
{
	char name[] = "true", *argv[] = {name, NULL}, byte = 1;
	CLEANUP(error_release) struct error err = {0};

	if (sandbox_reader(&err) < 0) {
		fprintf(stderr, "%s\n", error_text(&err));
		return CONFINE;
	}
	if (!is_refused(socket(AF_INET, SOCK_STREAM, 0)) ||
		!is_refused(socket(AF_UNIX, SOCK_STREAM, 0)))
		return SOCKET;
	if (!is_refused(kill(getppid(), 0)) || raise(0) != 0)
		return SIGNAL;
	if (!is_refused(execv("/bin/true", argv)))
		return PROGRAM;
	if (!is_refused((int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL)))
		return TRACE;
	/* What it was given to work with. */
	if (write(descriptor, &byte, 1) != 1 || read(descriptor, &byte, 1) != 0)
		return DESCRIPTOR;
	return FINE;
}

static int status_of(void (*act)(int), int descriptor)
{
	pid_t child = fork();
	int status = -1;

	assert_true(child >= 0);
	if (child == 0) {
		act(descriptor);
		_exit(EXIT_FAILURE);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void act_try_all(int descriptor)
{
	_exit((int)try_all(descriptor));
}

static void act_abort(int descriptor)
{
	CLEANUP(error_release) struct error err = {0};

	(void)descriptor;
	signal(SIGABRT, SIG_DFL);
	if (sandbox_reader(&err) == 0)
		abort();
}

static void test_refused(void **state)
{
	char path[] = "/tmp/test_sandbox.XXXXXX";
	int descriptor = mkostemp(path, O_CLOEXEC), status;

	(void)state;
	assert_true(descriptor >= 0);
	unlink(path);
	status = status_of(act_try_all, descriptor);
	close(descriptor);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FINE);
}

/* How it died must stay to be seen. */
static void test_abort(void **state)
{
	int status = status_of(act_abort, -1);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
