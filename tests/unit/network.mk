# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of what heartbeatd does to the network; skipped (77) where namespaces cannot be made.
check_PROGRAMS += tests/unit/test_network tests/unit/test_switch_over
TESTS += tests/unit/test_network tests/unit/test_switch_over

NETWORK_TEST_FILES = tests/unit/conversation.c tests/unit/conversation.h \
	tests/unit/namespace.c tests/unit/namespace.h
NETWORK_TEST_LIBS = daemons/heartbeat/libheartbeat.a lib/base/libbase.a \
	$(MNL_LIBS) $(NFTABLES_LIBS) $(CMOCKA_LIBS)

tests_unit_test_network_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_network_SOURCES = tests/unit/test_network.c $(NETWORK_TEST_FILES)
tests_unit_test_network_LDADD = $(NETWORK_TEST_LIBS)

tests_unit_test_switch_over_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_switch_over_SOURCES = tests/unit/test_switch_over.c $(NETWORK_TEST_FILES)
tests_unit_test_switch_over_LDADD = $(NETWORK_TEST_LIBS)
