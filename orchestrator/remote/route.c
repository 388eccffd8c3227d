/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to a node, put together. */
#include "orchestrator/remote/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"

/* A route under way. */
struct making {
	struct route *route;
	const struct ssh_config *config;
	const struct route_home *home;
	unsigned depth; /* hosts looked up so far: a circle ends by it */
};

/* One host as it was written: [USER@]HOST[:PORT]. Borrowed from the route. */
struct place {
	const char *name;
	const char *user; /* NULL: not said */
	unsigned port;	  /* 0: not said */
};

static const char *keep(struct route *route, char *words)
{
	*VECTOR_APPEND(route->words, route->word_count) = words;
	return words;
}

/* The home lives shorter than the route. */
static const char *keep_home(struct making *making, const char *words)
{
	return words ? keep(making->route, text_copy(words)) : NULL;
}

void route_clear(struct route *route)
{
	for (size_t i = 0; i < route->word_count; i++)
		free(route->words[i]);
	free(route->words);
	free(route->hops);
	*route = (struct route){0};
}

/* What a token of ssh_config(5) stands for, or NULL. */
static const char *token_value(
	char token, const struct making *making, const struct hop *hop, const char *name)
{
	switch (token) {
	case '%':
		return "%";
	case 'd':
		return making->home->folder;
	case 'u':
		return making->home->user;
	case 'h':
		return hop->address ?: name;
	case 'n':
		return name;
	case 'r':
		return hop->user;
	default:
		return NULL;
	}
}

/* "~/.ssh/%h" and the like made plain; a token that is not known stays as it is. */
static const char *expand(
	struct making *making, const struct hop *hop, const char *name, const char *words)
{
	struct text text = {0};

	if (text_starts_with(words, "~/")) {
		text_append(&text, making->home->folder);
		words++;
	}
	for (; *words; words++) {
		const char *value =
			*words == '%' && words[1] ? token_value(words[1], making, hop, name) : NULL;

		if (value) {
			text_append(&text, value);
			words++;
		} else {
			text_append_bytes(&text, words, 1);
		}
	}
	return keep(making->route, text_take(&text));
}

static const char *in_home(struct making *making, const char *name)
{
	return keep(making->route, text_format("%s/.ssh/%s", making->home->folder, name));
}

/* The default keys that are there; when none is, the first, so that a message can name it. */
static void default_identities(struct making *making, struct hop *hop)
{
	static const char *const names[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = in_home(making, names[i]);

		if (access(path, R_OK) == 0)
			hop->identities[count++] = path;
	}
	if (!count && !hop->agent)
		hop->identities[0] = in_home(making, names[0]);
}

static void choose_agent(
	struct making *making, struct hop *hop, const char *name, const char *given)
{
	if (!given || strcmp(given, "SSH_AUTH_SOCK") == 0)
		hop->agent = keep_home(making, making->home->agent);
	else if (*given == '$')
		hop->agent = getenv(given + 1);
	else if (strcmp(given, "none") != 0)
		hop->agent = expand(making, hop, name, given);
	if (hop->agent && !*hop->agent)
		hop->agent = NULL;
}

static void choose_files(struct making *making, struct hop *hop, const char *name,
	const struct ssh_config_host *said, const struct route_wish *wish)
{
	if (wish && wish->known_hosts) {
		hop->known_hosts[0] = wish->known_hosts;
	} else if (said->known_hosts[0]) {
		for (size_t i = 0; said->known_hosts[i]; i++)
			hop->known_hosts[i] = expand(making, hop, name, said->known_hosts[i]);
	} else {
		hop->known_hosts[0] = in_home(making, "known_hosts");
	}
	hop->identities_first = true;
	hop->identities_only = said->identities_only;
	if (wish && wish->identity) {
		hop->identities[0] = wish->identity;
	} else if (said->identities[0]) {
		for (size_t i = 0; said->identities[i]; i++)
			hop->identities[i] = expand(making, hop, name, said->identities[i]);
	} else {
		hop->identities_first = hop->identities_only;
		default_identities(making, hop);
	}
}

