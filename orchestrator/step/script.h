/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is run on a node by the steps: script_step_NAME is NAME.sh in this folder, and that says
 * what it takes and prints. */
#ifndef ORCHESTRATOR_STEP_SCRIPT_H
#define ORCHESTRATOR_STEP_SCRIPT_H

extern const char script_step_preview[];
extern const char script_step_mark[];
extern const char script_step_unmark[];
extern const char script_step_upload_folder[];
extern const char script_step_upload_list[];
extern const char script_step_upload_present[];

#endif
