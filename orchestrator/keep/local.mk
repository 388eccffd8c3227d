# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/keep/kept.c orchestrator/keep/kept.h \
	orchestrator/keep/previous.c orchestrator/keep/previous.h \
	orchestrator/keep/tidy.c orchestrator/keep/tidy.h \
	orchestrator/keep/way_back.c orchestrator/keep/way_back.h \
	orchestrator/keep/way_back_script.c orchestrator/keep/way_back_script.h
