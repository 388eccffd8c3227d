/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report while it is being made: what model.c, notes.c and versions.c share. For this room. */
#ifndef ORCHESTRATOR_REPORT_BUILD_H
#define ORCHESTRATOR_REPORT_BUILD_H

#include <jansson.h>

#include "orchestrator/report/model.h"

/* What the notes of one vantage have told so far. */
struct build_vantage {
	struct report_vantage pending; /* since its last whole account */
	/* Of a first installation: the service has not answered here yet; since when it has, and
	 * how many requests at most that were asked before are still under way. */
	bool unserved;
	uint64_t served_us, under_way;
};

struct build {
	struct report *report;
	uint64_t now_us;    /* the line being read, never going back */
	uint64_t mark_us;   /* the newest moment at which a step may have begun */
	char **boots;	    /* of each node, the newest boot identity; NULL: not seen */
	size_t *open_phase; /* of each node, index of its open phase plus one; 0: none */
	uint64_t *gone_us;  /* of each node, since when it does not answer; 0: it does */
	char **after;	    /* of each node, its packages as last seen; NULL: not seen */
	struct build_vantage *vantages; /* one for each of the report's */
};

/* A string of the object, "" when there is none; borrowed. */
const char *build_string(const json_t *object, const char *key);
/* A number from 0 to max, 0 when there is none. */
uint64_t build_number(const json_t *object, const char *key, uint64_t max);
/* The index of the node of that name, or REPORT_NO_NODE. */
int build_node(const struct report *report, const char *name);

/* What is left to do was planned anew. */
void build_plan(struct build *build, const json_t *plan);
/* A note's line. */
void build_note(struct build *build, const struct journal_line *line);
/* A process's work ends or begins: what was open is closed at that moment. */
void build_close(struct build *build, uint64_t at_us);

/* Compares what was installed before (labels, one blank between; NULL: not known) and after. */
void build_versions(struct report *report, size_t node, const char *before, const char *after);

#endif