/* One hop; wish is only for the node. */
static void make_hop(struct making *making, const struct place *place,
	const struct ssh_config_host *said, const struct route_wish *wish, struct hop *hop)
{
	uint64_t port = 0;

	*hop = (struct hop){.port = place->port, .user = place->user ?: said->user};
	/* ssh itself would take the name of the local user for a node, too. */
	if (!hop->user)
		hop->user = wish ? "root" : keep_home(making, making->home->user);
	hop->address =
		said->host_name ? expand(making, hop, place->name, said->host_name) : place->name;
	if (!hop->port && said->port && number_parse(said->port, "", 1, 65535, &port, NULL) == 0)
		hop->port = (unsigned)port;
	hop->key_name = said->key_name;
	choose_agent(making, hop, place->name, said->agent);
	choose_files(making, hop, place->name, said, wish);
}

static int bad_jump(const char *word, struct error *err)
{
	return error_set(err, EINVAL,
		"ProxyJump: \"%s\" is not of the form [USER@]HOST[:PORT] (IPv6: [ADDRESS]:PORT)",
		word);
}

/* "[ssh://][USER@]HOST[:PORT]", taken apart. */
static int read_place(
	struct making *making, const char *word, struct place *place, struct error *err)
{
	const char *rest = text_starts_with(word, "ssh://") ? word + 6 : word;
	const char *at = strrchr(rest, '@'), *end, *port = NULL;
	uint64_t number = 0;

	*place = (struct place){0};
	if (at) {
		place->user = keep(making->route, text_format("%.*s", (int)(at - rest), rest));
		rest = at + 1;
	}
	if (*rest == '[') {
		end = strchr(++rest, ']');
		if (!end || (end[1] && end[1] != ':'))
			return bad_jump(word, err);
		port = end[1] ? end + 2 : NULL;
	} else {
		end = strchr(rest, ':');
		/* An IPv6 address without brackets has no port. */
		if (!end || strchr(end + 1, ':'))
			end = rest + strlen(rest);
		else
			port = end + 1;
	}
	place->name = keep(making->route, text_format("%.*s", (int)(end - rest), rest));
	if (!*place->name || (place->user && !*place->user) ||
		(port && number_parse(port, "port", 1, 65535, &number, NULL) < 0))
		return bad_jump(word, err);
	place->port = (unsigned)number;
	return 0;
}

static int add_way(struct making *making, const struct place *place, const struct route_wish *wish,
	bool jumps, struct error *err);

/* The hosts of one ProxyJump. As with ssh -J, only the first may itself have one that counts. */
static int add_jumps(struct making *making, const char *list, struct error *err)
{
	CLEANUP(cleanup_free) char *copy = text_copy(list);
	char *rest = copy, *word;
	bool first = true;
	int result = 0;

	while (result == 0 && (word = strsep(&rest, ","))) {
		struct place place;

		result = read_place(making, word, &place, err);
		if (result == 0)
			result = add_way(making, &place, NULL, first, err);
		first = false;
	}
	return result;
}

static int add_way(struct making *making, const struct place *place, const struct route_wish *wish,
	bool jumps, struct error *err)
{
	struct route *route = making->route;
	struct ssh_config_host said = {0};
	struct hop hop;
	int result;

	if (making->depth++ > HOP_JUMPS_MAX)
		return error_set(err, EINVAL,
			"more than %d jump hosts lead to it, or they lead in a circle by way of %s; correct ProxyJump in the ssh configuration",
			HOP_JUMPS_MAX, place->name);
	result = ssh_config_look_up(making->config, place->name, &said, err);
	if (result == 0 && jumps && said.jump && strcmp(said.jump, "none") != 0)
		result = add_jumps(making, said.jump, err);
	if (result < 0)
		return result;
	make_hop(making, place, &said, wish, &hop);
	*VECTOR_APPEND(route->hops, route->count) = hop;
	if (wish)
		route->connect_timeout_ms = wish->connect_timeout_ms ?: said.connect_timeout_ms;
	return 0;
}

int route_make(const struct route_wish *wish, const struct ssh_config *config,
	const struct route_home *home, struct route *result, struct error *err)
{
	struct route route = {0};
	struct making making = {.route = &route, .config = config, .home = home};
	const struct place place = {.name = wish->address, .user = wish->user, .port = wish->port};
	int status = add_way(&making, &place, wish, true, err);

	if (status < 0) {
		route_clear(&route);
		return status;
	}
	*result = route;
	return 0;
}
