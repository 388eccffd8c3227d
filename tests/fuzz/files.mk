# SPDX-License-Identifier: GPL-2.0-or-later
FILES_FUZZ = tests/fuzz/fuzz_survey tests/fuzz/fuzz_template
check_PROGRAMS += $(FILES_FUZZ)
if !FUZZING
TESTS += $(FILES_FUZZ)
endif

tests_fuzz_fuzz_survey_SOURCES = tests/fuzz/fuzz_survey.c $(FUZZ_MAIN)
tests_fuzz_fuzz_survey_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_survey_LDADD = $(ORCHESTRATOR_LIBS)

tests_fuzz_fuzz_template_SOURCES = tests/fuzz/fuzz_template.c $(FUZZ_MAIN)
tests_fuzz_fuzz_template_LDFLAGS = $(AM_LDFLAGS) $(FUZZING_FLAGS)
tests_fuzz_fuzz_template_LDADD = $(ORCHESTRATOR_LIBS)
