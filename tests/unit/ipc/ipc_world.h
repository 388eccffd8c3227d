/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder for a socket, a server there by a clock of its own, and clients made by hand. */
#ifndef TESTS_UNIT_IPC_IPC_WORLD_H
#define TESTS_UNIT_IPC_IPC_WORLD_H

#include "lib/ipc/message.h"
#include "lib/ipc/server.h"

#define IPC_WORLD_NOBODY 65534
#define IPC_WORLD_HELLO_MS 2000
#define IPC_WORLD_IDLE_MS 300000
#define IPC_WORLD_CONNECTIONS 12
/* Longer than anything takes that does not fail. */
#define IPC_WORLD_WAIT_MS 10000

struct ipc_world {
	char top[32];
	char *place; /* top/run/d */
	char *path;  /* of the socket */
	uint64_t now;
	struct event_loop *loop;
	struct ipc_server *server;
	int listener; /* the server's */
	char trouble[512];
	unsigned int requests;
};

/* For cmocka. Time passes only when a test says so. */
int ipc_world_setup(void **state);
int ipc_world_teardown(void **state);

/*
 * A server of 12 connections, 4 of them root's and 3 a user's, which lets the group in and says
 * requests back; "big" is answered by as much as fits, "event" also by an event of topic 3. clock
 * is for a world that has no loop yet.
 */
void ipc_world_serve(struct ipc_world *world, const struct event_clock *clock, gid_t group);
struct ipc_server_counters ipc_world_counters(const struct ipc_world *world);
/* More turns than anything that a test has set going needs. */
void ipc_world_settle(struct ipc_world *world);
/* As if the administrator had opened folder and socket: the second wall. */
void ipc_world_open_wall(const struct ipc_world *world);

int ipc_world_connect(const struct ipc_world *world);
void ipc_world_send(int descriptor, const void *bytes, size_t length);
void ipc_world_say(int descriptor, struct ipc_message message);
int ipc_world_greeted(struct ipc_world *world);
/* What the server says next: its kind, the payload as text; 0: it hung up, -1: nothing. */
int ipc_world_heard(int descriptor, char *words, size_t size);

#endif
