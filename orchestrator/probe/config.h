/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service is asked, and what a good answer is: for all that watch it from outside. */
#ifndef ORCHESTRATOR_PROBE_CONFIG_H
#define ORCHESTRATOR_PROBE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

/* Plain data; borrowed while something is started with it only. */
struct probe_config {
	const char *url;     /* http://..., https://... (GET), or tcp://HOST:PORT (connect only) */
	unsigned rate;	     /* requests per second, 1 to PROBE_RATE_MAX; 0: 100 */
	uint64_t timeout_ms; /* a request fails after this, 1 to 60000; 0: 5000 */
	uint64_t slow_ms;    /* a good answer is slow when it took longer; 0: 200 */
	/* With https: */
	const char *ca; /* file of the authorities (PEM); NULL: the system's */
	bool insecure;	/* certificates are not looked at */
	/* With http and https: */
	unsigned status;    /* the status of a good answer; 0: any below 400 */
	const char *expect; /* what the body must hold; NULL: anything */
};

#endif
