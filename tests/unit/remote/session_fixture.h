/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of ssh sessions share: a real sshd in a network namespace that ends with the test,
 * and sessions with it. Whatever fails here fails the test. */
#ifndef TESTS_UNIT_SESSION_FIXTURE_H
#define TESTS_UNIT_SESSION_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "orchestrator/remote/session.h"
#include "tests/unit/remote/sshd.h"

/* Set-up and tear-down of a group of tests; *state is its running struct sshd. */
int session_fixture_begin(void **state);
int session_fixture_end(void **state);

/* A target that lets us in, and a session with it. */
struct session_target session_fixture_target(const struct sshd *sshd);
struct session *session_fixture_open(const struct sshd *sshd);
/* Opening a session ends in -number, and the message has that text. */
void session_fixture_refused(const struct session_target *target, int number, const char *text);

/* The command line of a shell script with one argument, or none if NULL. Owned. */
char *session_fixture_script(const char *words, const char *argument);
/* Runs a script without arguments; as session_run. */
int session_fixture_run(struct session *session, const char *words, uint64_t deadline_ms,
	struct session_result *result, struct error *err);

/* Returns when the file exists. */
void session_fixture_await(const char *path);
/* Down: from now on all packets of the namespace vanish. */
void session_fixture_loopback(bool up);

#endif
