# SPDX-License-Identifier: GPL-2.0-or-later
check_PROGRAMS += tests/fuzz/fuzz_lease
if !FUZZING
TESTS += tests/fuzz/fuzz_lease
endif

tests_fuzz_fuzz_lease_SOURCES = tests/fuzz/fuzz_lease.c $(FUZZ_MAIN)
tests_fuzz_fuzz_lease_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_lease_LDADD = $(ORCHESTRATOR_LIBS)
