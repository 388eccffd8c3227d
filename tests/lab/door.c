/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lab's door into a node: `lab exec` hands its command to a process that was born in the node,
 * so that the command has the node's capabilities and system call filter, and never more.
 *
 * door listen SOCKET CMD...  makes SOCKET and becomes CMD (systemd-nspawn), which hands it on
 * (LISTEN_FDS) door devices CGROUP        CGROUP's processes may open no device but those that
 * every node has door init CMD...           in the node, as pid 1: leaves a process at the socket,
 * becomes CMD (systemd) door enter NODE CMD...     runs CMD in the node whose SOCKET is NODE/door,
 * on our descriptors 0 to 2; ends as CMD does
 *
 * One connection is one command: the words come with three descriptors, its wait status goes back.
 * A connection that is closed before sends the command SIGTERM. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where LISTEN_FDS begin (sd_listen_fds(3)). */
#define LISTENER 3
/* A node that is going down may hold the socket, and answer nobody any more. */
#define ANSWER_MS 10000
#define WORDS_MAX (1024 * 1024)

static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"HOME=/root",
	"USER=root",
	"LANG=C.UTF-8",
};

static void die(const char *what)
{
	fprintf(stderr, "lab: door: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void become(char **words)
{
	execvp(words[0], words);
	fprintf(stderr, "lab: %s: %s\n", words[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static bool read_whole(int fd, void *buffer, size_t size)
{
	ssize_t length;

	for (size_t done = 0; done < size; done += (size_t)length) {
		length = read(fd, (char *)buffer + done, size - done);
		if (length <= 0)
			return false;
	}
	return true;
}

static bool write_whole(int fd, const void *buffer, size_t size)
{
	ssize_t length;

	for (size_t done = 0; done < size; done += (size_t)length) {
		length = send(fd, (const char *)buffer + done, size - done, MSG_NOSIGNAL);
		if (length <= 0)
			return false;
	}
	return true;
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(address.sun_path, path);
	return address;
}

static void listen_and_become(const char *path, char **words)
{
	struct sockaddr_un address = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char pid[16];

	unlink(path);
	umask(077);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 64) < 0)
		die(path);
	umask(022);
	if (fd != LISTENER && (dup2(fd, LISTENER) < 0 || close(fd) < 0))
		die("dup2");
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	become(words);
}

/* --- in the node */

/* The caller's TERM and the words of a command, each ended by NUL, and the three descriptors. */
static char *receive(int connection, int fds[3], uint32_t *length)
{
	uint32_t size = 0;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct iovec part = {.iov_base = &size, .iov_len = sizeof(size)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	char *words;

	if (recvmsg(connection, &message, MSG_CMSG_CLOEXEC) != sizeof(size) || size > WORDS_MAX)
		return NULL;
	header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_len != CMSG_LEN(3 * sizeof(int)))
		return NULL;
	memcpy(fds, CMSG_DATA(header), 3 * sizeof(int));
	words = calloc(1, (size_t)size + 1);
	if (words == NULL || !read_whole(connection, words, size))
		return NULL;
	*length = size;
	return words;
}

static void run(const char *words, uint32_t length, const int fds[3])
{
	char **list = calloc((size_t)length + 1, sizeof(*list));
	const char *word = words, *end = words + length;

	if (list == NULL)
		_exit(1);
	clearenv();
	for (size_t i = 0; i < sizeof(environment) / sizeof(*environment); i++)
		putenv((char *)(uintptr_t)environment[i]);
	setenv("TERM", words, 1);
	for (size_t i = 0; (word += strlen(word) + 1) < end; i++)
		list[i] = (char *)(uintptr_t)word;
	for (int i = 0; i < 3; i++)
		dup2(fds[i], i);
	close_range(3, ~0U, 0);
	become(list);
}

/* One connection, in a process of its own. */
static void serve(int connection)
{
	char *words;
	uint32_t length;
	int fds[3], status = 0;
	pid_t child;
	struct pollfd events[2] = {{.fd = connection, .events = POLLIN}, {.events = POLLIN}};

	signal(SIGCHLD, SIG_DFL);
	if (!write_whole(connection, "", 1))
		_exit(1);
	words = receive(connection, fds, &length);
	if (words == NULL)
		_exit(1);
	child = fork();
	if (child == 0)
		run(words, length, fds);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	events[1].fd = child < 0 ? -1 : (int)syscall(SYS_pidfd_open, child, 0);
	if (events[1].fd < 0)
		_exit(1);
	while (poll(events, 2, -1) < 0 && errno == EINTR)
		;
	if (events[1].revents == 0) {
		kill(child, SIGTERM);
		_exit(0);
	}
	waitpid(child, &status, 0);
	write_whole(connection, &status, sizeof(status));
	_exit(0);
}

static void wait_at_door(void)
{
	int connection;

	prctl(PR_SET_NAME, "lab-door");
	setsid();
	umask(022);
	signal(SIGCHLD, SIG_IGN);
	while ((connection = accept4(LISTENER, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno == EINTR ||
		errno == ECONNABORTED) {
		if (connection >= 0 && fork() == 0)
			serve(connection);
		close(connection);
	}
	_exit(1);
}

static void init(char **words)
{
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	if (fork() == 0)
		wait_at_door();
	close(LISTENER);
	become(words);
}

/* --- on the host */

static void send_command(int connection, char **words)
{
	const int fds[3] = {0, 1, 2};
	const char *term = getenv("TERM");
	uint32_t size;
	char *text = NULL;
	size_t length = 0;
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(fds))];
	} control = {
		.header = {.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(fds))},
	};
	struct iovec part = {.iov_base = &size, .iov_len = sizeof(size)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	FILE *stream = open_memstream(&text, &length);

	if (stream == NULL)
		die("memory");
	fprintf(stream, "%s%c", term != NULL ? term : "dumb", 0);
	for (; *words != NULL; words++)
		fprintf(stream, "%s%c", *words, 0);
	fclose(stream);
	size = (uint32_t)length;
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	if (length > WORDS_MAX || sendmsg(connection, &message, MSG_NOSIGNAL) != sizeof(size) ||
		!write_whole(connection, text, length))
		die("the command cannot be handed in");
	free(text);
}

/* Whether somebody in the node says that he is there. */
static bool answers(int connection)
{
	struct pollfd event = {.fd = connection, .events = POLLIN};
	char byte;

	return poll(&event, 1, ANSWER_MS) == 1 && read_whole(connection, &byte, 1);
}

static int enter(const char *node, char **words)
{
	char path[128];
	struct sockaddr_un address;
	int status, connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(path, sizeof(path), "%s/door", node);
	address = address_of(path);
	if (connection < 0)
		die("socket");
	if (connect(connection, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		!answers(connection)) {
		fprintf(stderr, "lab: %s is not running\n", node);
		return 1;
	}
	send_command(connection, words);
	/* The node went down under the command. */
	if (!read_whole(connection, &status, sizeof(status)))
		return 255;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* --- devices */

#define INSTRUCTION(c, d, s, o, i)                                                  \
	(struct bpf_insn)                                                           \
	{                                                                           \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) \
	}
#define LOAD(d, field)                                       \
	INSTRUCTION(BPF_LDX | BPF_MEM | BPF_W, d, BPF_REG_1, \
		offsetof(struct bpf_cgroup_dev_ctx, field), 0)
#define SKIP_UNLESS_EQUAL(r, value, count) \
	INSTRUCTION(BPF_JMP | BPF_JNE | BPF_K, r, 0, count, value)
#define ANSWER(value) INSTRUCTION(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value)
#define END INSTRUCTION(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* What systemd-nspawn gives a machine: null, zero, full, random, urandom; tty, console, ptmx; tun;
 * and the pseudo terminals. */
static const struct device {
	int major;
	int minor; /* -1: all */
} devices[] = {
	{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 1}, {5, 2}, {10, 200}, {136, -1}};

/* The kernel asks it at each opening of a device, whatever made the file by which it is opened. */
static void restrict_devices(const char *cgroup)
{
	enum { KIND = BPF_REG_2, MAJOR = BPF_REG_3, MINOR = BPF_REG_4 };
	struct bpf_insn program[64];
	size_t count = 0;
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)program,
		.license = (uintptr_t) "GPL",
	};
	union bpf_attr attach = {
		.attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI};
	int folder = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC), loaded;

	if (folder < 0)
		die(cgroup);
	program[count++] = LOAD(KIND, access_type);
	program[count++] = INSTRUCTION(BPF_ALU | BPF_AND | BPF_K, KIND, 0, 0, 0xffff);
	program[count++] = LOAD(MAJOR, major);
	program[count++] = LOAD(MINOR, minor);
	program[count++] = ANSWER(0);
	program[count++] = INSTRUCTION(BPF_JMP | BPF_JEQ | BPF_K, KIND, 0, 1, BPF_DEVCG_DEV_CHAR);
	program[count++] = END;
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		bool all = devices[i].minor < 0;

		program[count++] = SKIP_UNLESS_EQUAL(MAJOR, devices[i].major, all ? 2 : 3);
		if (!all)
			program[count++] = SKIP_UNLESS_EQUAL(MINOR, devices[i].minor, 2);
		program[count++] = ANSWER(1);
		program[count++] = END;
	}
	program[count++] = END;
	load.insn_cnt = (uint32_t)count;
	loaded = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));
	if (loaded < 0)
		die("the filter of devices cannot be loaded");
	attach.target_fd = (uint32_t)folder;
	attach.attach_bpf_fd = (uint32_t)loaded;
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)) < 0)
		die(cgroup);
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "enter") == 0)
		return enter(argv[2], argv + 3);
	if (argc >= 4 && strcmp(argv[1], "listen") == 0)
		listen_and_become(argv[2], argv + 3);
	if (argc >= 3 && strcmp(argv[1], "init") == 0)
		init(argv + 2);
	if (argc == 3 && strcmp(argv[1], "devices") == 0) {
		restrict_devices(argv[2]);
		return 0;
	}
	fprintf(stderr,
		"usage: door listen SOCKET CMD... | devices CGROUP | init CMD... | enter NODE CMD...\n");
	return 2;
}
