/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running daemon: its loop, and how what was decided is carried out. */
#include "daemons/heartbeat/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "daemons/heartbeat/daemon_state.h"
#include "daemons/heartbeat/request.h"
#include "daemons/heartbeat/traffic.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/program/log.h"
#include "lib/program/notify.h"

#define ANSWER_MS 2000
#define SETTLE_MS 500
#define FRESH_MS 1000
#define RETRY_MS 5000
/* During a switch-over statements are repeated as often as that. */
#define HURRY_MS 100
#define FIT_MS 1000
#define COUNT_MS 100
#define READY_RETRY_MS 500

static void link_trouble(unsigned int link, int number, void *context)
{
	const struct daemon *daemon = context;
	const struct ha_cf_link *at = &daemon->setup.config->links[link];
	const unsigned char *ip = (const unsigned char *)&at->address;

	if (number)
		log_write(LOG_WARNING, "link %s to %u.%u.%u.%u: cannot send: %s", at->device, ip[0],
			ip[1], ip[2], ip[3], strerror(number));
	else
		log_write(LOG_NOTICE, "link %s to %u.%u.%u.%u: sending again", at->device, ip[0],
			ip[1], ip[2], ip[3]);
}

static void member_event(const struct membership_event *event, void *context)
{
	struct daemon *daemon = context;
	const struct ha_cf *config = daemon->setup.config;
	const char *name = config->nodes[event->node];

	switch (event->kind) {
	case MEMBERSHIP_LINK_UP:
		log_write(LOG_NOTICE, "link %s to node %s: up", config->links[event->link].device,
			name);
		return;
	case MEMBERSHIP_LINK_DEAD:
		log_write(LOG_WARNING, "link %s to node %s: dead, silent for %" PRIu64 " ms",
			config->links[event->link].device, name, event->silent_ms);
		return;
	case MEMBERSHIP_PEER:
		break;
	}
	switch (event->after) {
	case MEMBERSHIP_UNKNOWN:
	case MEMBERSHIP_UP:
		log_write(LOG_NOTICE, "node %s: up (was %s)", name,
			membership_state_name(event->before));
		break;
	case MEMBERSHIP_LATE:
		log_write(LOG_WARNING, "node %s: late, silent for %" PRIu64 " ms", name,
			event->silent_ms);
		break;
	case MEMBERSHIP_DEAD:
		log_write(LOG_ERR, "node %s: dead, silent for %" PRIu64 " ms", name,
			event->silent_ms);
		break;
	case MEMBERSHIP_GONE:
		log_write(LOG_NOTICE, "node %s: gone, it said goodbye", name);
		break;
	}
	group_peer(daemon->group, event->node, event->after, event_loop_now(daemon->loop));
}

/* Kept for later: the group must not be called while it is deciding. */
static void group_decided(const struct group_action *action, void *context)
{
	struct daemon *daemon = context;
	size_t at = (daemon->action_first + daemon->action_count) % DAEMON_ACTIONS_MAX;

	if (action->kind == GROUP_LOG) {
		log_write(action->priority, "%s", action->text);
		return;
	}
	/* A decision makes five at most, and they are carried out before the next. */
	if (daemon->action_count == DAEMON_ACTIONS_MAX) {
		log_write(LOG_CRIT, "group: too many actions at once, one is lost");
		return;
	}
	daemon->actions[at] = *action;
	daemon->action_count++;
}

static void acquire(struct daemon *daemon, int holder)
{
	const struct daemon_peer *peer = holder >= 0 ? &daemon->peers[holder] : NULL;
	uint64_t now = event_loop_now(daemon->loop);
	CLEANUP(error_release) struct error err = {0};
	int result = floating_addresses_acquire(daemon->floating, peer ? peer->fixed : NULL,
		peer ? peer->fixed_count : 0, now, &err);

	group_acquired(daemon->group, result, error_text(&err), event_loop_now(daemon->loop));
}

/* What systemctl status shows: there is no hactl to say it when the control socket is missing. */
static void state_notify(const struct daemon *daemon, const char *state)
{
	const char *trouble = control_trouble(daemon->control);

	notify_send("STATUS=%s%s%s", state, trouble ? "; no control socket: " : "",
		trouble ? trouble : "");
}

/* Without it a service manager ends us at its time-out: so until it got through. */
static void ready_tell(struct daemon *daemon, uint64_t now)
{
	daemon->ready_at = notify_send("READY=1") ? UINT64_MAX : now + READY_RETRY_MS;
}

/* The two lines that runbooks and haupgrade wait for. */
static void role_tell(struct daemon *daemon, bool primary)
{
	CLEANUP(cleanup_free) char *state = NULL;

	log_write_durable(LOG_NOTICE, "Configuring as %s Advanced Traffic Manager",
		primary ? "primary" : "backup");
	state = text_format(
		"%s of group %s", primary ? "primary" : "backup", daemon->setup.groups->name);
	state_notify(daemon, state);
}

