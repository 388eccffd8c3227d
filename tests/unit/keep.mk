# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_config_files tests/unit/test_kept tests/unit/test_previous
TESTS += tests/unit/test_config_files tests/unit/test_kept tests/unit/test_previous

tests_unit_test_config_files_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_config_files_SOURCES = tests/unit/test_config_files.c
tests_unit_test_config_files_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_kept_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_kept_SOURCES = tests/unit/test_kept.c
tests_unit_test_kept_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_previous_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_previous_SOURCES = tests/unit/test_previous.c tests/unit/journal_fixture.c \
	tests/unit/journal_fixture.h
# The nodes are doubles there.
tests_unit_test_previous_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=kept_ask,--wrap=link_expect
tests_unit_test_previous_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
