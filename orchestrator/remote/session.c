/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ssh sessions over libssh, non-blocking throughout. */
#include "orchestrator/remote/session.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <libssh/libssh.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/remote/channel.h"
#include "orchestrator/remote/connect.h"
#include "orchestrator/remote/quote.h"
#include "orchestrator/remote/script.h"
#include "orchestrator/remote/sudo.h"
#include "orchestrator/remote/tunnel.h"
#include "orchestrator/remote/wait.h"

#define CONNECT_TIMEOUT_MS 10000
#define SILENCE_TIMEOUT_MS 15000
#define COMMAND_DEADLINE_MS 60000
#define UPLOAD_DEADLINE_MS 600000
#define SUDO_DEADLINE_MS 20000

struct session {
	ssh_session ssh;       /* NULL: finished */
	struct tunnel *tunnel; /* what ssh goes through; NULL: a connection of its own */
	char *node;
	char *user;
	char *place; /* "node (address port N)", for messages */
	bool sudo;
	struct credentials *credentials; /* borrowed; may be NULL */
	uint64_t silence_ms;		 /* 0: TCP watches over the connection */
	const volatile sig_atomic_t *cancel;
};

/*
 * Without ssh_disconnect(): since libssh 0.10 that forgets a descriptor it was given without
 * closing it, while ssh_free() alone closes it in every version. The peer sees the end of the
 * connection.
 */
static void end(struct session *session)
{
	ssh_free(session->ssh);
	session->ssh = NULL;
	tunnel_free(session->tunnel);
	session->tunnel = NULL;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	end(session);
	free(session->node);
	free(session->user);
	free(session->place);
	free(session);
}

const char *session_node(const struct session *session)
{
	return session->node;
}

bool session_is_unreachable(int result)
{
	switch (-result) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENETDOWN:
	case ECONNRESET:
	case ECONNABORTED:
	case ENOTCONN:
	case EPIPE:
	case ETIMEDOUT:
	case EAGAIN:
		return true;
	default:
		return false;
	}
}

/* What sudo's questions are answered with. */
static int answer(void *context, const struct secret **password, struct error *err)
{
	struct credentials_turn *turn = context;

	if (!turn->credentials)
		return error_set(err, ENOTTY,
			"sudo wants the password of %s, and nobody can be asked for it",
			turn->user);
	return credentials_password(turn, password, err);
}

static int run_as_root(struct session *session, struct session_command *command,
	struct channel_terms *terms, struct session_result *result, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result said = {0};
	CLEANUP(cleanup_free) char *wrapped = NULL;
	struct credentials_turn turn = {
		.credentials = session->credentials,
		.node = session->node,
		.user = session->user,
		.cancel = session->cancel,
	};
	unsigned char random[16];
	struct sudo_marks marks;
	struct channel_gate gate = {.answer = answer, .context = &turn};
	int outcome;

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_system(err, errno, "no random bytes");
	marks = sudo_marks(random);
	gate.prompt = marks.prompt;
	gate.ready = marks.ready;
	outcome = sudo_wrap(command->line, &marks, &wrapped, err);
	if (outcome < 0)
		return outcome;
	command->line = wrapped;
	terms->gate = &gate;
	outcome = channel_run(session->ssh, command, terms, &said, err);
	if (outcome == 0 && !gate.passed)
		outcome = sudo_refusal(session->user, said.errors, said.status, err);
	if (turn.credentials)
		credentials_end_turn(&turn, outcome == -EACCES ? CREDENTIALS_REFUSED
					    : outcome == 0 || outcome == -EPERM
						    ? CREDENTIALS_ACCEPTED
						    : CREDENTIALS_UNKNOWN);
	if (outcome == 0) {
		*result = said;
		said = (struct session_result){0};
	}
	return outcome;
}

