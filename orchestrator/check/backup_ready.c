/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Could each backup take over? Its role, and a way to every floating IP. Pure. */
#include <string.h>

#include "orchestrator/check/named_checks.h"

/* "192.0.2.100 192.0.2.100 via 10.0.0.1 dev eth0 ...": a gateway leads there, no network of its
 * own. */
static bool is_far(const char *words)
{
	return strstr(words, " via ") || strstr(words, "unreachable") ||
	       strstr(words, "prohibit") || strstr(words, "blackhole");
}

static const char *far_address(const struct condition *condition)
{
	size_t count = condition_count(condition, CONDITION_ROUTE);

	for (size_t i = 0; i < count; i++) {
		const char *words = condition_words(condition, CONDITION_ROUTE, i);

		if (is_far(words))
			return words;
	}
	return NULL;
}

/* What the node said of that address, its name first, or NULL. */
static const char *route_words(const struct condition *condition, const char *address)
{
	size_t count = condition_count(condition, CONDITION_ROUTE), length = strlen(address);

	for (size_t i = 0; i < count; i++) {
		const char *words = condition_words(condition, CONDITION_ROUTE, i);

		if (strncmp(words, address, length) == 0 &&
			(!words[length] || words[length] == ' '))
			return words;
	}
	return NULL;
}

/* The first floating IP of which the node did not say by which device it would reach it. */
static const char *unknown_address(
	const struct check_context *context, size_t node, const char **words)
{
	const struct word_list *addresses = &context->nodes->cluster->floating_ips;

	for (size_t i = 0; i < addresses->count; i++) {
		*words = route_words(&context->conditions[node], addresses->items[i]);
		if (!*words || !strstr(*words, " dev "))
			return addresses->items[i];
	}
	return NULL;
}

/* Whether this backup could take over; what stands in the way is told. */
static bool is_ready(struct check_context *context, size_t node)
{
	const struct node_view view = target_node_view(context->target, node);
	const char *far = far_address(&context->conditions[node]);
	struct check *check;

	if (!view_can_take_over(&view)) {
		check_fix(checks_add(context->checks, CHECK_BACKUP_READY, (int)node,
				  check_unless_rollback(context), "could not take over: %s",
				  !view.services_active ? "not all of its services are active"
							: "it holds a floating IP already"),
			"haupgrade status -v %s", context->nodes->cluster->file);
		return false;
	}
	if (far) {
		check = checks_add(context->checks, CHECK_BACKUP_READY, (int)node,
			check_unless_rollback(context),
			"could not take %.*s over: the address is on none of its networks",
			(int)strcspn(far, " "), far);
		check_fix(check, "give %s an address on the floating IP's network",
			check_node_name(context, node));
		check_evidence(check, "ip route get", far);
		return false;
	}
	return true;
}

/* A backup that is ready as far as its networks are known. */
static void tell_ready(struct check_context *context, size_t node)
{
	const char *words = NULL, *address = unknown_address(context, node, &words);
	struct check *check;

	if (!address) {
		checks_add(context->checks, CHECK_BACKUP_READY, (int)node, CHECK_PASS,
			"services active, no floating IP held, its network is at hand");
		return;
	}
	if (!context->conditions[node].is_known) {
		checks_add(context->checks, CHECK_BACKUP_READY, (int)node, CHECK_UNLOOKED,
			"services active, no floating IP held; whether %s is on one of its networks was not looked at: the node's condition is not known",
			address);
		return;
	}
	check = checks_add(context->checks, CHECK_BACKUP_READY, (int)node, CHECK_WARN,
		"services active, no floating IP held; but nobody knows whether %s is on one of its networks",
		address);
	check_fix(check, "see what `ip route get %s` says on %s", address,
		check_node_name(context, node));
	check_evidence(check, "ip route get", words);
}

void check_backup_ready(struct check_context *context)
{
	size_t backups = 0;

	for (size_t n = 0; n < context->nodes->cluster->node_count; n++) {
		if (context->nodes->items[n].facts.role != ROLE_BACKUP)
			continue;
		backups++;
		if (is_ready(context, n))
			tell_ready(context, n);
	}
	if (!backups)
		check_fix(checks_add(context->checks, CHECK_BACKUP_READY, PLAN_NO_NODE,
				  check_unless_rollback(context),
				  "no node is backup: nobody could take over"),
			"haupgrade status -v %s", context->nodes->cluster->file);
}
