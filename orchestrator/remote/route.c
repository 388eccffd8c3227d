/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to a node, put together. */
#include "orchestrator/remote/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* A route under way. */
struct making {
	struct route *route;
	struct ssh_config *ssh_config;
	const volatile sig_atomic_t *cancel;
	unsigned depth;	   /* hosts asked about so far: a circle ends by it */
	uint64_t until_ms; /* clock_monotonic_ms: about no further host is asked later */
};

static const char *keep(struct route *route, char *words)
{
	*VECTOR_APPEND(route->words, route->word_count) = words;
	return words;
}

void route_clear(struct route *route)
{
	for (size_t i = 0; i < route->word_count; i++)
		free(route->words[i]);
	free(route->words);
	free(route->hops);
	*route = (struct route){0};
}

static int add_file(const char **files, const char *path, const char *what, struct error *err)
{
	size_t count = 0;

	while (files[count])
		count++;
	if (count == HOP_FILES_MAX)
		return error_set(err, EINVAL,
			"the ssh configuration has more than %d times %s for a host", HOP_FILES_MAX,
			what);
	files[count] = path;
	return 0;
}

static int add_known_hosts(
	struct hop *hop, const struct ssh_config_answer_list *files, struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < files->count && result == 0; i++)
		result = add_file(hop->known_hosts, files->items[i], "UserKnownHostsFile", err);
	return result;
}

static int choose_known_hosts(struct hop *hop, const struct ssh_config_answer *said,
	const struct route_wish *wish, struct error *err)
{
	int result;

	if (wish && wish->known_hosts)
		return add_file(hop->known_hosts, wish->known_hosts, "", err);
	result = add_known_hosts(hop, &said->known_hosts, err);
	if (result == 0)
		result = add_known_hosts(hop, &said->global_known_hosts, err);
	if (result == 0 && !hop->known_hosts[0])
		return error_set(err, EINVAL,
			"the ssh configuration names no file with the host key of %s (UserKnownHostsFile none), and haupgrade logs in to nobody whose key it does not know; name one by known_hosts in the cluster file",
			hop->address);
	return result;
}

/* Of the default keys those that are there; when none is, the first, so that a message can name it.
 */
static int choose_identities(struct hop *hop, const struct ssh_config_answer *said,
	const struct route_wish *wish, struct error *err)
{
	const struct ssh_config_answer_list *files = &said->identities;
	int result = 0;

	hop->identities_only = said->identities_only;
	hop->identities_first =
		said->identities_said || said->identities_only || (wish && wish->identity);
	if (wish && wish->identity)
		return add_file(hop->identities, wish->identity, "", err);
	for (size_t i = 0; i < files->count && result == 0; i++) {
		if (said->identities_said || access(files->items[i], R_OK) == 0)
			result = add_file(hop->identities, files->items[i], "IdentityFile", err);
	}
	if (result == 0 && !hop->identities[0] && !hop->agent && files->count)
		hop->identities[0] = files->items[0];
	return result;
}

/* SSH_AUTH_SOCK, unless something else is said. */
static const char *choose_agent(const char *said)
{
	const char *agent = said;

	if (!said || strcmp(said, "SSH_AUTH_SOCK") == 0)
		agent = getenv("SSH_AUTH_SOCK");
	else if (*said == '$')
		agent = getenv(said + 1);
	else if (strcmp(said, "none") == 0)
		agent = NULL;
	return agent && *agent ? agent : NULL;
}

/* One hop; wish is only for the node. */
static int make_hop(const struct ssh_config_answer *said, const struct route_wish *wish,
	struct hop *hop, struct error *err)
{
	int result;

	*hop = (struct hop){
		.address = said->host_name,
		.user = said->user,
		.port = said->port,
		.key_name = said->key_name,
		.agent = choose_agent(said->agent),
	};
	result = choose_known_hosts(hop, said, wish, err);
	return result < 0 ? result : choose_identities(hop, said, wish, err);
}

static int bad_jump(const char *word, struct error *err)
{
	return error_set(err, EINVAL,
		"ProxyJump: \"%s\" is not of the form [USER@]HOST[:PORT] (IPv6: [ADDRESS]:PORT)",
		word);
}

