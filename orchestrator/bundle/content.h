/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was read of a bundle, before anything is judged; for the files of this folder only. */
#ifndef ORCHESTRATOR_BUNDLE_CONTENT_H
#define ORCHESTRATOR_BUNDLE_CONTENT_H

#include "orchestrator/bundle/bundle.h"
#include "orchestrator/bundle/manifest.h"
#include "orchestrator/bundle/reading.h"

/* A file that was read: a package, or one a manifest names (in an archive: any). */
struct bundle_file {
	char *name; /* in the bundle */
	struct reading reading;
	struct digest_wanted computed; /* asked for when it was read */
	bool again;		       /* the same name came another time */
	bool cut;		       /* the archive ended within it */
};

/* A small file kept whole: a manifest or the signature of one. */
struct bundle_attachment {
	char *name; /* in the bundle; no folder in it */
	struct text bytes;
};

struct bundle_content {
	char *top; /* of an archive: the one folder everything is in, with its slash, or "" */
	struct bundle_file *files; /* sorted by name once all is read */
	size_t file_count;
	struct bundle_attachment *attachments;
	size_t attachment_count;
	struct manifest **manifests; /* sorted by file name */
	size_t manifest_count;
	struct bundle_findings findings; /* what was wrong on the way */
	struct spool *spool;
};

/* Largest manifest or signature that is kept. */
#define CONTENT_ATTACHMENT_MAX (1u << 20)
/* And all of them together: parsing takes twice that in memory. */
#define CONTENT_ATTACHMENTS_MAX (16u << 20)

/* Whether the file is a package, by its extension (.rpm, .deb). */
bool content_is_package(const char *name);
/* Whether the file is kept whole: a manifest, or its name and .asc, .sig, .sign, .gpg, .ed25519. */
bool content_is_attachment(const char *name);

/* The file of that name, NULL when the bundle has none; borrowed. Once files are sorted. */
struct bundle_file *content_find(const struct bundle_content *content, const char *name);
/* The attachment of that name, NULL when there is none; borrowed. */
const struct bundle_attachment *content_attachment(
	const struct bundle_content *content, const char *name);
/* Adds one; *bytes is handed over. */
void content_attach(struct bundle_content *content, const char *name, struct text *bytes);

/* Sorts the files; of two with one name the first stays, marked. */
void content_sort(struct bundle_content *content);
/* Makes the manifests from the attachments, anew. */
void content_parse(struct bundle_content *content);
/* All digests that the manifests ask for, and SHA-256. */
struct digest_wanted content_wanted(const struct bundle_content *content);
/* NULL is legal. */
void content_free(struct bundle_content *content);

#endif
