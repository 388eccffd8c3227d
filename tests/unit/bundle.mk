# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_block
TESTS += tests/unit/test_block
tests_unit_test_block_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_block_SOURCES = tests/unit/test_block.c
tests_unit_test_block_LDADD = lib/conf/libconf.a lib/base/libbase.a $(CONFUSE_LIBS) $(CMOCKA_LIBS)
