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

/* Who holds it, by what it wrote; "" when that is not there yet. */
static void read_holder(int descriptor, char *holder, size_t size)
{
	ssize_t count = pread(descriptor, holder, size - 1, 0);

	holder[count > 0 ? count : 0] = '\0';
	holder[strspn(holder, "0123456789")] = '\0';
}

static int refuse(
	int number, int descriptor, const char *path, const char *cluster, struct error *err)
{
	char holder[16];

	if (number != EWOULDBLOCK)
		return error_system(err, number, "%s: cannot lock", path);
	read_holder(descriptor, holder, sizeof(holder));
	return error_set(err, EBUSY,
		"another haupgrade%s%s works on cluster %s (lock %s); wait until it has ended",
		*holder ? ", process " : "", holder, cluster, path);
}

int lock_take(const char *folder, const char *cluster, struct lock **result, struct error *err)
{
	CLEANUP(cleanup_lock) struct lock *lock = calloc(1, sizeof(*lock));
	CLEANUP(cleanup_free) char *path = NULL;
	int outcome = check_name(cluster, err);
	char words[16];

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
	snprintf(words, sizeof(words), "%d\n", (int)getpid());
	/* For people only: the lock holds without it, on a full disk too. */
	(void)!ftruncate(lock->descriptor, 0);
	(void)!pwrite(lock->descriptor, words, strlen(words), 0);
	*result = TAKE(lock);
	return 0;
}

int64_t lock_holder(const char *folder, const char *cluster)
{
	CLEANUP(cleanup_free) char *path = text_format("%s/%s.lock", folder, cluster);
	CLEANUP(cleanup_close)
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char holder[16] = "";

	if (descriptor >= 0)
		read_holder(descriptor, holder, sizeof(holder));
	return strtoll(holder, NULL, 10);
}

void lock_free(struct lock *lock)
{
	if (!lock)
		return;
	if (lock->descriptor >= 0)
		close(lock->descriptor);
	free(lock);
}
