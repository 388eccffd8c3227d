/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One request of a probe as a libcurl handle: how it is made, and what its end means. */
#ifndef ORCHESTRATOR_PROBE_REQUEST_H
#define ORCHESTRATOR_PROBE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include "lib/base/error.h"
#include "orchestrator/probe/config.h"
#include "orchestrator/probe/tally.h"

/* More of an answer is not read: it is good by then. */
#define REQUEST_BODY_MAX 65536

#define REQUEST_TIMEOUT_DEFAULT_MS 5000
#define REQUEST_TIMEOUT_MAX_MS 60000
#define REQUEST_SLOW_DEFAULT_MS 200

/* How all requests of a probe are made. Owned strings. */
struct request_plan {
	char *url;
	char *host; /* of the url: an address without brackets, or a name */
	unsigned port;
	bool connect_only;
	bool reset; /* end connections by a reset, leaving no TIME_WAIT; set by the caller */
	char *ca;
	bool insecure;
	unsigned status;
	char *expect;
	/* Kept by the caller (request_age_us): libcurl does not know of stalls. */
	uint64_t timeout_ms;
	uint64_t slow_us;
};

/* Everything but config->rate. -EINVAL with a message for what cannot be. */
int request_plan_read(
	const struct probe_config *config, struct request_plan *plan, struct error *err);
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
/* Whether the answer said that the server ends the connection after it ("Connection: close"). */
bool request_was_last(CURL *handle);
/* What code, with which libcurl ended the request, means. text (of size >= 1) says why it failed.
 */
enum tally_outcome request_outcome(CURL *handle, CURLcode code, char *text, size_t size);

#endif
