# SPDX-License-Identifier: GPL-2.0-or-later
ORCHESTRATOR_FUZZ = tests/fuzz/fuzz_manifest tests/fuzz/fuzz_archive tests/fuzz/fuzz_reading \
	tests/fuzz/fuzz_package tests/fuzz/fuzz_signature tests/fuzz/fuzz_keyring \
	tests/fuzz/fuzz_header tests/fuzz/fuzz_cluster \
	tests/fuzz/fuzz_profile tests/fuzz/fuzz_facts tests/fuzz/fuzz_job tests/fuzz/fuzz_ssh_config tests/fuzz/fuzz_agent \
	tests/fuzz/fuzz_report tests/fuzz/fuzz_record
check_PROGRAMS += $(ORCHESTRATOR_FUZZ)
if !FUZZING
TESTS += $(ORCHESTRATOR_FUZZ)
endif

tests_fuzz_fuzz_manifest_SOURCES = tests/fuzz/fuzz_manifest.c $(FUZZ_MAIN)
tests_fuzz_fuzz_manifest_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_manifest_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_header_SOURCES = tests/fuzz/fuzz_header.c $(FUZZ_MAIN)
tests_fuzz_fuzz_header_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_header_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_cluster_SOURCES = tests/fuzz/fuzz_cluster.c $(FUZZ_MAIN)
tests_fuzz_fuzz_cluster_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_cluster_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_profile_SOURCES = tests/fuzz/fuzz_profile.c $(FUZZ_MAIN)
tests_fuzz_fuzz_profile_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_profile_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_facts_SOURCES = tests/fuzz/fuzz_facts.c $(FUZZ_MAIN)
tests_fuzz_fuzz_facts_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_facts_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_job_SOURCES = tests/fuzz/fuzz_job.c $(FUZZ_MAIN)
tests_fuzz_fuzz_job_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_job_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_archive_SOURCES = tests/fuzz/fuzz_archive.c $(FUZZ_MAIN)
tests_fuzz_fuzz_archive_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_archive_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_reading_SOURCES = tests/fuzz/fuzz_reading.c $(FUZZ_MAIN)
tests_fuzz_fuzz_reading_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_reading_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_ssh_config_SOURCES = tests/fuzz/fuzz_ssh_config.c $(FUZZ_MAIN)
tests_fuzz_fuzz_ssh_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_ssh_config_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_agent_SOURCES = tests/fuzz/fuzz_agent.c $(FUZZ_MAIN)
tests_fuzz_fuzz_agent_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_agent_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_package_SOURCES = tests/fuzz/fuzz_package.c $(FUZZ_MAIN)
tests_fuzz_fuzz_package_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_package_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_signature_SOURCES = tests/fuzz/fuzz_signature.c $(FUZZ_MAIN)
tests_fuzz_fuzz_signature_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_signature_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_keyring_SOURCES = tests/fuzz/fuzz_keyring.c $(FUZZ_MAIN)
tests_fuzz_fuzz_keyring_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_keyring_LDADD = $(ORCHESTRATOR_LIBS)

FUZZ_LINES = tests/fuzz/lines.c tests/fuzz/lines.h
tests_fuzz_fuzz_report_SOURCES = tests/fuzz/fuzz_report.c $(FUZZ_LINES) $(FUZZ_MAIN)
tests_fuzz_fuzz_report_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_report_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(FUZZ_LINES) $(FUZZ_MAIN)
tests_fuzz_fuzz_record_CPPFLAGS = $(AM_CPPFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_record_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_record_LDADD = $(ORCHESTRATOR_LIBS)
