/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to one node: opens the ssh session when it is needed, drops it when it is lost. */
#ifndef ORCHESTRATOR_NODE_LINK_H
#define ORCHESTRATOR_NODE_LINK_H

#include <signal.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/node/access.h"
#include "orchestrator/node/facts.h"
#include "orchestrator/remote/session.h"

/* One thread at a time. Start with link_init; release with link_clear. */
struct link {
	const struct cluster *cluster; /* borrowed */
	const struct cluster_node *node;
	const struct access *access; /* borrowed */
	const volatile sig_atomic_t *cancel;
	struct session *session; /* NULL while not connected */
};

/* access is that of the cluster; it lives longer than the link. */
void link_init(struct link *link, const struct cluster *cluster, size_t node,
	const struct access *access, const volatile sig_atomic_t *cancel);
/* Drops the session only. */
void link_close(struct link *link);
void link_clear(struct link *link);

/* Does the node's ssh port accept a connection within timeout_ms? Errors are session_dial's. */
int link_dial(struct link *link, uint64_t timeout_ms, struct error *err);

/* Whether trouble with that result may go away by itself: the node is away or busy. */
bool link_may_recover(int result);

/*
 * Runs a command line made by quote.h; what names the act in messages. Any exit status but 0 is
 * -EREMOTEIO. result may be NULL. A lost session is dropped, the next call connects anew.
 */
int link_expect(struct link *link, const char *what, const struct session_command *command,
	struct session_result *result, struct error *err);

/* link_expect for a fixed script with arguments, which end with NULL. */
int link_script(struct link *link, const char *what, const char *script,
	const char *const *arguments, uint64_t deadline_ms, struct session_result *result,
	struct error *err);

/* link_expect for an argv of the profile. */
int link_words(struct link *link, const char *what, const struct word_list *argv,
	uint64_t deadline_ms, struct error *err);

/*
 * Runs the profile's commands one after the other, all of them, though one may fail: the evidence
 * decides. The first failure's result, which is link_words'.
 */
int link_commands(struct link *link, const char *what, const struct profile_commands *commands,
	uint64_t deadline_ms, struct error *err);

int link_upload(struct link *link, const struct session_file *file, struct error *err);

/* Asks for the node's facts (facts.h). *facts is owned; untouched on failure. */
int link_facts(struct link *link, bool with_packages, struct facts *facts, struct error *err);

#endif
