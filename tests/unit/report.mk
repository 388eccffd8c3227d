# SPDX-License-Identifier: GPL-2.0-or-later
REPORT_TESTS = tests/unit/test_report tests/unit/test_report_page tests/unit/test_recorder \
	tests/unit/test_history
check_PROGRAMS += $(REPORT_TESTS)
TESTS += $(REPORT_TESTS)

REPORT_TEST_FILES = tests/unit/report_fixture.c tests/unit/report_fixture.h
REPORT_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_report_CPPFLAGS = $(REPORT_TEST_CPPFLAGS)
tests_unit_test_report_SOURCES = tests/unit/test_report.c $(REPORT_TEST_FILES)
tests_unit_test_report_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_report_page_CPPFLAGS = $(REPORT_TEST_CPPFLAGS)
tests_unit_test_report_page_SOURCES = tests/unit/test_report_page.c $(REPORT_TEST_FILES)
tests_unit_test_report_page_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_recorder_CPPFLAGS = $(REPORT_TEST_CPPFLAGS) $(CONFUSE_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_recorder_SOURCES = tests/unit/test_recorder.c $(JOURNAL_TEST_FILES)
tests_unit_test_recorder_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_history_CPPFLAGS = $(REPORT_TEST_CPPFLAGS) $(CONFUSE_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_history_SOURCES = tests/unit/test_history.c $(JOURNAL_TEST_FILES)
tests_unit_test_history_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
