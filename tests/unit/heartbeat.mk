# SPDX-License-Identifier: GPL-2.0-or-later
HEARTBEAT_TESTS = tests/unit/test_line tests/unit/test_wire tests/unit/test_heartbeat_config \
	tests/unit/test_message tests/unit/test_membership tests/unit/test_log \
	tests/unit/test_notify \
	tests/unit/test_group_simulation
check_PROGRAMS += $(HEARTBEAT_TESTS)
TESTS += $(HEARTBEAT_TESTS)

tests_unit_test_line_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_line_SOURCES = tests/unit/test_line.c
tests_unit_test_line_LDADD = lib/conf/libconf.a lib/base/libbase.a $(CMOCKA_LIBS)

tests_unit_test_wire_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_wire_SOURCES = tests/unit/test_wire.c
tests_unit_test_wire_LDADD = lib/wire/libwire.a $(CMOCKA_LIBS)

tests_unit_test_heartbeat_config_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_heartbeat_config_SOURCES = tests/unit/test_heartbeat_config.c
tests_unit_test_heartbeat_config_LDADD = $(HEARTBEAT_LIBS) $(CMOCKA_LIBS)

tests_unit_test_group_simulation_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_group_simulation_SOURCES = tests/unit/test_group_simulation.c \
	tests/unit/group_world.c tests/unit/group_world.h
tests_unit_test_group_simulation_LDADD = daemons/heartbeat/libheartbeat.a lib/base/libbase.a \
	$(CMOCKA_LIBS)

tests_unit_test_message_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_message_SOURCES = tests/unit/test_message.c
tests_unit_test_message_LDADD = $(HEARTBEAT_LIBS) $(CMOCKA_LIBS)

tests_unit_test_membership_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_membership_SOURCES = tests/unit/test_membership.c
tests_unit_test_membership_LDADD = $(HEARTBEAT_LIBS) $(CMOCKA_LIBS)

tests_unit_test_log_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = lib/program/libprogram.a lib/base/libbase.a $(QB_LIBS) $(CMOCKA_LIBS)

tests_unit_test_notify_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_notify_SOURCES = tests/unit/test_notify.c
tests_unit_test_notify_LDADD = lib/program/libprogram.a lib/base/libbase.a $(CMOCKA_LIBS)

EXTRA_DIST += tests/heartbeat/client.py tests/heartbeat/pair.bats tests/heartbeat/replay.py \
	tests/heartbeat/rig.bash tests/heartbeat/service.py tests/heartbeat/talk.py
