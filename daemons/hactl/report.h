/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node's status as text for people. */
#ifndef DAEMONS_HACTL_REPORT_H
#define DAEMONS_HACTL_REPORT_H

#include <jansson.h>
#include <stdio.h>

/* Members that are missing (an older daemon) show as "-". */
void report_print(FILE *stream, const json_t *status);

#endif
