/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closes sockets of which others decide how long that takes. */
#include "lib/ipc/socket_closer.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/base/thread.h"
#include "lib/base/vector.h"
#include "lib/ipc/packet.h"

/* A sender's buffer takes fewer packets than that, but for a machine with other defaults. */
#define PACKETS_MAX 1024
#define LOOK_NS 10000000

struct closing {
	int descriptor;
	bool begun;
	pthread_t thread;
};

struct ipc_socket_closer {
	unsigned int count, room;
	struct closing *closings;
};

struct ipc_socket_closer *ipc_socket_closer_new(unsigned int room)
{
	struct ipc_socket_closer *closer = vector_resize(NULL, 1, sizeof(*closer));

	*closer = (struct ipc_socket_closer){
		.room = room, .closings = vector_resize(NULL, room, sizeof(struct closing))};
	return closer;
}

void ipc_socket_closer_free(struct ipc_socket_closer *closer)
{
	unsigned int i;

	if (!closer)
		return;
	for (i = 0; i < closer->count; i++)
		if (closer->closings[i].begun)
			pthread_detach(closer->closings[i].thread);
	free(closer->closings);
	free(closer);
}

/* A thread that shares no descriptors with the others, and ends when it is told to. */
struct last_holder {
	pid_t id;
	sem_t holds, may_end;
};

static void *last_holder_run(void *context)
{
	struct last_holder *last_holder = context;

	last_holder->id = gettid();
	(void)unshare(CLONE_FILES);
	sem_post(&last_holder->holds);
	while (sem_wait(&last_holder->may_end) < 0)
		;
	return NULL;
}

/*
 * What a thread holds when it ends is closed by its end, and the kernel makes nobody who ends wait
 * for a socket that lingers. So the last to hold this one shall be a thread that ends, and until
 * one can be had nothing is closed: a close that has begun here could not be called off.
 */
static void *closing_run(void *context)
{
	const struct timespec pause = {0, LOOK_NS};
	struct last_holder last_holder = {0};
	pthread_t thread;

	sem_init(&last_holder.holds, 0, 0);
	sem_init(&last_holder.may_end, 0, 0);
	while (thread_start_small(&thread, last_holder_run, &last_holder) < 0)
		nanosleep(&pause, NULL);
	while (sem_wait(&last_holder.holds) < 0)
		;
	close((int)(intptr_t)context);
	sem_post(&last_holder.may_end);
	pthread_join(thread, NULL);
	/* It can be joined before its descriptors are closed, and is there until then. */
	while (tgkill(getpid(), last_holder.id, 0) == 0)
		nanosleep(&pause, NULL);
	sem_destroy(&last_holder.holds);
	sem_destroy(&last_holder.may_end);
	return NULL;
}

static void closing_begin(struct closing *closing)
{
	closing->begun = thread_start_small(&closing->thread, closing_run,
				 (void *)(intptr_t)closing->descriptor) == 0;
}

/* Whether nothing is left in a connection that has ended; what is without descriptors is read. */
static bool is_drained(int descriptor)
{
	unsigned int i;

	for (i = 0; i < PACKETS_MAX; i++) {
		int result = ipc_packet_look(descriptor);

		if (result == IPC_PACKET_END)
			return true;
		if (result == -ECONNRESET)
			continue;
		if (result != IPC_PACKET_PLAIN ||
			recv(descriptor, NULL, 0, MSG_DONTWAIT | MSG_TRUNC) < 0)
			return false;
	}
	return false;
}

void ipc_socket_closer_take(struct ipc_socket_closer *closer, int descriptor)
{
	struct closing *closing;

	ipc_packet_prepare(descriptor);
	/* From here on nothing comes in any more. */
	(void)shutdown(descriptor, SHUT_RDWR);
	if (is_drained(descriptor)) {
		close(descriptor);
		return;
	}
	/* Listening sockets that are replaced while all the others are slow are in nobody's count.
	 */
	if (closer->count == closer->room) {
		closer->room *= 2;
		closer->closings =
			vector_resize(closer->closings, closer->room, sizeof(closer->closings[0]));
	}
	closing = &closer->closings[closer->count++];
	*closing = (struct closing){.descriptor = descriptor};
	closing_begin(closing);
}

void ipc_socket_closer_tend(struct ipc_socket_closer *closer)
{
	unsigned int i;

	for (i = closer->count; i-- > 0;) {
		struct closing *closing = &closer->closings[i];

		if (!closing->begun)
			closing_begin(closing);
		else if (pthread_tryjoin_np(closing->thread, NULL) == 0)
			*closing = closer->closings[--closer->count];
	}
}

unsigned int ipc_socket_closer_count(const struct ipc_socket_closer *closer)
{
	return closer->count;
}
