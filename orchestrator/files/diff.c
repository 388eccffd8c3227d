/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The difference of two texts as diff(1) tells it. */
#include "orchestrator/files/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

/* What a difference may be long; the rest is cut. */
enum { TEXT_LIMIT = 4 * 1024 * 1024 };

/* A file in memory with the bytes, or a negative errno. */
static int open_memory(const struct diff_side *side)
{
	CLEANUP(cleanup_close) int descriptor = memfd_create("haupgrade-diff", MFD_CLOEXEC);
	int result;

	result = descriptor < 0 ? -errno : file_write_all(descriptor, side->bytes, side->length);
	if (result < 0)
		return result;
	result = descriptor;
	descriptor = -1;
	return result;
}

static int start(int left, int right, int output, const struct diff_side *left_side,
	const struct diff_side *right_side, pid_t *pid)
{
	char left_path[32], right_path[32];
	const char *argv[] = {"diff", "--unified", "--label", left_side->label, "--label",
		right_side->label, left_path, right_path, NULL};
	posix_spawn_file_actions_t actions;
	extern char **environ;
	int result = posix_spawn_file_actions_init(&actions);

	if (result)
		return result;
	snprintf(left_path, sizeof(left_path), "/dev/fd/%d", left);
	snprintf(right_path, sizeof(right_path), "/dev/fd/%d", right);
	/* Onto itself: then it stays open over exec, posix_spawn_file_actions_adddup2(3p). */
	result = posix_spawn_file_actions_adddup2(&actions, left, left);
	if (!result)
		result = posix_spawn_file_actions_adddup2(&actions, right, right);
	if (!result)
		result = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (!result)
		result = posix_spawnp(
			pid, "diff", &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return result;
}

/* Reads to the end, keeping at most TEXT_LIMIT. */
static void read_all(int descriptor, struct text *text)
{
	char buffer[4096];

	for (;;) {
		ssize_t count = read(descriptor, buffer, sizeof(buffer));

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return;
		if (text->length + (size_t)count <= TEXT_LIMIT)
			text_append_bytes(text, buffer, (size_t)count);
	}
}

int diff_unified(const struct diff_side *left, const struct diff_side *right, char **result,
	struct error *err)
{
	CLEANUP(cleanup_close) int left_memory = open_memory(left);
	CLEANUP(cleanup_close) int right_memory = open_memory(right);
	CLEANUP(cleanup_text) struct text text = {0};
	CLEANUP(cleanup_close) int output = -1;
	int ends[2], status = 0, number;
	pid_t pid = 0;

	if (left_memory < 0 || right_memory < 0)
		return error_system(err, left_memory < 0 ? -left_memory : -right_memory,
			"cannot keep files in memory for comparing");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_system(err, errno, "cannot make a pipe for comparing files");
	output = ends[0];
	number = start(left_memory, right_memory, ends[1], left, right, &pid);
	close(ends[1]);
	if (number)
		return error_system(err, number, "cannot run diff (package diffutils)");
	read_all(output, &text);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* 0 the same, 1 they differ, 2 trouble. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return error_set(err, EIO, "diff failed with wait status %d", status);
	*result = text_take(&text);
	return 0;
}
