/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets in pages of their own, and the two ways they come in. */
#include "orchestrator/remote/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

/* A page of its own: locked, left out of core dumps, empty in every child. */
struct secret {
	size_t length;
	char words[SECRET_MAX + 1];
};

static int secret_new(struct secret **result, struct error *err)
{
	struct secret *secret = mmap(
		NULL, sizeof(*secret), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (secret == MAP_FAILED)
		return error_system(err, errno, "no memory for a password");
	if (mlock(secret, sizeof(*secret)) < 0 ||
		madvise(secret, sizeof(*secret), MADV_DONTDUMP) < 0 ||
		madvise(secret, sizeof(*secret), MADV_WIPEONFORK) < 0) {
		int number = errno;

		munmap(secret, sizeof(*secret));
		return error_system(err, number,
			"cannot lock memory for a password; raise the limit of locked memory (ulimit -l)");
	}
	*result = secret;
	return 0;
}

void secret_free(struct secret *secret)
{
	if (!secret)
		return;
	explicit_bzero(secret, sizeof(*secret));
	munmap(secret, sizeof(*secret));
}

const char *secret_words(const struct secret *secret)
{
	return secret->words;
}

size_t secret_length(const struct secret *secret)
{
	return secret->length;
}

/* One byte into the secret's own page. 1 it came, 0 end of file, negative: error. */
static int read_byte(int descriptor, char *byte, const struct wait *wait)
{
	for (;;) {
		int result = wait_for(wait, descriptor, POLLIN);
		ssize_t count;

		if (result < 0)
			return result;
		count = read(descriptor, byte, 1);
		if (count >= 0)
			return (int)count;
		if (errno != EINTR && errno != EAGAIN)
			return -EIO;
	}
}

static int read_failed(int result, const char *source, struct error *err)
{
	if (result == -ECANCELED)
		return error_set(err, ECANCELED, "cancelled while waiting for %s", source);
	if (result == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT, "nothing came from %s in time", source);
	return error_set(err, EIO, "cannot read from %s", source);
}

int secret_read(int descriptor, const char *source, const struct wait *wait, struct secret **result,
	struct error *err)
{
	CLEANUP(cleanup_secret) struct secret *secret = NULL;
	int status = secret_new(&secret, err);

	while (status == 0) {
		char *byte = &secret->words[secret->length];
		int came = read_byte(descriptor, byte, wait);

		if (came < 0)
			return read_failed(came, source, err);
		if (came == 0 && !secret->length)
			return error_set(err, ENODATA, "nothing came from %s", source);
		if (came == 0 || *byte == '\n')
			break;
		if (*byte == '\0')
			return error_set(err, EINVAL, "a zero byte came from %s", source);
		if (++secret->length > SECRET_MAX)
			return error_set(err, E2BIG,
				"more than %d bytes without a newline came from %s", SECRET_MAX,
				source);
	}
	if (status < 0)
		return status;
	secret->words[secret->length] = '\0';
	*result = TAKE(secret);
	return 0;
}

static void say(int terminal, const char *words)
{
	(void)!write(terminal, words, strlen(words));
}

int secret_ask(
	const char *prompt, const struct wait *wait, struct secret **secret, struct error *err)
{
	CLEANUP(cleanup_close) int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios before, quiet;
	int result;

	if (terminal < 0 || tcgetattr(terminal, &before) < 0)
		return error_set(err, ENOTTY, "there is no terminal to ask on");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	/* What was typed before the question is no answer to it. */
	if (tcsetattr(terminal, TCSAFLUSH, &quiet) < 0)
		return error_system(err, errno, "cannot switch off the terminal's echo");
	say(terminal, prompt);
	result = secret_read(terminal, "the terminal", wait, secret, err);
	tcsetattr(terminal, TCSAFLUSH, &before);
	say(terminal, "\n");
	return result;
}
