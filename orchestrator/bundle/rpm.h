/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and checks an RPM package through librpm. */
#ifndef ORCHESTRATOR_BUNDLE_RPM_H
#define ORCHESTRATOR_BUNDLE_RPM_H

#include "orchestrator/bundle/package.h"

/*
 * package_read_descriptor for an RPM package whose first 8 bytes have been read into head already.
 * *package may hold parts of the result after a failure.
 */
int rpm_read(int descriptor, const char *path, struct text *head, const struct keyring *keyring,
	struct package *package, struct error *err);

/* package_compare_evr for PACKAGE_RPM. */
int rpm_compare_evr(const char *left, const char *right);

#endif