static void carry_out(struct daemon *daemon, const struct group_action *action)
{
	switch (action->kind) {
	case GROUP_ACQUIRE:
		acquire(daemon, action->node);
		break;
	case GROUP_ANNOUNCE:
		floating_addresses_announce(daemon->floating, event_loop_now(daemon->loop));
		break;
	case GROUP_ANNOUNCE_STOP:
		floating_addresses_announce_stop(daemon->floating);
		break;
	case GROUP_FORWARD_STOP:
		floating_addresses_forward_stop(daemon->floating, event_loop_now(daemon->loop));
		break;
	case GROUP_SILENCE:
		floating_addresses_silence(daemon->floating, true, event_loop_now(daemon->loop));
		break;
	case GROUP_UNSILENCE:
		floating_addresses_silence(daemon->floating, false, event_loop_now(daemon->loop));
		break;
	case GROUP_RELEASE:
		floating_addresses_release(daemon->floating, event_loop_now(daemon->loop));
		break;
	case GROUP_STATE:
		traffic_send(daemon, false);
		break;
	case GROUP_ROLE_LINE:
		role_tell(daemon, action->node >= 0);
		break;
	case GROUP_LOG:
		break;
	case GROUP_LEAVE:
		daemon->left = true;
		break;
	}
}

static void actions_run(struct daemon *daemon)
{
	while (daemon->action_count) {
		struct group_action action = daemon->actions[daemon->action_first];

		daemon->action_first = (daemon->action_first + 1) % DAEMON_ACTIONS_MAX;
		daemon->action_count--;
		carry_out(daemon, &action);
	}
}

static void fit_look(struct daemon *daemon, uint64_t now)
{
	char why[GROUP_REASON_MAX] = "";
	bool fit = floating_addresses_is_fit(daemon->floating, why, sizeof(why));

	link_set_retry(daemon->links);
	floating_addresses_fixed(daemon->floating, daemon->fixed);
	group_fit(daemon->group, fit, why, now);
	daemon->fit_at = now + FIT_MS;
}

static void connections_look(struct daemon *daemon, uint64_t now)
{
	CLEANUP(error_release) struct error err = {0};

	daemon->count_at = now + COUNT_MS;
	if (floating_addresses_connections(daemon->floating, &daemon->connections, &err) < 0) {
		log_write(LOG_WARNING, "cannot count connections: %s", error_text(&err));
		/* Not known is not none: the drain deadline decides then. */
		daemon->connections = UINT32_MAX;
	}
	group_connections(daemon->group, daemon->connections, now);
}

static bool in_hurry(const struct daemon *daemon)
{
	const struct group_statement *self = group_statement(daemon->group);

	return self->role == GROUP_GIVING || self->role == GROUP_TAKING || self->want ||
	       self->leaving;
}

static void heartbeat(struct daemon *daemon, uint64_t now)
{
	uint64_t keepalive = daemon->setup.config->keepalive_ms;

	if (in_hurry(daemon) && keepalive > HURRY_MS)
		keepalive = HURRY_MS;
	/* The beat is kept when a turn came late, unless it came so late that beats were missed. */
	daemon->send_at += keepalive;
	if (daemon->send_at <= now)
		daemon->send_at = now + keepalive;
	traffic_send(daemon, false);
}

static void on_timer(void *context)
{
	daemon_work(context);
}

static void earlier(uint64_t *next, uint64_t when)
{
	if (when < *next)
		*next = when;
}

static void timer_set(struct daemon *daemon, uint64_t now)
{
	uint64_t next = daemon->send_at;

	if (in_hurry(daemon))
		earlier(&next, now + HURRY_MS);
	earlier(&next, daemon->fit_at);
	earlier(&next, daemon->ready_at);
	earlier(&next, membership_next(daemon->membership));
	earlier(&next, group_next(daemon->group));
	earlier(&next, floating_addresses_next(daemon->floating));
	if (group_is_draining(daemon->group))
		earlier(&next, daemon->count_at);
	event_timer_set(daemon->timer, next);
}

void daemon_work(struct daemon *daemon)
{
	uint64_t now = event_loop_now(daemon->loop);
	bool was_releasing;

	membership_tick(daemon->membership, now);
	if (now >= group_next(daemon->group))
		group_tick(daemon->group, now);
	if (now >= daemon->fit_at)
		fit_look(daemon, now);
	if (group_is_draining(daemon->group) && now >= daemon->count_at)
		connections_look(daemon, now);
	actions_run(daemon);
	was_releasing = floating_addresses_is_releasing(daemon->floating);
	floating_addresses_tick(daemon->floating, now);
	if (now >= daemon->ready_at)
		ready_tell(daemon, now);
	if (was_releasing && !floating_addresses_is_releasing(daemon->floating))
		traffic_send(daemon, false);
	/* An address that is left on would be served by nobody, beside the one who has it now. */
	if (daemon->left && floating_addresses_is_released(daemon->floating))
		event_loop_stop(daemon->loop);
	if (in_hurry(daemon))
		earlier(&daemon->send_at, now + HURRY_MS);
	if (now >= daemon->send_at)
		heartbeat(daemon, now);
	timer_set(daemon, now);
}

