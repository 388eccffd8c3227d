/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes an authkeys file (authkeys(5)) with a strong key, which nobody gets to see. */
#ifndef ORCHESTRATOR_FILES_NEW_AUTHKEYS_H
#define ORCHESTRATOR_FILES_NEW_AUTHKEYS_H

#include <stdbool.h>

#include "lib/base/error.h"

/*
 * Writes the file, mode 0600, by rename: "auth 1", and key 1 of 256 random bits for HMAC with
 * SHA-256. With replace an existing file is replaced, otherwise it is -EEXIST.
 */
int new_authkeys_write(const char *path, bool replace, struct error *err);

#endif
