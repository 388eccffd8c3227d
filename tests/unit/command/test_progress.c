/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that tell how far the reading of a bundle is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "orchestrator/command/progress.h"

#define MIB (UINT64_C(1) << 20)

static void test_words(void **state)
{
	char words[128];

	(void)state;
	assert_string_equal(progress_words(words, sizeof(words), 512 * MIB, 2048 * MIB, 1000),
		"512 of 2048 MiB, 512 MiB/s, 3 s left");
	/* A part of a second is not none. */
	assert_string_equal(progress_words(words, sizeof(words), 3 * MIB, 4 * MIB, 1500),
		"3 of 4 MiB, 2 MiB/s, 1 s left");
	/* Nothing known yet, and more than was announced. */
	assert_string_equal(progress_words(words, sizeof(words), 0, 4 * MIB, 0),
		"0 of 4 MiB, 0 MiB/s, 0 s left");
	assert_string_equal(progress_words(words, sizeof(words), 5 * MIB, 4 * MIB, 1000),
		"5 of 4 MiB, 5 MiB/s, 0 s left");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