static void on_datagram(int descriptor, uint32_t events, void *context)
{
	struct daemon *daemon = context;
	unsigned int i;

	(void)events;
	for (i = 0; i < link_set_count(daemon->links); i++)
		if (link_set_descriptor(daemon->links, i) == descriptor)
			traffic_receive(daemon, i, event_loop_now(daemon->loop));
	daemon_work(daemon);
}

static void on_stop_signal(struct daemon *daemon, int number)
{
	if (daemon->stopping) {
		log_write(
			LOG_WARNING, "signal %d once more: leaving without a switch-over", number);
		floating_addresses_release(daemon->floating, event_loop_now(daemon->loop));
		event_loop_stop(daemon->loop);
		return;
	}
	log_write(LOG_NOTICE, "signal %d: leaving the cluster", number);
	notify_send("STOPPING=1");
	daemon->stopping = true;
	group_leave(daemon->group, event_loop_now(daemon->loop));
	daemon_work(daemon);
}

static void on_signal(int number, void *context)
{
	if (number == SIGHUP) {
		log_reopen();
		log_write(LOG_INFO, "logfile opened anew");
	} else {
		on_stop_signal(context, number);
	}
}

static char *on_request(uid_t user, const char *request, size_t length, void *context)
{
	return request_handle(context, user, request, length);
}

/* The links first: nothing else must make a heartbeat late. */
static int loop_fill(struct daemon *daemon, struct error *err)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	unsigned int i;
	int result = event_loop_new(daemon->setup.clock, &daemon->loop, err);

	for (i = 0; result == 0 && i < link_set_count(daemon->links); i++)
		result = event_loop_add(daemon->loop, link_set_descriptor(daemon->links, i),
			EPOLLIN, on_datagram, daemon, err);
	if (result == 0)
		result = event_loop_signals(daemon->loop, signals,
			sizeof(signals) / sizeof(signals[0]), on_signal, daemon, err);
	if (result < 0)
		return result;
	daemon->timer = event_timer_new(daemon->loop, on_timer, daemon);
	return control_open(
		daemon->loop, daemon->setup.ipc_name, on_request, daemon, &daemon->control, err);
}

int daemon_open(const struct daemon_setup *setup, struct daemon **daemon, struct error *err)
{
	CLEANUP(cleanup_daemon) struct daemon *fresh = vector_resize(NULL, 1, sizeof(*fresh));
	int result;

	memset(fresh, 0, sizeof(*fresh));
	fresh->setup = *setup;
	result = link_set_open(setup->config, link_trouble, fresh, &fresh->links, err);
	if (result == 0)
		result = loop_fill(fresh, err);
	if (result < 0)
		return result;
	result = floating_addresses_new(setup->groups, &fresh->floating, err);
	if (result < 0)
		return result;
	*daemon = TAKE(fresh);
	return 0;
}

void daemon_free(struct daemon *daemon)
{
	if (!daemon)
		return;
	control_free(daemon->control);
	group_free(daemon->group);
	membership_free(daemon->membership);
	floating_addresses_free(daemon->floating);
	link_set_free(daemon->links);
	event_timer_free(daemon->timer);
	event_loop_free(daemon->loop);
	free(daemon);
}

static void machines_make(struct daemon *daemon, uint64_t now)
{
	const struct ha_cf *config = daemon->setup.config;
	struct membership_config members = {
		.node_count = config->node_count,
		.self = config->self,
		.link_count = config->link_count,
		.warntime_ms = config->warntime_ms,
		.deadtime_ms = config->deadtime_ms,
		.initdead_ms = config->initdead_ms,
		.function = member_event,
		.context = daemon,
	};
	struct group_config group = {
		.node_count = config->node_count,
		.self = config->self,
		.names = (const char *const *)config->nodes,
		.preferred = daemon->setup.groups->preferred,
		.auto_failback = config->auto_failback,
		.generation = daemon->setup.generation,
		.drain_ms = daemon->setup.groups->drain_ms,
		.answer_ms = ANSWER_MS,
		.settle_ms = SETTLE_MS,
		.fresh_ms = FRESH_MS,
		.retry_ms = RETRY_MS,
		.function = group_decided,
		.context = daemon,
	};

	daemon->membership = membership_new(&members, now);
	daemon->group = group_new(&group, now);
}

void daemon_run(struct daemon *daemon)
{
	uint64_t now = event_loop_now(daemon->loop);
	int i;

	log_write(LOG_NOTICE, "generation %" PRIu64, daemon->setup.generation);
	control_tell(daemon->control);
	machines_make(daemon, now);
	floating_addresses_prepare(daemon->floating);
	daemon->send_at = daemon->fit_at = daemon->ready_at = now;
	daemon_work(daemon);
	state_notify(daemon, "joining the cluster");
	event_loop_run(daemon->loop);
	/* Nobody repeats a goodbye for us, so one lost datagram must not matter. */
	for (i = 0; i < 3; i++) {
		if (i)
			clock_sleep_ms(20);
		traffic_send(daemon, true);
	}
	log_write(LOG_NOTICE, "left the cluster");
}