static int run(struct session *session, const struct session_command *given,
	struct session_result *result, struct error *err)
{
	struct session_command command = *given;
	struct channel_terms terms = {.silence_ms = session->silence_ms};
	int outcome;

	if (!command.deadline_ms)
		command.deadline_ms = COMMAND_DEADLINE_MS;
	terms.wait = wait_until(command.deadline_ms, session->cancel);
	outcome = session->sudo ? run_as_root(session, &command, &terms, result, err)
				: channel_run(session->ssh, &command, &terms, result, err);
	/* At once, so that the node sees it too, not only when the caller lets go. */
	if (outcome < 0 && outcome != -E2BIG)
		end(session);
	return outcome;
}

static int check_hop(const struct hop *hop, struct error *err)
{
	const char *address = hop->address;

	if (!address || !*address || strchr(address, '@') || address[0] == '-' ||
		strcspn(address, " \t\r\n/") != strlen(address))
		return error_set(err, EINVAL,
			"\"%s\" is no address or host name; correct it in the cluster file, or HostName in the ssh configuration",
			address ? address : "");
	if (hop->port > 65535)
		return error_set(err, EINVAL, "port %u is not in 1 to 65535", hop->port);
	if (!hop->known_hosts[0])
		return error_set(err, EINVAL, "no known_hosts file is given");
	return 0;
}

/* The way as a list with the node at its end; hops has room for HOP_JUMPS_MAX + 1. */
static int list_hops(
	const struct session_target *target, const struct hop **hops, struct error *err)
{
	int result = 0;

	if (target->jump_count > HOP_JUMPS_MAX)
		return error_set(err, EINVAL, "more than %d jump hosts lead to it", HOP_JUMPS_MAX);
	for (size_t i = 0; i < target->jump_count; i++)
		hops[i] = target->jumps[i];
	hops[target->jump_count] = &target->hop;
	for (size_t i = 0; i <= target->jump_count && result == 0; i++)
		result = check_hop(hops[i], err);
	return result;
}

static struct connect_terms terms_of(const struct session_target *target)
{
	struct connect_terms terms = {
		.timeout_ms = target->connect_timeout_ms ? target->connect_timeout_ms
							 : CONNECT_TIMEOUT_MS,
		.silence_ms = target->silence_timeout_ms ? target->silence_timeout_ms
							 : SILENCE_TIMEOUT_MS,
		.credentials = target->credentials,
	};

	terms.wait = wait_until(terms.timeout_ms, target->cancel);
	return terms;
}

static int connect_once(struct session *session, const struct session_target *target,
	uint64_t *asked_ms, struct error *err)
{
	const struct hop *hops[HOP_JUMPS_MAX + 1];
	struct connect_terms terms = terms_of(target);
	CLEANUP(cleanup_close) int descriptor = -1;
	int taken, result = list_hops(target, hops, err);

	if (result == 0)
		result = connect_reach(hops, target->jump_count + 1, 0, &terms, &session->tunnel,
			&descriptor, err);
	if (result == 0) {
		taken = descriptor;
		descriptor = -1;
		result = connect_session(&target->hop, taken, &terms, &session->ssh, err);
	}
	if (result < 0)
		end(session);
	*asked_ms = terms.asked_ms;
	return result;
}

/* One command that does nothing, so that passwords are asked for, and refusals told, at once. */
static int try_sudo(struct session *session, uint64_t timeout_ms, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result said = {0};
	/* PAM takes its time, more so after a wrong password. */
	const struct session_command command = {
		.line = "true",
		.deadline_ms = timeout_ms > SUDO_DEADLINE_MS ? timeout_ms : SUDO_DEADLINE_MS,
	};

	return run(session, &command, &said, err);
}

static struct session *make(const struct session_target *target)
{
	struct session *session = vector_resize(NULL, 1, sizeof(*session));
	unsigned port = target->hop.port ? target->hop.port : 22;

