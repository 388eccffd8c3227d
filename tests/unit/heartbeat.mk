# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_group_simulation
TESTS += tests/unit/test_group_simulation

tests_unit_test_group_simulation_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_group_simulation_SOURCES = tests/unit/test_group_simulation.c \
	tests/unit/group_world.c tests/unit/group_world.h
tests_unit_test_group_simulation_LDADD = daemons/heartbeat/libheartbeat.a lib/base/libbase.a \
	$(CMOCKA_LIBS)
