# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/node/access.c orchestrator/node/access.h \
	orchestrator/node/connections.c orchestrator/node/connections.h \
	orchestrator/node/facts.c orchestrator/node/facts.h \
	orchestrator/node/facts_command.c \
	orchestrator/node/job.c orchestrator/node/job.h \
	orchestrator/node/link.c orchestrator/node/link.h \
	orchestrator/node/packager.c orchestrator/node/packager.h
