/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request of a probe as a libcurl handle: how it is made, and what its end means. */
#ifndef ORCHESTRATOR_PROBE_REQUEST_H
#define ORCHESTRATOR_PROBE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "lib/base/error.h"
#include "orchestrator/probe/tally.h"

/* More of an answer is not read: it is good by then. */
#define REQUEST_BODY_MAX 65536

/* How all requests of a probe are made. */
struct request_plan {
	char *url; /* owned */
	bool connect_only;
	bool reset; /* end connections by a reset, leaving no TIME_WAIT */
	uint64_t timeout_ms;
};

/* Reads http://..., https://... or tcp://HOST:PORT; -EINVAL with a message. */
int request_plan_read(const char *url, struct request_plan *plan, struct error *err);
void request_plan_clear(struct request_plan *plan);

/* An easy handle with a request inside; NULL without memory. plan must outlive it. */
CURL *request_new(const struct request_plan *plan, uint64_t start_us);
/* Also closes its connection. The handle must be out of its multi handle. NULL is legal. */
void request_free(CURL *handle);

uint64_t request_start_us(CURL *handle);
/* What code, with which libcurl ended the request, means. text (of size >= 1) says why it failed.
 */
enum tally_outcome request_outcome(CURL *handle, CURLcode code, char *text, size_t size);

#endif
