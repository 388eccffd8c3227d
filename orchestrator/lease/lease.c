/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes the lease of all nodes, or lets it go. */
#include "orchestrator/lease/lease.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/lease/renewal.h"
#include "orchestrator/lease/script.h"

enum { DEADLINE_MS = 30000, LOOK_AGAIN_MS = 1000, GOODBYE_MS = 2000 };

struct lease {
	struct nodes *nodes; /* borrowed */
	struct renewal *renewal;
};

static void to_hex(const unsigned char *bytes, char *digits)
{
	for (size_t i = 0; i < (LEASE_TOKEN_SIZE - 1) / 2; i++)
		snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
}

int lease_token(char token[LEASE_TOKEN_SIZE], struct error *err)
{
	unsigned char bytes[(LEASE_TOKEN_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return error_system(err, errno, "the kernel gives no random bytes");
	to_hex(bytes, token);
	return 0;
}

void lease_identity(const char *state_folder, const char *cluster, char identity[LEASE_TOKEN_SIZE])
{
	CLEANUP(cleanup_free) char *machine = NULL, *folder = realpath(state_folder, NULL);
	CLEANUP(cleanup_free) char *words = NULL;
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char host[256] = "";

	/* Cloned machines may have the same id, but not the same name too. */
	if (file_read("/etc/machine-id", 256, &machine, NULL, NULL) < 0)
		machine = text_copy("-");
	gethostname(host, sizeof(host) - 1);
	words = text_format("%s\n%s\n%s\n%s", text_trim(machine), host,
		folder ? folder : state_folder, cluster);
	SHA256((const unsigned char *)words, strlen(words), digest);
	to_hex(digest, identity);
}

/* The time of day here, with the date if that is not today's. */
static void say_when(char *buffer, size_t size, time_t when)
{
	time_t now = (time_t)(clock_wall_us() / 1000000);
	struct tm then, today;

	localtime_r(&now, &today);
	localtime_r(&when, &then);
	strftime(buffer, size,
		then.tm_year == today.tm_year && then.tm_yday == today.tm_yday ? "%H:%M"
									       : "%Y-%m-%d %H:%M",
		&then);
}

char *lease_words(const char *node, const struct lease_answer *answer)
{
	const struct lease_text *text = &answer->text;
	/* By our clock: nobody reads the node's. */
	time_t since = (time_t)(clock_wall_us() / 1000000) - (answer->now_s - text->since_s);
	char when[32];

	say_when(when, sizeof(when), since);
	return text_format(
		"%s holds cluster %s since %s (%s; lease on %s), its lease runs out in %lld s unless renewed",
		text->owner[0] ? text->owner : "somebody",
		text->cluster[0] ? text->cluster : "(unnamed)", when,
		text->purpose[0] ? text->purpose : "nobody knows for what", node,
		(long long)lease_answer_left(answer));
}

/* What is found, or what came of an attempt, on one node. */
struct finding {
	struct lease_answer answer;
	int result;  /* of asking; 0 or negative */
	bool is_odd; /* it answered, but what it has cannot be read */
	struct error error;
};

/* One per node; NULL: no memory. */
static struct finding *findings_new(void)
{
	return calloc(CLUSTER_NODES_MAX, sizeof(struct finding));
}

static void finding_clear(struct finding *finding)
{
	error_release(&finding->error);
	*finding = (struct finding){0};
}

static void findings_free(struct finding **findings)
{
	for (size_t i = 0; *findings && i < CLUSTER_NODES_MAX; i++)
		finding_clear(&(*findings)[i]);
	free(*findings);
}

struct task {
	const struct lease_wish *wish;
	struct finding *findings;
};

static int look_at(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct finding *finding = (struct finding *)data + node;
	const char *arguments[] = {LEASE_FOLDER, NULL};
	CLEANUP(cleanup_session_result) struct session_result result = {0};

	finding_clear(finding);
	finding->result = link_script(&nodes->items[node].link, "look for a lease",
		script_lease_look, arguments, DEADLINE_MS, &result, err);
	if (finding->result == 0) {
		finding->result = lease_answer_parse(
			result.output, result.output_length, &finding->answer, err);
		finding->is_odd = finding->result < 0;
	}
	if (finding->is_odd)
		error_prefix(err, "%s", nodes->cluster->nodes[node].name);
	if (finding->result < 0)
		error_copy(&finding->error, err);
	return finding->result;
}

/* Everywhere at once: the first connections take a moment. */
static void look(struct nodes *nodes, struct finding *findings)
{
	CLEANUP(error_release) struct error ignored = {0};

	nodes_each(nodes, look_at, findings, NULL, &ignored);
}

static int refuse(const struct nodes *nodes, size_t node, const struct finding *finding,
	enum lease_verdict verdict, const struct lease_claim *claim, struct error *err)
{
	CLEANUP(cleanup_free)
	char *words = lease_words(nodes->cluster->nodes[node].name, &finding->answer);
	const struct lease_text *text = &finding->answer.text;

	if (verdict == LEASE_WAIT)
		return error_set(err, EBUSY, "%s: that haupgrade is alive and renews it", words);
	if (claim->identity && strcmp(claim->identity, text->identity) == 0)
		return error_set(err, EBUSY,
			"%s: that haupgrade died here; `haupgrade resume` of that run goes on at once, `haupgrade abort` ends it",
			words);
	return error_set(err, EBUSY,
		"%s: wait until it has ended; if that haupgrade died, resume its run where its journal is, or wait until the lease has run out",
		words);
}

/* 0: may be taken; -EAGAIN: our own run's, and perhaps dead; else the reason why not. */
static int judge(const struct nodes *nodes, const struct finding *findings,
	const struct lease_wish *wish, struct error *err)
{
	size_t answered = 0;
	int result = 0;

	for (size_t i = 0; i < nodes->count; i++) {
		enum lease_verdict verdict;

		/* Also for a run that goes on although a node is down: this one is not. */
		if (findings[i].is_odd)
			return error_set(err, EBUSY, "%s", error_text(&findings[i].error));
		if (findings[i].result < 0 && !wish->partly) {
			error_copy(err, &findings[i].error);
			return findings[i].result;
		}
		if (findings[i].result < 0)
			continue;
		answered++;
		verdict = lease_judge(&findings[i].answer, &wish->claim);
		if (verdict == LEASE_HELD)
			return refuse(nodes, i, &findings[i], verdict, &wish->claim, err);
		if (verdict == LEASE_WAIT) {
			refuse(nodes, i, &findings[i], verdict, &wish->claim, err);
			result = -EAGAIN;
		}
	}
	if (answered)
		return result;
	error_copy(err, &findings[0].error);
	return findings[0].result;
}

/* Was any of them renewed between two looks? */
static bool was_renewed(
	const struct nodes *nodes, const struct finding *before, const struct finding *after)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (before[i].result == 0 && after[i].result == 0 && after[i].answer.there &&
			after[i].answer.text.renewed_s > before[i].answer.text.renewed_s)
			return true;
	}
	return false;
}

