# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_profile
TESTS += tests/unit/test_profile
tests_unit_test_profile_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_profile_SOURCES = tests/unit/test_profile.c
tests_unit_test_profile_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_packager
TESTS += tests/unit/test_packager
tests_unit_test_packager_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_packager_SOURCES = tests/unit/test_packager.c
tests_unit_test_packager_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)
