# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/step/access.c orchestrator/step/access.h \
	orchestrator/step/against.c orchestrator/step/against.h \
	orchestrator/step/against_judge.c \
	orchestrator/step/advice.c orchestrator/step/advice.h \
	orchestrator/step/config_files.c orchestrator/step/config_files.h \
	orchestrator/step/connections.c orchestrator/step/connections.h \
	orchestrator/step/drive.c orchestrator/step/drive.h \
	orchestrator/step/facts.c orchestrator/step/facts.h \
	orchestrator/step/facts_command.c \
	orchestrator/step/failover.c \
	orchestrator/step/health.c \
	orchestrator/step/install.c \
	orchestrator/step/job.c orchestrator/step/job.h \
	orchestrator/step/link.c orchestrator/step/link.h \
	orchestrator/step/packager.c orchestrator/step/packager.h \
	orchestrator/step/reboot.c \
	orchestrator/step/rescue.c orchestrator/step/rescue.h \
	orchestrator/step/restart.c orchestrator/step/restart.h \
	orchestrator/step/restore.c \
	orchestrator/step/run.c orchestrator/step/run.h \
	orchestrator/step/step.c orchestrator/step/step.h \
	orchestrator/step/upload.c \
	orchestrator/step/watch.c orchestrator/step/watch.h
