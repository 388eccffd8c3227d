# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_window
TESTS += tests/unit/test_window
tests_unit_test_window_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_window_SOURCES = tests/unit/test_window.c orchestrator/cluster/window.c
tests_unit_test_window_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)
