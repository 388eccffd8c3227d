/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks make of what the nodes said: each judgement, in its words. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/vector.h"
#include "orchestrator/check/named_checks.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/step/run_context.h"

static char service_name[] = "heartbeatd", boot[] = "boot:1", empty[] = "";
static char package_name[] = "hacluster-common", kernel_name[] = "kernel-core";
static char old_evr[] = "0:1.0-1", new_evr[] = "2.0-1", arch[] = "noarch";
static char address[] = "192.0.2.100", target[] = "/etc/ha.d/ha.cf";

/* Two nodes, the first is primary and holds the address; all is well. */
struct world {
	struct profile profile;
	struct file_entry file;
	struct cluster_node nodes[2];
	char *addresses[1];
	struct cluster cluster;
	struct bundle_package package;
	struct bundle bundle;
	struct node states[2];
	struct facts_service services[2];
	struct facts_package packages[2][2];
	struct run_context run;
	struct preflight_wishes wishes;
	struct checks checks;
	struct check_context context;
};

static void set_space(struct condition *condition, enum condition_place place, const char *mount)
{
	condition->spaces[place] = (struct condition_space){.is_known = true,
		.is_writable = true,
		.free_kib = 1000000,
		.inodes = 100000,
		.inodes_free = 50000};
	snprintf(condition->spaces[place].mount, sizeof(condition->spaces[place].mount), "%s",
		mount);
}

static void node_begin(struct world *world, size_t i)
{
	struct facts *facts = &world->states[i].facts;
	struct condition *condition = &world->context.conditions[i];

	world->services[i] = (struct facts_service){FACTS_OWN, service_name, true};
	world->packages[i][0] = (struct facts_package){package_name, old_evr, arch, empty};
	*facts = (struct facts){.boot = boot,
		.role = i ? ROLE_BACKUP : ROLE_PRIMARY,
		.role_line = empty,
		.role_trouble = "there is none",
		.services = &world->services[i],
		.service_count = 1,
		.packages = world->packages[i],
		.package_count = 1,
		.addresses = world->addresses,
		.address_count = i ? 0 : 1};
	*condition = (struct condition){.is_known = true,
		.now_us = 1000000000,
		.asked_us = 999900000,
		.answered_us = 1000100000,
		.database_kib = 300,
		.digest_count = 1};
	set_space(condition, CONDITION_PUT, "/var");
	set_space(condition, CONDITION_SYSTEM, "/");
	set_space(condition, CONDITION_BOOT, "/boot");
	set_space(condition, CONDITION_DATABASE, "/var");
	condition->system = text_copy("running");
	condition->digests = calloc(1, sizeof(*condition->digests));
}

static int world_begin(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	static char first[] = "node1", second[] = "node2", path[] = "/etc/c.conf", name[] = "demo";

	assert_non_null(world);
	world->addresses[0] = address;
	world->file.target = target;
	world->nodes[0].name = first;
	world->nodes[1].name = second;
	world->cluster = (struct cluster){.name = name,
		.file = path,
		.profile = &world->profile,
		.nodes = world->nodes,
		.node_count = 2,
		.floating_ips = {world->addresses, 1},
		.files = {&world->file, 1}};
	world->package = (struct bundle_package){.package = {.format = PACKAGE_RPM,
							 .name = package_name,
							 .evr = new_evr,
							 .installed_size = 50 * 1024 * 1024},
		.size = 10 * 1024 * 1024};
	world->bundle =
		(struct bundle){.packages = &world->package, .package_count = 1, .path = path};
	world->run = (struct run_context){
		.nodes = {.cluster = &world->cluster, .items = world->states, .count = 2},
		.target = {.nodes = &world->run.nodes, .bundle = &world->bundle}};
	world->context = (struct check_context){.nodes = &world->run.nodes,
		.target = &world->run.target,
		.wishes = &world->wishes,
		.checks = &world->checks};
	node_begin(world, 0);
	node_begin(world, 1);
	*state = world;
	return 0;
}

