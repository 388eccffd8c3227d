# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/step/preview.c orchestrator/step/preview.h \
	orchestrator/step/preview_judge.c \
	orchestrator/step/bootstrap.c \
	orchestrator/step/failover.c \
	orchestrator/step/health.c \
	orchestrator/step/install.c \
	orchestrator/step/reboot.c \
	orchestrator/step/rehearsal_restore.c \
	orchestrator/step/run_context.c orchestrator/step/run_context.h \
	orchestrator/step/step.c orchestrator/step/step.h \
	orchestrator/step/upload.c \
	orchestrator/step/watch.c orchestrator/step/watch.h \
	orchestrator/step/script.h
EMBEDDED_SHELL += \
	orchestrator/step/preview.sh \
	orchestrator/step/mark.sh \
	orchestrator/step/unmark.sh \
	orchestrator/step/upload_folder.sh \
	orchestrator/step/upload_list.sh \
	orchestrator/step/upload_present.sh
