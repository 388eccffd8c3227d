/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who made the packages of a bundle? */
#include "orchestrator/bundle/authenticity.h"

#include <string.h>

#include "lib/base/vector.h"
#include "orchestrator/bundle/content.h"
#include "orchestrator/bundle/manifest_signature.h"

struct check {
	const struct bundle *bundle;
	const struct keyring *keyring;
	bool is_required;
	struct bundle_findings *findings;
	bool *is_signed;  /* per manifest: well signed */
	bool *is_vouched; /* per package: by a manifest */
};

static void cleanup_check(struct check *check)
{
	free(check->is_signed);
	free(check->is_vouched);
}

static enum bundle_severity severity_of_key(const struct check *check, bool is_ed25519)
{
	bool is_chosen = is_ed25519 ? keyring_ed25519(check->keyring) != NULL
				    : keyring_is_chosen(check->keyring);

	return is_chosen || check->is_required ? BUNDLE_PROBLEM : BUNDLE_NOTE;
}

static void judge_manifest(struct check *check, size_t manifest, const char *file,
	const struct signature_result *result)
{
	const char *name = check->bundle->content->manifests[manifest]->file;
	struct bundle_findings *findings = check->findings;

	switch (result->verdict) {
	case SIGNATURE_OK:
		check->is_signed[manifest] = true;
		bundle_find(findings, BUNDLE_NOTE, file, "a good signature of %s, by %s", name,
			result->key);
		break;
	case SIGNATURE_UNKNOWN_KEY:
		bundle_find(findings,
			severity_of_key(check, text_starts_with(result->key, "an Ed25519")), file,
			"signs %s with %s, which is not in the keyring, so it proves nothing: get the public key from its owner and give it with --keyring%s",
			name, result->key,
			text_starts_with(result->key, "an Ed25519") ? " or --ed25519-key" : "");
		break;
	case SIGNATURE_UNCHECKED:
		bundle_find(findings, severity_of_key(check, false), file,
			"signs %s with %s, but cannot be checked: %s", name, result->key,
			result->why);
		break;
	case SIGNATURE_BAD:
		bundle_find(findings, BUNDLE_PROBLEM, file,
			"is no good signature of %s%s%s: %s; do not use the bundle, get both again from where they are made",
			name, *result->key ? " by " : "", result->key, result->why);
		break;
	}
}

static void check_clear_signed(
	struct check *check, size_t manifest, const struct bundle_attachment *attachment)
{
	CLEANUP(cleanup_text) struct text message = {0};
	CLEANUP(cleanup_text) struct text signature = {0};
	struct signature_result result;
	CLEANUP(error_release) struct error err = {0};
	int status = manifest_signature_unwrap(&attachment->bytes, &message, &signature, &err);

	if (status < 0) {
		bundle_find(
			check->findings, BUNDLE_PROBLEM, attachment->name, "%s", error_text(&err));
	} else if (status > 0) {
		manifest_signature_check(&message, &signature, check->keyring, &result);
		judge_manifest(check, manifest, attachment->name, &result);
	}
}

static void check_manifests(struct check *check)
{
	const struct bundle_content *content = check->bundle->content;

	for (size_t i = 0; i < content->manifest_count; i++) {
		const char *name = content->manifests[i]->file;
		const struct bundle_attachment *manifest = content_attachment(content, name);

		if (!manifest)
			continue;
		check_clear_signed(check, i, manifest);
		for (size_t j = 0; j < content->attachment_count; j++) {
			const struct bundle_attachment *other = &content->attachments[j];
			struct signature_result result;
			size_t length;

			if (!manifest_signature_is_name(other->name, &length) ||
				strlen(name) != length || strncmp(other->name, name, length) != 0)
				continue;
			manifest_signature_check(
				&manifest->bytes, &other->bytes, check->keyring, &result);
			judge_manifest(check, i, other->name, &result);
		}
	}
}

/* Other files with the same digest can be made of these on purpose; a short BLAKE2b is one. */
static bool is_weak(const struct bundle_line *line)
{
	return line->kind == DIGEST_MD5 || line->kind == DIGEST_SHA1 ||
	       strlen(line->expected) < digest_length(DIGEST_SHA224);
}

static void vouch(void *data, const struct bundle_line *line)
{
	struct check *check = data;
	const struct bundle *bundle = check->bundle;

	if (line->verdict != BUNDLE_LINE_OK || is_weak(line))
		return;
	for (size_t i = 0; i < bundle->content->manifest_count; i++) {
		if (!check->is_signed[i] ||
			strcmp(bundle->content->manifests[i]->file, line->manifest) != 0)
			continue;
		for (size_t j = 0; j < bundle->package_count; j++)
			check->is_vouched[j] |= text_equal(bundle->packages[j].entry, line->name);
	}
}

static void check_package(const struct check *check, size_t i)
{
	const struct bundle_package *package = &check->bundle->packages[i];
	const char *key = package->package.key;

	switch (package->package.signature) {
	case PACKAGE_SIGNATURE_UNKNOWN_KEY:
		bundle_find(check->findings, severity_of_key(check, false), package->entry,
			"signed with key ID %s, which is not in the keyring, so it proves nothing: get the public key from its owner and give it with --keyring",
			key);
		break;
	case PACKAGE_SIGNATURE_NOT_TRUSTED:
		bundle_find(check->findings, severity_of_key(check, false), package->entry,
			"signed with key ID %s, which rpm does not trust", key);
		break;
	case PACKAGE_SIGNATURE_NONE:
		if (check->is_required && !check->is_vouched[i])
			bundle_find(check->findings, BUNDLE_PROBLEM, package->entry,
				"nothing proves where it comes from: neither it nor a manifest that lists it with a digest better than SHA1 has a good signature");
		break;
	case PACKAGE_SIGNATURE_OK:
		break;
	}
}

size_t authenticity_check(const struct bundle *bundle, const struct keyring *keyring,
	bool is_required, struct bundle_findings *findings)
{
	CLEANUP(cleanup_check)
	struct check check = {.bundle = bundle,
		.keyring = keyring,
		.is_required = is_required,
		.findings = findings};
	size_t proven = 0, manifests = bundle->content->manifest_count;

	check.is_signed = vector_resize(NULL, manifests + 1, sizeof(bool));
	check.is_vouched = vector_resize(NULL, bundle->package_count + 1, sizeof(bool));
	memset(check.is_signed, 0, manifests + 1);
	memset(check.is_vouched, 0, bundle->package_count + 1);
	check_manifests(&check);
	bundle_lines(bundle, vouch, &check);
	for (size_t i = 0; i < bundle->package_count; i++) {
		if (bundle->packages[i].damage)
			continue;
		check_package(&check, i);
		proven += check.is_vouched[i] ||
			  bundle->packages[i].package.signature == PACKAGE_SIGNATURE_OK;
	}
	if (bundle->package_count && !proven && !is_required)
		bundle_find(findings, BUNDLE_NOTE, NULL,
			"no signature proves who made it: its digests show integrity, not authenticity");
	else if (proven < bundle->package_count && !is_required)
		bundle_find(findings, BUNDLE_NOTE, NULL,
			"only of %zu of its %zu packages a signature proves who made them: digests show integrity, not authenticity",
			proven, bundle->package_count);
	return proven;
}
