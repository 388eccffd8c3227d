/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving bytes to and from a command on a node, without ever blocking in libssh. */
#include "orchestrator/remote/channel.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <libssh/callbacks.h>
#include <libssh/server.h>

#include "lib/base/cleanup.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#define OUTPUT_LIMIT_DEFAULT (1 << 20)
#define CHUNK 32768
#define STATUS_UNKNOWN (-1)

/* Where what the command wrote to one of its streams goes. */
struct stream {
	struct text kept;
	bool cut;
	bool ended;
};

struct exchange {
	ssh_session ssh;
	ssh_channel channel;
	struct ssh_channel_callbacks_struct callbacks;
	const struct session_command *command;
	struct wait wait;
	uint64_t silence_ms;
	uint64_t heard_ms; /* when the peer was last heard, for silence_ms */
	struct channel_gate *gate;
	bool gate_open[2];	  /* the streams begin behind the mark */
	size_t prompts_end;	  /* of stderr: what was looked through for questions */
	struct stream streams[2]; /* stdout, stderr: the numbers libssh has for them */
	char input[CHUNK];
	size_t input_start;
	size_t input_end;
	size_t input_taken; /* of command->input */
	bool input_ended;   /* end of file sent, or the command does not listen any more */
	int status;
};

int channel_wait(ssh_session ssh, const struct wait *wait)
{
	short events = POLLIN;

	if (ssh_get_poll_flags(ssh) & SSH_WRITE_PENDING)
		events |= POLLOUT;
	return wait_for(wait, ssh_get_fd(ssh), events);
}

char *channel_reason(ssh_session ssh, char *buffer, size_t size)
{
	const char *reason = ssh_get_error(ssh);

	return text_printable(buffer, size, reason && *reason ? reason : "the peer hung up");
}

static int lost(struct exchange *exchange, struct error *err)
{
	char reason[256];

	return error_set(err, ECONNRESET, "connection lost while a command ran: %s",
		channel_reason(exchange->ssh, reason, sizeof(reason)));
}

/* Waits as channel_wait, and asks for a sign of life from time to time. 0 also without one yet. */
static int wait_for_life(struct exchange *exchange)
{
	uint64_t now = clock_monotonic_ms();
	struct wait slice = exchange->wait;
	int result;

	/* A quarter, so that three questions may be lost before the silence counts. */
	if (slice.deadline_ms > now + exchange->silence_ms / 4)
		slice.deadline_ms = now + exchange->silence_ms / 4;
	result = channel_wait(exchange->ssh, &slice);
	now = clock_monotonic_ms();
	if (result == 0)
		exchange->heard_ms = now;
	if (result != -ETIMEDOUT || now >= exchange->wait.deadline_ms)
		return result;
	if (now - exchange->heard_ms >= exchange->silence_ms)
		return -ECONNRESET;
	ssh_send_keepalive(exchange->ssh);
	return 0;
}

static int pause_for_turn(struct exchange *exchange, struct error *err)
{
	int result = exchange->silence_ms ? wait_for_life(exchange)
					  : channel_wait(exchange->ssh, &exchange->wait);

	if (result == -ETIMEDOUT)
		return error_set(err, ETIMEDOUT,
			"the command did not end within %llu ms; it may still be running there",
			(unsigned long long)exchange->command->deadline_ms);
	if (result == -ECANCELED)
		return error_set(err, ECANCELED,
			"cancelled while a command ran; it may still be running there");
	if (result == -ECONNRESET)
		return error_set(err, ECONNRESET,
			"connection lost while a command ran: no sign of life for %llu ms",
			(unsigned long long)exchange->silence_ms);
	return result;
}

static void status_arrived(ssh_session ssh, ssh_channel channel, int status, void *userdata)
{
	struct exchange *exchange = userdata;

	(void)ssh;
	(void)channel;
	exchange->status = status & 0xff;
}

/* RFC 4254, 6.10: the signal's name without SIG. */
static void signal_arrived(ssh_session ssh, ssh_channel channel, const char *name, int core,
	const char *message, const char *language, void *userdata)
{
	struct exchange *exchange = userdata;
	int number = 1;

	(void)ssh;
	(void)channel;
	(void)core;
	(void)message;
	(void)language;
	while (number < 64 && !text_equal(sigabbrev_np(number), name))
		number++;
	/* One that Linux does not know: no shell gives 128 + 64 for another reason. */
	exchange->status = 128 + number;
}

static int open_channel(struct exchange *exchange, struct error *err)
{
	int result;

	exchange->channel = ssh_channel_new(exchange->ssh);
	if (!exchange->channel)
		return error_set(err, ENOMEM, "no memory for a command");
	exchange->callbacks = (struct ssh_channel_callbacks_struct){
		.userdata = exchange,
		.channel_exit_status_function = status_arrived,
		.channel_exit_signal_function = signal_arrived,
	};
	ssh_callbacks_init(&exchange->callbacks);
	if (ssh_set_channel_callbacks(exchange->channel, &exchange->callbacks) != SSH_OK)
		return error_set(err, ENOMEM, "no memory for a command");
	while ((result = ssh_channel_open_session(exchange->channel)) == SSH_AGAIN) {
		result = pause_for_turn(exchange, err);
		if (result < 0)
			return result;
	}
	if (result != SSH_OK && ssh_is_connected(exchange->ssh))
		return error_set(err, EPROTO, "the node refused to open a channel for a command");
	return result == SSH_OK ? 0 : lost(exchange, err);
}