	*session = (struct session){
		.node = text_copy(target->node),
		.user = text_copy(target->hop.user ? target->hop.user : "root"),
		.cancel = target->cancel,
		.credentials = target->credentials,
		.sudo = target->sudo,
	};
	session->place = text_format(
		strchr(target->hop.address, ':') ? "%s ([%s] port %u)" : "%s (%s port %u)",
		target->node, target->hop.address, port);
	/* Behind a jump host TCP says nothing of the node. */
	if (target->jump_count)
		session->silence_ms = target->silence_timeout_ms ? target->silence_timeout_ms
								 : SILENCE_TIMEOUT_MS;
	return session;
}

int session_open(const struct session_target *target, struct session **result, struct error *err)
{
	CLEANUP(cleanup_session) struct session *session = NULL;
	uint64_t asked_ms = 0;
	int outcome = check_hop(&target->hop, err);

	if (outcome < 0) {
		error_prefix(err, "%s", target->node);
		return outcome;
	}
	session = make(target);
	outcome = connect_once(session, target, &asked_ms, err);
	/* sshd does not wait for ever while a passphrase is looked up (LoginGraceTime). */
	if (asked_ms && (outcome == -ECONNRESET || outcome == -ETIMEDOUT))
		outcome = connect_once(session, target, &asked_ms, err);
	if (outcome == 0 && session->sudo)
		outcome = try_sudo(session, target->connect_timeout_ms, err);
	if (outcome < 0) {
		error_prefix(err, "%s", session->place);
		return outcome;
	}
	*result = TAKE(session);
	return 0;
}

int session_dial(const struct session_target *target, uint64_t timeout_ms, struct error *err)
{
	const struct hop *hops[HOP_JUMPS_MAX + 1];
	struct connect_terms terms = terms_of(target);
	CLEANUP(cleanup_tunnel) struct tunnel *tunnel = NULL;
	CLEANUP(cleanup_close) int descriptor = -1;
	int result = list_hops(target, hops, err);

	if (result == 0)
		result = connect_reach(hops, target->jump_count + 1, timeout_ms, &terms, &tunnel,
			&descriptor, err);
	if (result < 0)
		error_prefix(err, "%s", target->node);
	return result;
}

int session_connect(struct session *session, const char *address, unsigned port,
	uint64_t timeout_ms, struct tunnel **tunnel, struct error *err)
{
	const struct tunnel_place place = {.address = address, .port = port};
	const struct wait wait = wait_until(timeout_ms, session->cancel);
	int result;

	if (!session->ssh)
		return error_set(err, ENOLINK, "%s: the connection has ended; open a new one",
			session->place);
	result = tunnel_borrow(session->ssh, &place, &wait, tunnel, err);
	if (result == -ETIMEDOUT || result == -ECANCELED || result == -ENOLINK)
		end(session);
	return result < 0 ? error_prefix(err, "%s", session->place), result : 0;
}

int session_carry(struct tunnel *tunnel, int descriptor, struct error *err)
{
	return tunnel_carry(tunnel, descriptor, err);
}

void session_disconnect(struct tunnel *tunnel)
{
	tunnel_free(tunnel);
}

void session_result_clear(struct session_result *result)
{
	free(result->output);
	free(result->errors);
	*result = (struct session_result){0};
}

int session_run(struct session *session, const struct session_command *command,
	struct session_result *result, struct error *err)
{
	int outcome;

	if (!session->ssh)
		return error_set(err, ENOTCONN, "%s: the connection has ended; open a new one",
			session->place);
	if (strlen(command->line) > QUOTE_LINE_MAX)
		return error_set(err, E2BIG, "%s: the command line is longer than %d bytes",
			session->place, QUOTE_LINE_MAX);
	outcome = run(session, command, result, err);
	return outcome < 0 ? error_prefix(err, "%s", session->place), outcome : 0;
}

