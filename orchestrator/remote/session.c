/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ssh sessions over libssh, non-blocking throughout. */
#include "orchestrator/remote/session.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <libssh/libssh.h>

#include "lib/base/text.h"
#include "orchestrator/remote/channel.h"
#include "orchestrator/remote/dial.h"
#include "orchestrator/remote/hostkey.h"
#include "orchestrator/remote/quote.h"
#include "orchestrator/remote/wait.h"

#define CONNECT_TIMEOUT_MS 10000
#define SILENCE_TIMEOUT_MS 15000
#define COMMAND_DEADLINE_MS 60000
#define UPLOAD_DEADLINE_MS 600000

struct session {
	ssh_session ssh; /* NULL: finished */
	char *node;
	char *place; /* "node (address port N)", for messages */
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
}

void session_free(struct session *session)
{
	if (!session)
		return;
	end(session);
	free(session->node);
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

/* What session_open works with; the defaults filled in. */
struct opening {
	const struct session_target *target;
	const char *user;
	unsigned port;
	uint64_t timeout_ms;
	struct wait wait;
};

static int check_target(const struct session_target *target, struct error *err)
{
	const char *address = target->address;

	if (!address || !*address || strchr(address, '@') || address[0] == '-' ||
		strcspn(address, " \t\r\n/") != strlen(address))
		return error_set(err, EINVAL,
			"\"%s\" is no address or host name; correct it in the cluster file",
			address ? address : "");
	if (target->port > 65535)
		return error_set(err, EINVAL, "port %u is not in 1 to 65535", target->port);
	if (!target->identity || !*target->identity)
		return error_set(err, EINVAL, "no identity file is given to log in with");
	if (!target->known_hosts || !*target->known_hosts)
		return error_set(err, EINVAL, "no known_hosts file is given");
	return 0;
}

/* libssh would turn %h and the like in paths into something else. */
static char *literal(const char *path)
{
	struct text text = {0};

	for (; *path; path++)
		text_append_bytes(&text, *path == '%' ? "%%" : path, *path == '%' ? 2 : 1);
	return text_take(&text);
}

static int set_options(
	ssh_session ssh, const struct opening *opening, int descriptor, struct error *err)
{
	CLEANUP(cleanup_free) char *known_hosts = literal(opening->target->known_hosts);
	int verbosity = SSH_LOG_NOLOG;
	int strict = 1;
	bool config = false;
	const struct {
		enum ssh_options_e name;
		const void *value;
	} options[] = {
		{SSH_OPTIONS_LOG_VERBOSITY, &verbosity},
		{SSH_OPTIONS_PROCESS_CONFIG, &config},
		{SSH_OPTIONS_HOST, opening->target->address},
		{SSH_OPTIONS_PORT, &opening->port},
		{SSH_OPTIONS_USER, opening->user},
		{SSH_OPTIONS_KNOWNHOSTS, known_hosts},
		{SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null"},
		{SSH_OPTIONS_STRICTHOSTKEYCHECK, &strict},
		{SSH_OPTIONS_FD, &descriptor},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (ssh_options_set(ssh, options[i].name, options[i].value) < 0)
			return error_set(err, EINVAL,
				"ssh does not take this address or user: %s, %s",
				opening->target->address, opening->user);
	}
	return 0;
}

static int waiting_failed(
	int result, const struct opening *opening, const char *during, struct error *err)
{
	if (result == -ECANCELED)
		return error_set(err, ECANCELED, "cancelled during %s", during);
	return error_set(err, ETIMEDOUT,
		"connected, but no end of %s within %" PRIu64
		" ms; is the machine overloaded, or is it no ssh server?",
		during, opening->timeout_ms);
}

static int exchange_keys(ssh_session ssh, const struct opening *opening, struct error *err)
{
	char reason[256];
	int result;

	while ((result = ssh_connect(ssh)) == SSH_AGAIN) {
		result = channel_wait(ssh, &opening->wait);
		if (result < 0)
			return waiting_failed(result, opening, "the key exchange", err);
	}
	if (result == SSH_OK)
		return 0;
	/* A server that goes down or comes up closes without a banner. Then it may work later;
	 * libssh gives one code for all, so the words must tell it from a dialect. */
	channel_reason(ssh, reason, sizeof(reason));
	if (!strstr(reason, "kex error"))
		return error_set(
			err, ECONNRESET, "connection lost during the key exchange: %s", reason);
	return error_set(err, EPROTO, "no common ssh algorithms: %s", reason);
}

static void cleanup_key(ssh_key *key)
{
	ssh_key_free(*key);
}

static int read_identity(const char *path, ssh_key *key, struct error *err)
{
	int result = ssh_pki_import_privkey_file(path, NULL, NULL, NULL, key);

	if (result == SSH_OK)
		return 0;
	if (result == SSH_EOF)
		return error_set(err, EINVAL,
			"cannot open the identity file %s; give the private key's path and check "
			"its owner",
			path);
	return error_set(err, EINVAL,
		"%s is no private key that can be used: damaged, or protected by a passphrase, for "
		"which nobody could be asked (ssh-keygen -y -f %s tells which)",
		path, path);
}

static int login_refused(
	int result, ssh_session ssh, const struct opening *opening, struct error *err)
{
	const struct session_target *target = opening->target;
	char reason[256];

	if (result == SSH_AUTH_DENIED)
		return error_set(err, EACCES,
			"login refused: user %s on %s does not take the key %s; add its .pub to "
			"~%s/.ssh/authorized_keys there, and look at sshd's log on the node",
			opening->user, target->address, target->identity, opening->user);
	if (result == SSH_AUTH_PARTIAL)
		return error_set(err, EACCES,
			"login refused: %s wants more than the key %s of user %s; allow publickey "
			"alone in its sshd_config",
			target->address, target->identity, opening->user);
	return error_set(err, ECONNRESET, "connection lost during the login of %s: %s",
		opening->user, channel_reason(ssh, reason, sizeof(reason)));
}

static int log_in(ssh_session ssh, ssh_key key, const struct opening *opening, struct error *err)
{
	int result;

	while ((result = ssh_userauth_publickey(ssh, NULL, key)) == SSH_AUTH_AGAIN) {
		result = channel_wait(ssh, &opening->wait);
		if (result < 0)
			return waiting_failed(result, opening, "the login", err);
	}
	return result == SSH_AUTH_SUCCESS ? 0 : login_refused(result, ssh, opening, err);
}

static int open_steps(struct session *session, const struct opening *opening, struct error *err)
{
	const struct session_target *target = opening->target;
	uint64_t silence =
		target->silence_timeout_ms ? target->silence_timeout_ms : SILENCE_TIMEOUT_MS;
	CLEANUP(cleanup_key) ssh_key key = NULL;
	CLEANUP(cleanup_close) int descriptor = -1;
	int result = read_identity(target->identity, &key, err);

	if (result == 0)
		result = dial_tcp(
			target->address, opening->port, silence, &opening->wait, &descriptor, err);
	if (result == 0)
		result = set_options(session->ssh, opening, descriptor, err);
	if (result < 0)
		return result;
	descriptor = -1; /* libssh closes it from here on */
	result = exchange_keys(session->ssh, opening, err);
	if (result == 0)
		result = hostkey_check(
			session->ssh, target->address, opening->port, target->known_hosts, err);
	if (result == 0)
		result = log_in(session->ssh, key, opening, err);
	return result;
}

int session_open(const struct session_target *target, struct session **result, struct error *err)
{
	CLEANUP(cleanup_session) struct session *session = calloc(1, sizeof(*session));
	struct opening opening = {
		.target = target,
		.user = target->user && *target->user ? target->user : "root",
		.port = target->port ? target->port : 22,
		.timeout_ms = target->connect_timeout_ms ? target->connect_timeout_ms
							 : CONNECT_TIMEOUT_MS,
	};

	int outcome = check_target(target, err);

	if (outcome < 0) {
		error_prefix(err, "%s", target->node);
		return outcome;
	}
	if (!session || !(session->ssh = ssh_new()))
		return error_set(err, ENOMEM, "%s: no memory for an ssh session", target->node);
	/* libssh keeps its log level per thread, and this may be a new thread. */
	ssh_set_log_level(SSH_LOG_NOLOG);
	ssh_set_blocking(session->ssh, 0);
	session->cancel = target->cancel;
	session->node = text_copy(target->node);
	session->place =
		text_format("%s (%s port %u)", target->node, target->address, opening.port);
	opening.wait = wait_until(opening.timeout_ms, target->cancel);
	outcome = open_steps(session, &opening, err);
	if (outcome < 0) {
		error_prefix(err, "%s", session->place);
		return outcome;
	}
	*result = TAKE(session);
	return 0;
}

int session_dial(const struct session_target *target, uint64_t timeout_ms, struct error *err)
{
	const struct wait wait = wait_until(timeout_ms, target->cancel);
	unsigned int port = target->port ? target->port : 22;
	CLEANUP(cleanup_close) int descriptor = -1;
	int result = dial_tcp(target->address, port, SILENCE_TIMEOUT_MS, &wait, &descriptor, err);

	if (result < 0)
		error_prefix(err, "%s", target->node);
	return result;
}

void session_result_clear(struct session_result *result)
{
	free(result->output);
	free(result->errors);
	*result = (struct session_result){0};
}

int session_run(struct session *session, const struct session_command *given,
	struct session_result *result, struct error *err)
{
	struct session_command command = *given;
	struct wait wait;
	int outcome;

	if (!session->ssh)
		return error_set(err, ENOTCONN, "%s: the connection has ended; open a new one",
			session->place);
	if (strlen(command.line) > QUOTE_LINE_MAX)
		return error_set(err, E2BIG, "%s: the command line is longer than %d bytes",
			session->place, QUOTE_LINE_MAX);
	if (!command.deadline_ms)
		command.deadline_ms = COMMAND_DEADLINE_MS;
	wait = wait_until(command.deadline_ms, session->cancel);
	outcome = channel_run(session->ssh, &command, &wait, result, err);
	if (outcome < 0) {
		/* At once, so that the node sees it too, not only when the caller lets go. */
		end(session);
		error_prefix(err, "%s", session->place);
		return outcome;
	}
	return 0;
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

/*
 * $1 path, $2 mode, $3 digest. Needs a POSIX shell and GNU coreutils >= 8.24 (sync FILE). The
 * temporary file is beside its target, so that the rename is one step of the file system.
 */
static const char upload_script[] =
	"set -eu\n"
	"umask 077\n"
	"folder=$(dirname -- \"$1\")\n"
	"temporary=$(mktemp -- \"$folder/.haupgrade.XXXXXXXX\")\n"
	"trap 'rm -f -- \"$temporary\"' EXIT\n"
	"trap 'exit 1' HUP INT TERM PIPE\n"
	"cat > \"$temporary\"\n"
	/* A connection that broke off looks like an end of file; only the digest tells. */
	"digest=$(sha256sum < \"$temporary\")\n"
	"digest=${digest%% *}\n"
	"if [ \"$digest\" != \"$3\" ]; then echo \"" DIGEST_LINE "$digest\"; exit 65; fi\n"
	"chmod -- \"$2\" \"$temporary\"\n"
	"sync -- \"$temporary\"\n"
	"mv -fT -- \"$temporary\" \"$1\"\n"
	"sync -- \"$folder\"\n";

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
			"%s: %s arrived with sha256 %s, expected %s; nothing was put at %s. Verify "
			"the bundle again, and try again",
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
	outcome = quote_script(upload_script, arguments, 3, &line, err);
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
