/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that reads hostile bytes gives up all it does not need for that. */
#ifndef ORCHESTRATOR_BUNDLE_SANDBOX_H
#define ORCHESTRATOR_BUNDLE_SANDBOX_H

#include "lib/base/error.h"

/*
 * For this process and for good: no capability, no new privileges, no core file; memory, files
 * written and descriptors bounded; no socket made, no program run, no other process signalled or
 * traced (on x86-64 and ARM 64; EPERM); where the kernel knows Landlock, no file outside /usr and
 * /etc opened. Descriptors that are open stay usable.
 */
int sandbox_reader(struct error *err);

#endif
