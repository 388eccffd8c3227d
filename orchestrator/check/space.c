/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is there room for the packages on the nodes? Pure. */
#include <inttypes.h>
#include <string.h>

#include "orchestrator/check/named_checks.h"

enum {
	SPARE_KIB = 10240, /* what must be left for logs and the like */
	INODES_SPARE = 1000,
	BOOT_SPARE_KIB = 16384,	      /* less in a /boot of its own is worth a warning */
	BOOT_KERNEL_KIB = 150 * 1024, /* a kernel with its initial file system */
};

/* What the packages that the node wants need, in KiB. */
struct need {
	uint64_t files;	    /* to be put there */
	uint64_t installed; /* to be installed: the new beside the old, for a moment */
	bool kernel;
};

static bool is_kernel(const char *name)
{
	return text_starts_with(name, "kernel") || text_starts_with(name, "linux-image");
}

static struct need need_of(const struct target *target, size_t node)
{
	struct need need = {0};

	for (size_t i = 0; i < target->bundle->package_count; i++) {
		const struct bundle_package *package = &target->bundle->packages[i];

		if (!target_wants(target, node, package))
			continue;
		need.files += package->size / 1024 + 4;
		need.installed += package->package.installed_size / 1024 + 4;
		need.kernel |= is_kernel(package->package.name);
	}
	return need;
}

/* One file system against a need; whether it was enough. */
static bool fits(struct check_context *context, enum check_kind kind, size_t node,
	const struct condition_space *space, uint64_t need_kib)
{
	if (!space->is_writable) {
		check_fix(checks_add(context->checks, kind, (int)node, CHECK_FAIL,
				  "%s cannot be written: it is read-only", space->mount),
			"on %s: see why with dmesg, then mount -o remount,rw %s",
			check_node_name(context, node), space->mount);
		return false;
	}
	if (space->free_kib < need_kib) {
		check_fix(checks_add(context->checks, kind, (int)node, CHECK_FAIL,
				  "%s has %" PRIu64 " KiB free, %" PRIu64 " KiB are needed",
				  space->mount, space->free_kib, need_kib),
			"make room on %s: du -xh %s | sort -h | tail",
			check_node_name(context, node), space->mount);
		return false;
	}
	if (space->inodes && space->inodes_free < INODES_SPARE) {
		check_fix(checks_add(context->checks, kind, (int)node, CHECK_FAIL,
				  "%s has %" PRIu64 " inodes free, %d are needed", space->mount,
				  space->inodes_free, INODES_SPARE),
			"remove files on %s: find %s -xdev -type d -size +100k shows where they are many",
			check_node_name(context, node), space->mount);
		return false;
	}
	return true;
}

static void unlooked(struct check_context *context, enum check_kind kind, size_t node)
{
	checks_add(context->checks, kind, (int)node, CHECK_UNLOOKED, "df there does not say");
}

void check_space_var(struct check_context *context, size_t node)
{
	const struct condition_space *put = &context->conditions[node].spaces[CONDITION_PUT];
	const struct condition_space *system = &context->conditions[node].spaces[CONDITION_SYSTEM];
	const struct need need = need_of(context->target, node);
	bool together = strcmp(put->mount, system->mount) == 0;
	uint64_t at_put = need.files + SPARE_KIB + (together ? need.installed : 0);

	if (!put->is_known || !system->is_known) {
		unlooked(context, CHECK_SPACE_VAR, node);
		return;
	}
	if (!fits(context, CHECK_SPACE_VAR, node, put, at_put))
		return;
	if (!together && !fits(context, CHECK_SPACE_VAR, node, system, need.installed + SPARE_KIB))
		return;
	checks_add(context->checks, CHECK_SPACE_VAR, (int)node, CHECK_PASS,
		"%s has %" PRIu64 " MiB free, the packages need %" PRIu64 " KiB there and %" PRIu64
		" KiB once installed",
		put->mount, put->free_kib / 1024, need.files, need.installed);
}

void check_space_boot(struct check_context *context, size_t node)
{
	const struct condition_space *boot = &context->conditions[node].spaces[CONDITION_BOOT];
	const struct condition_space *system = &context->conditions[node].spaces[CONDITION_SYSTEM];
	const struct need need = need_of(context->target, node);

	if (!boot->is_known) {
		unlooked(context, CHECK_SPACE_BOOT, node);
		return;
	}
	if (strcmp(boot->mount, system->mount) == 0) {
		checks_add(context->checks, CHECK_SPACE_BOOT, (int)node, CHECK_PASS,
			"/boot is part of %s", boot->mount);
		return;
	}
	/* A /boot that is read-only is how it is meant, unless a kernel is to go there. */
	if (need.kernel && !fits(context, CHECK_SPACE_BOOT, node, boot, BOOT_KERNEL_KIB))
		return;
	if (boot->free_kib < BOOT_SPARE_KIB)
		check_fix(checks_add(context->checks, CHECK_SPACE_BOOT, (int)node, CHECK_WARN,
				  "%s has only %" PRIu64 " KiB free", boot->mount, boot->free_kib),
			"remove old kernels on %s", check_node_name(context, node));
	else
		checks_add(context->checks, CHECK_SPACE_BOOT, (int)node, CHECK_PASS,
			"%s has %" PRIu64 " MiB free", boot->mount, boot->free_kib / 1024);
}

/* In the worst case all of the database is written anew. */
void check_space_database(struct check_context *context, size_t node)
{
	const struct condition *condition = &context->conditions[node];
	const struct condition_space *space = &condition->spaces[CONDITION_DATABASE];

	if (!space->is_known) {
		unlooked(context, CHECK_SPACE_DATABASE, node);
		return;
	}
	if (fits(context, CHECK_SPACE_DATABASE, node, space, condition->database_kib + SPARE_KIB))
		checks_add(context->checks, CHECK_SPACE_DATABASE, (int)node, CHECK_PASS,
			"%s has %" PRIu64 " MiB free, the database has %" PRIu64 " KiB",
			space->mount, space->free_kib / 1024, condition->database_kib);
}
