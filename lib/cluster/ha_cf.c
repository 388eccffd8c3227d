/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the ha.cf file. */
#include "lib/cluster/ha_cf.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "lib/conf/line.h"
#include "lib/program/log.h"

#define DEFAULT_LOGFILE "/var/log/hacluster/heartbeatd.log"
#define TIME_MAX_MS (24 * 3600 * UINT64_C(1000))

/* A reading under way. */
struct reading {
	struct ha_cf *config;
	const char *file;
	/* Lines in which single directives stood, 0: not; for cross checks and doubles. */
	unsigned int seen[64];
	unsigned int warntime_line, deadtime_line, initdead_line, keepalive_line;
};

typedef void directive_function(
	struct reading *reading, const struct line *line, struct problems *problems);

struct directive {
	const char *name;
	directive_function *function; /* NULL: accepted, without effect */
	const char *arguments;	      /* for messages; NULL: not supported yet */
	bool several;		      /* may stand more than once */
	const char *note;	      /* why it is ignored, or what to do instead */
};

static void node_read(struct reading *reading, const struct line *line, struct problems *problems)
{
	struct ha_cf *config = reading->config;
	size_t i;

	for (i = 1; i < line->word_count; i++) {
		const char *name = line->words[i];

		if (!name[0] || strlen(name) > HA_CF_NODE_NAME_MAX ||
			strspn(name,
				"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
				strlen(name))
			problems_add(problems, line->file, line->number,
				"node '%.80s' is not a host name of 1 to %d letters, digits and .-_; write it as uname -n prints it",
				name, HA_CF_NODE_NAME_MAX);
		else if (ha_cf_node(config, name) >= 0)
			problems_add(problems, line->file, line->number,
				"node '%s' is named twice; each node is named once", name);
		else if (config->node_count == HA_CF_NODES_MAX)
			problems_add(problems, line->file, line->number,
				"node '%s' is one too many; the limit is %d", name,
				HA_CF_NODES_MAX);
		else
			config->nodes[config->node_count++] = text_copy(name);
	}
}

static void ucast_read(struct reading *reading, const struct line *line, struct problems *problems)
{
	struct ha_cf *config = reading->config;
	struct ha_cf_link link = {0};
	const char *device = line->words[1], *address = line->words[2];
	unsigned int i;

	if (!device[0] || strlen(device) >= sizeof(link.device) || strchr(device, '/') ||
		strchr(device, ':')) {
		problems_add(problems, line->file, line->number,
			"'%.40s' is not the name of a network device (1 to %zu characters, as ip link shows it)",
			device, sizeof(link.device) - 1);
		return;
	}
	memcpy(link.device, device, strlen(device) + 1);
	if (inet_pton(AF_INET, address, &link.address) != 1 || link.address.s_addr == 0 ||
		IN_MULTICAST(ntohl(link.address.s_addr))) {
		problems_add(problems, line->file, line->number,
			"'%.64s' is not the IPv4 address of a node, such as 192.0.2.1", address);
		return;
	}
	for (i = 0; i < config->link_count; i++) {
		if (strcmp(config->links[i].device, device) == 0 &&
			config->links[i].address.s_addr == link.address.s_addr) {
			problems_add(problems, line->file, line->number,
				"ucast %s %s is there twice", device, address);
			return;
		}
	}
	if (config->link_count == HA_CF_LINKS_MAX) {
		problems_add(problems, line->file, line->number, "more than %d ucast lines",
			HA_CF_LINKS_MAX);
		return;
	}
	config->links[config->link_count++] = link;
}

static void udpport_read(
	struct reading *reading, const struct line *line, struct problems *problems)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t port;

	if (number_parse(line->words[1], "udpport", 1, 65535, &port, &err) < 0)
		problems_add(problems, line->file, line->number, "%s", error_text(&err));
	else
		reading->config->udpport = (uint16_t)port;
}

static void time_read(const struct line *line, uint64_t low_ms, uint64_t *ms,
	unsigned int *line_number, struct problems *problems)
{
	CLEANUP(error_release) struct error err = {0};

	if (number_parse_duration(line->words[1], line->words[0], low_ms, TIME_MAX_MS, ms, &err) <
		0)
		problems_add(problems, line->file, line->number, "%s", error_text(&err));
	else
		*line_number = line->number;
}

