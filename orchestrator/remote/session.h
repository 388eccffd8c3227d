/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ssh connection to one node: open it, run commands, upload files, never wait past a deadline.
 *
 * A session belongs to one thread at a time; different sessions may be used by different threads at
 * once (libssh sets up its locks when the program is loaded; no call is needed). Nothing here
 * reconnects: after a call that returned -ETIMEDOUT, -ECANCELED, -ECONNRESET, -EIO or -EPROTO the
 * session is finished, further calls return -ENOTCONN, and the caller opens a new one. What a
 * command had begun when its session ended may go on running on the node: observe before acting
 * again.
 */
#ifndef ORCHESTRATOR_REMOTE_SESSION_H
#define ORCHESTRATOR_REMOTE_SESSION_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"
#include "orchestrator/remote/credentials.h"
#include "orchestrator/remote/hop.h"

struct session;

/* Whom to speak with. Plain data, all borrowed during session_open only. */
struct session_target {
	const char *node; /* the name for messages */
	struct hop hop;	  /* the node itself */
	/* The hosts that lead to it, the first one is reached directly. */
	const struct hop *const *jumps;
	size_t jump_count; /* at most HOP_JUMPS_MAX */
	/* Commands and uploads run as root by sudo; the password is asked of credentials. */
	bool sudo;
	/* Who is asked for passwords and passphrases; lives longer than the session. NULL: nobody.
	 */
	struct credentials *credentials;
	/* For all of it: name resolution, connecting, key exchange, login. 0: 10 s. */
	uint64_t connect_timeout_ms;
	/* The connection counts as lost when the peer acknowledged nothing for this long, e.g.
	 * after a power cut. 0: 15 s. */
	uint64_t silence_timeout_ms;
	/* Nonzero ends every wait of the session within 100 ms with -ECANCELED. May be NULL; must
	 * live as long as the session. */
	const volatile sig_atomic_t *cancel;
};

/*
 * Connects through the jump hosts, checks every host key strictly, logs in by public key (login.h),
 * tries sudo if that is wanted; reads no ssh configuration of the user. Errors:
 *   -EKEYREJECTED host key unknown, changed or of another type; -ENOENT no known_hosts file, no
 *   identity, or no sudo; -EINVAL unreadable identity or nonsense in target; -EACCES login refused,
 *   wrong passphrase or password; -EPERM, -EACCES sudo refused; -ENOTTY something must be asked and
 * nobody can be; -ECONNREFUSED, -EHOSTUNREACH, -ENETUNREACH, -ECONNRESET, -ETIMEDOUT, -EAGAIN (name
 * not resolved) not reachable (now); -ENOLINK the same of a jump host; -EPROTO the peer does not
 *   speak ssh as it should; -ECANCELED.
 */
int session_open(const struct session_target *target, struct session **session, struct error *err);

/*
 * Only the first part of session_open: does anybody accept a connection there within timeout_ms
 * (and connect_timeout_ms for the way through jump hosts)? Tells a machine that is down from one
 * that is slow to log in. Errors as session_open.
 */
int session_dial(const struct session_target *target, uint64_t timeout_ms, struct error *err);

/* Closes without waiting for the peer. NULL is legal. */
void session_free(struct session *session);
CLEANUP_DEFINE(session);

/* True for results of session_open and session_run that a rebooting node gives: later it may work.
 */
bool session_is_unreachable(int result);

/* The name given for messages; borrowed. */
const char *session_node(const struct session *session);

/* One command. Start as {0}; everything borrowed during the call only. */
struct session_command {
	const char *line;     /* made by quote.h, nowhere else */
	const void *input;    /* bytes for the command's standard input; then end of file */
	size_t input_length;  /* of input */
	int input_file;	      /* > 0: read this descriptor to its end instead of input */
	uint64_t deadline_ms; /* from now; 0: 60 s */
	size_t output_limit;  /* bytes kept of stdout and of stderr each; 0: 1 MiB */
};

/* What a command said. Start as {0}; release with session_result_clear. */
struct session_result {
	int status;	      /* exit status; 128 + signal number when a signal ended it */
	char *output;	      /* never NULL after success; terminated behind output_length bytes */
	char *errors;	      /* likewise; what came on stderr */
	size_t output_length; /* bytes from the node may hold anything, NUL too */
	size_t errors_length;
	bool output_cut; /* more came than output_limit; the rest was read and dropped */
	bool errors_cut;
};

void session_result_clear(struct session_result *result);
static inline void cleanup_session_result(struct session_result *result)
{
	session_result_clear(result);
}

/*
 * Runs a command to its end. 0 whatever its exit status. Otherwise result is untouched:
 * -ETIMEDOUT past the deadline, -ECONNRESET the connection was lost (expected at a reboot),
 * -ECANCELED, -ENOTCONN the session was finished before, -EIO input_file could not be read,
 * -EPROTO the node refused to run any command, -EACCES, -EPERM and -ENOENT sudo did.
 */
int session_run(struct session *session, const struct session_command *command,
	struct session_result *result, struct error *err);

/*
 * As session_run, and an exit status other than 0 is an error too: -EREMOTEIO, with the end of
 * what the command said on stderr (or else on stdout) in the message. what names the act: "query
 * packages". result may be NULL when nobody asks for the output.
 */
int session_expect(struct session *session, const char *what, const struct session_command *command,
	struct session_result *result, struct error *err);

/* A file to put on the node. All borrowed. */
struct session_file {
	int file;		 /* read from its offset to its end */
	const char *name;	 /* the local name, for messages */
	const char *remote_path; /* absolute */
	mode_t mode;		 /* permissions there, at most 07777 */
	const char *sha256;	 /* what its bytes must have: 64 lower-case hex digits */
	uint64_t deadline_ms;	 /* from now; 0: 10 min */
};

/*
 * Streams the file over the standard input of a fixed script: temporary file in the same folder
 * (which must exist), digest compared there, sync, rename, sync of the folder. At any moment the
 * old file, the whole new one, or none is at remote_path. -EBADMSG when the digest that arrived
 * is another (message names both), -EREMOTEIO when the node could not write it, else as
 * session_run.
 */
int session_upload(struct session *session, const struct session_file *file, struct error *err);

/* A connection that the node makes for us. */
struct tunnel;

/*
 * Lets the node connect to address (resolved there) and port. Until session_disconnect nothing else
 * may be done with the session. -ECONNREFUSED, -EHOSTUNREACH, -ENETUNREACH, -EAGAIN (name not
 * resolved) as the node says of that place; -EACCES its sshd forwards nothing, or not there. The
 * session is finished after -ETIMEDOUT, -ECANCELED and -ENOLINK (it was lost).
 */
int session_connect(struct session *session, const char *address, unsigned port,
	uint64_t timeout_ms, struct tunnel **tunnel, struct error *err);
/*
 * Moves bytes, in a thread, between the connection and descriptor, a non-blocking stream socket,
 * which is taken even on failure. At most once for a connection.
 */
int session_carry(struct tunnel *tunnel, int descriptor, struct error *err);
/* Ends it without waiting for the peer. NULL is legal. */
void session_disconnect(struct tunnel *tunnel);
static inline void cleanup_session_connection(struct tunnel **tunnel)
{
	session_disconnect(*tunnel);
}

#endif
