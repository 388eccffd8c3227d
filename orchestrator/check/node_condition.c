/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the nodes' condition means for a run: clock, package manager, service manager, boot. Pure.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "orchestrator/check/named_checks.h"

enum { LISTED = 3 };

const char *check_node_name(const struct check_context *context, size_t node)
{
	return context->nodes->cluster->nodes[node].name;
}

void check_condition(struct check_context *context, size_t node)
{
	if (!context->conditions[node].is_known)
		check_fix(checks_add(context->checks, CHECK_CONDITION, (int)node, CHECK_FAIL, "%s",
				  error_text(&context->errors[node])),
			"its answer cannot be used: is there an unusual login shell on %s?",
			check_node_name(context, node));
}

/*
 * A second of difference makes logs hard to read. Role lines are believed up to ten seconds ahead
 * of the node's clock (node/facts.c), and a clock that is set right while a run goes on, as it may
 * be at the boot, moves the lines of before by that much.
 */
enum { SKEW_WARN_US = 1000000, SKEW_FAIL_US = 10000000 };

/* How far the clock is surely off this machine's; the answer was under way for some time. */
static uint64_t skew_of(const struct condition *condition, bool *is_ahead)
{
	*is_ahead = condition->now_us > condition->answered_us;
	if (*is_ahead)
		return condition->now_us - condition->answered_us;
	return condition->asked_us > condition->now_us ? condition->asked_us - condition->now_us
						       : 0;
}

void check_clock_skew(struct check_context *context, size_t node)
{
	bool is_ahead;
	uint64_t skew_us = skew_of(&context->conditions[node], &is_ahead);
	enum check_outcome outcome = skew_us >= SKEW_FAIL_US   ? CHECK_FAIL
				     : skew_us >= SKEW_WARN_US ? CHECK_WARN
							       : CHECK_PASS;
	struct check *check;

	if (outcome == CHECK_PASS) {
		checks_add(context->checks, CHECK_CLOCK_SKEW, (int)node, outcome,
			"less than a second from this machine's clock");
		return;
	}
	check = checks_add(context->checks, CHECK_CLOCK_SKEW, (int)node, outcome,
		"the clock is %.1f s %s this machine's%s", (double)skew_us / 1e6,
		is_ahead ? "ahead of" : "behind",
		outcome == CHECK_FAIL
			? "; role lines could not be told from those of an earlier boot once it is set right"
			: "");
	check_fix(check, "set it, on %s or here: chronyc makestep (or: ntpdate, timedatectl)",
		check_node_name(context, node));
}

static bool has_duplicates(const struct facts *facts, const char **name)
{
	for (size_t i = 0; i < facts->package_count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(facts->packages[i].name, facts->packages[j].name) != 0 ||
				strcmp(facts->packages[i].arch, facts->packages[j].arch) != 0)
				continue;
			*name = facts->packages[i].name;
			return true;
		}
	}
	return false;
}

static bool look_at_locks(struct check_context *context, size_t node)
{
	const struct condition *condition = &context->conditions[node];
	CLEANUP(cleanup_free) char *locks = condition_list(condition, CONDITION_LOCK, LISTED);
	struct check *check;

	if (!*locks)
		return false;
	check = checks_add(context->checks, CHECK_PENDING_TRANSACTIONS, (int)node, CHECK_FAIL,
		"a package manager is at work: lock, process and program are %s", locks);
	check_fix(
		check, "wait until it has ended, or end it on %s", check_node_name(context, node));
	check_evidence(check, "/proc/locks", locks);
	return true;
}

