# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/keep/kept.c orchestrator/keep/kept.h