static void keepalive_read(
	struct reading *reading, const struct line *line, struct problems *problems)
{
	time_read(line, 10, &reading->config->keepalive_ms, &reading->keepalive_line, problems);
}

static void warntime_read(
	struct reading *reading, const struct line *line, struct problems *problems)
{
	time_read(line, 20, &reading->config->warntime_ms, &reading->warntime_line, problems);
}

static void deadtime_read(
	struct reading *reading, const struct line *line, struct problems *problems)
{
	time_read(line, 30, &reading->config->deadtime_ms, &reading->deadtime_line, problems);
}

static void initdead_read(
	struct reading *reading, const struct line *line, struct problems *problems)
{
	time_read(line, 30, &reading->config->initdead_ms, &reading->initdead_line, problems);
}

static void failback_read(
	struct reading *reading, const struct line *line, struct problems *problems)
{
	static const struct {
		const char *word;
		bool on;
		/* "legacy" asks for the behaviour of nice_failback off: the preferred node takes
		 * its resources back. */
	} words[] = {{"on", true}, {"yes", true}, {"true", true}, {"1", true}, {"legacy", true},
		{"off", false}, {"no", false}, {"false", false}, {"0", false}};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(line->words[1], words[i].word) == 0) {
			reading->config->auto_failback = words[i].on;
			return;
		}
	}
	problems_add(problems, line->file, line->number,
		"auto_failback '%.40s' is not on, off or legacy", line->words[1]);
}

static void logfile_read(
	struct reading *reading, const struct line *line, struct problems *problems)
{
	free(reading->config->logfile);
	reading->config->logfile = NULL;
	if (strcmp(line->words[1], "none") == 0)
		return;
	if (line->words[1][0] != '/')
		problems_add(problems, line->file, line->number,
			"logfile '%.200s' is not a whole path from / on, nor 'none'",
			line->words[1]);
	else
		reading->config->logfile = text_copy(line->words[1]);
}

static void logfacility_read(
	struct reading *reading, const struct line *line, struct problems *problems)
{
	CLEANUP(error_release) struct error err = {0};

	if (log_facility(line->words[1], &reading->config->logfacility, &err) < 0)
		problems_add(
			problems, line->file, line->number, "logfacility: %s", error_text(&err));
}

static void debug_read(struct reading *reading, const struct line *line, struct problems *problems)
{
	CLEANUP(error_release) struct error err = {0};
	uint64_t level;

	if (number_parse(line->words[1], "debug", 0, 255, &level, &err) < 0)
		problems_add(problems, line->file, line->number, "%s", error_text(&err));
	else
		reading->config->debug = (unsigned int)level;
}

