# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/remote/channel.c orchestrator/remote/channel.h \
	orchestrator/remote/dial.c orchestrator/remote/dial.h \
	orchestrator/remote/hostkey.c orchestrator/remote/hostkey.h \
	orchestrator/remote/home.c orchestrator/remote/home.h \
	orchestrator/remote/quote.c orchestrator/remote/quote.h \
	orchestrator/remote/session.c orchestrator/remote/session.h \
	orchestrator/remote/wait.c orchestrator/remote/wait.h
