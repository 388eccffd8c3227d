/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small HTTP/1.1 server on the loopback that keeps connections open, until it is told to break
 * them. Whatever fails here fails the test. */
#ifndef TESTS_UNIT_KEEPER_H
#define TESTS_UNIT_KEEPER_H

#include <pthread.h>
#include <stdatomic.h>

#define SERVER_MAX 64

enum http_server_manner {
	SERVER_KEEPS,
	SERVER_LAST,	/* each answer says "Connection: close" */
	SERVER_CLOSES,	/* each answer is the last one, without a word */
	SERVER_FORBIDS, /* status 403 */
	SERVER_HANGS,	/* no answers */
};

struct http_server {
	int listener;
	unsigned port;
	char url[64];	    /* http://127.0.0.1:PORT/ */
	char tcp[64];	    /* tcp://127.0.0.1:PORT */
	_Atomic int manner; /* enum http_server_manner */
	atomic_uint asked;
	atomic_uint answered;
	atomic_uint connected; /* ever */
	atomic_uint breaks;    /* resets so many of its connections, one after the other */
	atomic_bool stop;
	pthread_t thread;
};

void http_server_start(struct http_server *server);
/* Resets the connections first. */
void http_server_stop(struct http_server *server);

#endif
