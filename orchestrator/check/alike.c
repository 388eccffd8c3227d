/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the nodes must have in common, and whether the backups could take over. Pure. */
#include <string.h>

#include "orchestrator/check/look.h"

/* A node whose file is there and another one's, or is missing. */
static bool find_odd(const struct look *look, size_t file, size_t *first, size_t *odd)
{
	size_t count = look->nodes->cluster->node_count;
	bool found = false;

	for (size_t n = 0; n < count; n++) {
		const struct condition *condition = &look->conditions[n];

		if (!condition->is_known)
			continue;
		if (!found) {
			*first = n;
			found = true;
		} else if (strcmp(condition->digests[file],
				   look->conditions[*first].digests[file]) != 0) {
			*odd = n;
			return true;
		}
	}
	return false;
}

void look_config_drift(struct look *look)
{
	const struct file_list *files = &look->nodes->cluster->files;
	size_t first = 0, odd = 0, compared = 0, drifted = 0;

	for (size_t f = 0; f < files->count; f++) {
		const struct file_entry *entry = &files->items[f];

		/* What is filled in for each node differs as it should: propagate compares it. */
		if (entry->is_template == FILE_YES)
			continue;
		compared++;
		if (!find_odd(look, f, &first, &odd))
			continue;
		drifted++;
		check_fix(checks_add(look->checks, CHECK_CONFIG_DRIFT, (int)odd, CHECK_WARN,
				  "%s %s", entry->target,
				  look->conditions[odd].digests[f][0]
					  ? look->conditions[first].digests[f][0]
						    ? "is not the same as on the first node"
						    : "is there, but not on the first node"
					  : "is missing, but is on the first node"),
			"see what differs: haupgrade propagate --check %s",
			look->nodes->cluster->file);
	}
	if (!drifted && compared)
		checks_add(look->checks, CHECK_CONFIG_DRIFT, PLAN_NO_NODE, CHECK_PASS,
			"%zu configuration files are the same on all nodes", compared);
	else if (!drifted)
		checks_add(look->checks, CHECK_CONFIG_DRIFT, PLAN_NO_NODE, CHECK_UNLOOKED,
			"the cluster has no files that are to be the same everywhere");
}

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
static const char *unknown_address(const struct look *look, size_t node, const char **words)
{
	const struct profile_list *addresses = &look->nodes->cluster->floating_ips;

	for (size_t i = 0; i < addresses->count; i++) {
		*words = route_words(&look->conditions[node], addresses->items[i]);
		if (!*words || !strstr(*words, " dev "))
			return addresses->items[i];
	}
	return NULL;
}

/* Whether this backup could take over; what stands in the way is told. */
static bool is_ready(struct look *look, size_t node)
{
	const struct node_view view = target_node_view(look->target, node);
	const char *far = far_address(&look->conditions[node]);
	struct check *check;

	if (!view_can_take_over(&view)) {
		check_fix(checks_add(look->checks, CHECK_BACKUP_READY, (int)node,
				  look_unless_rollback(look), "could not take over: %s",
				  !view.services_active ? "not all of its services are active"
							: "it holds a floating IP already"),
			"haupgrade status -v %s", look->nodes->cluster->file);
		return false;
	}
	if (far) {
		check = checks_add(look->checks, CHECK_BACKUP_READY, (int)node,
			look_unless_rollback(look),
			"could not take %.*s over: the address is on none of its networks",
			(int)strcspn(far, " "), far);
		check_fix(check, "give %s an address on the floating IP's network",
			look_name(look, node));
		check_evidence(check, "ip route get", far);
		return false;
	}
	return true;
}

/* A backup that is ready as far as its networks are known. */
static void tell_ready(struct look *look, size_t node)
{
	const char *words = NULL, *address = unknown_address(look, node, &words);
	struct check *check;

	if (!address) {
		checks_add(look->checks, CHECK_BACKUP_READY, (int)node, CHECK_PASS,
			"services active, no floating IP held, its network is at hand");
		return;
	}
	if (!look->conditions[node].is_known) {
		checks_add(look->checks, CHECK_BACKUP_READY, (int)node, CHECK_UNLOOKED,
			"services active, no floating IP held; whether %s is on one of its networks was not looked at: the node's condition is not known",
			address);
		return;
	}
	check = checks_add(look->checks, CHECK_BACKUP_READY, (int)node, CHECK_WARN,
		"services active, no floating IP held; but nobody knows whether %s is on one of its networks",
		address);
	check_fix(check, "see what `ip route get %s` says on %s", address, look_name(look, node));
	check_evidence(check, "ip route get", words);
}

void look_backup_ready(struct look *look)
{
	size_t backups = 0;

	for (size_t n = 0; n < look->nodes->cluster->node_count; n++) {
		if (look->nodes->items[n].facts.role != ROLE_BACKUP)
			continue;
		backups++;
		if (is_ready(look, n))
			tell_ready(look, n);
	}
	if (!backups)
		check_fix(checks_add(look->checks, CHECK_BACKUP_READY, PLAN_NO_NODE,
				  look_unless_rollback(look),
				  "no node is backup: nobody could take over"),
			"haupgrade status -v %s", look->nodes->cluster->file);
}
