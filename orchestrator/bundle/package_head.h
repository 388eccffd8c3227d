/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a package file before its payload: all that a test transaction reads. */
#ifndef ORCHESTRATOR_BUNDLE_PACKAGE_HEAD_H
#define ORCHESTRATOR_BUNDLE_PACKAGE_HEAD_H

#include "lib/base/error.h"
#include "lib/base/text.h"

/*
 * Appends to bytes what a test transaction needs of the package file at path:
 * - RPM: lead, signature header and main header (file format: rpm's docs/manual/format.md), which
 *   `rpm -U --test --nodigest --nosignature` takes for the package;
 * - Debian: an archive with the members debian-binary and control.tar* of the original and a
 *   data.tar without any file (deb(5)), which `dpkg --dry-run -i` and `apt-get -s install` take
 *   for the package. Never install that: it would remove the package's files.
 * -EBADMSG when the file is no package or its headers are larger than 64 MiB, else the errno of
 * reading; bytes is untouched then.
 */
int package_head_read(const char *path, struct text *bytes, struct error *err);
/* The same from an open descriptor, read in order from its position on; path is for messages. */
int package_head_read_descriptor(
	int descriptor, const char *path, struct text *bytes, struct error *err);

/*
 * For the reader of RPM packages: completes bytes, which holds the first 8 bytes of the file
 * already, with the rest of the headers; the descriptor stands behind them afterwards.
 */
int package_head_complete_rpm(
	int descriptor, const char *path, struct text *bytes, struct error *err);

#endif
