# SPDX-License-Identifier: GPL-2.0-or-later
# Exhaustive exploration of the engine. Optimised whatever the rest is: it has millions of states.
check_PROGRAMS += tests/explore
tests_explore_CFLAGS = $(AM_CFLAGS) -O2
tests_explore_SOURCES = tests/sim/acts.c tests/sim/explore.c tests/sim/graph.c tests/sim/graph.h \
	tests/sim/people.c tests/sim/people.h \
	tests/sim/process.c tests/sim/process.h tests/sim/rules.c tests/sim/rules.h \
	tests/sim/state.c tests/sim/state.h tests/sim/store.c tests/sim/store.h \
	tests/sim/trace.c tests/sim/trace.h tests/sim/world.c tests/sim/world.h \
	orchestrator/engine/engine.c orchestrator/engine/guard.c orchestrator/engine/rewind.c \
	orchestrator/plan/plan.c orchestrator/plan/view.c \
	orchestrator/run/continuation_judge.c orchestrator/run/drive_judge.c \
	orchestrator/run/rescue_judge.c orchestrator/run/start_services_again_judge.c
tests_explore_LDADD = lib/base/libbase.a
