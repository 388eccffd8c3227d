/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of a profile and all that is checked while it is read; for profile.c only. */
#ifndef ORCHESTRATOR_CLUSTER_PROFILE_CHECK_H
#define ORCHESTRATOR_CLUSTER_PROFILE_CHECK_H

#include "lib/conf/block.h"
#include "orchestrator/cluster/profile.h"

/*
 * Reads the bytes against the options of a profile. When no problem was added and there is a
 * profile in it (cfg_getnsec(cfg, "profile", 0)), every value in it is as profile.h promises.
 * Owned: cfg_free.
 */
cfg_t *profile_check_parse(const char *file, const char *bytes, struct problems *problems);

/* "rpm", "dpkg"; PROFILE_PACKAGER_COUNT for other words. */
enum profile_packager profile_check_packager(const char *name);
/* What role_time's words stand for: a form of stamp.h, or NULL for "none". Borrowed from words. */
const char *profile_check_form(const char *words);

#endif
