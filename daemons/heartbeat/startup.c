/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeatd from its command line to its running loop. */
#include "daemons/heartbeat/startup.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>

#include "daemons/heartbeat/daemon.h"
#include "daemons/heartbeat/floating_addresses.h"
#include "daemons/heartbeat/groups_conf.h"
#include "daemons/heartbeat/held_addresses.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/cluster/authkeys.h"
#include "lib/cluster/generation.h"
#include "lib/net/netlink.h"
#include "lib/program/log.h"
#include "lib/program/service.h"
#include "lib/wire/control.h"
#include <config.h>

/* How long --release tries, and how often. */
#define RELEASE_MS 10000
#define RELEASE_PAUSE_MS 100
/* Of a switch-over of 64 addresses and an answer for hactl, several times over. */
#define MEMORY_BYTES (8 * 1024 * 1024)

enum { OPTION_RELEASE = SERVICE_OWN_OPTIONS };

static const struct option_spec options[] = {
	{OPTION_RELEASE, 0, "release", NULL,
		"take the floating addresses and rules off this node, exit"},
	{0, 0, NULL, NULL, NULL},
};

/* Of one start: the three files, read, and what is made of them. */
struct startup {
	bool release;
	struct ha_cf *config;
	struct authkeys *keys;
	struct groups_conf *groups;
	struct daemon *daemon;
};

static void cleanup_startup(struct startup *startup)
{
	daemon_free(startup->daemon);
	ha_cf_free(startup->config);
	authkeys_free(startup->keys);
	groups_conf_free(startup->groups);
}

static void on_option(int id, const char *value, void *context)
{
	struct startup *startup = context;

	(void)value;
	if (id == OPTION_RELEASE)
		startup->release = true;
}

/* The lowest port that every user may bind. */
static uint64_t unprivileged_port(void)
{
	CLEANUP(cleanup_free) char *text = NULL;
	uint64_t port = 1024;

	if (file_read("/proc/sys/net/ipv4/ip_unprivileged_port_start", 64, &text, NULL, NULL) == 0)
		(void)number_parse(text_trim(text), "port", 0, 65536, &port, NULL);
	return port;
}

static void port_look(const struct ha_cf *config)
{
	if (config->udpport >= unprivileged_port())
		fprintf(stderr,
			"warning: udpport %u can be taken by every user of this node while heartbeatd is not running, and then it does not start; use one below %" PRIu64
			", such as 694\n",
			config->udpport, unprivileged_port());
}

static void keys_look(const struct authkeys *keys)
{
	const struct problems *warnings = authkeys_warnings(keys);

	for (size_t i = 0; i < warnings->count; i++) {
		CLEANUP(cleanup_free) char *text = problem_text(&warnings->items[i]);

		fprintf(stderr, "warning: %s\n", text);
	}
}

/* All files are read even when the first is wrong, so that all problems show at once. */
static bool configure(const struct service_settings *settings, void *context)
{
	struct startup *startup = context;
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *ha_cf = text_format("%s/ha.cf", settings->config_dir);
	CLEANUP(cleanup_free) char *authkeys = text_format("%s/authkeys", settings->config_dir);
	CLEANUP(cleanup_free) char *groups = text_format("%s/groups.conf", settings->config_dir);
	CLEANUP(cleanup_free) char *text = NULL;
	size_t i;

	/* What is to be released was written when the daemon began: whatever the files say by now.
	 */
	if (startup->release && !settings->check)
		startup->groups = held_addresses_read(settings->state_dir);
	if (startup->groups)
		return true;
	startup->config = ha_cf_read(ha_cf, settings->node, &problems);
	startup->keys = authkeys_read(authkeys, &problems);
	startup->groups = groups_conf_read(groups, startup->config, &problems);
	for (i = 0; startup->config && i < startup->config->warning_count; i++)
		fprintf(stderr, "warning: %s\n", startup->config->warnings[i]);
	if (startup->config)
		port_look(startup->config);
	if (startup->keys)
		keys_look(startup->keys);
	if (!problems.count)
		return true;
	text = problems_text(&problems);
	fprintf(stderr, "%s\n", text);
	return false;
}

static void log_describe(struct log_config *log, void *context)
{
	const struct ha_cf *config = ((struct startup *)context)->config;

	if (!config)
		return;
	log->node = config->nodes[config->self];
	log->file = config->logfile;
	log->facility = config->logfacility;
	if (config->debug)
		log->level = LOG_DEBUG;
}

static int release(const struct startup *startup)
{
	CLEANUP(cleanup_floating_addresses) struct floating_addresses *floating = NULL;
	uint64_t deadline = clock_monotonic_ms() + RELEASE_MS;
	CLEANUP(error_release) struct error err = {0};

	int result;

	/* As with the addresses themselves: what is no answer is asked again. */
	while ((result = floating_addresses_new(startup->groups, &floating, &err)) < 0 &&
		!netlink_is_answer(result) && clock_monotonic_ms() < deadline)
		clock_sleep_ms(RELEASE_PAUSE_MS);
	if (result < 0) {
		log_write(LOG_CRIT, "%s", error_text(&err));
		return SERVICE_USAGE;
	}
	floating_addresses_prepare(floating);
	floating_addresses_release(floating, clock_monotonic_ms());
	while (!floating_addresses_is_released(floating) && clock_monotonic_ms() < deadline) {
		clock_sleep_ms(RELEASE_PAUSE_MS);
		floating_addresses_tick(floating, clock_monotonic_ms());
	}
	return floating_addresses_is_released(floating) ? SERVICE_DONE : SERVICE_NO;
}

static int instead(void *context)
{
	const struct startup *startup = context;

	return startup->release ? release(startup) : -1;
}

static int open_as_root(const struct service_settings *settings, void *context, struct error *err)
{
	struct startup *startup = context;
	struct daemon_setup setup = {
		.config = startup->config,
		.keys = startup->keys,
		.groups = startup->groups,
		.ipc_name = settings->ipc_name,
	};
	int result = generation_next(
		settings->state_dir, clock_wall_us() / 1000000, &setup.generation, err);

	if (result == 0)
		result = daemon_open(&setup, &startup->daemon, err);
	return result < 0 ? result
			  : held_addresses_write(settings->state_dir, startup->groups, err);
}

static int run(void *context, struct error *err)
{
	(void)err;
	daemon_run(((struct startup *)context)->daemon);
	return 0;
}

int startup_main(int argc, char **argv)
{
	static const int capabilities[] = {CAP_NET_ADMIN, CAP_NET_RAW};
	static const struct service service = {
		.name = "heartbeatd",
		.version = VERSION,
		.summary =
			"Watches which nodes of the cluster are alive and holds the failover group's\n"
			"floating addresses on one of them.",
		.notes =
			"Exit status: 0 done, 1 the answer is no, 2 wrong usage or environment.\n"
			"Signals: SIGTERM hands the group to another node and ends, SIGHUP opens the\n"
			"logfile anew.",
		.options = options,
		.defaults = {.config_dir = "/etc/ha.d",
			.state_dir = "/var/lib/hacluster",
			.ipc_name = CONTROL_NAME,
			.user = "hacluster"},
		.capabilities = capabilities,
		.capability_count = sizeof(capabilities) / sizeof(capabilities[0]),
		.memory_bytes = MEMORY_BYTES,
		.stages = {on_option, configure, log_describe, instead, open_as_root, run},
	};
	CLEANUP(cleanup_startup) struct startup startup = {0};

	return service_main(&service, argc, argv, &startup);
}
