/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is run on a node: script_node_NAME is NAME.sh in this folder, and that says what it takes
 * and prints. */
#ifndef ORCHESTRATOR_NODE_SCRIPT_H
#define ORCHESTRATOR_NODE_SCRIPT_H

extern const char script_node_condition[];
extern const char script_node_config_after[];
extern const char script_node_config_before[];
extern const char script_node_connections[];
extern const char script_node_dpkg_guard[];
extern const char script_node_dpkg_guard_mount[];
extern const char script_node_dpkg_guard_policy[];
extern const char script_node_dpkg_guard_systemd[];
extern const char script_node_dpkg_test[];
extern const char script_node_facts[];
extern const char script_node_job_forget[];
extern const char script_node_job_run[];
extern const char script_node_job_start[];
extern const char script_node_job_wait[];
extern const char script_node_rpm_back_test[];
extern const char script_node_rpm_test[];

#endif
