/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces for tests: without a name, gone with the process, whatever happens to it. */
#ifndef TESTS_UNIT_NAMESPACE_H
#define TESTS_UNIT_NAMESPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/net/nftables.h"

/* Can namespaces be made here? When not, says why on stderr. */
bool namespace_usable(void);

/* A new namespace with lo up; returns a descriptor. The calling thread stays where it was. */
int namespace_new(void);
/* The calling thread works in that namespace from now on; a test's own process only. */
void namespace_enter(int space);

/* A wire: a pair of Ethernet devices, each up in its namespace. */
void namespace_link(int left, const char *left_device, int right, const char *right_device);

/* Runs a shell command inside the namespace; fails the test when it fails. */
void namespace_run(int space, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, returning its output (owned). */
char *namespace_output(int space, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The ways to the kernel from the namespace that the caller is in; borrowed until the next call. */
struct netlink *namespace_netlink(void);
struct nftables *namespace_nftables(void);

#endif