static int request_command(struct exchange *exchange, struct error *err)
{
	int result;

	while ((result = ssh_channel_request_exec(exchange->channel, exchange->command->line)) ==
		SSH_AGAIN) {
		result = pause_for_turn(exchange, err);
		if (result < 0)
			return result;
	}
	if (result != SSH_OK && ssh_is_connected(exchange->ssh))
		return error_set(err, EPROTO, "the node refused to run a command for this user");
	return result == SSH_OK ? 0 : lost(exchange, err);
}

static void keep(struct exchange *exchange, struct stream *stream, const char *bytes, size_t count)
{
	size_t limit = exchange->command->output_limit ? exchange->command->output_limit
						       : OUTPUT_LIMIT_DEFAULT;
	size_t room = limit - stream->kept.length;

	/* Read on all the same: a command whose output nobody takes would never end. */
	if (count > room) {
		stream->cut = true;
		count = room;
	}
	text_append_bytes(&stream->kept, bytes, count);
}

/* 1 something came, 0 nothing now, negative: the connection is gone. Also pumps libssh. */
static int take_output(struct exchange *exchange, int number, struct error *err)
{
	struct stream *stream = &exchange->streams[number];
	char bytes[CHUNK];
	int count;

	if (stream->ended)
		return 0;
	count = ssh_channel_read_nonblocking(exchange->channel, bytes, sizeof(bytes), number);
	if (count > 0) {
		keep(exchange, stream, bytes, (size_t)count);
		return 1;
	}
	if (count == SSH_EOF || ssh_channel_is_closed(exchange->channel)) {
		stream->ended = true;
		return 1;
	}
	return count == 0 && ssh_is_connected(exchange->ssh) ? 0 : lost(exchange, err);
}

static int fill_input(struct exchange *exchange, struct error *err)
{
	const struct session_command *command = exchange->command;
	size_t left = command->input_length - exchange->input_taken;
	ssize_t count;

	exchange->input_start = exchange->input_end = 0;
	if (command->input_file <= 0) {
		exchange->input_end = left < CHUNK ? left : CHUNK;
		if (exchange->input_end)
			memcpy(exchange->input,
				(const char *)command->input + exchange->input_taken,
				exchange->input_end);
		exchange->input_taken += exchange->input_end;
		return 0;
	}
	do {
		count = read(command->input_file, exchange->input, CHUNK);
	} while (count < 0 && errno == EINTR);
	/* -EAGAIN would tell our callers to try again; a file that we are given never gets better.
	 */
	if (count < 0)
		return error_system(err, errno == EAGAIN ? EIO : errno,
			"cannot read what a command is to be given");
	exchange->input_end = (size_t)count;
	return 0;
}

/* 1 moved something, 0 not now, negative: error. */
static int give_input(struct exchange *exchange, struct error *err)
{
	int count;

	if (exchange->input_ended || (exchange->gate && !exchange->gate->passed))
		return 0;
	if (exchange->input_start == exchange->input_end) {
		if (fill_input(exchange, err) < 0)
			return -EIO;
		if (exchange->input_end == 0) {
			exchange->input_ended = true;
			return ssh_channel_send_eof(exchange->channel) == SSH_ERROR ? 0 : 1;
		}
	}
	/* libssh queues what it is given: only as much as the peer's window takes may go in. */
	if (ssh_channel_window_size(exchange->channel) == 0)
		return 0;
	count = ssh_channel_write(exchange->channel, exchange->input + exchange->input_start,
		(uint32_t)(exchange->input_end - exchange->input_start));
	if (count < 0) {
		if (!ssh_is_connected(exchange->ssh))
			return lost(exchange, err);
		/* The command ended without reading all; its status says whether that is bad. */
		exchange->input_ended = true;
		return 1;
	}
	exchange->input_start += (size_t)count;
	return count > 0;
}

/* Straight from its page to libssh, which encrypts it in place. */
static int send_password(
	struct exchange *exchange, const struct secret *password, struct error *err)
{
	const char *words[] = {secret_words(password), "\n"};
	const size_t lengths[] = {secret_length(password), 1};

	for (size_t i = 0; i < 2; i++) {
		for (size_t sent = 0; sent < lengths[i];) {
			int count = ssh_channel_write(
				exchange->channel, words[i] + sent, (uint32_t)(lengths[i] - sent));

			if (count <= 0)
				return lost(exchange, err);
			sent += (size_t)count;
		}
	}
	return 0;
}

