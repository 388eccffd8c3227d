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
	/* Kept by the caller (request_age_us): libcurl does not know of stalls. */
	uint64_t timeout_ms;
};

/* Reads http://..., https://... or tcp://HOST:PORT; -EINVAL with a message. */
int request_plan_read(const char *url, struct request_plan *plan, struct error *err);
void request_plan_clear(struct request_plan *plan);

/* When a request began, and all stalls (tally.h) until then. */
struct request_start {
	uint64_t at_us;
	uint64_t stalled_us;
};

/* An easy handle with a request inside; NULL without memory. plan must outlive it. */
CURL *request_new(const struct request_plan *plan, const struct request_start *start);
/* Also closes its connection. The handle must be out of its multi handle. NULL is legal. */
void request_free(CURL *handle);

const struct request_start *request_begun(CURL *handle);
/* How long it takes already, without stalls; stalled_us: all of them until now. */
uint64_t request_age_us(CURL *handle, uint64_t now_us, uint64_t stalled_us);
/* Why a request that is older than its timeout failed. */
void request_timeout_text(CURL *handle, char *text, size_t size);
/* What code, with which libcurl ended the request, means. text (of size >= 1) says why it failed.
 */
enum tally_outcome request_outcome(CURL *handle, CURLcode code, char *text, size_t size);

#endif
