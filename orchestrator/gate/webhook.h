/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Posts JSON to the address of a cluster file's webhook. */
#ifndef ORCHESTRATOR_GATE_WEBHOOK_H
#define ORCHESTRATOR_GATE_WEBHOOK_H

#include "lib/base/error.h"
#include "orchestrator/cluster/gate_settings.h"

/*
 * 0 when the answer was 2xx within the timeout. -EPROTO another status, -ETIMEDOUT, -EHOSTUNREACH,
 * -EKEYREJECTED the certificate is not good, -EIO. Messages have the host only: the rest of the
 * address may be a secret.
 */
int webhook_post(const struct gate_notify *notify, const char *json, struct error *err);

#endif
