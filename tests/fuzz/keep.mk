# SPDX-License-Identifier: GPL-2.0-or-later
KEEP_FUZZ = tests/fuzz/fuzz_kept
check_PROGRAMS += $(KEEP_FUZZ)
if !FUZZING
TESTS += $(KEEP_FUZZ)
endif

tests_fuzz_fuzz_kept_SOURCES = tests/fuzz/fuzz_kept.c $(FUZZ_MAIN)
tests_fuzz_fuzz_kept_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_kept_LDADD = $(ORCHESTRATOR_LIBS)
