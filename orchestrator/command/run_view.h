/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a run as it goes, and asks what it asks: the one teller (run/teller.h) that prints. */
#ifndef ORCHESTRATOR_COMMAND_RUN_VIEW_H
#define ORCHESTRATOR_COMMAND_RUN_VIEW_H

#include "orchestrator/command/command.h"
#include "orchestrator/command/progress.h"
#include "orchestrator/files/propagate.h"
#include "orchestrator/run/teller.h"
#include "orchestrator/screen/screen.h"

/* Start with run_view_init; not to be copied: the listeners point to it. */
struct run_view {
	const struct settings *settings;
	struct teller teller;
	struct drive_listener steps;
	struct propagate_listener files;
	struct progress progress; /* of the reading of a bundle */
	struct screen *screen;	  /* while there is one; settings know it too */
	/* What is shown at present; borrowed. */
	const struct cluster *cluster;
	const struct plan *plan;
	struct watch *watch;
	char waits[256];  /* what it was last said to wait for */
	uint64_t said_ms; /* when that was */
};

/* settings are borrowed. */
void run_view_init(struct run_view *view, const struct settings *settings);

/* The steps of a plan that is not carried out yet. */
void run_view_plan(
	const struct settings *settings, const struct cluster *cluster, const struct plan *plan);

#endif