/* "[USER@]HOST[:PORT]" as ssh prints the last of the jump hosts, as a question. */
static int read_place(
	struct making *making, const char *word, struct ssh_question *question, struct error *err)
{
	const char *at = strrchr(word, '@'), *rest = at ? at + 1 : word, *end, *port = NULL;
	uint64_t number = 0;

	if (at)
		question->user = keep(making->route, text_format("%.*s", (int)(at - word), word));
	if (*rest == '[') {
		end = strchr(++rest, ']');
		if (!end || (end[1] && end[1] != ':'))
			return bad_jump(word, err);
		port = end[1] ? end + 2 : NULL;
	} else {
		end = rest + strcspn(rest, ":");
		port = *end ? end + 1 : NULL;
	}
	question->host = keep(making->route, text_format("%.*s", (int)(end - rest), rest));
	if (!*question->host || (question->user && !*question->user) ||
		(port && number_parse(port, "port", 1, 65535, &number, NULL) < 0))
		return bad_jump(word, err);
	question->port = (unsigned)number;
	return 0;
}

static int add_way(struct making *making, const struct ssh_question *question,
	const struct route_wish *wish, struct error *err);

/* As ssh does it: the last host of the list is gone to by way of those before it, and what the
 * configuration says of jump hosts counts only for the first. */
static int add_jumps(struct making *making, const char *list, struct error *err)
{
	const char *comma = strrchr(list, ',');
	struct ssh_question question = {.cancel = making->cancel};
	int result;

	if (comma)
		question.jump = keep(making->route, text_format("%.*s", (int)(comma - list), list));
	result = read_place(making, comma ? comma + 1 : list, &question, err);
	return result < 0 ? result : add_way(making, &question, NULL, err);
}

static int add_way(struct making *making, const struct ssh_question *question,
	const struct route_wish *wish, struct error *err)
{
	struct route *route = making->route;
	const struct ssh_config_answer *said;
	struct hop hop;
	int result;

	if (making->depth++ > HOP_JUMPS_MAX)
		return error_set(err, EINVAL,
			"more than %d jump hosts lead to it, or they lead in a circle by way of %s; correct ProxyJump in the ssh configuration",
			HOP_JUMPS_MAX, question->host);
	if (clock_monotonic_ms() > making->until_ms)
		return error_set(err, EINVAL,
			"ssh took more than %d s to say what the hosts on the way mean, and %s is still to be asked about; look why `ssh -G` is slow (Match exec, name servers)",
			SSH_CONFIG_QUERY_LIMIT_MS / 1000, question->host);
	result = ssh_config_host(making->ssh_config, question, &said, err);
	if (result < 0)
		return result;
	if (said->revoked_keys)
		return error_set(err, EINVAL,
			"the ssh configuration has RevokedHostKeys %s for %s, which haupgrade cannot look in, so it does not log in there; mark the revoked keys in known_hosts instead (@revoked), or give the cluster file a configuration of its own (ssh { config = \"PATH\" }, or \"none\")",
			said->revoked_keys, question->host);
	if (said->proxy_command)
		return error_set(err, EINVAL,
			"the ssh configuration has ProxyCommand %s for %s, which is not carried out by haupgrade, only ProxyJump is; write it otherwise, or give the cluster file a configuration of its own (ssh { config = \"PATH\" }, or \"none\")",
			said->proxy_command, question->host);
	if (said->jump)
		result = add_jumps(making, said->jump, err);
	if (result == 0)
		result = make_hop(said, wish, &hop, err);
	if (result < 0)
		return result;
	*VECTOR_APPEND(route->hops, route->count) = hop;
	if (wish)
		route->connect_timeout_ms = wish->connect_timeout_ms ?: said->connect_timeout_ms;
	return 0;
}

int route_make(const struct route_wish *wish, struct ssh_config *ssh_config,
	const volatile sig_atomic_t *cancel, struct route *result, struct error *err)
{
	struct route route = {0};
	struct making making = {.route = &route,
		.ssh_config = ssh_config,
		.cancel = cancel,
		.until_ms = clock_monotonic_ms() + SSH_CONFIG_QUERY_LIMIT_MS};
	const struct ssh_question question = {
		.host = wish->address,
		.user = wish->user,
		.port = wish->port,
		.default_user = "root",
		.cancel = cancel,
	};
	int status = add_way(&making, &question, wish, err);

	if (status < 0) {
		route_clear(&route);
		return status;
	}
	*result = route;
	return 0;
}
