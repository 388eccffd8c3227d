# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/check/backup_ready.c \
	orchestrator/check/check.c orchestrator/check/check.h \
	orchestrator/check/config_drift.c \
	orchestrator/check/lease.c \
	orchestrator/check/named_checks.h \
	orchestrator/check/node_condition.c \
	orchestrator/check/preflight.c orchestrator/check/preflight.h \
	orchestrator/check/previous_run.c \
	orchestrator/check/record.c orchestrator/check/record.h \
	orchestrator/check/services_and_roles.c \
	orchestrator/check/signatures.c \
	orchestrator/check/space.c \
	orchestrator/check/transaction.c \
	orchestrator/check/waiver.c orchestrator/check/waiver.h \
	orchestrator/check/way_back.c
