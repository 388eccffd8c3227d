# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += orchestrator/plan/plan.c orchestrator/plan/plan.h \
	orchestrator/plan/view.c orchestrator/plan/view.h
