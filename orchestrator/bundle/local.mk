# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/bundle/bundle.c orchestrator/bundle/bundle.h \
	orchestrator/bundle/content.c orchestrator/bundle/content.h \
	orchestrator/bundle/verify.c \
	orchestrator/bundle/digest.c orchestrator/bundle/digest.h \
	orchestrator/bundle/manifest.c orchestrator/bundle/manifest.h \
	orchestrator/bundle/package.c orchestrator/bundle/package.h \
	orchestrator/bundle/header.c orchestrator/bundle/header.h \
	orchestrator/bundle/identity.c orchestrator/bundle/identity.h