static int answer_prompt(struct exchange *exchange, struct error *err)
{
	struct channel_gate *gate = exchange->gate;
	const struct text *errors = &exchange->streams[1].kept;
	const struct secret *password = NULL;
	uint64_t began = clock_monotonic_ms();
	const char *found;
	int result;

	if (gate->passed || exchange->gate_open[1] || errors->length == exchange->prompts_end)
		return 0;
	found = memmem(errors->data + exchange->prompts_end, errors->length - exchange->prompts_end,
		gate->prompt, strlen(gate->prompt));
	if (!found)
		return 0;
	exchange->prompts_end = (size_t)(found - errors->data) + strlen(gate->prompt);
	result = gate->answer(gate->context, &password, err);
	exchange->wait.deadline_ms += clock_monotonic_ms() - began;
	exchange->heard_ms = clock_monotonic_ms();
	return result < 0 ? result : send_password(exchange, password, err);
}

/* The stream begins behind the mark; what was before came from the gate, or a login script. */
static void open_gate(struct exchange *exchange, int number)
{
	struct text *kept = &exchange->streams[number].kept;
	size_t length = strlen(exchange->gate->ready);
	const char *found;

	if (exchange->gate_open[number] || !kept->length)
		return;
	found = memmem(kept->data, kept->length, exchange->gate->ready, length);
	if (!found)
		return;
	exchange->gate_open[number] = true;
	kept->length -= (size_t)(found - kept->data) + length;
	memmove(kept->data, found + length, kept->length);
	kept->data[kept->length] = '\0';
	if (number == 0)
		exchange->gate->passed = true;
}

static int pass_gate(struct exchange *exchange, struct error *err)
{
	if (!exchange->gate)
		return 0;
	open_gate(exchange, 0);
	open_gate(exchange, 1);
	return answer_prompt(exchange, err);
}

static bool all_said(const struct exchange *exchange)
{
	return exchange->streams[0].ended && exchange->streams[1].ended;
}

/* Until both streams ended. */
static int move_bytes(struct exchange *exchange, struct error *err)
{
	while (!all_said(exchange)) {
		int output = take_output(exchange, 0, err);
		int errors = output < 0 ? output : take_output(exchange, 1, err);
		int gate = errors < 0 ? errors : pass_gate(exchange, err);
		int input = gate < 0 ? gate : give_input(exchange, err);
		int result = input < 0 ? input : wait_check(&exchange->wait);

		if (input < 0)
			return input;
		/* A command that never stops talking must not outlive its deadline either. */
		if (result < 0 || (output == 0 && errors == 0 && input == 0)) {
			result = pause_for_turn(exchange, err);
			if (result < 0)
				return result;
		}
	}
	return 0;
}

/* Lets libssh read what has come; the callbacks get the status. */
static void read_status(ssh_channel channel)
{
#if LIBSSH_VERSION_INT >= SSH_VERSION_INT(0, 11, 0)
	(void)ssh_channel_get_exit_state(channel, NULL, NULL, NULL);
#else
	(void)ssh_channel_get_exit_status(channel);
#endif
}

/* The status may come after the end of the output. */
static int await_status(struct exchange *exchange, struct error *err)
{
	for (;;) {
		read_status(exchange->channel);
		if (exchange->status != STATUS_UNKNOWN)
			return 0;
		if (ssh_channel_is_closed(exchange->channel) || !ssh_is_connected(exchange->ssh))
			return lost(exchange, err);
		int result = pause_for_turn(exchange, err);

		if (result < 0)
			return result;
	}
}

static void exchange_clear(struct exchange *exchange)
{
	if (exchange->channel) {
		/* libssh keeps a channel until the peer closed it, too: the callbacks go first. */
		ssh_remove_channel_callbacks(exchange->channel, &exchange->callbacks);
		ssh_channel_free(exchange->channel);
	}
	text_clear(&exchange->streams[0].kept);
	text_clear(&exchange->streams[1].kept);
}

static void cleanup_exchange(struct exchange **exchange)
{
	if (*exchange)
		exchange_clear(*exchange);
	free(*exchange);
}

int channel_run(ssh_session ssh, const struct session_command *command,
	const struct channel_terms *terms, struct session_result *result, struct error *err)
{
	CLEANUP(cleanup_exchange) struct exchange *exchange = calloc(1, sizeof(*exchange));
	int outcome;

	if (!exchange)
		return error_set(err, ENOMEM, "no memory for a command");
	exchange->ssh = ssh;
	exchange->command = command;
	exchange->wait = terms->wait;
	exchange->silence_ms = terms->silence_ms;
	exchange->heard_ms = clock_monotonic_ms();
	exchange->gate = terms->gate;
	exchange->status = STATUS_UNKNOWN;
	outcome = open_channel(exchange, err);
	if (outcome == 0)
		outcome = request_command(exchange, err);
	if (outcome == 0)
		outcome = move_bytes(exchange, err);
	if (outcome == 0)
		outcome = await_status(exchange, err);
	if (outcome < 0)
		return outcome;
	*result = (struct session_result){
		.status = exchange->status,
		.output_length = exchange->streams[0].kept.length,
		.errors_length = exchange->streams[1].kept.length,
		.output_cut = exchange->streams[0].cut,
		.errors_cut = exchange->streams[1].cut,
	};
	result->output = text_take(&exchange->streams[0].kept);
	result->errors = text_take(&exchange->streams[1].kept);
	return 0;
}
