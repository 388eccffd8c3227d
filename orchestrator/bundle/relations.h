/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Do the packages of a bundle require one another in versions that are not there? Pure. */
#ifndef ORCHESTRATOR_BUNDLE_RELATIONS_H
#define ORCHESTRATOR_BUNDLE_RELATIONS_H

#include "orchestrator/bundle/bundle.h"

/*
 * Adds a problem for each requirement of a package by name whose version another package of the
 * bundle does not meet, and a note for each of a package of the same family that is not in the
 * bundle. What else is required is for the package manager of the nodes to say.
 */
void relations_check(const struct bundle *bundle, struct bundle_findings *findings);

/* Whether "version" is what a requirement with comparison and wanted asks for. */
bool relations_met(enum package_format format, const char *version,
	enum package_comparison comparison, const char *wanted);

#endif
