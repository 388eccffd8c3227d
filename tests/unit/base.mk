# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_base
TESTS += tests/unit/test_base
tests_unit_test_base_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_outlet
TESTS += tests/unit/test_outlet
tests_unit_test_outlet_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_outlet_SOURCES = tests/unit/test_outlet.c lib/program/outlet.c
tests_unit_test_outlet_LDADD = lib/base/libbase.a $(CMOCKA_LIBS) -lpthread
