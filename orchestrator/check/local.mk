# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/check/basics.c \
	orchestrator/check/check.c orchestrator/check/check.h \
	orchestrator/check/look.h \
	orchestrator/check/preflight.c orchestrator/check/preflight.h \
	orchestrator/check/transaction.c
