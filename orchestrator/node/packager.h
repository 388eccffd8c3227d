/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between package managers: how they are asked, tried, run and read. */
#ifndef ORCHESTRATOR_NODE_PACKAGER_H
#define ORCHESTRATOR_NODE_PACKAGER_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "orchestrator/bundle/package.h"
#include "orchestrator/cluster/profile.h"

struct packager {
	enum package_format format; /* of the packages it takes */
	/* NULL-terminated words before the packages' paths, where the profile has none. */
	const char *const *install;
	/* Maintainer scripts start services, so that the words run under dpkg_guard.sh. */
	bool is_guarded;
	/* Tries the transaction (test_begin.sh). Leaves the node as it was; says on standard error
	 * what is wrong. */
	const char *test_script;
	const char *test_words; /* what is good when it was silent */
	/* The words before the paths of previous packages, which may be older than what is there;
	 * never the profile's, which may do what only goes forward (rpm -F). */
	const char *const *back;
	const char *back_test_script; /* test_script for these words */
	const char *back_test_words;
	/* What it says when another one is at work, NULL-terminated: that ends by itself. */
	const char *const *busy;
	/* What it says when a script failed though its exit status is 0; NULL: it does not. */
	const char *half_done;
};

const struct packager *packager_of(const struct profile *profile);

/*
 * The command line that installs the packages at these absolute paths, as a job; owned. back: also
 * where newer ones are installed. Errors are those of quote.h.
 */
int packager_install_line(const struct profile *profile, bool back, const char *const *paths,
	size_t path_count, char **line, struct error *err);

/* Did it fail because another package manager is at work? */
bool packager_is_busy(const struct packager *packager, const char *said);

/* "name-[epoch:]version-release.arch", or "name_[epoch:]version_arch" in Debian; owned. */
char *packager_label(
	const struct packager *packager, const char *name, const char *evr, const char *arch);
/* Is the label of a package of this name? length: of the label. */
bool packager_label_has(
	const struct packager *packager, const char *label, size_t length, const char *name);
/* The usual name of that package's file; owned. */
char *packager_file(const struct packager *packager, const char *label, size_t length);

#endif
