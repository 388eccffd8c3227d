/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mails: no words become a header, and no line is too long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/gate/mail.h"

#define HEADERS_REST                                \
	"MIME-Version: 1.0\n"                       \
	"Content-Type: text/plain; charset=UTF-8\n" \
	"Content-Transfer-Encoding: 8bit\n"         \
	"Auto-Submitted: auto-generated\n"          \
	"\n"

static void expect(const char *subject, const char *body, const char *wanted)
{
	char one[] = "ops@example.org", two[] = "root";
	char *items[] = {one, two, NULL};
	CLEANUP(cleanup_free)
	char *text = mail_text(&(struct word_list){items, 2}, subject, body);
	CLEANUP(cleanup_free)
	char *whole = text_format("To: ops@example.org,\n root\n%s", wanted);

	assert_string_equal(text, whole);
}

static void test_plain(void **state)
{
	(void)state;
	expect("haupgrade: run 7 of cluster web is done", "One.\n\n.\nTwo",
		"Subject: haupgrade: run 7 of cluster web is done\n" HEADERS_REST
		"One.\n\n.\nTwo\n");
}

static void test_no_other_header(void **state)
{
	(void)state;
	expect("a\nBcc: evil@example.org\r\n\r\nbody", "",
		"Subject: a\\x0aBcc: evil@example.org\\x0d\\x0a\\x0d\\x0abody\n" HEADERS_REST);
}

static void test_not_ascii(void **state)
{
	(void)state;
	expect("größer", "", "Subject: =?UTF-8?B?Z3LDtsOfZXI=?=\n" HEADERS_REST);
	/* Parted, but not within a character. */
	expect("ööööööööööööööööööööööööö", "",
		"Subject: =?UTF-8?B?w7bDtsO2w7bDtsO2w7bDtsO2w7bDtsO2w7bDtsO2w7bDtsO2w7bDtsO2w7Y=?=\n"
		" =?UTF-8?B?w7bDtsO2?=\n" HEADERS_REST);
}

static void test_long_lines(void **state)
{
	char line[2001];
	CLEANUP(cleanup_free) char *text = NULL;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[2000] = '\0';
	text = mail_text(&(struct word_list){0}, "s", line);
	for (const char *p = strstr(text, "\n\n") + 2; *p; p += strcspn(p, "\n") + 1)
		assert_true(strcspn(p, "\n") <= 900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_no_other_header),
		cmocka_unit_test(test_not_ascii),
		cmocka_unit_test(test_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
