/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real, tiny RPM packages for tests, made by rpmbuild in a temporary folder. */
#ifndef TESTS_UNIT_PACKAGE_FIXTURE_H
#define TESTS_UNIT_PACKAGE_FIXTURE_H

#include <stdbool.h>

/* Makes the temporary folder, which also becomes HOME and holds the rpm database, so that rpm and
 * gpg leave nothing elsewhere. Returns its path, owned. */
char *package_fixture_begin(void);
/* Removes the folder with all that is in it and frees the path. */
void package_fixture_end(char *folder);
/* Why packages cannot be made here, NULL when they can. */
const char *package_fixture_missing(void);

/* Makes name-[epoch:]version-release.noarch; epoch 0: none. Returns the file's path, owned. */
char *package_fixture_build(const char *folder, const char *name, unsigned int epoch,
	const char *version, const char *release);

/*
 * Makes a key of that name and has package signed with it (in place). known: rpm shall know the
 * key; to be called before librpm is used in this process. NULL, or why it cannot be done here.
 */
const char *package_fixture_sign(
	const char *folder, const char *package, const char *key, bool known);

/* Runs a command with its output thrown away; its exit status, 127 when it cannot be run. */
int package_fixture_run(const char *const *words);

#endif
