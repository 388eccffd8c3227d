/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between package managers. */
#include "orchestrator/node/packager.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/remote/quote.h"

/* Enough space, and the headers from standard input in a folder of their own, "$t". */
#define TEST_BEGINS                                                                      \
	"LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH\n"      \
	"d=$1; need=$2; shift 2\n"                                                       \
	"while [ ! -d \"$d\" ]; do d=$(dirname -- \"$d\"); done\n"                       \
	"free=$(df -Pk -- \"$d\" | awk 'NR == 2 { print $4 }')\n"                        \
	"[ \"$free\" -ge \"$need\" ] || {\n"                                             \
	"  echo \"$d has $free KiB free, the packages need $need KiB\" >&2; exit 1; }\n" \
	"t=$(mktemp -d /run/haupgrade-test.XXXXXX 2>/dev/null ||\n"                      \
	"  mktemp -d /tmp/haupgrade-test.XXXXXX) || exit 1\n"                            \
	"trap 'rm -rf -- \"$t\"' EXIT\n"                                                 \
	"trap 'exit 1' HUP INT TERM\n"                                                   \
	"while [ $# -gt 0 ]; do head -c \"$2\" >\"$t/$1\" || exit 1; shift 2; done\n"

static const char rpm_test[] =
	TEST_BEGINS "rpm -U --test --nodigest --nosignature -- \"$t\"/*.rpm\n";
static const char rpm_back_test[] = TEST_BEGINS
	"rpm -U --test --oldpackage --replacepkgs --nodigest --nosignature -- \"$t\"/*.rpm\n";

/*
 * dpkg looks at requirements only when it configures, so apt is asked, where there is one: it must
 * want nothing but the bundle's packages, and remove nothing.
 */
static const char dpkg_test[] = TEST_BEGINS
	"names=$(for f in \"$t\"/*.deb; do dpkg-deb -f \"$f\" Package; done) || exit 1\n"
	/* What the bundle brings is mended by it. */
	"dpkg-query -W -f='${Package} ${Status}\\n' | awk -v names=\"$names\" '\n"
	"  BEGIN { n = split(names, list); for (i = 1; i <= n; i++) ours[list[i]] = 1 }\n"
	"  ($3 != \"ok\" || $4 ~ /^(unpacked|half)/) && !($1 in ours) { bad = bad \" \" $1 }\n"
	"  END { if (!bad) exit 0\n"
	"    print \"half installed there:\" bad \"; mend that first with dpkg --configure -a\"\n"
	"    exit 1 }' >&2 || exit 1\n"
	"command -v apt-get >/dev/null 2>&1 || { dpkg --no-act -i -- \"$t\"/*.deb; exit; }\n"
	"said=$(apt-get -s -q --no-download --no-install-recommends --allow-downgrades --allow-change-held-packages \\\n"
	"  -o Debug::NoLocking=1 -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \\\n"
	"  install \"$t\"/*.deb 2>&1 </dev/null) || {\n"
	"  printf '%s\\n' \"$said\" | sed -n '/unmet dep/,$p' | head -n 8 | tr '\\n' ' ' >&2\n"
	"  printf '%s\\n' \"$said\" | grep '^E: ' >&2; exit 1; }\n"
	"printf '%s\\n' \"$said\" | awk -v names=\"$names\" '\n"
	"  BEGIN { n = split(names, list); for (i = 1; i <= n; i++) ours[list[i]] = 1 }\n"
	"  { sub(/:.*/, \"\", $2) }\n"
	"  $1 == \"Inst\" && !($2 in ours) { print \"it needs \" $2 \", which is not in the bundle\"; bad = 1 }\n"
	"  $1 == \"Remv\" { print \"it would remove \" $2; bad = 1 }\n"
	"  END { exit bad }' >&2\n";

/*
 * Debian's maintainer scripts start services that are stopped. While the package manager lives, the
 * services have a condition that is false: the process, by its id and the marker in the folder it
 * was started in. So nothing must be undone for them to start again, whatever becomes of us: not
 * when we are killed, not after a power cut. Without systemd, invoke-rc.d asks a policy, which
 * only the package manager's processes see, in a mount namespace of their own; for the mount
 * there must be a file, which means nothing as it is not executable.
 */
static const char dpkg_guard[] =
	"LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n"
	"DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true\n"
	"export LC_ALL PATH DEBIAN_FRONTEND DEBCONF_NONINTERACTIVE_SEEN\n"
	"set -f; services= units=\n"
	"while [ $# -gt 0 ] && [ \"$1\" != -- ]; do\n"
	"  services=\"$services $1\"\n"
	"  case $1 in *.service | *.socket | *.target | *.timer | *.path | *.mount) units=\"$units $1\" ;;\n"
	"  *) units=\"$units $1.service\" ;; esac\n"
	"  shift\n"
	"done\n"
	"shift\n"
	"if [ -d /run/systemd/system ]; then\n"
	"  : >installing || exit 1\n"
	"  sh -c 'for unit in $1; do\n"
	"      mkdir -p \"/run/systemd/system/$unit.d\" &&\n"
	"      printf \"[Unit]\\nConditionPathExists=!/proc/%s/cwd/installing\\n\" $$ \\\n"
	"        >\"/run/systemd/system/$unit.d/haupgrade-install.conf\" || exit 1\n"
	"    done\n"
	"    systemctl daemon-reload || exit 1\n"
	"    shift; exec \"$@\"' sh \"$units\" \"$@\"\n"
	"  status=$?\n"
	"  rm -f installing\n"
	"  for unit in $units; do\n"
	"    rm -f \"/run/systemd/system/$unit.d/haupgrade-install.conf\"\n"
	"    rmdir \"/run/systemd/system/$unit.d\" 2>/dev/null\n"
	"  done\n"
	"  systemctl daemon-reload\n"
	"  exit $status\n"
	"fi\n"
	"policy=/usr/sbin/policy-rc.d made=\n"
	"rm -f before; [ ! -x $policy ] || cp $policy before || exit 1\n"
	"cat >policy <<-'END'\n"
	"\t#!/bin/sh\n"
	"\tfor word; do case \" $HAUPGRADE_SERVICES \" in\n"
	"\t*\" $word \"* | *\" ${word%.service} \"*) exit 101 ;; esac; done\n"
	"\t[ ! -x \"$HAUPGRADE_FOLDER/before\" ] || exec \"$HAUPGRADE_FOLDER/before\" \"$@\"\n"
	"\tEND\n"
	"chmod 755 policy\n"
	"[ -e $policy ] || { : >$policy && chmod 644 $policy && made=1; } || exit 1\n"
	"HAUPGRADE_SERVICES=$services HAUPGRADE_FOLDER=$(pwd)\n"
	"export HAUPGRADE_SERVICES HAUPGRADE_FOLDER\n"
	"unshare -m sh -c 'mount --make-rprivate / && mount --bind policy \"$1\" || exit 1\n"
	"  shift; exec \"$@\"' sh $policy \"$@\"\n"
	"status=$?\n"
	"[ -z \"$made\" ] || rm -f $policy\n"
	"exit $status\n";

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
			.test_script = rpm_test,
			.test_words = "rpm -U --test accepts it, the space is there",
			.back = rpm_back,
			.back_test_script = rpm_back_test,
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
			.guard_script = dpkg_guard,
			.test_script = dpkg_test,
			.test_words = "apt-get -s install accepts it, the space is there",
			.back = dpkg_back,
			.back_test_script = dpkg_test,
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

	if (packager->guard_script) {
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
	return packager->guard_script ? quote_script(packager->guard_script, argv, argc, line, err)
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
