/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reaches from a node for the machine below it, harmlessly; one line for each attempt, saying
 * whether it was refused. Arguments: the device number of the disk of the machine's (major, minor),
 * a folder to mount on. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static int bad;

static void judge(const char *attempt, long result)
{
	int refused = result < 0 && (errno == EPERM || errno == EACCES || errno == EROFS);

	printf("%s: %s\n", attempt, refused ? "refused" : result >= 0 ? "DONE" : strerror(errno));
	bad |= !refused;
}

/* Set to what they are: who is not refused harms nobody. */
static void clocks(void)
{
	struct timespec now;
	struct timex adjust = {.modes = 0};

	clock_gettime(CLOCK_REALTIME, &now);
	judge("set the clock", clock_settime(CLOCK_REALTIME, &now));
	adjtimex(&adjust);
	adjust.modes = ADJ_FREQUENCY;
	judge("adjust the clock", adjtimex(&adjust));
}

static void modules(void)
{
	judge("load a module", syscall(SYS_init_module, NULL, 0, ""));
	judge("remove a module", syscall(SYS_delete_module, "no_such_module", O_NONBLOCK));
	judge("load another kernel", syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static void devices(dev_t root)
{
	judge("make the disk's device", mknod("root-device", S_IFBLK | 0600, root));
	judge("make the memory's device", mknod("memory-device", S_IFCHR | 0600, makedev(1, 1)));
	judge("make even a device of its own", mknod("null-device", S_IFCHR | 0600, makedev(1, 3)));
}

/* The kernel makes devices for whoever mounts them; they still cannot be opened. */
static void mounts(dev_t root, const char *folder)
{
	char path[2048], name[1024];
	ssize_t length;

	if (mount("devices", folder, "devtmpfs", MS_NOEXEC, NULL) < 0) {
		judge("mount the machine's devices", -1);
		return;
	}
	snprintf(path, sizeof(path), "%s/root-device", folder);
	judge("make the disk's device there", mknod(path, S_IFBLK | 0600, root));
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(root), minor(root));
	length = readlink(path, name, sizeof(name) - 1);
	/* A file system may be on no device of its own, such as btrfs. */
	if (length > 0) {
		name[length] = '\0';
		snprintf(path, sizeof(path), "%s%s", folder, strrchr(name, '/'));
		judge("open the machine's disk", open(path, O_RDONLY));
	}
	snprintf(path, sizeof(path), "%s/kmsg", folder);
	judge("open the kernel's log", open(path, O_RDONLY));
	snprintf(path, sizeof(path), "%s/loop-control", folder);
	judge("open the loop devices' control", open(path, O_RDWR));
	umount(folder);
}

static void files(void)
{
	static const char *const names[] = {"/proc/sys/kernel/panic",
		"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/power/state",
		"/sys/kernel/uevent_helper"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char attempt[128];

		/* Not every kernel has all. */
		if (access(names[i], F_OK) != 0)
			continue;
		snprintf(attempt, sizeof(attempt), "write to %s", names[i]);
		judge(attempt, open(names[i], O_WRONLY));
	}
}

int main(int argc, char **argv)
{
	dev_t root;

	if (argc != 4)
		return 2;
	root = makedev((unsigned)atoi(argv[1]), (unsigned)atoi(argv[2]));
	clocks();
	modules();
	devices(root);
	mounts(root, argv[3]);
	files();
	return bad;
}
