/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and addresses of machines, as a cluster file may hold them. Pure. */
#ifndef ORCHESTRATOR_CLUSTER_HOST_H
#define ORCHESTRATOR_CLUSTER_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* A host name: RFC 1123 section 2.1, letters, digits, "-" in labels of 1..63, 253 in all. */
bool host_is_name(const char *words);
/* An IPv4 or IPv6 address (a zone such as fe80::1%eth0 included) or a host name that cannot be
 * mistaken for a wrong IPv4 address. */
bool host_is_address(const char *words);
/* A unicast IPv4 address that an interface can hold. */
bool host_is_floating(const char *words);

/*
 * Splits "host:port" or "[IPv6]:port". *host is owned. False when it is none, or the host is no
 * address and no name, or the port not in 1..65535; outputs are untouched then.
 */
bool host_split(const char *words, char **host, uint16_t *port);

#endif
