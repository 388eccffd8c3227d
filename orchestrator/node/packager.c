/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between package managers. */
#include "orchestrator/node/packager.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/node/script.h"
#include "orchestrator/remote/quote.h"

static const char *const rpm_install[] = {"rpm", "-U", "--", NULL};
/* --replacepkgs: what an interrupted transaction left beside the previous package goes, too. */
static const char *const rpm_back[] = {"rpm", "-U", "--oldpackage", "--replacepkgs", "--", NULL};
/* Nobody can be asked; the administrator's configuration files stay. */
static const char *const dpkg_install[] = {
	"dpkg", "--force-confdef", "--force-confold", "-i", "--", NULL};
static const char *const dpkg_back[] = {
	"dpkg", "--force-confdef", "--force-confold", "--force-downgrade", "-i", "--", NULL};
static const char *const rpm_busy[] = {"transaction lock", NULL};
static const char *const dpkg_busy[] = {"locked by another process", "Could not get lock", NULL};

static const struct packager packagers[PROFILE_PACKAGER_COUNT] = {
	[PROFILE_RPM] =
		{
			.format = PACKAGE_RPM,
			.install = rpm_install,
			.test_script = script_node_rpm_test,
			.test_words = "rpm -U --test accepts it, the space is there",
			.back = rpm_back,
			.back_test_script = script_node_rpm_back_test,
			.back_test_words =
				"rpm -U --test --oldpackage accepts it, the space is there",
			.busy = rpm_busy,
			/* rpm takes a failed %post for a success; an administrator would not. */
			.half_done = "scriptlet failed",
		},
	[PROFILE_DPKG] =
		{
			.format = PACKAGE_DEB,
			.install = dpkg_install,
			.is_guarded = true,
			.test_script = script_node_dpkg_test,
			.test_words = "apt-get -s install accepts it, the space is there",
			.back = dpkg_back,
			.back_test_script = script_node_dpkg_test,
			.back_test_words = "apt-get -s install accepts it, the space is there",
			.busy = dpkg_busy,
		},
};

const struct packager *packager_of(const struct profile *profile)
{
	return &packagers[profile->packager];
}

int packager_install_line(const struct profile *profile, bool back, const char *const *paths,
	size_t path_count, char **line, struct error *err)
{
	const struct packager *packager = packager_of(profile);
	const char *const *words = back ? packager->back : packager->install;
	size_t own = back ? 0 : profile->install.count;
	CLEANUP(cleanup_free) const char **argv = NULL;
	size_t argc = 0, i;

	if (packager->is_guarded) {
		*VECTOR_APPEND(argv, argc) = script_node_dpkg_guard_systemd;
		*VECTOR_APPEND(argv, argc) = script_node_dpkg_guard_policy;
		*VECTOR_APPEND(argv, argc) = script_node_dpkg_guard_mount;
		for (i = 0; i < profile->services.count; i++)
			*VECTOR_APPEND(argv, argc) = profile->services.items[i];
		*VECTOR_APPEND(argv, argc) = "--";
	}
	for (i = 0; i < own; i++)
		*VECTOR_APPEND(argv, argc) = profile->install.items[i];
	for (i = 0; !own && words[i]; i++)
		*VECTOR_APPEND(argv, argc) = words[i];
	for (i = 0; i < path_count; i++)
		*VECTOR_APPEND(argv, argc) = paths[i];
	return packager->is_guarded ? quote_script(script_node_dpkg_guard, argv, argc, line, err)
				    : quote_argv(argv, argc, line, err);
}

bool packager_is_busy(const struct packager *packager, const char *said)
{
	size_t i;

	for (i = 0; packager->busy[i]; i++) {
		if (strstr(said, packager->busy[i]))
			return true;
	}
	return false;
}

char *packager_label(
	const struct packager *packager, const char *name, const char *evr, const char *arch)
{
	/* "0:" says nothing. */
	if (text_starts_with(evr, "0:"))
		evr += 2;
	switch (packager->format) {
	case PACKAGE_DEB:
		return text_format("%s_%s_%s", name, evr, arch);
	case PACKAGE_RPM:
		break;
	}
	return text_format("%s-%s.%s", name, evr, arch);
}

bool packager_label_has(
	const struct packager *packager, const char *label, size_t length, const char *name)
{
	size_t dashes = 0, name_length = strlen(name);

	switch (packager->format) {
	case PACKAGE_DEB:
		return length > name_length && label[name_length] == '_' &&
		       strncmp(label, name, name_length) == 0;
	case PACKAGE_RPM:
		break;
	}
	/* Of "name-version-release.arch" the three parts behind the name hold no "-". */
	while (length && dashes < 2)
		dashes += label[--length] == '-';
	return dashes == 2 && length == name_length && strncmp(label, name, length) == 0;
}

char *packager_file(const struct packager *packager, const char *label, size_t length)
{
	CLEANUP(cleanup_free) char *copy = strndup(label, length);
	char *colon;

	switch (packager->format) {
	case PACKAGE_DEB:
		/* Debian's file names leave the epoch out. */
		colon = strchr(copy, ':');
		if (colon && strchr(copy, '_') && strchr(copy, '_') < colon)
			memmove(strchr(copy, '_') + 1, colon + 1, strlen(colon + 1) + 1);
		return text_format("%s.deb", copy);
	case PACKAGE_RPM:
		break;
	}
	return text_format("%s.rpm", copy);
}
