# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/keep/kept_packages.c orchestrator/keep/kept_packages.h \
	orchestrator/keep/previous.c orchestrator/keep/previous.h \
	orchestrator/keep/tidy.c orchestrator/keep/tidy.h \
	orchestrator/keep/way_back.c orchestrator/keep/way_back.h \
	orchestrator/keep/script.h
EMBEDDED_SHELL += \
	orchestrator/keep/kept.sh \
	orchestrator/keep/piece.sh \
	orchestrator/keep/tidy.sh \
	orchestrator/keep/way_back_dpkg.sh \
	orchestrator/keep/way_back_rpm.sh
SHARED_SHELL += orchestrator/keep/way_back_begin.sh