/* The last bytes of what a command said, on one line. */
static const char *last_words(const struct session_result *result, char *buffer, size_t size)
{
	const char *said = result->errors_length ? result->errors : result->output;
	CLEANUP(cleanup_free) char *copy = text_copy(said);
	char *words = text_trim(copy);
	size_t length = strlen(words);

	for (char *byte = words; *byte; byte++) {
		if (*byte == '\n' || *byte == '\t' || *byte == '\r')
			*byte = ' ';
	}
	return text_printable(buffer, size, length >= size / 2 ? words + length - size / 2 : words);
}

int session_expect(struct session *session, const char *what, const struct session_command *command,
	struct session_result *result, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result said = {0};
	char words[600];
	int outcome = session_run(session, command, &said, err);

	if (outcome < 0) {
		error_prefix(err, "%s", what);
		return outcome;
	}
	if (said.status != 0) {
		last_words(&said, words, sizeof(words));
		return error_set(err, EREMOTEIO, "%s: %s failed with exit status %d%s%s",
			session->place, what, said.status, *words ? ": " : "", words);
	}
	if (result) {
		*result = said;
		said = (struct session_result){0};
	}
	return 0;
}

/* Exit status of the script below when the digest is another one. */
#define STATUS_BAD_DIGEST 65
#define DIGEST_LINE "sha256 "

static int check_file(
	const struct session *session, const struct session_file *file, struct error *err)
{
	if (!file->remote_path || file->remote_path[0] != '/')
		return error_set(err, EINVAL,
			"%s: %s cannot be put at \"%s\": not an absolute path", session->place,
			file->name, file->remote_path ? file->remote_path : "");
	if (!file->sha256 || strlen(file->sha256) != 64 ||
		strspn(file->sha256, "0123456789abcdef") != 64)
		return error_set(err, EINVAL,
			"%s: %s cannot be put there without its sha256 digest (64 hex digits)",
			session->place, file->name);
	if (file->mode & ~(mode_t)07777)
		return error_set(err, EINVAL, "%s: mode %o of %s is not in 0 to 7777",
			session->place, file->mode, file->name);
	return 0;
}

static int judge_upload(const struct session *session, const struct session_file *file,
	const struct session_result *said, struct error *err)
{
	const char *digest = strstr(said->output, DIGEST_LINE);
	char words[600];

	if (said->status == 0)
		return 0;
	if (said->status == STATUS_BAD_DIGEST && digest) {
		text_printable(words, 65, digest + strlen(DIGEST_LINE));
		return error_set(err, EBADMSG,
			"%s: %s arrived with sha256 %s, expected %s; nothing was put at %s. Verify the bundle again, and try again",
			session->place, file->name, words, file->sha256, file->remote_path);
	}
	last_words(said, words, sizeof(words));
	return error_set(err, EREMOTEIO, "%s: %s could not be written to %s (exit status %d)%s%s",
		session->place, file->name, file->remote_path, said->status, *words ? ": " : "",
		words);
}

int session_upload(struct session *session, const struct session_file *file, struct error *err)
{
	CLEANUP(cleanup_session_result) struct session_result said = {0};
	CLEANUP(cleanup_free) char *line = NULL;
	char mode[8];
	const char *arguments[] = {file->remote_path, mode, file->sha256};
	struct session_command command = {
		.input_file = file->file,
		.deadline_ms = file->deadline_ms ? file->deadline_ms : UPLOAD_DEADLINE_MS,
	};
	int outcome = check_file(session, file, err);

	if (outcome < 0)
		return outcome;
	snprintf(mode, sizeof(mode), "%04o", file->mode);
	outcome = quote_script(script_remote_upload, arguments, 3, &line, err);
	if (outcome < 0)
		return outcome;
	command.line = line;
	outcome = session_run(session, &command, &said, err);
	if (outcome < 0) {
		error_prefix(err, "%s not uploaded", file->name);
		return outcome;
	}
	return judge_upload(session, file, &said, err);
}
