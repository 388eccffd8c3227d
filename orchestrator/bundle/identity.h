/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One digest that stands for a bundle's content, so that a resumed run uses the same packages. */
#ifndef ORCHESTRATOR_BUNDLE_IDENTITY_H
#define ORCHESTRATOR_BUNDLE_IDENTITY_H

#include "orchestrator/bundle/bundle.h"

#define BUNDLE_IDENTITY_SIZE 65

/* SHA-256 over "DIGEST  NAME\n" of every package in the order of names, in lower-case digits. */
int bundle_identity(
	const struct bundle *bundle, char identity[BUNDLE_IDENTITY_SIZE], struct error *err);

#endif
