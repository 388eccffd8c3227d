/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of an RPM file before its payload: all that a test transaction reads. */
#ifndef ORCHESTRATOR_BUNDLE_HEADER_H
#define ORCHESTRATOR_BUNDLE_HEADER_H

#include "lib/base/error.h"
#include "lib/base/text.h"

/*
 * Appends lead, signature header and main header of the RPM file at path to bytes (file format:
 * rpm's docs/manual/format.md). -EBADMSG when the file is no RPM package or its headers are larger
 * than 256 MiB, else the errno of reading; bytes is untouched then.
 */
int header_read(const char *path, struct text *bytes, struct error *err);

#endif