static int world_end(void **state)
{
	struct world *world = *state;

	condition_clear(&world->context.conditions[0]);
	condition_clear(&world->context.conditions[1]);
	checks_clear(&world->checks);
	free(world);
	return 0;
}

static void say(struct world *world, size_t node, enum condition_kind kind, const char *words)
{
	struct condition *condition = &world->context.conditions[node];
	struct condition_item *item = VECTOR_APPEND(condition->items, condition->item_count);

	*item = (struct condition_item){kind, text_copy(words)};
}

/* The newest outcome, and what it says. */
static void expect(struct world *world, enum check_outcome outcome, const char *words)
{
	const struct check *check = &world->checks.items[world->checks.count - 1];

	assert_true(world->checks.count > 0);
	if (check->outcome != outcome || !strstr(check->text, words))
		fail_msg("%s: %s, not: %s", check_outcome_name(check->outcome), check->text, words);
	/* Whoever is stopped or warned is told what to do. */
	assert_int_equal(check->fix[0] != '\0', outcome == CHECK_FAIL || outcome == CHECK_WARN);
}

static void clocks(void **state)
{
	struct world *world = *state;
	struct condition *condition = &world->context.conditions[1];

	check_clock_skew(&world->context, 1);
	expect(world, CHECK_PASS, "less than a second");
	/* A slow answer proves nothing. */
	condition->asked_us -= 60000000;
	check_clock_skew(&world->context, 1);
	expect(world, CHECK_PASS, "less than a second");
	condition->now_us = condition->answered_us + 2500000;
	check_clock_skew(&world->context, 1);
	expect(world, CHECK_WARN, "the clock is 2.5 s ahead of this machine's");
	condition->now_us = condition->asked_us - 12000000;
	check_clock_skew(&world->context, 1);
	expect(world, CHECK_FAIL,
		"the clock is 12.0 s behind this machine's; role lines could not be told");
}

static void space_for_packages(void **state)
{
	struct world *world = *state;
	struct condition_space *put = &world->context.conditions[0].spaces[CONDITION_PUT];
	struct condition_space *system = &world->context.conditions[0].spaces[CONDITION_SYSTEM];

	check_space_var(&world->context, 0);
	expect(world, CHECK_PASS,
		"/var has 976 MiB free, the packages need 10244 KiB there and 51204 KiB once installed");
	system->free_kib = 61443;
	check_space_var(&world->context, 0);
	expect(world, CHECK_FAIL, "/ has 61443 KiB free, 61444 KiB are needed");
	put->free_kib = 20483;
	check_space_var(&world->context, 0);
	expect(world, CHECK_FAIL, "/var has 20483 KiB free, 20484 KiB are needed");
	put->free_kib = 1000000;
	put->inodes_free = 999;
	check_space_var(&world->context, 0);
	expect(world, CHECK_FAIL, "/var has 999 inodes free, 1000 are needed");
	/* Not every file system counts them. */
	put->inodes = put->inodes_free = 0;
	system->free_kib = 1000000;
	check_space_var(&world->context, 0);
	expect(world, CHECK_PASS, "/var has");
	put->is_writable = false;
	check_space_var(&world->context, 0);
	expect(world, CHECK_FAIL, "/var cannot be written: it is read-only");
	put->is_known = false;
	check_space_var(&world->context, 0);
	expect(world, CHECK_UNLOOKED, "df there does not say");
}

/* One file system for both must have room for both. */
static void space_is_shared(void **state)
{
	struct world *world = *state;
	struct condition_space *put = &world->context.conditions[0].spaces[CONDITION_PUT];

	set_space(&world->context.conditions[0], CONDITION_PUT, "/");
	put->free_kib = 10244 + 51204 + 10240 - 1;
	check_space_var(&world->context, 0);
	expect(world, CHECK_FAIL, "/ has 71687 KiB free, 71688 KiB are needed");
	/* A node that has the version already needs nothing. */
	world->packages[0][0].evr = new_evr;
	check_space_var(&world->context, 0);
	expect(world, CHECK_PASS, "the packages need 0 KiB there");
}

