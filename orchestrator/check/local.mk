# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/check/alike.c \
	orchestrator/check/basics.c \
	orchestrator/check/check.c orchestrator/check/check.h \
	orchestrator/check/history.c \
	orchestrator/check/lease.c \
	orchestrator/check/look.h \
	orchestrator/check/machine.c \
	orchestrator/check/preflight.c orchestrator/check/preflight.h \
	orchestrator/check/record.c orchestrator/check/record.h \
	orchestrator/check/space.c \
	orchestrator/check/transaction.c \
	orchestrator/check/way_back.c
