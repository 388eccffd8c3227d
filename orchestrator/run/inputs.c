/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run is made of, read and looked at before any node is asked. */
#include "orchestrator/run/inputs.h"

#include <string.h>

#include "orchestrator/bundle/authenticity.h"
#include "orchestrator/bundle/identity.h"

static int open_keyring(
	const struct signature_wishes *signatures, struct keyring **keyring, struct error *err)
{
	int result = keyring_open(signatures->keyring, keyring, err);

	if (result == 0 && signatures->ed25519_key)
		result = keyring_add_ed25519(*keyring, signatures->ed25519_key, err);
	return result;
}

static void tell_reading(void *data, uint64_t done, uint64_t total)
{
	struct teller *teller = data;

	teller->tell(teller, &(struct told){.kind = TOLD_READING, .reading = {done, total}});
}

enum outcome inputs_bundle(const struct run_process *process,
	const struct signature_wishes *signatures, const char *path, struct bundle **bundle)
{
	CLEANUP(cleanup_bundle_findings) struct bundle_findings findings = {0};
	CLEANUP(cleanup_keyring) struct keyring *keyring = NULL;
	struct teller *teller = process->teller;
	struct bundle_options options = {
		.cancel = process->interrupted, .progress = tell_reading, .data = teller};
	CLEANUP(error_release) struct error err = {0};
	int result = open_keyring(signatures, &keyring, &err);

	options.keyring = keyring;
	if (result == 0) {
		tell_reading(teller, 0, 0);
		result = bundle_open(path, &options, bundle, &err);
		teller->tell(teller, &(struct told){.kind = TOLD_READ});
	}
	if (result < 0)
		return teller_fail(teller, &err, OUTCOME_UNABLE);
	bundle_verify(*bundle, &findings, &err);
	(*bundle)->proven = authenticity_check(*bundle, keyring, signatures->required, &findings);
	teller->tell(teller, &(struct told){.kind = TOLD_FINDINGS, .findings = &findings});
	return bundle_problem_count(&findings) ? OUTCOME_NO : OUTCOME_DONE;
}

static void complain_of(struct teller *teller, const struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		CLEANUP(cleanup_free) char *words = problem_text(&problems->items[i]);

		teller_complain(teller, words);
	}
}

enum outcome inputs_cluster(
	const struct run_process *process, const char *name, struct cluster **cluster)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(error_release) struct error err = {0};

	if (cluster_load(name, process->profile_folder, cluster, &problems, &err) == 0) {
		(*cluster)->ssh.password_file = process->password_file ?: -1;
		(*cluster)->ssh.passphrase_file = process->passphrase_file ?: -1;
		return OUTCOME_DONE;
	}
	complain_of(process->teller, &problems);
	return problems.count ? OUTCOME_UNABLE : teller_fail(process->teller, &err, OUTCOME_UNABLE);
}

enum outcome inputs_files(
	const struct run_process *process, const struct cluster *cluster, struct wanted_files **set)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(error_release) struct error err = {0};

	if (wanted_files_load(cluster, set, &problems, &err) == 0)
		return OUTCOME_DONE;
	complain_of(process->teller, &problems);
	return problems.count ? OUTCOME_UNABLE : teller_fail(process->teller, &err, OUTCOME_UNABLE);
}

enum outcome inputs_target(const struct run_process *process,
	const struct signature_wishes *signatures, const char *bundle_path, struct run_context *run)
{
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	char identity[BUNDLE_IDENTITY_SIZE];
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome = inputs_bundle(process, signatures, bundle_path, &bundle);

	if (outcome == OUTCOME_DONE && bundle_identity(bundle, identity, &err) < 0)
		outcome = teller_fail(process->teller, &err, OUTCOME_UNABLE);
	if (outcome == OUTCOME_NO)
		teller_complain(process->teller, "the bundle is not whole; no node was touched");
	if (outcome != OUTCOME_DONE)
		return outcome;
	bundle_free(run->target.bundle);
	run->target.bundle = TAKE(bundle);
	memcpy(run->target.bundle_digest, identity, sizeof(identity));
	return OUTCOME_DONE;
}

enum outcome inputs_previous(const struct run_process *process,
	const struct signature_wishes *signatures, const char *path, struct run_context *run)
{
	CLEANUP(error_release) struct error err = {0};
	enum outcome outcome;

	if (!path)
		return OUTCOME_DONE;
	outcome = inputs_bundle(process, signatures, path, &run->target.previous);
	if (outcome == OUTCOME_DONE &&
		bundle_identity(run->target.previous, run->target.previous_digest, &err) < 0)
		outcome = teller_fail(process->teller, &err, OUTCOME_UNABLE);
	if (outcome == OUTCOME_NO)
		teller_complain(
			process->teller, "the previous bundle is not whole; no node was touched");
	return outcome;
}
