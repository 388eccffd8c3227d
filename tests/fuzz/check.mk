# SPDX-License-Identifier: GPL-2.0-or-later
CHECK_FUZZ = tests/fuzz/fuzz_condition
check_PROGRAMS += $(CHECK_FUZZ)
if !FUZZING
TESTS += $(CHECK_FUZZ)
endif

tests_fuzz_fuzz_condition_SOURCES = tests/fuzz/fuzz_condition.c $(FUZZ_MAIN)
tests_fuzz_fuzz_condition_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_condition_LDADD = $(ORCHESTRATOR_LIBS)
