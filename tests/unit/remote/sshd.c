/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting and ending a private sshd. */
#include "tests/unit/remote/sshd.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

#define PROGRAM "/usr/sbin/sshd"

bool sshd_usable(void)
{
	const char *missing = NULL;

	if (geteuid() != 0)
		missing = "needs root, for namespaces of its own";
	else if (access(PROGRAM, X_OK) < 0)
		missing = "there is no " PROGRAM " (Debian: openssh-server)";
	else if (access("/usr/bin/ssh-keygen", X_OK) < 0)
		missing = "there is no ssh-keygen (Debian: openssh-client)";
	if (missing)
		fprintf(stderr, "skipped: %s\n", missing);
	return !missing;
}

static void shell(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

static char *make_key(const struct sshd *sshd, const char *name, const char *type)
{
	CLEANUP(cleanup_free)
	char *command =
		text_format("ssh-keygen -q -t %s -N '' -C test -f %s/%s", type, sshd->folder, name);

	shell(command);
	return text_format("%s/%s", sshd->folder, name);
}

void sshd_prepare(struct sshd *sshd)
{
	CLEANUP(cleanup_free) char *host = NULL;
	CLEANUP(cleanup_free) char *configuration = NULL;
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(cleanup_free) char *files = NULL;
	char folder[] = "/tmp/haupgrade-sshd.XXXXXX";

	assert_non_null(mkdtemp(folder));
	*sshd = (struct sshd){.folder = text_copy(folder)};
	host = make_key(sshd, "host", "ed25519");
	sshd->identity = make_key(sshd, "identity", "ed25519");
	sshd->stranger = make_key(sshd, "stranger", "ed25519");
	sshd->known_hosts = text_format("%s/known_hosts", folder);
	configuration = text_format("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nUsePAM no\n"
				    "PermitRootLogin prohibit-password\nStrictModes no\n"
				    "PasswordAuthentication no\nAuthorizedKeysFile %s.pub\n"
				    "PidFile none\nUseDNS no\nPrintMotd no\nMaxStartups 100\n",
		SSHD_PORT, host, sshd->identity);
	path = text_format("%s/sshd_config", folder);
	assert_int_equal(file_write(path, configuration, strlen(configuration), 0600, NULL), 0);
	files = text_format("printf '[127.0.0.1]:%d %%s\\n' \"$(cut -d ' ' -f 1,2 %s.pub)\" > %s",
		SSHD_PORT, host, sshd->known_hosts);
	shell(files);
}

/* In the child: a view of the machine in which sshd finds its folder, then sshd. */
static void become_sshd(const char *configuration, int log, pid_t parent)
{
	const char *const argv[] = {PROGRAM, "-D", "-e", "-f", configuration, NULL};
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* 0: the parent is outside of our process namespace, as it should be. */
	if (getppid() != 0 && getppid() != parent)
		_exit(1);
	/* An empty home: what the user's shell starts with must not slow the tests down, and what
	 * they kill must leave no traces there. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", "/run", "tmpfs", 0, "mode=755") < 0 ||
		mkdir("/run/sshd", 0755) < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0 ||
		mount("tmpfs", "/root", "tmpfs", 0, "mode=700") < 0)
		_exit(2);
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execv(PROGRAM, (char *const *)argv);
	_exit(3);
}

void sshd_start(struct sshd *sshd)
{
	CLEANUP(cleanup_free) char *configuration = text_format("%s/sshd_config", sshd->folder);
	CLEANUP(cleanup_text) struct text said = {0};
	CLEANUP(cleanup_close) int reading = -1;
	pid_t self = getpid();
	int log[2];
	char byte;

	assert_int_equal(pipe2(log, O_CLOEXEC), 0);
	reading = log[0];
	sshd->process = (pid_t)syscall(
		SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, NULL);
	assert_true(sshd->process >= 0);
	if (sshd->process == 0)
		become_sshd(configuration, log[1], self);
	close(log[1]);
	/* "Server listening on 127.0.0.1 port 2222." or an end of file. */
	while (!strstr(text_string(&said), "Server listening on")) {
		if (read(reading, &byte, 1) != 1)
			fail_msg("sshd did not start: %s", text_string(&said));
		text_append_bytes(&said, &byte, 1);
	}
	/* Without a reader sshd's later words would end it by SIGPIPE. */
	sshd->log = reading;
	reading = -1;
}

void sshd_kill(struct sshd *sshd)
{
	if (sshd->process > 0) {
		kill(sshd->process, SIGKILL);
		waitpid(sshd->process, NULL, 0);
		close(sshd->log);
	}
	sshd->process = 0;
}

void sshd_clear(struct sshd *sshd)
{
	CLEANUP(cleanup_free) char *command = NULL;

	sshd_kill(sshd);
	if (sshd->folder) {
		command = text_format("rm -rf %s", sshd->folder);
		(void)!system(command);
	}
	free(sshd->folder);
	free(sshd->identity);
	free(sshd->stranger);
	free(sshd->known_hosts);
	*sshd = (struct sshd){0};
}