/* The order is that of the message that names them. */
static const struct directive directives[] = {
	{"node", node_read, "NAME...", true, NULL},
	{"ucast", ucast_read, "DEVICE ADDRESS", true, NULL},
	{"udpport", udpport_read, "PORT", false, NULL},
	{"keepalive", keepalive_read, "TIME", false, NULL},
	{"warntime", warntime_read, "TIME", false, NULL},
	{"deadtime", deadtime_read, "TIME", false, NULL},
	{"initdead", initdead_read, "TIME", false, NULL},
	{"auto_failback", failback_read, "on|off", false, NULL},
	{"logfile", logfile_read, "PATH", false, NULL},
	{"logfacility", logfacility_read, "FACILITY", false, NULL},
	{"debug", debug_read, "LEVEL", false, NULL},
	/* Those change neither what is served nor who may speak. */
	{"debugfile", NULL, "", true, "debug lines go to the logfile"},
	{"use_logd", NULL, "", true, "the log never blocks and needs no logging daemon"},
	{"coredumps", NULL, "", true, "systemd decides about core dumps"},
	{"compression", NULL, "", true, "messages are small and not compressed"},
	{"compression_threshold", NULL, "", true, "messages are small and not compressed"},
	{"traditional_compression", NULL, "", true, "messages are small and not compressed"},
	{"hopfudge", NULL, "", true, "there are no serial rings"},
	{"realtime", NULL, "", true, "set CPUSchedulingPolicy= in the unit"},
	{"rtprio", NULL, "", true, "set CPUSchedulingPriority= in the unit"},
	{"conn_logd_time", NULL, "", true, "there is no logging daemon"},
	{"syslogmsgfmt", NULL, "", true, "the form of log lines is fixed"},
	/* Those change what the cluster does: going on without them would be a surprise. */
	{"bcast", NULL, NULL, true, "use one 'ucast DEVICE ADDRESS' per peer"},
	{"mcast", NULL, NULL, true, "use one 'ucast DEVICE ADDRESS' per peer"},
	{"ucast6", NULL, NULL, true, "use 'ucast DEVICE ADDRESS' with IPv4"},
	{"mcast6", NULL, NULL, true, "use 'ucast DEVICE ADDRESS' with IPv4"},
	{"serial", NULL, NULL, true, "use 'ucast DEVICE ADDRESS' over a network"},
	{"baud", NULL, NULL, true, "use 'ucast DEVICE ADDRESS' over a network"},
	{"crm", NULL, NULL, true, "groups are in groups.conf; remove the line"},
	{"pacemaker", NULL, NULL, true, "groups are in groups.conf; remove the line"},
	{"respawn", NULL, NULL, true, "make it a systemd service"},
	{"ping", NULL, NULL, true, "remove the line"},
	{"ping_group", NULL, NULL, true, "remove the line"},
	{"deadping", NULL, NULL, true, "remove the line"},
	{"stonith", NULL, NULL, true, "remove the line"},
	{"stonith_host", NULL, NULL, true, "remove the line"},
	{"watchdog", NULL, NULL, true, "set RuntimeWatchdogSec= in systemd's system.conf"},
	{"apiauth", NULL, NULL, true, "root and the group haclient may use hactl; remove the line"},
	{"api", NULL, NULL, true, "remove the line"},
	{"autojoin", NULL, NULL, true, "name each node with 'node'"},
	{"msgfmt", NULL, NULL, true, "messages are in the classic form; remove the line"},
	{"cluster", NULL, NULL, true, "remove the line"},
	{"nice_failback", NULL, NULL, true, "use auto_failback (on is nice_failback off)"},
	{"uuidfrom", NULL, NULL, true, "nodes are known by their names; remove the line"},
	{"memreserve", NULL, NULL, true, "remove the line"},
	{"quorum_server", NULL, NULL, true, "remove the line"},
};
#define DIRECTIVES (sizeof(directives) / sizeof(directives[0]))
_Static_assert(DIRECTIVES <= 64, "reading.seen is indexed by directive");

static void unknown_directive(const struct line *line, struct problems *problems)
{
	CLEANUP(cleanup_text) struct text known = {0};
	size_t i;

	for (i = 0; i < DIRECTIVES && directives[i].function; i++)
		text_appendf(&known, "%s%s", i ? ", " : "", directives[i].name);
	problems_add(problems, line->file, line->number, "unknown directive '%.64s'; known are %s",
		line->words[0], text_string(&known));
}

static void warning_add(struct ha_cf *config, const struct line *line, const char *note)
{
	char **warning = VECTOR_APPEND(config->warnings, config->warning_count);

	*warning = text_format("%s:%u: '%s' has no effect here: %s", line->file, line->number,
		line->words[0], note);
}

/* How many words the arguments text asks for. */
static bool has_arguments(const struct directive *directive, const struct line *line)
{
	size_t wanted = 2;

	if (text_ends_with(directive->arguments, "..."))
		return line->word_count >= 2;
	if (strchr(directive->arguments, ' '))
		wanted = 3;
	return line->word_count == wanted;
}

static void line_read(const struct line *line, struct problems *problems, void *context)
{
	struct reading *reading = context;
	const struct directive *directive;
	size_t i = 0;

	while (i < DIRECTIVES && strcmp(directives[i].name, line->words[0]) != 0)
		i++;
	if (i == DIRECTIVES) {
		unknown_directive(line, problems);
		return;
	}
	directive = &directives[i];
	if (!directive->arguments) {
		problems_add(problems, line->file, line->number, "'%s' is not supported yet: %s",
			directive->name, directive->note);
		return;
	}
	if (!directive->function) {
		warning_add(reading->config, line, directive->note);
		return;
	}
	if (!has_arguments(directive, line)) {
		problems_add(problems, line->file, line->number, "write: %s %s", directive->name,
			directive->arguments);
		return;
	}
	if (!directive->several && reading->seen[i]) {
		problems_add(problems, line->file, line->number,
			"'%s' was given in line %u already; keep one of them", directive->name,
			reading->seen[i]);
		return;
	}
	reading->seen[i] = line->number;
	directive->function(reading, line, problems);
}

