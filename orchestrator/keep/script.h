/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is run on a node for the packages it keeps: script_keep_NAME is NAME.sh in this folder, and
 * that says what it takes and prints. */
#ifndef ORCHESTRATOR_KEEP_SCRIPT_H
#define ORCHESTRATOR_KEEP_SCRIPT_H

extern const char script_keep_kept[];
extern const char script_keep_piece[];
extern const char script_keep_tidy[];
extern const char script_keep_way_back_dpkg[];
extern const char script_keep_way_back_rpm[];

#endif