static bool was_removed(
	const struct nodes *nodes, const struct finding *before, const struct finding *after)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (before[i].result == 0 && after[i].result == 0 && before[i].answer.there &&
			!after[i].answer.there)
			return true;
	}
	return false;
}

/*
 * Looks until the lease may be taken. A lease of our own run of which nobody knows whether its
 * owner lives (its state folder was copied) is watched: whoever lives renews it.
 */
static int find_free(struct nodes *nodes, const struct lease_wish *wish, struct finding *findings,
	struct error *err)
{
	uint64_t until = clock_monotonic_ms() + 1000 * LEASE_SECONDS;
	CLEANUP(findings_free) struct finding *first = findings_new();
	bool watched = false;
	int result;

	if (!first)
		return error_set(
			err, ENOMEM, "no memory for the leases of %zu nodes", nodes->count);
	look(nodes, findings);
	for (size_t i = 0; i < nodes->count; i++) {
		first[i].answer = findings[i].answer;
		first[i].result = findings[i].result;
	}
	while ((result = judge(nodes, findings, wish, err)) == -EAGAIN) {
		if (was_renewed(nodes, first, findings) || clock_monotonic_ms() > until)
			return -EBUSY;
		if (*nodes->cancel)
			return error_set(err, ECANCELED, "cancelled");
		if (!watched && wish->waiting)
			wish->waiting(wish->data,
				"waiting to see whether the haupgrade that holds the cluster for this run still lives");
		watched = true;
		clock_sleep_ms(LOOK_AGAIN_MS);
		look(nodes, findings);
	}
	/* Only its owner removes a lease. */
	if (result == 0 && watched && was_removed(nodes, first, findings))
		return error_set(err, EBUSY,
			"the haupgrade that held cluster %s for this run was alive and has ended just now: its journal knows more than this one",
			nodes->cluster->name);
	return result;
}

static int by_name(const void *left, const void *right, void *data)
{
	const struct nodes *nodes = data;

	return strcmp(nodes->cluster->nodes[*(const size_t *)left].name,
		nodes->cluster->nodes[*(const size_t *)right].name);
}

/* Two that take at the same time take in the same order, so that one of them gets all. */
static void order_nodes(struct nodes *nodes, size_t order[CLUSTER_NODES_MAX])
{
	for (size_t i = 0; i < nodes->count; i++)
		order[i] = i;
	qsort_r(order, nodes->count, sizeof(*order), by_name, nodes);
}

static struct renewal_terms terms_of(
	const struct nodes *nodes, const struct lease_wish *wish, const char *inherited)
{
	return (struct renewal_terms){
		.token = wish->claim.token,
		.inherited = inherited,
		.identity = wish->claim.identity ?: "",
		.owner = wish->owner,
		.purpose = wish->purpose,
		.cluster = nodes->cluster->name,
		.heir_any = wish->heir_any,
	};
}

static int take_on(struct nodes *nodes, size_t node, const struct lease_wish *wish,
	struct finding *finding, struct error *err)
{
	const struct lease_answer before = finding->answer;
	const bool inherit = lease_judge(&before, &wish->claim) == LEASE_INHERITED;
	const struct renewal_terms terms = terms_of(nodes, wish, inherit ? before.text.token : "");