static void space_elsewhere(void **state)
{
	struct world *world = *state;
	struct condition *condition = &world->context.conditions[0];
	struct condition_space *boot_space = &condition->spaces[CONDITION_BOOT];

	boot_space->free_kib = 20 * 1024;
	boot_space->is_writable = false;
	check_space_boot(&world->context, 0);
	expect(world, CHECK_PASS, "/boot has 20 MiB free");
	boot_space->free_kib = 1000;
	check_space_boot(&world->context, 0);
	expect(world, CHECK_WARN, "/boot has only 1000 KiB free");
	boot_space->is_writable = true;
	world->package.package.name = kernel_name;
	world->packages[0][0].name = kernel_name;
	check_space_boot(&world->context, 0);
	expect(world, CHECK_FAIL, "/boot has 1000 KiB free, 153600 KiB are needed");
	set_space(condition, CONDITION_BOOT, "/");
	check_space_boot(&world->context, 0);
	expect(world, CHECK_PASS, "/boot is part of /");
	check_space_database(&world->context, 0);
	expect(world, CHECK_PASS, "the database has 300 KiB");
	condition->spaces[CONDITION_DATABASE].free_kib = 10539;
	check_space_database(&world->context, 0);
	expect(world, CHECK_FAIL, "/var has 10539 KiB free, 10540 KiB are needed");
}

static void transactions(void **state)
{
	struct world *world = *state;

	check_pending_transactions(&world->context, 1);
	expect(world, CHECK_PASS, "no lock is held, nothing is half done");
	say(world, 1, CONDITION_PROCESS, "12 zypper");
	check_pending_transactions(&world->context, 1);
	expect(world, CHECK_WARN, "a package manager runs (12 zypper)");
	say(world, 1, CONDITION_LOCK, "/var/lib/dpkg/lock 12 apt-get");
	check_pending_transactions(&world->context, 1);
	expect(world, CHECK_FAIL,
		"a package manager is at work: lock, process and program are /var/lib/dpkg/lock 12 apt-get");
	world->packages[0][1] = world->packages[0][0];
	world->states[0].facts.package_count = 2;
	check_pending_transactions(&world->context, 0);
	expect(world, CHECK_WARN, "hacluster-common is installed twice");
	world->states[0].facts.package_count = 1;
	say(world, 0, CONDITION_AUDIT, "The following packages are only half configured");
	check_pending_transactions(&world->context, 0);
	expect(world, CHECK_WARN, "a transaction was interrupted: The following packages");
	assert_string_equal(
		world->checks.items[world->checks.count - 1].fix, "on node1: dpkg --configure -a");
	say(world, 0, CONDITION_LEFTOVER, "/usr/bin/x;5f3a1b2c");
	check_pending_transactions(&world->context, 0);
	expect(world, CHECK_WARN, "a transaction was interrupted: /usr/bin/x;5f3a1b2c");
	check_leftover_jobs(&world->context, 0);
	expect(world, CHECK_PASS, "nothing of an earlier run");
	say(world, 0, CONDITION_JOB, "12-5e3-install 99");
	check_leftover_jobs(&world->context, 0);
	expect(world, CHECK_FAIL, "still at work (job and process: 12-5e3-install 99)");
}

static void units_and_boot(void **state)
{
	struct world *world = *state;
	struct condition *condition = &world->context.conditions[0];

	check_units(&world->context, 0);
	expect(world, CHECK_PASS, "systemd: running");
	say(world, 0, CONDITION_FAILED, "nginx.service");
	check_units(&world->context, 0);
	expect(world, CHECK_WARN, "failed: nginx.service");
	free(condition->system);
	condition->system = NULL;
	check_units(&world->context, 0);
	expect(world, CHECK_UNLOOKED, "no systemd there to ask");
	check_boot_services(&world->context, 0);
	expect(world, CHECK_UNLOOKED, "no systemd there to ask");
	say(world, 0, CONDITION_UNIT, "heartbeatd enabled");
	check_boot_services(&world->context, 0);
	expect(world, CHECK_PASS, "1 services start at boot");
	say(world, 0, CONDITION_UNIT, "nginx disabled");
	check_boot_services(&world->context, 0);
	expect(world, CHECK_WARN, "nginx disabled: after the reboot it starts only if");
	assert_string_equal(world->checks.items[world->checks.count - 1].fix,
		"on node1: systemctl enable nginx");
}

