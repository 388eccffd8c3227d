# SPDX-License-Identifier: GPL-2.0-or-later
LEASE_TESTS = tests/unit/test_lease tests/unit/test_lease_nodes
check_PROGRAMS += $(LEASE_TESTS)
TESTS += $(LEASE_TESTS)

tests_unit_test_lease_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_lease_SOURCES = tests/unit/test_lease.c orchestrator/lease/text.c \
	orchestrator/lease/script.c orchestrator/remote/quote.c
tests_unit_test_lease_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

tests_unit_test_lease_nodes_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CRYPTO_CFLAGS)
tests_unit_test_lease_nodes_SOURCES = tests/unit/test_lease_nodes.c orchestrator/lease/text.c \
	orchestrator/lease/script.c orchestrator/lease/lease.c orchestrator/lease/keeper.c \
	orchestrator/remote/quote.c
tests_unit_test_lease_nodes_LDADD = lib/base/libbase.a $(CMOCKA_LIBS) $(CRYPTO_LIBS) -lpthread
