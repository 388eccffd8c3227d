# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/step/against.c orchestrator/step/against.h \
	orchestrator/step/against_judge.c \
	orchestrator/step/bootstrap.c \
	orchestrator/step/failover.c \
	orchestrator/step/health.c \
	orchestrator/step/install.c \
	orchestrator/step/reboot.c \
	orchestrator/step/restore.c \
	orchestrator/step/run.c orchestrator/step/run.h \
	orchestrator/step/step.c orchestrator/step/step.h \
	orchestrator/step/upload.c \
	orchestrator/step/watch.c orchestrator/step/watch.h \
	orchestrator/step/script.h
EMBEDDED_SHELL += \
	orchestrator/step/against.sh \
	orchestrator/step/mark.sh \
	orchestrator/step/unmark.sh \
	orchestrator/step/upload_folder.sh \
	orchestrator/step/upload_list.sh \
	orchestrator/step/upload_present.sh
