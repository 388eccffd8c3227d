/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is the machine that answered the one we know? */
#ifndef ORCHESTRATOR_REMOTE_HOSTKEY_H
#define ORCHESTRATOR_REMOTE_HOSTKEY_H

#include <libssh/libssh.h>

#include "lib/base/error.h"

/*
 * Compares the key the peer proved to have with the known_hosts file; call after the key exchange
 * and before logging in. known_hosts is only read. Markers (@cert-authority, @revoked) in the
 * file are not understood by libssh: their lines do not count, neither for nor against a key.
 * -EKEYREJECTED unknown, changed, or of a type the file does not have; -ENOENT no file; -EINVAL
 * the file cannot be read. Each message names address, fingerprint, file and what to do.
 */
int hostkey_check(ssh_session ssh, const char *address, unsigned port, const char *known_hosts,
	struct error *err);

#endif
