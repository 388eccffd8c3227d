/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections a node serves, as its cluster software lists them. */
#include "orchestrator/node/connections.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/number.h"
#include "orchestrator/node/answer.h"
#include "orchestrator/node/script.h"
#include "orchestrator/remote/quote.h"

enum { DEADLINE_MS = 15000 };

int connections_parse(
	const char *output, size_t length, uint64_t *count, struct text *lines, struct error *err)
{
	static const char key[] = "connections ";
	CLEANUP(answer_clear) struct answer answer = answer_begin(output, length);
	CLEANUP(cleanup_text) struct text shown = {0};
	char *line;
	uint64_t number = 0;

	/* Login scripts may chatter, before and after. */
	while ((line = answer_line(&answer)) && !text_starts_with(line, key))
		;
	if (!line)
		return error_set(err, EPROTO, "the answer does not say how many there are");
	if (number_parse(line + strlen(key), "number of connections", 0, UINT32_MAX, &number, err) <
		0)
		return -EPROTO;
	for (uint64_t i = 0; i < number && i < CONNECTIONS_SHOWN_MAX; i++) {
		line = answer_line(&answer);
		if (!line)
			return error_set(err, EPROTO, "the answer is cut off before its end");
		text_appendf(&shown, "%s\n", line);
	}
	*count = number;
	if (lines)
		text_append(lines, text_string(&shown));
	return 0;
}

int connections_ask(struct link *link, uint64_t *count, struct text *lines, struct error *err)
{
	const struct word_list *words = &link->cluster->profile->connections;
	CLEANUP(cleanup_session_result) struct session_result result = {0};
	CLEANUP(cleanup_free) char *line = NULL;
	CLEANUP(cleanup_free) char *most = text_format("%d", CONNECTIONS_SHOWN_MAX);
	int status = quote_argv((const char *const *)words->items, words->count, &line, err);

	if (status == 0)
		status = link_script(link, "list the connections", script_node_connections,
			(const char *const[]){line, most, NULL}, DEADLINE_MS, &result, err);
	if (status < 0)
		return status;
	status = connections_parse(result.output, result.output_length, count, lines, err);
	return status < 0 ? error_prefix(err, "%s: its connections", link->node->name) : 0;
}
