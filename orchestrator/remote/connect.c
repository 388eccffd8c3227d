/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One hop after the other: connection, key exchange, host key, login. */
#include "orchestrator/remote/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/text.h"
#include "orchestrator/remote/channel.h"
#include "orchestrator/remote/dial.h"
#include "orchestrator/remote/hostkey.h"
#include "orchestrator/remote/libssh_words.h"
#include "orchestrator/remote/login.h"
#include "orchestrator/remote/session.h"

static unsigned port_of(const struct hop *hop)
{
	return hop->port ? hop->port : 22;
}

static int set_options(ssh_session ssh, const struct hop *hop, int descriptor, struct error *err)
{
	const char *name = hop->key_name ? hop->key_name : hop->address;
	/* libssh looks for a port behind a colon, but not in brackets. It needs the name for
	 * known_hosts only; an alias has no port there. */
	CLEANUP(cleanup_free)
	char *host = text_format(strchr(name, ':') ? "[%s]" : "%s", name);
	const char *user = hop->user ? hop->user : "root";
	unsigned port = hop->key_name ? 22 : port_of(hop);
	int verbosity = SSH_LOG_NOLOG;
	int strict = 1;
	bool config = false;
	const struct {
		enum ssh_options_e name;
		const void *value;
	} options[] = {
		/* Nothing here comes from files: ssh -G has read the configuration (ssh_config.h),
		 * and which keys of known_hosts count is decided in hostkey.c. */
		{SSH_OPTIONS_LOG_VERBOSITY, &verbosity},
		{SSH_OPTIONS_PROCESS_CONFIG, &config},
		{SSH_OPTIONS_HOST, host},
		{SSH_OPTIONS_PORT, &port},
		{SSH_OPTIONS_USER, user},
		{SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null"},
		{SSH_OPTIONS_STRICTHOSTKEYCHECK, &strict},
		{SSH_OPTIONS_FD, &descriptor},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (ssh_options_set(ssh, options[i].name, options[i].value) < 0)
			return error_set(err, EINVAL,
				"ssh does not take this address or user: %s, %s", hop->address,
				user);
	}
	return 0;
}

/* libssh (0.10) makes the descriptor a blocking one as soon as it is connected; a send larger than
 * what the other end takes would then hold us past every deadline. */
static int unblock(ssh_session ssh, struct error *err)
{
	int descriptor = ssh_get_fd(ssh), flags = fcntl(descriptor, F_GETFL);

	if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_system(err, errno, "cannot make the connection non-blocking");
	return 0;
}

static int exchange_keys(ssh_session ssh, const struct connect_terms *terms, struct error *err)
{
	char reason[256];
	int result;

	while ((result = ssh_connect(ssh)) == SSH_AGAIN) {
		result = channel_wait(ssh, &terms->wait);
		if (result < 0)
			return login_waiting_failed(result, terms, "the key exchange", err);
	}
	if (result == SSH_OK)
		return unblock(ssh, err);
	/* A server that goes down or comes up closes without a banner: then it may work later. */
	channel_reason(ssh, reason, sizeof(reason));
	if (libssh_words_read(reason) != LIBSSH_WORDS_NO_COMMON_ALGORITHM)
		return error_set(
			err, ECONNRESET, "connection lost during the key exchange: %s", reason);
	return error_set(err, EPROTO, "no common ssh algorithms: %s", reason);
}

static void cleanup_ssh(ssh_session *ssh)
{
	ssh_free(*ssh);
}

int connect_session(const struct hop *hop, int descriptor, struct connect_terms *terms,
	ssh_session *result, struct error *err)
{
	CLEANUP(cleanup_close) int own = descriptor;
	CLEANUP(cleanup_ssh) ssh_session ssh = ssh_new();
	int status;

	if (!ssh)
		return error_set(err, ENOMEM, "no memory for an ssh session");
	/* libssh keeps its log level per thread, and this may be a new thread. */
	ssh_set_log_level(SSH_LOG_NOLOG);
	ssh_set_blocking(ssh, 0);
	status = set_options(ssh, hop, own, err);
	if (status < 0)
		return status;
	own = -1; /* libssh closes it from here on */
	status = hostkey_prepare(ssh, hop, err);
	if (status == 0)
		status = exchange_keys(ssh, terms, err);
	if (status == 0)
		status = hostkey_check(ssh, hop, err);
	if (status == 0)
		status = login(ssh, hop, terms, err);
	if (status < 0)
		return status;
	*result = ssh;
	ssh = NULL;
	return 0;
}

/* What is wrong with a jump host says nothing about the node behind it. */
static int on_the_way(const struct hop *hop, int result, struct error *err)
{
	error_prefix(err, "jump host %s port %u", hop->address, port_of(hop));
	if (session_is_unreachable(result) && result != -ECANCELED) {
		if (err)
			err->number = ENOLINK;
		return -ENOLINK;
	}
	return result;
}

int connect_reach(const struct hop *const *hops, size_t count, uint64_t own_ms,
	struct connect_terms *terms, struct tunnel **result, int *reached, struct error *err)
{
	CLEANUP(cleanup_tunnel) struct tunnel *tunnel = NULL;
	CLEANUP(cleanup_close) int descriptor = -1;

	for (size_t i = 0; i < count; i++) {
		CLEANUP(cleanup_ssh) ssh_session ssh = NULL;
		struct tunnel *next = NULL;
		struct wait wait = terms->wait;
		int status = 0;

		if (i) {
			/* connect_session closes it even when it fails: it is not ours any more. */
			int taken = descriptor;

			descriptor = -1;
			status = connect_session(hops[i - 1], taken, terms, &ssh, err);
			if (status < 0)
				return on_the_way(hops[i - 1], status, err);
			/* The login may have asked a person, and put the deadline off. */
			wait = terms->wait;
		}
		if (own_ms && i + 1 == count)
			wait = wait_until(own_ms, wait.cancel);
		if (i)
			status = tunnel_open(ssh, tunnel, hops[i]->address, port_of(hops[i]), &wait,
				&next, &descriptor, err);
		else
			status = dial_tcp(hops[i]->address, port_of(hops[i]), terms->silence_ms,
				&wait, &descriptor, err);
		if (status < 0)
			return i + 1 == count ? status : on_the_way(hops[i], status, err);
		if (i) {
			ssh = NULL;
			tunnel = next;
		}
	}
	*result = TAKE(tunnel);
	*reached = descriptor;
	descriptor = -1;
	return 0;
}