static void reboots(void **state)
{
	struct world *world = *state;

	check_reboot_pending(&world->context, 0);
	expect(world, CHECK_PASS, "no earlier change waits for a reboot");
	say(world, 0, CONDITION_KERNEL, "6.1.0 8000000 40000000");
	check_reboot_pending(&world->context, 0);
	expect(world, CHECK_PASS, "no earlier change");
	say(world, 0, CONDITION_KERNEL, "6.1.1 8000000 0");
	check_reboot_pending(&world->context, 0);
	expect(world, CHECK_WARN, "/boot: the kernel 6.1.1 or its initial file system");
	say(world, 1, CONDITION_KERNEL, "6.1.1 0 0");
	check_reboot_pending(&world->context, 1);
	expect(world, CHECK_WARN, "/boot: the kernel 6.1.1");
	say(world, 1, CONDITION_REBOOT, "/run/reboot-required is there");
	check_reboot_pending(&world->context, 1);
	expect(world, CHECK_WARN, "an earlier change waits for a reboot: /run/reboot-required");
	say(world, 0, CONDITION_SCHEDULED, "MODE=reboot");
	check_reboot_pending(&world->context, 0);
	expect(world, CHECK_FAIL, "somebody has scheduled a shutdown or reboot: MODE=reboot");
}

static void drift(void **state)
{
	struct world *world = *state;
	struct condition *conditions = world->context.conditions;

	check_config_drift(&world->context);
	expect(world, CHECK_PASS, "1 configuration files are the same on all nodes");
	strcpy(conditions[0].digests[0], "aa");
	check_config_drift(&world->context);
	expect(world, CHECK_WARN, "/etc/ha.d/ha.cf is missing, but is on node1");
	strcpy(conditions[1].digests[0], "bb");
	check_config_drift(&world->context);
	expect(world, CHECK_WARN, "/etc/ha.d/ha.cf is not the same as on node1");
	conditions[0].digests[0][0] = '\0';
	check_config_drift(&world->context);
	expect(world, CHECK_WARN, "is there, but not on node1");
	assert_string_equal(world->checks.items[world->checks.count - 1].fix,
		"see what differs: haupgrade propagate --check /etc/c.conf");
	world->file.is_template = FILE_YES;
	check_config_drift(&world->context);
	expect(world, CHECK_UNLOOKED, "no files that are to be the same everywhere");
}

static size_t count_outcomes(const struct checks *checks, enum check_outcome outcome)
{
	size_t count = 0;

	for (size_t i = 0; i < checks->count; i++)
		count += checks->items[i].outcome == outcome;
	return count;
}

/* Of a node whose condition nobody knows no file is the same as another's. */
static void drift_of_nodes_that_are_not_known(void **state)
{
	static const char words[] =
		"whether its 1 configuration files are those of the other nodes was not looked at: the node's condition is not known";
	struct world *world = *state;

	world->context.conditions[0].is_known = false;
	check_config_drift(&world->context);
	expect(world, CHECK_UNLOOKED, words);
	assert_int_equal(world->checks.count, 1);
	assert_int_equal(world->checks.items[0].node, 0);
	world->context.conditions[1].is_known = false;
	check_config_drift(&world->context);
	expect(world, CHECK_UNLOOKED, words);
	assert_int_equal(count_outcomes(&world->checks, CHECK_UNLOOKED), 3);
	assert_int_equal(world->checks.count, 3);
}

