# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/command/abort.c \
	orchestrator/command/bootstrap.c \
	orchestrator/command/output_checks.c orchestrator/command/output_checks.h \
	orchestrator/command/command.c orchestrator/command/command.h \
	orchestrator/command/confirm.c orchestrator/command/confirm.h \
	orchestrator/command/drift.c orchestrator/command/drift.h \
	orchestrator/command/history.c \
	orchestrator/command/option_table.c orchestrator/command/option_table.h \
	orchestrator/command/output.c orchestrator/command/output.h \
	orchestrator/command/plan.c \
	orchestrator/command/profile.c \
	orchestrator/command/progress.c orchestrator/command/progress.h \
	orchestrator/command/propagate.c \
	orchestrator/command/rollback.c orchestrator/command/rollback.h \
	orchestrator/command/run_view.c orchestrator/command/run_view.h \
	orchestrator/command/run_account.c orchestrator/command/run_account.h \
	orchestrator/command/run_told.c orchestrator/command/run_told.h \
	orchestrator/command/report.c \
	orchestrator/command/resume.c \
	orchestrator/command/shared_options.c orchestrator/command/shared_options.h \
	orchestrator/command/status.c \
	orchestrator/command/upgrade.c \
	orchestrator/command/verify.c
