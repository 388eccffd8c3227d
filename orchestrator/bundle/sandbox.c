/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that reads hostile bytes gives up all it does not need for that. */
#include "orchestrator/bundle/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/program/privileges.h"

/* Not in the kernel headers of all distributions we build on. */
#define FS_REFER (UINT64_C(1) << 13)
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define NET_BIND_AND_CONNECT UINT64_C(3)

#ifdef __SANITIZE_ADDRESS__
#define ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER
#endif
#endif

/* struct landlock_ruleset_attr as of version 4 of the interface; older kernels take its beginning.
 */
struct ruleset {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
};

static int limit(int resource, const char *name, rlim_t most, struct error *err)
{
	struct rlimit old;

	if (getrlimit((__rlimit_resource_t)resource, &old) < 0)
		return error_system(err, errno, "cannot get limit %s", name);
	if (old.rlim_max != RLIM_INFINITY && old.rlim_max < most)
		most = old.rlim_max;
	if (setrlimit((__rlimit_resource_t)resource, &(struct rlimit){most, most}) < 0)
		return error_system(err, errno, "cannot set limit %s", name);
	return 0;
}

static int set_limits(struct error *err)
{
	int result = limit(RLIMIT_CORE, "core", 0, err);

	/* Files in memory, that is: a package's header is at most that large. */
	if (result == 0)
		result = limit(RLIMIT_FSIZE, "fsize", (rlim_t)65 << 20, err);
	if (result == 0)
		result = limit(RLIMIT_NOFILE, "nofile", 64, err);
#ifndef ADDRESS_SANITIZER
	/* ASan's shadow takes all of the address space. */
	if (result == 0)
		result = limit(RLIMIT_AS, "as", (rlim_t)2 << 30, err);
#endif
	return result;
}

/* What librpm, OpenSSL and the C library may still want to look up. */
static int allow_reading(int rules, const char *path, struct error *err)
{
	CLEANUP(cleanup_close) int folder = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		.parent_fd = folder,
	};

	if (folder < 0)
		return error_system(err, errno, "%s: cannot open", path);
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return error_system(err, errno, "%s: no Landlock rule", path);
	return 0;
}

static int restrict_files(struct error *err)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	/* All of the first version: from EXECUTE to MAKE_SYM. */
	struct ruleset wanted = {.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};
	CLEANUP(cleanup_close) int rules = -1;
	int result;

	/* An older kernel, or one that has it switched off. */
	if (version < 1)
		return 0;
	if (version >= 2)
		wanted.handled_access_fs |= FS_REFER;
	if (version >= 3)
		wanted.handled_access_fs |= FS_TRUNCATE;
	if (version >= 4)
		wanted.handled_access_net = NET_BIND_AND_CONNECT;
	rules = (int)syscall(SYS_landlock_create_ruleset, &wanted,
		version >= 4 ? sizeof(wanted) : sizeof(wanted.handled_access_fs), 0);
	if (rules < 0)
		return error_system(err, errno, "cannot make Landlock rules");
	result = allow_reading(rules, "/usr", err);
	if (result == 0)
		result = allow_reading(rules, "/etc", err);
	if (result == 0 && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		result = error_system(err, errno, "cannot apply Landlock rules");
	return result;
}

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef OUR_ARCHITECTURE
/* Bit 30 marks calls of x32, another way to the same ones. */
#define X32_BIT 0x40000000

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), ANSWER(REFUSED)

/*
 * Without a capability it still has its user, who may be root: a socket would reach the network and
 * the daemons of this machine that believe root, a signal or ptrace all our other processes.
 * Landlock knows of neither but TCP, and of that only since Linux 6.7.
 */
static int restrict_calls(struct error *err)
{
	struct sock_filter filter[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),
		ANSWER(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1),
		ANSWER(SECCOMP_RET_KILL_PROCESS),
		REFUSE(SYS_socket),
		REFUSE(SYS_io_uring_setup),
		REFUSE(SYS_execve),
		REFUSE(SYS_execveat),
		REFUSE(SYS_kill),
		REFUSE(SYS_tkill),
		REFUSE(SYS_rt_sigqueueinfo),
		REFUSE(SYS_pidfd_open),
		REFUSE(SYS_ptrace),
		REFUSE(SYS_process_vm_readv),
		REFUSE(SYS_process_vm_writev),
		/* abort(3) and its like signal their own process. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 3),
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)getpid(), 1, 0),
		ANSWER(REFUSED),
		ANSWER(SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	/* EINVAL: a kernel without filters. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 && errno != EINVAL)
		return error_system(err, errno, "cannot filter system calls");
	return 0;
}
#else
static int restrict_calls(struct error *err)
{
	(void)err;
	return 0;
}
#endif

int sandbox_reader(struct error *err)
{
	int result = privileges_keep(NULL, NULL, 0, err);

	if (result == 0)
		result = restrict_files(err);
	if (result == 0)
		result = set_limits(err);
	if (result == 0)
		result = restrict_calls(err);
	return result;
}
