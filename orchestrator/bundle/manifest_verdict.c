/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each line of the manifests comes to; the contract is in bundle.h. Pure. */
#include <string.h>

#include "orchestrator/bundle/content.h"

const char *bundle_verdict_name(enum bundle_verdict verdict)
{
	switch (verdict) {
	case BUNDLE_LINE_OK:
		return "ok";
	case BUNDLE_LINE_FAILED:
		return "failed";
	case BUNDLE_LINE_MISSING:
		return "missing";
	case BUNDLE_LINE_IMPROPER:
		return "improper";
	case BUNDLE_LINE_OUTSIDE:
		return "outside";
	}
	return "improper";
}

static void judge(
	const struct bundle *bundle, const struct manifest_entry *entry, struct bundle_line *line)
{
	const struct bundle_file *file = content_find(bundle->content, entry->name);

	line->verdict = BUNDLE_LINE_MISSING;
	if (!file || file->reading.failure)
		return;
	line->actual = digests_find(&file->reading.digests, entry->kind, strlen(entry->digest));
	line->verdict = line->actual && strcmp(line->actual, entry->digest) == 0
				? BUNDLE_LINE_OK
				: BUNDLE_LINE_FAILED;
}

void bundle_lines(const struct bundle *bundle,
	void (*tell)(void *data, const struct bundle_line *line), void *data)
{
	const struct bundle_content *content = bundle->content;

	for (size_t i = 0; i < content->manifest_count; i++) {
		const struct manifest *manifest = content->manifests[i];

		for (size_t j = 0; j < manifest->count; j++) {
			const struct manifest_entry *entry = &manifest->entries[j];
			struct bundle_line line = {.manifest = manifest->file,
				.line = entry->line,
				.name = entry->name,
				.kind = entry->kind,
				.expected = entry->digest};

			switch (entry->form) {
			case MANIFEST_GOOD:
				judge(bundle, entry, &line);
				break;
			case MANIFEST_IMPROPER:
				line.verdict = BUNDLE_LINE_IMPROPER;
				break;
			case MANIFEST_OUTSIDE:
				line.verdict = BUNDLE_LINE_OUTSIDE;
				break;
			}
			tell(data, &line);
		}
	}
}
