# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_check tests/unit/test_condition tests/unit/test_look
TESTS += tests/unit/test_check tests/unit/test_condition tests/unit/test_look

tests_unit_test_check_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_check_SOURCES = tests/unit/test_check.c orchestrator/check/check.c
tests_unit_test_check_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

tests_unit_test_condition_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_condition_SOURCES = tests/unit/test_condition.c
tests_unit_test_condition_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

tests_unit_test_look_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_look_SOURCES = tests/unit/test_look.c
tests_unit_test_look_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_checks
TESTS += tests/unit/test_checks
tests_unit_test_checks_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS) \
	$(SQLITE_CFLAGS)
tests_unit_test_checks_SOURCES = tests/unit/test_checks.c $(JOURNAL_TEST_FILES)
tests_unit_test_checks_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