static void times_check(const struct reading *reading, struct problems *problems)
{
	struct ha_cf *config = reading->config;
	const char *file = reading->file;

	/* What was not given follows what was. */
	if (!reading->warntime_line && config->warntime_ms >= config->deadtime_ms)
		config->warntime_ms = config->deadtime_ms / 2;
	if (!reading->initdead_line && config->initdead_ms < config->deadtime_ms)
		config->initdead_ms = config->deadtime_ms;
	if (config->keepalive_ms >= config->warntime_ms)
		problems_add(problems, file,
			reading->warntime_line ? reading->warntime_line : reading->keepalive_line,
			"warntime (%" PRIu64 "ms) must be longer than keepalive (%" PRIu64
			"ms), or each heartbeat would be late",
			config->warntime_ms, config->keepalive_ms);
	if (config->warntime_ms >= config->deadtime_ms)
		problems_add(problems, file,
			reading->deadtime_line ? reading->deadtime_line : reading->warntime_line,
			"deadtime (%" PRIu64 "ms) must be longer than warntime (%" PRIu64 "ms)",
			config->deadtime_ms, config->warntime_ms);
	if (config->initdead_ms < config->deadtime_ms)
		problems_add(problems, file, reading->initdead_line,
			"initdead (%" PRIu64 "ms) must not be shorter than deadtime (%" PRIu64
			"ms); twice as long is usual",
			config->initdead_ms, config->deadtime_ms);
}

static void whole_check(
	const struct reading *reading, const char *self_name, struct problems *problems)
{
	struct ha_cf *config = reading->config;
	int self = ha_cf_node(config, self_name);

	times_check(reading, problems);
	if (!config->node_count) {
		problems_add(problems, reading->file, 0,
			"no node is named; add a line 'node %s OTHER'", self_name);
		return;
	}
	if (self < 0)
		problems_add(problems, reading->file, 0,
			"this node, '%.80s' (uname -n), is not among the nodes; add it with 'node' or give --node NAME",
			self_name);
	else
		config->self = (unsigned int)self;
	if (config->node_count > 1 && !config->link_count)
		problems_add(problems, reading->file, 0,
			"no way to speak to the other nodes; add 'ucast DEVICE ADDRESS' per peer");
}

struct ha_cf *ha_cf_read_bytes(const char *path, const char *bytes, size_t length,
	const char *self_name, struct problems *problems)
{
	CLEANUP(cleanup_ha_cf) struct ha_cf *config = vector_resize(NULL, 1, sizeof(*config));
	struct reading reading = {.config = config, .file = path};
	size_t before = problems->count;

	*config = (struct ha_cf){
		.udpport = 694,
		.keepalive_ms = 2000,
		.warntime_ms = 10000,
		.deadtime_ms = 30000,
		.initdead_ms = 120000,
		.logfile = text_copy(DEFAULT_LOGFILE),
		.logfacility = -1,
	};
	line_parse_bytes(path, bytes, length, line_read, problems, &reading);
	whole_check(&reading, self_name, problems);
	return problems->count == before ? TAKE(config) : NULL;
}

struct ha_cf *ha_cf_read(const char *path, const char *self_name, struct problems *problems)
{
	CLEANUP(cleanup_free) char *bytes = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t length;

	if (file_read(path, LINE_FILE_MAX, &bytes, &length, &err) < 0) {
		problems_add_file(problems, path, &err);
		return NULL;
	}
	return ha_cf_read_bytes(path, bytes, length, self_name, problems);
}

void ha_cf_free(struct ha_cf *config)
{
	size_t i;

	if (!config)
		return;
	for (i = 0; i < config->node_count; i++)
		free(config->nodes[i]);
	for (i = 0; i < config->warning_count; i++)
		free(config->warnings[i]);
	free(config->warnings);
	free(config->logfile);
	free(config);
}

int ha_cf_node(const struct ha_cf *config, const char *name)
{
	unsigned int i;

	for (i = 0; i < config->node_count; i++)
		if (strcasecmp(config->nodes[i], name) == 0)
			return (int)i;
	return -1;
}
