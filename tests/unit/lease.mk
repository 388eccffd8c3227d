# SPDX-License-Identifier: GPL-2.0-or-later
LEASE_TESTS = tests/unit/test_lease
check_PROGRAMS += $(LEASE_TESTS)
TESTS += $(LEASE_TESTS)

tests_unit_test_lease_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lease_SOURCES = tests/unit/test_lease.c orchestrator/lease/text.c \
	orchestrator/lease/script.c orchestrator/remote/quote.c
tests_unit_test_lease_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)
