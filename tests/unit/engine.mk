# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/unit/test_plan
TESTS += tests/unit/test_plan

tests_unit_test_plan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_plan_SOURCES = tests/unit/test_plan.c orchestrator/plan/plan.c
tests_unit_test_plan_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_engine tests/unit/test_engine_stop tests/unit/test_engine_guard
TESTS += tests/unit/test_engine tests/unit/test_engine_stop tests/unit/test_engine_guard
ENGINE_TEST_FILES = tests/unit/engine_fixture.c tests/unit/engine_fixture.h \
	orchestrator/plan/plan.c orchestrator/engine/engine.c orchestrator/engine/guard.c
tests_unit_test_engine_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_engine_SOURCES = tests/unit/test_engine.c $(ENGINE_TEST_FILES)
tests_unit_test_engine_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)
tests_unit_test_engine_stop_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_engine_stop_SOURCES = tests/unit/test_engine_stop.c $(ENGINE_TEST_FILES)
tests_unit_test_engine_stop_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)
tests_unit_test_engine_guard_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_engine_guard_SOURCES = tests/unit/test_engine_guard.c $(ENGINE_TEST_FILES)
tests_unit_test_engine_guard_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_rewind
TESTS += tests/unit/test_rewind
tests_unit_test_rewind_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_rewind_SOURCES = tests/unit/test_rewind.c orchestrator/plan/plan.c \
	orchestrator/engine/rewind.c orchestrator/engine/guard.c
tests_unit_test_rewind_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_facts
TESTS += tests/unit/test_facts
tests_unit_test_facts_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_facts_SOURCES = tests/unit/test_facts.c
tests_unit_test_facts_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_facts_command
TESTS += tests/unit/test_facts_command
tests_unit_test_facts_command_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_facts_command_SOURCES = tests/unit/test_facts_command.c
tests_unit_test_facts_command_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_job
TESTS += tests/unit/test_job
tests_unit_test_job_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_job_SOURCES = tests/unit/test_job.c orchestrator/step/job.c \
	orchestrator/remote/quote.c
tests_unit_test_job_LDADD = lib/base/libbase.a $(CMOCKA_LIBS) -lpthread

check_PROGRAMS += tests/unit/test_connections
TESTS += tests/unit/test_connections
tests_unit_test_connections_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_connections_SOURCES = tests/unit/test_connections.c
tests_unit_test_connections_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_against
TESTS += tests/unit/test_against
tests_unit_test_against_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_against_SOURCES = tests/unit/test_against.c
tests_unit_test_against_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_drive
TESTS += tests/unit/test_drive
tests_unit_test_drive_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS) $(SQLITE_CFLAGS)
tests_unit_test_drive_SOURCES = tests/unit/test_drive.c $(JOURNAL_TEST_FILES)
tests_unit_test_drive_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_record
TESTS += tests/unit/test_record
tests_unit_test_record_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_record_SOURCES = tests/unit/test_record.c
tests_unit_test_record_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_run
TESTS += tests/unit/test_run
tests_unit_test_run_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_run_SOURCES = tests/unit/test_run.c
tests_unit_test_run_LDADD = $(ORCHESTRATOR_LIBS) $(CMOCKA_LIBS)

# The install step alone, over a node that the test makes up.
check_PROGRAMS += tests/unit/test_install
TESTS += tests/unit/test_install
tests_unit_test_install_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_install_SOURCES = tests/unit/test_install.c orchestrator/step/install.c
tests_unit_test_install_LDADD = lib/base/libbase.a $(CMOCKA_LIBS) $(JANSSON_LIBS)

# The reboot and return steps alone, likewise.
check_PROGRAMS += tests/unit/test_reboot
TESTS += tests/unit/test_reboot
tests_unit_test_reboot_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_reboot_SOURCES = tests/unit/test_reboot.c orchestrator/step/reboot.c
tests_unit_test_reboot_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

# The failover step alone, likewise.
check_PROGRAMS += tests/unit/test_failover
TESTS += tests/unit/test_failover
tests_unit_test_failover_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_failover_SOURCES = tests/unit/test_failover.c orchestrator/step/failover.c \
	orchestrator/engine/guard.c orchestrator/plan/plan.c
tests_unit_test_failover_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)

# The restore step alone, over nodes that the test makes up.
check_PROGRAMS += tests/unit/test_restore
TESTS += tests/unit/test_restore
tests_unit_test_restore_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CONFUSE_CFLAGS)
tests_unit_test_restore_SOURCES = tests/unit/test_restore.c orchestrator/step/restore.c \
	orchestrator/engine/guard.c
tests_unit_test_restore_LDADD = lib/base/libbase.a $(CMOCKA_LIBS)
