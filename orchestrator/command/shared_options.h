/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that several subcommands have: groups of them, each of a small struct. */
#ifndef ORCHESTRATOR_COMMAND_SHARED_OPTIONS_H
#define ORCHESTRATOR_COMMAND_SHARED_OPTIONS_H

#include "orchestrator/command/option_table.h"

/* Of struct signature_wishes: for the commands that open a bundle. */
extern const struct option_entry shared_options_signatures[];

/* Of struct run_wishes: --yes, for the commands that ask before the first change. */
extern const struct option_entry shared_options_confirmed[];
/* --previous and --on-failure: going back. */
extern const struct option_entry shared_options_previous[];
extern const struct option_entry shared_options_on_failure[];
/* --rehearse, for the commands that plan an upgrade. */
extern const struct option_entry shared_options_rehearse[];
/* --waive, for the commands that make preflight's checks. */
extern const struct option_entry shared_options_waive[];

/* Of struct gate_options: for the commands that carry out a run. */
extern const struct option_entry shared_options_gates[];

/* Of a const char *: --cluster, for the commands that are given a run. */
extern const struct option_entry shared_options_cluster[];

/* The groups of the commands that carry out a run, whose settings have struct run_wishes at base:
 * a list's entries. */
#define SHARED_OPTIONS_RUN(base)                                                       \
	{shared_options_signatures, (base) + offsetof(struct run_wishes, signatures)}, \
		{shared_options_waive, (base)},                                        \
	{                                                                              \
		shared_options_gates, (base) + offsetof(struct run_wishes, gates)      \
	}

#endif
