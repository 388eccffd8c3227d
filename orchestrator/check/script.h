/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is run on a node for preflight: script_check_NAME is NAME.sh in this folder, and that says
 * what it takes and prints. */
#ifndef ORCHESTRATOR_CHECK_SCRIPT_H
#define ORCHESTRATOR_CHECK_SCRIPT_H

extern const char script_check_condition[];

#endif
