/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of Debian's versions. Pure. */
#ifndef ORCHESTRATOR_BUNDLE_DEB_VERSION_H
#define ORCHESTRATOR_BUNDLE_DEB_VERSION_H

/*
 * Compares two "[epoch:]upstream[-revision]" as dpkg does (Debian Policy Manual 5.6.12): <0, 0,
 * >0. A missing epoch is 0, a missing revision the same as "0".
 */
int deb_version_compare(const char *left, const char *right);

#endif
