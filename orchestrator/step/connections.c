/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections a node serves, as its cluster software lists them. */
#include "orchestrator/step/connections.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "orchestrator/remote/quote.h"

enum { DEADLINE_MS = 15000 };

/* $1 command line, $2 how many lines to show. There may be a hundred thousand. */
static const char ask_script[] =
	"LC_ALL=C; export LC_ALL\n"
	"said=$(sh -c \"$1\" </dev/null) || exit 1\n"
	"printf '%s\\n' \"$said\" | awk -v most=\"$2\" '\n"
	"  NF { if (n < most) line[n] = substr($0, 1, 200); n++ }\n"
	"  END { print n + 0; for (i = 0; i < n && i < most; i++) print line[i] }'\n";

int connections_ask(struct link *link, uint64_t *count, struct text *lines, struct error *err)
{
	const struct profile_list *words = &link->cluster->profile->connections;
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *line = NULL, *first = NULL;
	CLEANUP(cleanup_free) char *most = text_format("%d", CONNECTIONS_SHOWN_MAX);
	const char *rest;
	uint64_t number;
	int status = quote_argv((const char *const *)words->items, words->count, &line, err);

	if (status == 0)
		status = link_script(link, "list the connections", ask_script,
			(const char *const[]){line, most, NULL}, DEADLINE_MS, &result, err);
	if (status < 0)
		return status;
	rest = strchr(result.output, '\n');
	first = text_format(
		"%.*s", (int)(rest ? rest - result.output : 0), rest ? result.output : "");
	status = number_parse(first, "number of connections", 0, UINT32_MAX, &number, err);
	if (status < 0)
		return -EPROTO;
	*count = number;
	if (lines)
		text_append(lines, rest + 1);
	return 0;
}
