# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/command/abort.c \
	orchestrator/command/after_run.c orchestrator/command/after_run.h \
	orchestrator/command/bootstrap.c orchestrator/command/bootstrap.h \
	orchestrator/command/output_checks.c orchestrator/command/output_checks.h \
	orchestrator/command/command.c orchestrator/command/command.h \
	orchestrator/command/conduct.c orchestrator/command/conduct.h \
	orchestrator/command/drift.c orchestrator/command/drift.h \
	orchestrator/command/gates.c orchestrator/command/gates.h \
	orchestrator/command/history.c \
	orchestrator/command/output.c orchestrator/command/output.h \
	orchestrator/command/plan.c \
	orchestrator/command/prepare.c orchestrator/command/prepare.h \
	orchestrator/command/profile.c \
	orchestrator/command/progress.c orchestrator/command/progress.h \
	orchestrator/command/propagate.c orchestrator/command/propagate.h \
	orchestrator/command/run_account.c orchestrator/command/run_account.h \
	orchestrator/command/recall.c orchestrator/command/recall.h \
	orchestrator/command/report.c \
	orchestrator/command/resume.c \
	orchestrator/command/rollback.c orchestrator/command/rollback.h \
	orchestrator/command/status.c \
	orchestrator/command/upgrade.c \
	orchestrator/command/verify.c