static void backups(void **state)
{
	struct world *world = *state;

	/* An older answer of the node, or none of its condition at all, proves nothing. */
	check_backup_ready(&world->context);
	expect(world, CHECK_WARN, "nobody knows whether 192.0.2.100 is on one of its networks");
	world->context.conditions[1].is_known = false;
	check_backup_ready(&world->context);
	expect(world, CHECK_UNLOOKED, "was not looked at: the node's condition is not known");
	world->context.conditions[1].is_known = true;
	say(world, 1, CONDITION_ROUTE, "192.0.2.10 192.0.2.10 dev eth0 src 192.0.2.12");
	check_backup_ready(&world->context);
	expect(world, CHECK_WARN, "nobody knows whether 192.0.2.100 is on one of its networks");
	say(world, 1, CONDITION_ROUTE, "192.0.2.100 192.0.2.100 dev eth0 src 192.0.2.12");
	check_backup_ready(&world->context);
	expect(world, CHECK_PASS, "services active, no floating IP held, its network is at hand");
	say(world, 1, CONDITION_ROUTE, "192.0.2.101 192.0.2.101 via 192.0.2.1 dev eth0");
	check_backup_ready(&world->context);
	expect(world, CHECK_FAIL,
		"could not take 192.0.2.101 over: the address is on none of its networks");
	world->run.target.kind = PLAN_ROLLBACK;
	check_backup_ready(&world->context);
	expect(world, CHECK_WARN, "could not take 192.0.2.101 over");
	world->run.target.kind = PLAN_UPGRADE;
	world->services[1].active = false;
	check_backup_ready(&world->context);
	expect(world, CHECK_FAIL, "could not take over: not all of its services are active");
	world->states[1].facts.role = ROLE_UNKNOWN;
	check_backup_ready(&world->context);
	expect(world, CHECK_FAIL, "no node is backup: nobody could take over");
	world->run.target.kind = PLAN_ROLLBACK;
	check_backup_ready(&world->context);
	expect(world, CHECK_WARN, "no node is backup");
}

static void backup_without_ip(void **state)
{
	struct world *world = *state;
	const struct check *check;

	say(world, 1, CONDITION_ROUTE, "192.0.2.100 sh: 1: ip: not found");
	check_backup_ready(&world->context);
	expect(world, CHECK_WARN, "nobody knows whether 192.0.2.100 is on one of its networks");
	check = &world->checks.items[world->checks.count - 1];
	assert_string_equal(check->fix, "see what `ip route get 192.0.2.100` says on node2");
	assert_string_equal(check->answer, "192.0.2.100 sh: 1: ip: not found");
}

/* No evidence of a test that was not made. */
static void transaction_test(void **state)
{
	static char nowhere[] = "/nonexistent/hacluster-common.rpm";
	struct world *world = *state;

	world->package.file = world->package.path = nowhere;
	check_transaction(&world->context);
	assert_int_equal(world->checks.count, 3);
	assert_int_equal(world->checks.items[0].outcome, CHECK_FAIL);
	assert_int_equal(world->checks.items[0].node, PLAN_NO_NODE);
	assert_non_null(strstr(world->checks.items[0].text,
		"the test could not be made on any node: /nonexistent/hacluster-common.rpm"));
	assert_string_equal(world->checks.items[0].fix,
		"make the bundle readable and whole: haupgrade verify /etc/c.conf");
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(world->checks.items[i].outcome, CHECK_UNLOOKED);
		assert_int_equal(world->checks.items[i].node, i - 1);
	}
	/* What a node has already is not wanted: it is asked nothing. */
	world->bundle.package_count = 0;
	check_transaction(&world->context);
	assert_int_equal(world->checks.count, 5);
	expect(world, CHECK_PASS, "nothing to install here");
}

static void signatures(void **state)
{
	struct world *world = *state;

	check_signatures(&world->context);
	expect(world, CHECK_WARN, "no good signature vouches for 1 of 1 packages");
	world->wishes.require_signatures = true;
	check_signatures(&world->context);
	expect(world, CHECK_FAIL, "no good signature");
	world->bundle.proven = 1;
	check_signatures(&world->context);
	expect(world, CHECK_PASS, "a good signature vouches for every package");
}

