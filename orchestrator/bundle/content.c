/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a bundle holds besides its packages. */
#include "orchestrator/bundle/content.h"

#include <string.h>

const struct digests *content_find(const struct bundle *bundle, const char *name)
{
	const struct bundle_manifests *manifests = bundle->manifests;

	for (size_t i = 0; i < bundle->package_count; i++)
		if (strcmp(bundle->packages[i].file, name) == 0)
			return &bundle->packages[i].digests;
	for (size_t i = 0; i < manifests->other_count; i++)
		if (strcmp(manifests->others[i].name, name) == 0)
			return &manifests->others[i].digests;
	return NULL;
}