static bool look_at_leftovers(struct check_context *context, size_t node)
{
	const struct condition *condition = &context->conditions[node];
	CLEANUP(cleanup_free) char *left = condition_list(condition, CONDITION_LEFTOVER, LISTED);
	CLEANUP(cleanup_free) char *audit = condition_list(condition, CONDITION_AUDIT, 20);
	const char *twice = NULL;
	struct check *check;

	if (has_duplicates(&context->nodes->items[node].facts, &twice)) {
		check = checks_add(context->checks, CHECK_PENDING_TRANSACTIONS, (int)node,
			CHECK_WARN, "%s is installed twice, as after an interrupted transaction",
			twice);
		check_fix(check,
			"see on %s: rpm -q %s; installing the newer one again with rpm -U --replacepkgs mends it",
			check_node_name(context, node), twice);
		return true;
	}
	if (!*left && !*audit)
		return false;
	/* What the bundle brings is mended by it; the transaction's own test judges the rest. */
	check = checks_add(context->checks, CHECK_PENDING_TRANSACTIONS, (int)node, CHECK_WARN,
		"a transaction was interrupted: %s", *left ? left : audit);
	if (*left)
		check_fix(check, "on %s: finish it with its package manager, then remove %s",
			check_node_name(context, node),
			condition_words(condition, CONDITION_LEFTOVER, 0));
	else
		check_fix(check, "on %s: dpkg --configure -a", check_node_name(context, node));
	check_evidence(check, *audit ? "dpkg --audit" : "ls", *audit ? audit : left);
	return true;
}

void check_pending_transactions(struct check_context *context, size_t node)
{
	const struct condition *condition = &context->conditions[node];
	CLEANUP(cleanup_free) char *running = condition_list(condition, CONDITION_PROCESS, LISTED);
	bool found = look_at_locks(context, node);

	if (!found && *running) {
		found = true;
		check_fix(checks_add(context->checks, CHECK_PENDING_TRANSACTIONS, (int)node,
				  CHECK_WARN, "a package manager runs (%s), without a lock so far",
				  running),
			"see on %s what it is about to do", check_node_name(context, node));
	}
	found |= look_at_leftovers(context, node);
	if (!found)
		checks_add(context->checks, CHECK_PENDING_TRANSACTIONS, (int)node, CHECK_PASS,
			"no lock is held, nothing is half done");
}

void check_leftover_jobs(struct check_context *context, size_t node)
{
	CLEANUP(cleanup_free)
	char *jobs = condition_list(&context->conditions[node], CONDITION_JOB, LISTED);

	if (*jobs)
		check_fix(
			checks_add(context->checks, CHECK_LEFTOVER_JOBS, (int)node, CHECK_FAIL,
				"an installation that an earlier run began is still at work (job and process: %s)",
				jobs),
			"wait for its end, then go on with that run: haupgrade history, haupgrade resume RUN");
	else
		checks_add(context->checks, CHECK_LEFTOVER_JOBS, (int)node, CHECK_PASS,
			"nothing of an earlier run is at work");
}

static bool is_worried(const char *system)
{
	return strcmp(system, "running") != 0;
}

void check_units(struct check_context *context, size_t node)
{
	const struct condition *condition = &context->conditions[node];
	CLEANUP(cleanup_free) char *failed = condition_list(condition, CONDITION_FAILED, LISTED);
	struct check *check;

	if (!condition->system) {
		checks_add(context->checks, CHECK_UNITS, (int)node, CHECK_UNLOOKED,
			"no systemd there to ask");
		return;
	}
	if (!*failed && !is_worried(condition->system)) {
		checks_add(context->checks, CHECK_UNITS, (int)node, CHECK_PASS, "systemd: running");
		return;
	}
	check = checks_add(context->checks, CHECK_UNITS, (int)node, CHECK_WARN,
		"systemd says \"%s\"%s%s: what fails now will fail after the reboot too",
		condition->system, *failed ? "; failed: " : "", failed);
	check_fix(check, "on %s: systemctl --failed; systemctl list-jobs",
		check_node_name(context, node));
	check_evidence(check, "systemctl is-system-running; systemctl --failed", failed);
}

