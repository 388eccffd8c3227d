# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_window
TESTS += tests/unit/test_window
tests_unit_test_window_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_window_SOURCES = tests/unit/test_window.c orchestrator/cluster/window.c
tests_unit_test_window_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_child
TESTS += tests/unit/test_child
tests_unit_test_child_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_child_SOURCES = tests/unit/test_child.c orchestrator/gate/child.c
tests_unit_test_child_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_mail
TESTS += tests/unit/test_mail
tests_unit_test_mail_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mail_SOURCES = tests/unit/test_mail.c orchestrator/gate/mail.c
tests_unit_test_mail_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_gate tests/unit/test_gate_window tests/unit/test_gate_hook
TESTS += tests/unit/test_gate tests/unit/test_gate_window tests/unit/test_gate_hook
GATE_TEST_FILES = tests/unit/gate_fixture.c tests/unit/gate_fixture.h $(JOURNAL_TEST_FILES)
GATE_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS) \
	$(SQLITE_CFLAGS)
tests_unit_test_gate_CPPFLAGS = $(GATE_TEST_CPPFLAGS)
tests_unit_test_gate_SOURCES = tests/unit/test_gate.c $(GATE_TEST_FILES)
tests_unit_test_gate_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_gate_window_CPPFLAGS = $(GATE_TEST_CPPFLAGS)
tests_unit_test_gate_window_SOURCES = tests/unit/test_gate_window.c $(GATE_TEST_FILES)
tests_unit_test_gate_window_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
tests_unit_test_gate_hook_CPPFLAGS = $(GATE_TEST_CPPFLAGS)
tests_unit_test_gate_hook_SOURCES = tests/unit/test_gate_hook.c $(GATE_TEST_FILES)
tests_unit_test_gate_hook_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_screen
TESTS += tests/unit/test_screen
tests_unit_test_screen_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_screen_SOURCES = tests/unit/test_screen.c orchestrator/screen/layout.c \
	orchestrator/screen/line.c orchestrator/screen/spark.c orchestrator/plan/plan.c
tests_unit_test_screen_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_terminal
TESTS += tests/unit/test_terminal
tests_unit_test_terminal_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_terminal_SOURCES = tests/unit/test_terminal.c
tests_unit_test_terminal_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_aftercare
TESTS += tests/unit/test_aftercare
tests_unit_test_aftercare_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_aftercare_SOURCES = tests/unit/test_aftercare.c
tests_unit_test_aftercare_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_output
TESTS += tests/unit/test_output
tests_unit_test_output_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS) \
	$(SQLITE_CFLAGS)
tests_unit_test_output_SOURCES = tests/unit/test_output.c
tests_unit_test_output_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_newer
TESTS += tests/unit/test_newer
tests_unit_test_newer_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS) \
	$(SQLITE_CFLAGS)
tests_unit_test_newer_SOURCES = tests/unit/test_newer.c tests/unit/journal_fixture.c \
	tests/unit/journal_fixture.h
tests_unit_test_newer_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
