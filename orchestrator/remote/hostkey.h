/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the machine that answered the one we know? */
#ifndef ORCHESTRATOR_REMOTE_HOSTKEY_H
#define ORCHESTRATOR_REMOTE_HOSTKEY_H

#include <libssh/libssh.h>

#include "lib/base/error.h"
#include "orchestrator/remote/hop.h"

/*
 * Before the key exchange: lets libssh ask for keys of the types that the first known_hosts file
 * with an entry for the hop has.
 */
int hostkey_prepare(ssh_session ssh, const struct hop *hop, struct error *err);

/*
 * Compares the key the peer proved to have with the hop's known_hosts files; call after the key
 * exchange and before logging in. One file that has the key is enough. The files are only read.
 * A key that any of them marks as @revoked is refused, whatever hosts the line is for; lines with
 * @cert-authority do not count. -EKEYREJECTED unknown, revoked, changed, or of a type the files do
 * not have; -ENOENT no file; -EINVAL a file cannot be read. Each message names address,
 * fingerprint, file and what to do.
 */
int hostkey_check(ssh_session ssh, const struct hop *hop, struct error *err);

#endif
