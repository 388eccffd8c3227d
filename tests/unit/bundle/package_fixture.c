/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real, tiny RPM packages for tests, made by rpmbuild in a temporary folder. */
#include "tests/unit/bundle/package_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

char *package_fixture_begin(void)
{
	CLEANUP(cleanup_free) char *macros = NULL, *content = NULL, *gnupg = NULL;
	char *folder = text_copy("/tmp/haupgrade-test.XXXXXX");

	if (!mkdtemp(folder))
		abort();
	macros = text_format("%s/.rpmmacros", folder);
	content = text_format("%%_dbpath %s/db\n", folder);
	gnupg = text_format("%s/gnupg", folder);
	if (file_write(macros, content, strlen(content), 0600, NULL) < 0 || mkdir(gnupg, 0700) < 0)
		abort();
	setenv("HOME", folder, 1);
	setenv("GNUPGHOME", gnupg, 1);
	return folder;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status, (void)type, (void)where;
	/* gpg's agent takes its sockets away by itself meanwhile. */
	remove(path);
	return 0;
}

void package_fixture_end(char *folder)
{
	/* gpg started an agent of its own for GNUPGHOME; without gpg this does nothing. */
	package_fixture_run((const char *const[]){"gpgconf", "--kill", "all", NULL});
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

int package_fixture_run(const char *const *words)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		int nothing = open("/dev/null", O_RDWR);

		dup2(nothing, STDIN_FILENO);
		dup2(nothing, STDOUT_FILENO);
		dup2(nothing, STDERR_FILENO);
		execvp(words[0], (char *const *)(uintptr_t)words);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 127;
	return WEXITSTATUS(status);
}

const char *package_fixture_missing(void)
{
	const char *const words[] = {"rpmbuild", "--version", NULL};

	return package_fixture_run(words) == 0 ? NULL : "rpmbuild is not installed (package rpm)";
}

char *package_fixture_build(const char *folder, const char *name, unsigned int epoch,
	const char *version, const char *release)
{
	CLEANUP(cleanup_free) char *spec = text_format("%s/%s.spec", folder, name);
	CLEANUP(cleanup_free) char *top = text_format("_topdir %s/top", folder);
	CLEANUP(cleanup_text) struct text text = {0};
	const char *const words[] = {"rpmbuild", "-bb", "--define", top, "--define",
		"_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm", spec, NULL};

	text_appendf(&text, "Name: %s\nVersion: %s\nRelease: %s\n", name, version, release);
	if (epoch)
		text_appendf(&text, "Epoch: %u\n", epoch);
	text_append(&text, "Summary: For a test\nLicense: GPL-2.0-or-later\nBuildArch: noarch\n"
			   "%description\nFor a test.\n%install\n");
	text_appendf(&text,
		"mkdir -p %%{buildroot}/opt/%s\n"
		"seq 1 1000 >%%{buildroot}/opt/%s/numbers\n%%files\n/opt/%s\n",
		name, name, name);
	if (file_write(spec, text.data, text.length, 0600, NULL) < 0 ||
		package_fixture_run(words) != 0)
		abort();
	return text_format("%s/top/RPMS/%s-%s-%s.noarch.rpm", folder, name, version, release);
}

const char *package_fixture_sign(
	const char *folder, const char *package, const char *key, bool known)
{
	CLEANUP(cleanup_free) char *public = text_format("%s/%s.asc", folder, key);
	CLEANUP(cleanup_free) char *name = text_format("_gpg_name %s", key);
	const char *const make[] = {"gpg", "--batch", "--passphrase", "", "--quick-gen-key", key,
		"rsa2048", "sign", "never", NULL};
	const char *const export[] = {
		"gpg", "--batch", "--armor", "--output", public, "--export", key, NULL};
	const char *const import[] = {"rpmkeys", "--import", public, NULL};
	const char *const sign[] = {"rpmsign", "--define", name, "--define", "__gpg /usr/bin/gpg",
		"--addsign", package, NULL};

	if (package_fixture_run(make) != 0)
		return "gpg cannot make a key (package gnupg)";
	if (known && (package_fixture_run(export) != 0 || package_fixture_run(import) != 0))
		return "rpmkeys cannot import a key (package rpm)";
	return package_fixture_run(sign) == 0 ? NULL : "rpmsign cannot sign (package rpm)";
}
