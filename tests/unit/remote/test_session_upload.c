/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files sent over a session to a real sshd: whole and right, or not there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "orchestrator/remote/session.h"
#include "tests/unit/remote/session_fixture.h"

static void digest_of(const void *bytes, size_t length, char *hex)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(bytes, length, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

struct upload {
	char hex[65];
	char *path;
	int file;
};

enum { UPLOAD_SIZE = 20 << 20 };

static void upload_make(const struct sshd *sshd, struct upload *upload)
{
	CLEANUP(cleanup_free) char *bytes = malloc(UPLOAD_SIZE);

	assert_non_null(bytes);
	srandom(1);
	for (size_t i = 0; i < UPLOAD_SIZE; i++)
		bytes[i] = (char)random();
	digest_of(bytes, UPLOAD_SIZE, upload->hex);
	upload->path = text_format("%s/it's a package.rpm", sshd->folder);
	upload->file = memfd_create("package", MFD_CLOEXEC);
	assert_int_equal(write(upload->file, bytes, UPLOAD_SIZE), UPLOAD_SIZE);
	lseek(upload->file, 0, SEEK_SET);
}

static void upload_clear(struct upload *upload)
{
	close(upload->file);
	unlink(upload->path);
	free(upload->path);
}

static size_t count_temporaries(const struct sshd *sshd)
{
	CLEANUP(cleanup_closedir) DIR *directory = opendir(sshd->folder);
	struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(directory)))
		count += text_starts_with(entry->d_name, ".haupgrade.");
	return count;
}

static void test_upload(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(upload_clear) struct upload upload = {0};
	CLEANUP(cleanup_free) char *arrived = NULL;
	struct session_file file;
	CLEANUP(error_release) struct error err = {0};
	struct stat status;
	char hex[65];
	size_t length;

	upload_make(sshd, &upload);
	file = (struct session_file){
		.file = upload.file,
		.name = "package.rpm",
		.remote_path = upload.path,
		.mode = 0640,
		.sha256 = upload.hex,
	};
	if (session_upload(session, &file, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(stat(upload.path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(file_read(upload.path, UPLOAD_SIZE, &arrived, &length, &err), 0);
	digest_of(arrived, length, hex);
	assert_string_equal(hex, upload.hex);
	assert_int_equal(count_temporaries(sshd), 0);
	/* Once more over what is there. */
	lseek(upload.file, 0, SEEK_SET);
	assert_int_equal(session_upload(session, &file, &err), 0);
}

static void test_upload_of_other_bytes(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(upload_clear) struct upload upload = {0};
	CLEANUP(cleanup_free) char *expected = NULL;
	struct session_result result = {0};
	struct session_file file;
	CLEANUP(error_release) struct error err = {0};
	char real[65];

	upload_make(sshd, &upload);
	strcpy(real, upload.hex);
	upload.hex[0] = upload.hex[0] == '0' ? '1' : '0';
	file = (struct session_file){
		.file = upload.file,
		.name = "package.rpm",
		.remote_path = upload.path,
		.mode = 0644,
		.sha256 = upload.hex,
	};
	expected = text_format(
		"web1 (127.0.0.1 port 2222): package.rpm arrived with sha256 %s, expected %s; nothing was put at %s. Verify the bundle again, and try again",
		real, upload.hex, upload.path);
	assert_int_equal(session_upload(session, &file, &err), -EBADMSG);
	assert_string_equal(error_text(&err), expected);
	assert_int_equal(access(upload.path, F_OK), -1);
	assert_int_equal(count_temporaries(sshd), 0);
	/* The session is still good. */
	assert_int_equal(session_fixture_run(session, "true", 0, &result, &err), 0);
	session_result_clear(&result);
}

static void test_upload_refused(void **state)
{
	struct sshd *sshd = *state;
	CLEANUP(cleanup_session) struct session *session = session_fixture_open(sshd);
	CLEANUP(upload_clear) struct upload upload = {0};
	struct session_file file;
	CLEANUP(error_release) struct error err = {0};

	upload_make(sshd, &upload);
	file = (struct session_file){
		.file = upload.file,
		.name = "package.rpm",
		.remote_path = "/nonexistent/package.rpm",
		.mode = 0644,
		.sha256 = upload.hex,
	};
	assert_int_equal(session_upload(session, &file, &err), -EREMOTEIO);
	assert_non_null(strstr(error_text(&err),
		"web1 (127.0.0.1 port 2222): package.rpm could not be written to /nonexistent/package.rpm (exit status 1): mktemp: "));
	file.remote_path = "package.rpm";
	assert_int_equal(session_upload(session, &file, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"web1 (127.0.0.1 port 2222): package.rpm cannot be put at \"package.rpm\": not an absolute path");
	file.remote_path = "/tmp/package.rpm";
	file.sha256 = "abc";
	assert_int_equal(session_upload(session, &file, &err), -EINVAL);
	assert_string_equal(error_text(&err),
		"web1 (127.0.0.1 port 2222): package.rpm cannot be put there without its sha256 digest (64 hex digits)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upload),
		cmocka_unit_test(test_upload_of_other_bytes),
		cmocka_unit_test(test_upload_refused),
	};

	if (!sshd_usable())
		return 77; /* automake: skipped */
	return cmocka_run_group_tests_name(
		"session upload", tests, session_fixture_begin, session_fixture_end);
}
