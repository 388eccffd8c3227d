/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways in which services are stopped, started and asked on a node. */
#ifndef ORCHESTRATOR_CLUSTER_SERVICE_H
#define ORCHESTRATOR_CLUSTER_SERVICE_H

#include "orchestrator/cluster/word_list.h"

enum service_manager {
	SERVICE_SYSTEMD, /* systemctl */
	SERVICE_INITD,	 /* /etc/init.d/NAME stop, also where systemd runs these scripts */
	SERVICE_MANAGER_COUNT,
};

enum service_act {
	SERVICE_STOP,
	SERVICE_START,
	SERVICE_ACTIVE, /* exit status 0: it runs */
};

/* As profiles write them: "systemd"; NULL behind the last. */
extern const char *const service_managers[];

/* The words that do it; owned (word_list_clear). */
struct word_list service_command(
	enum service_manager manager, enum service_act act, const char *service);
/* The usual words to reboot a node. */
struct word_list service_reboot(enum service_manager manager);
/* What an administrator types to see why a service does not run; owned. */
char *service_look(enum service_manager manager, const char *service);

#endif
