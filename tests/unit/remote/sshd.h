/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real sshd for tests: own keys and configuration in a temporary folder, on 127.0.0.1 of whatever
 * network namespace the test is in, and in a process namespace of its own, so that killing the
 * one process ends all it started.
 */
#ifndef TESTS_UNIT_SSHD_H
#define TESTS_UNIT_SSHD_H

#include <stdbool.h>
#include <sys/types.h>

#define SSHD_PORT 2222

struct sshd {
	char *folder;	   /* owned; gone after sshd_clear */
	char *identity;	   /* a key that may log in as root */
	char *stranger;	   /* one that may not */
	char *known_hosts; /* has the host's key */
	pid_t process;	   /* 0: not running */
	int log;	   /* what sshd says; open while it runs */
};

/* Is there all that is needed? When not, says why on stderr. */
bool sshd_usable(void);
/* Makes keys and files; runs nothing yet. */
void sshd_prepare(struct sshd *sshd);
/* Returns when it listens. */
void sshd_start(struct sshd *sshd);
/* kill -9 of sshd and of all that runs under it; returns when they are gone. */
void sshd_kill(struct sshd *sshd);
void sshd_clear(struct sshd *sshd);

#endif
