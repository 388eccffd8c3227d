/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is run on a node by ssh itself: script_remote_NAME is NAME.sh in this folder, and that says
 * what it takes and prints. */
#ifndef ORCHESTRATOR_REMOTE_SCRIPT_H
#define ORCHESTRATOR_REMOTE_SCRIPT_H

extern const char script_remote_sudo_ready[];
extern const char script_remote_upload[];

#endif
