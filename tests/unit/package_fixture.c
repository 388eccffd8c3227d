/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real, tiny RPM packages for tests, made by rpmbuild in a temporary folder. */
#include "tests/unit/package_fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

char *package_fixture_begin(void)
{
	char *folder = text_copy("/tmp/haupgrade-test.XXXXXX");

	if (!mkdtemp(folder))
		abort();
	setenv("HOME", folder, 1);
	return folder;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status, (void)type, (void)where;
	return remove(path);
}

void package_fixture_end(char *folder)
{
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
