/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/wire: nothing is read or written past the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/wire/reader.h"
#include "lib/wire/writer.h"

static void test_numbers_both_ways(void **state)
{
	uint8_t bytes[15];
	struct writer writer = writer_start(bytes, sizeof(bytes));
	struct reader reader;

	(void)state;
	writer_u8(&writer, 0x01);
	writer_u16(&writer, 0x0203);
	writer_u32(&writer, 0x04050607);
	writer_u64(&writer, UINT64_C(0x08090a0b0c0d0e0f));
	assert_false(writer.failed);
	assert_int_equal(writer.length, 15);
	assert_memory_equal(bytes, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17", 15);
	reader = reader_start(bytes, sizeof(bytes));
	assert_int_equal(reader_u8(&reader), 0x01);
	assert_int_equal(reader_u16(&reader), 0x0203);
	assert_int_equal(reader_u32(&reader), 0x04050607);
	assert_int_equal(reader_u64(&reader), UINT64_C(0x08090a0b0c0d0e0f));
	assert_false(reader.failed);
	assert_int_equal(reader.left, 0);
}

static void test_end_of_buffer(void **state)
{
	uint8_t bytes[3] = {1, 2, 3};
	struct writer writer = writer_start(bytes, sizeof(bytes));
	struct reader reader = reader_start(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(reader_u32(&reader), 0);
	assert_true(reader.failed);
	/* Once failed, it stays so, also for what would fit. */
	assert_int_equal(reader_u8(&reader), 0);
	writer_u16(&writer, 9);
	writer_text(&writer, "ab");
	assert_true(writer.failed);
	assert_int_equal(writer.length, 2);
	writer_u8(&writer, 1);
	assert_int_equal(writer.length, 2);
	reader = reader_start(bytes, sizeof(bytes));
	assert_null(reader_bytes(&reader, SIZE_MAX));
}

static void test_lines(void **state)
{
	struct reader reader = reader_start("ab\n\nc", 5);
	size_t length;

	(void)state;
	assert_memory_equal(reader_line(&reader, &length), "ab", 2);
	assert_int_equal(length, 2);
	assert_non_null(reader_line(&reader, &length));
	assert_int_equal(length, 0);
	assert_null(reader_line(&reader, &length));
	assert_true(reader.failed);
	reader = reader_start(NULL, 0);
	assert_null(reader_line(&reader, &length));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_both_ways),
		cmocka_unit_test(test_end_of_buffer),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