	finding_clear(finding);
	finding->result = renewal_ask(
		&nodes->items[node].link, "take", &terms, DEADLINE_MS, &finding->answer, err);
	if (finding->result == 0 && !finding->answer.taken)
		return refuse(nodes, node, finding, LEASE_HELD, &wish->claim, err);
	return finding->result;
}

struct goodbye {
	const char *token;
	bool cancelled; /* the run's own links do nothing any more */
	volatile sig_atomic_t never;
};

static int end_by(struct link *link, const char *token, struct error *err)
{
	const char *arguments[] = {LEASE_FOLDER, token, NULL};
	int result = 0;

	/* A node that is away is not waited for as long as a connection may take. */
	if (!link->session)
		result = link_dial(link, GOODBYE_MS, err);
	if (result == 0)
		result = link_script(link, "let the lease go", script_lease_end, arguments,
			DEADLINE_MS, NULL, err);
	return result;
}

static int end_on(struct nodes *nodes, size_t node, void *data, struct error *err)
{
	struct goodbye *goodbye = data;
	struct link own;
	int result;

	if (!goodbye->cancelled)
		return end_by(&nodes->items[node].link, goodbye->token, err);
	link_init(&own, nodes->cluster, node, nodes->access, &goodbye->never);
	result = end_by(&own, goodbye->token, err);
	link_clear(&own);
	return result;
}

static void let_go(struct nodes *nodes, const char *token)
{
	struct goodbye goodbye = {.token = token, .cancelled = *nodes->cancel};
	CLEANUP(error_release) struct error ignored = {0};

	nodes_each(nodes, end_on, &goodbye, NULL, &ignored);
}

static int take_all(struct nodes *nodes, const struct lease_wish *wish, struct finding *findings,
	struct error *err)
{
	size_t order[CLUSTER_NODES_MAX];
	size_t taken = 0;
	int result = 0;

	order_nodes(nodes, order);
	for (size_t i = 0; i < nodes->count && result == 0; i++) {
		CLEANUP(error_release) struct error trouble = {0};

		if (findings[order[i]].result < 0)
			continue;
		result = take_on(nodes, order[i], wish, &findings[order[i]], &trouble);
		taken += result == 0;
		if (result < 0)
			error_move(err, &trouble);
		if (wish->partly && result != -EBUSY && result != -ECANCELED)
			result = 0;
	}
	if (result == 0 && !taken)
		result = -err->number;
	if (result < 0)
		let_go(nodes, wish->claim.token);
	return result;
}

int lease_take(struct nodes *nodes, const struct lease_wish *wish, struct lease **result,
	struct error *err)
{
	CLEANUP(cleanup_free) struct lease *lease = calloc(1, sizeof(*lease));
	CLEANUP(findings_free) struct finding *findings = findings_new();
	const struct renewal_terms terms = terms_of(nodes, wish, "");
	bool on[CLUSTER_NODES_MAX] = {false};
	int outcome;

	if (!lease || !findings)
		return error_set(err, ENOMEM, "no memory for a lease");
	outcome = find_free(nodes, wish, findings, err);
	if (outcome == 0)
		outcome = take_all(nodes, wish, findings, err);
	for (size_t i = 0; i < nodes->count; i++)
		on[i] = findings[i].result == 0;
	if (outcome < 0)
		return outcome;
	lease->nodes = nodes;
	lease->renewal = renewal_new(nodes, &terms, &wish->claim, on);
	*result = TAKE(lease);
	return 0;
}

const char *lease_held_token(const struct lease *lease)
{
	return renewal_token(lease->renewal);
}

int lease_say(struct lease *lease, const char *purpose, bool heir_any, struct error *err)
{
	int result = 0;

	renewal_say(lease->renewal, purpose, heir_any);
	for (size_t i = 0; i < lease->nodes->count; i++) {
		CLEANUP(error_release) struct error trouble = {0};
		int status =
			renewal_renew_by(lease->renewal, i, &lease->nodes->items[i].link, &trouble);

		if (status < 0 && result == 0) {
			result = status;
			error_move(err, &trouble);
		}
	}
	return result;
}

int lease_check(struct lease *lease, struct error *err)
{
	return renewal_check(lease->renewal, err);
}

void lease_free(struct lease *lease)
{
	CLEANUP(cleanup_free) char *token = NULL;

	if (!lease)
		return;
	token = text_copy(renewal_token(lease->renewal));
	/* First, or a renewal would bring it back. */
	renewal_free(lease->renewal);
	let_go(lease->nodes, token);
	free(lease);
}

int lease_look(
	struct nodes *nodes, const struct lease *ours, const char *identity, struct error *err)
{
	const struct lease_wish wish = {
		.claim.token = ours ? renewal_token(ours->renewal) : NULL,
		.claim.identity = identity,
		.partly = true,
	};
	CLEANUP(findings_free) struct finding *findings = findings_new();

	if (!findings)
		return error_set(
			err, ENOMEM, "no memory for the leases of %zu nodes", nodes->count);
	look(nodes, findings);
	return judge(nodes, findings, &wish, err);
}
