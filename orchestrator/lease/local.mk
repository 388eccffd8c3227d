# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/lease/keeper.c orchestrator/lease/keeper.h \
	orchestrator/lease/lease.c orchestrator/lease/lease.h \
	orchestrator/lease/script.c orchestrator/lease/script.h \
	orchestrator/lease/text.c orchestrator/lease/text.h
