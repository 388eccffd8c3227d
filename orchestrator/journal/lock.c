/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lock per cluster, held by flock(2): the kernel forgets it with the process. */
#include "orchestrator/journal/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "lib/base/file.h"
#include "lib/base/text.h"

#define NAME_MAX_LENGTH 64

struct lock {
	int descriptor;
};

static int check_name(const char *cluster, struct error *err)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t length = strlen(cluster);

	if (length == 0 || length > NAME_MAX_LENGTH || cluster[0] == '.' ||
		strspn(cluster, letters) != length)
		return error_set(err, EINVAL,
			"cluster name \"%.80s\": use 1 to %d letters, digits, '.', '_' and '-', "
			"not "
			"'.' first",
			cluster, NAME_MAX_LENGTH);
	return 0;
}

/* Who holds it, by what it wrote: "PROCESS" or "PROCESS RUN"; 0 for what is not there yet. */
static struct lock_holder read_holder(int descriptor)
{
	char words[48] = "", *rest = words;
	struct lock_holder holder;

	(void)!pread(descriptor, words, sizeof(words) - 1, 0);
	holder.process = strtoll(words, &rest, 10);
	holder.run_id = strtoll(rest, NULL, 10);
	return holder;
}

/* The lock holds without it, on a full disk too. */
static void write_holder(int descriptor, int64_t run_id)
{
	char words[48];

	if (run_id)
		snprintf(words, sizeof(words), "%d %lld\n", (int)getpid(), (long long)run_id);
	else
		snprintf(words, sizeof(words), "%d\n", (int)getpid());
	(void)!ftruncate(descriptor, 0);
	(void)!pwrite(descriptor, words, strlen(words), 0);
}

static int refuse(
	int number, int descriptor, const char *path, const char *cluster, struct error *err)
{
	struct lock_holder holder;
	char process[40] = "";

	if (number != EWOULDBLOCK)
		return error_system(err, number, "%s: cannot lock", path);
	holder = read_holder(descriptor);
	if (holder.process > 0)
		snprintf(process, sizeof(process), ", process %lld", (long long)holder.process);
	return error_set(err, EBUSY,
		"another haupgrade%s works on cluster %s (lock %s); wait until it has ended",
		process, cluster, path);
}

int lock_take(const char *folder, const char *cluster, struct lock **result, struct error *err)
{
	CLEANUP(cleanup_lock) struct lock *lock = calloc(1, sizeof(*lock));
	CLEANUP(cleanup_free) char *path = NULL;
	int outcome = check_name(cluster, err);

	if (!lock)
		return error_set(err, ENOMEM, "no memory for a lock");
	lock->descriptor = -1;
	if (outcome == 0)
		outcome = file_make_folders(folder, 0700, err);
	if (outcome < 0)
		return outcome;
	path = text_format("%s/%s.lock", folder, cluster);
	lock->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (lock->descriptor < 0)
		return error_system(err, errno, "%s: cannot open", path);
	if (flock(lock->descriptor, LOCK_EX | LOCK_NB) < 0)
		return refuse(errno, lock->descriptor, path, cluster, err);
	write_holder(lock->descriptor, 0);
	*result = TAKE(lock);
	return 0;
}

void lock_name_run(const struct lock *lock, int64_t run_id)
{
	write_holder(lock->descriptor, run_id);
}

struct lock_holder lock_holder(const char *folder, const char *cluster)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s.lock", folder, cluster);
	CLEANUP(cleanup_close)
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return descriptor >= 0 ? read_holder(descriptor) : (struct lock_holder){0};
}

void lock_free(struct lock *lock)
{
	if (!lock)
		return;
	if (lock->descriptor >= 0)
		close(lock->descriptor);
	free(lock);
}