/* In a rollback a broken node is what it is about. */
static void going_back(void **state)
{
	struct world *world = *state;

	world->services[1].active = false;
	check_services(&world->context, 1);
	expect(world, CHECK_FAIL, "heartbeatd NOT ACTIVE");
	world->run.target.kind = PLAN_ROLLBACK;
	check_services(&world->context, 1);
	expect(world, CHECK_WARN, "heartbeatd NOT ACTIVE");
	check_one_primary(&world->context);
	expect(world, CHECK_PASS, "node1");
	world->services[1].active = true;
	world->states[1].facts.role = ROLE_PRIMARY;
	check_one_primary(&world->context);
	expect(world, CHECK_FAIL, "2 nodes are primary, exactly one must be");
}

/* It was primary, and its services ended without a word: node1 has taken over. */
static void a_dead_primary_has_no_role(void **state)
{
	struct world *world = *state;

	world->services[1].active = false;
	world->states[1].facts.role = ROLE_PRIMARY;
	world->run.target.kind = PLAN_ROLLBACK;
	check_one_primary(&world->context);
	expect(world, CHECK_PASS, "node1");
	check_floating_ip(&world->context);
	expect(world, CHECK_PASS, "held by the primary alone");
	assert_int_equal(target_role(&world->run.target, 0), ROLE_PRIMARY);
	assert_int_equal(target_role(&world->run.target, 1), ROLE_UNKNOWN);
	/* Going forward it is no node to plan with, and it says so by name. */
	world->run.target.kind = PLAN_UPGRADE;
	check_one_primary(&world->context);
	expect(world, CHECK_FAIL, "2 nodes are primary, exactly one must be: node1, node2");
	check_floating_ip(&world->context);
	expect(world, CHECK_FAIL, "the primary, and nobody else, must hold all of them");
	assert_int_equal(target_role(&world->run.target, 1), ROLE_PRIMARY);
}

/* Nobody holds the address: a rollback is not planned around one that only says it is primary. */
static void a_primary_without_the_address_has_no_role(void **state)
{
	struct world *world = *state;

	world->states[0].facts.address_count = 0;
	world->run.target.kind = PLAN_ROLLBACK;
	check_one_primary(&world->context);
	expect(world, CHECK_PASS, "node1");
	check_floating_ip(&world->context);
	expect(world, CHECK_WARN, "0 nodes hold floating IPs");
	assert_int_equal(target_role(&world->run.target, 0), ROLE_UNKNOWN);
	assert_int_equal(target_role(&world->run.target, 1), ROLE_BACKUP);
}

static void a_rollback_begins_where_nobody_serves(void **state)
{
	struct world *world = *state;
	struct cluster_view view;

	world->states[0].facts.address_count = 0;
	world->services[0].active = world->services[1].active = false;
	world->run.target.kind = PLAN_ROLLBACK;
	check_one_primary(&world->context);
	expect(world, CHECK_WARN, "no node serves, so there is nobody to interrupt");
	check_floating_ip(&world->context);
	expect(world, CHECK_WARN, "0 nodes hold floating IPs");
	/* What nobody was served is no reason to serve nobody. */
	world->run.unserved = true;
	run_context_view(&world->run, &view);
	assert_true(view.kind == PLAN_ROLLBACK);
	view.probe_failed = 100000;
	view.longest_gap_ms = 100000;
	view.held_broken = 100000;
	assert_int_equal(engine_guard_budgets(&view, NULL), 0);
	world->run.target.kind = PLAN_UPGRADE;
	world->states[0].facts.role = ROLE_UNKNOWN;
	check_one_primary(&world->context);
	expect(world, CHECK_FAIL, "0 nodes are primary, exactly one must be");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, world_begin, world_end)
	const struct CMUnitTest tests[] = {
		TEST(clocks),
		TEST(space_for_packages),
		TEST(space_is_shared),
		TEST(space_elsewhere),
		TEST(transactions),
		TEST(units_and_boot),
		TEST(reboots),
		TEST(drift),
		TEST(drift_of_nodes_that_are_not_known),
		TEST(backups),
		TEST(backup_without_ip),
		TEST(transaction_test),
		TEST(signatures),
		TEST(going_back),
		TEST(a_dead_primary_has_no_role),
		TEST(a_primary_without_the_address_has_no_role),
		TEST(a_rollback_begins_where_nobody_serves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