/* "NAME STATE", as systemctl is-enabled says it. */
static bool starts_at_boot(const char *words)
{
	static const char *const good[] = {
		"enabled", "enabled-runtime", "static", "alias", "indirect", "generated"};
	const char *state = strchr(words, ' ');

	for (size_t i = 0; state && i < sizeof(good) / sizeof(good[0]); i++)
		if (strcmp(state + 1, good[i]) == 0)
			return true;
	return false;
}

void check_boot_services(struct check_context *context, size_t node)
{
	const struct condition *condition = &context->conditions[node];
	size_t count = condition_count(condition, CONDITION_UNIT), bad = 0;

	for (size_t i = 0; i < count; i++) {
		const char *words = condition_words(condition, CONDITION_UNIT, i);

		if (starts_at_boot(words))
			continue;
		bad++;
		check_fix(checks_add(context->checks, CHECK_BOOT_SERVICES, (int)node, CHECK_WARN,
				  "%s: after the reboot it starts only if something else starts it",
				  words),
			"on %s: systemctl enable %.*s", check_node_name(context, node),
			(int)strcspn(words, " "), words);
	}
	if (!count)
		checks_add(context->checks, CHECK_BOOT_SERVICES, (int)node, CHECK_UNLOOKED,
			"no systemd there to ask");
	else if (!bad)
		checks_add(context->checks, CHECK_BOOT_SERVICES, (int)node, CHECK_PASS,
			"%zu services start at boot", count);
}

/* "VERSION SIZE SIZE": a kernel that is empty, or the only one without an initial file system. */
static bool is_bad_kernel(const char *words, bool others_have_one)
{
	unsigned long long size = 0, initial = 0;
	const char *rest = strchr(words, ' ');

	if (!rest || sscanf(rest, "%llu %llu", &size, &initial) < 1)
		return true;
	return !size || (!initial && others_have_one);
}

static bool any_has_initial(const struct condition *condition)
{
	size_t count = condition_count(condition, CONDITION_KERNEL);

	for (size_t i = 0; i < count; i++)
		if (!text_ends_with(condition_words(condition, CONDITION_KERNEL, i), " 0"))
			return true;
	return false;
}

static bool look_at_kernels(struct check_context *context, size_t node)
{
	const struct condition *condition = &context->conditions[node];
	size_t count = condition_count(condition, CONDITION_KERNEL), bad = 0;
	bool initial = any_has_initial(condition);

	for (size_t i = 0; i < count; i++) {
		const char *words = condition_words(condition, CONDITION_KERNEL, i);

		if (!is_bad_kernel(words, initial))
			continue;
		bad++;
		check_fix(
			checks_add(context->checks, CHECK_REBOOT_PENDING, (int)node, CHECK_WARN,
				"/boot: the kernel %.*s or its initial file system is not whole; the next boot may take it",
				(int)strcspn(words, " "), words),
			"on %s: install that kernel again, or remove it",
			check_node_name(context, node));
	}
	return bad > 0;
}

void check_reboot_pending(struct check_context *context, size_t node)
{
	const struct condition *condition = &context->conditions[node];
	const char *due = condition_words(condition, CONDITION_REBOOT, 0);
	const char *scheduled = condition_words(condition, CONDITION_SCHEDULED, 0);
	bool found = look_at_kernels(context, node);

	if (scheduled)
		check_fix(checks_add(context->checks, CHECK_REBOOT_PENDING, (int)node, CHECK_FAIL,
				  "somebody has scheduled a shutdown or reboot: %s", scheduled),
			"on %s: shutdown -c", check_node_name(context, node));
	if (due)
		check_fix(
			checks_add(context->checks, CHECK_REBOOT_PENDING, (int)node, CHECK_WARN,
				"an earlier change waits for a reboot: %s; this run's reboot will bring it into effect too",
				due),
			"reboot %s before, should you want to tell the two apart",
			check_node_name(context, node));
	if (!found && !scheduled && !due)
		checks_add(context->checks, CHECK_REBOOT_PENDING, (int)node, CHECK_PASS,
			"no earlier change waits for a reboot");
}
