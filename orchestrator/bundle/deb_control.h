/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control file of a Debian package (deb-control(5)). Pure. */
#ifndef ORCHESTRATOR_BUNDLE_DEB_CONTROL_H
#define ORCHESTRATOR_BUNDLE_DEB_CONTROL_H

#include "orchestrator/bundle/package.h"

/*
 * Reads Package, Version, Architecture, Source, Installed-Size, Depends, Pre-Depends and Provides
 * into *package. words end with a zero; path is for messages. -EBADMSG when it is malformed or one
 * of the first three is missing; *package may hold parts of the result then.
 */
int deb_control_parse(
	const char *words, const char *path, struct package *package, struct error *err);

#endif
