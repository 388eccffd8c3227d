# SPDX-License-Identifier: GPL-2.0-or-later
FILES_TESTS = tests/unit/test_files tests/unit/test_file_scripts
check_PROGRAMS += $(FILES_TESTS)
TESTS += $(FILES_TESTS)

tests_unit_test_files_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_files_SOURCES = tests/unit/test_files.c
tests_unit_test_files_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_file_scripts_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_file_scripts_SOURCES = tests/unit/test_file_scripts.c \
	orchestrator/files/script.c orchestrator/remote/quote.c
tests_unit_test_file_scripts_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)
