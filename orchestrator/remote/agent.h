/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's ssh agent (draft-miller-ssh-agent, sections 3.5 and 3.6), shown to libssh with only
 * the keys that are to be tried, and within a deadline: libssh itself would offer all keys, and
 * wait for the agent for ever.
 */
#ifndef ORCHESTRATOR_REMOTE_AGENT_H
#define ORCHESTRATOR_REMOTE_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/remote/wait.h"

/* Of one message (as OpenSSH has it), and keys beyond which the agent's others do not count. */
#define AGENT_MESSAGE_MAX (256 * 1024)
#define AGENT_KEYS_MAX 64

/* One key: its public half as on the wire (RFC 4253, 6.6). Borrowed from the message. */
struct agent_key {
	const uint8_t *blob;
	size_t length;
};

/*
 * The keys in an identities answer (the bytes behind its length). Pure. The number of keys, at most
 * limit, or -EPROTO; keys are borrowed from bytes.
 */
int agent_parse(const uint8_t *bytes, size_t length, struct agent_key *keys, size_t limit,
	struct error *err);

struct agent;

/*
 * Connects to the agent's socket and asks for its keys. -ENOENT, -ECONNREFUSED and the like: there
 * is no agent; -EPROTO; -ETIMEDOUT; -ECANCELED.
 */
int agent_open(const char *path, const struct wait *wait, struct agent **agent, struct error *err);
/* NULL is legal. */
void agent_free(struct agent *agent);
CLEANUP_DEFINE(agent);

size_t agent_count(const struct agent *agent);
/* Which key has that public half? -1: none. */
int agent_find(const struct agent *agent, const void *blob, size_t length);
/* From now on only this key (or all with -1) is shown. */
void agent_show(struct agent *agent, int key);

/*
 * A descriptor, owned by the caller, on which libssh can speak with the agent. It answers until
 * wait ends or agent_free; to be called once. Negative errno on failure.
 */
int agent_serve(struct agent *agent, const struct wait *wait, struct error *err);

#endif
